"""The JSON beside a cached array: what the array is of, and a hash that shows when a byte of that has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from utils import files, reading

_SEAL = "sha256_of_record"


def write_record(path: Path, record: Mapping[str, Any]) -> None:
    """Writes `record`, plain JSON values, with its hash."""
    files.write_text(path, json.dumps({**record, _SEAL: _hash(record)}))


def read_record(path: Path) -> dict[str, Any] | None:
    """What was written; None where nothing was, or it was altered."""
    try:
        record = json.loads(reading.read_text(path))
        is_whole = isinstance(record, dict) and record.pop(_SEAL, None) == _hash(record)
    except (OSError, ValueError, RecursionError):
        return None
    return record if is_whole else None


def _hash(record: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
