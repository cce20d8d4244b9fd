"""Folders of runs that were never done: what a reader of such folders sees, without a model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from utils import reading
from utils.journal import Journal

PARAMS: dict[str, Any] = {"sub_dir": "new", "dataset": "image_folders", "model": "dense", "backend": "keras", "threads": 1}


def make_run(folder: Path, *, rounds: int = 2, stats: Any = None, shown: Any = None, **params: Any) -> Path:
    """A run with these parameters in its journal, beside those above, and `shown` in params.json."""
    folder.mkdir(parents=True)
    journal = Journal(folder / "rounds.log")
    journal.append({"type": "header", "version": 1, "fingerprint": {"params": PARAMS | params}})
    for number in range(rounds):
        weights = folder / f"round_{number:04d}.weights.h5"
        weights.write_bytes(b"weights %d" % number)
        record = {"type": "round", "round": number, "stats": stats or {}, "weights_sha256": reading.sha256_of(weights)}
        journal.append(record)
    classes: Any = {"classes": [] if params.get("task") == "regression" else ["a", "b"], "sample_shape": [6, 5, 1]}
    (folder / "params.json").write_text(json.dumps(classes | (shown or {})), encoding="utf-8")
    return folder


def append(folder: Path, record: dict[str, Any]) -> None:
    """One more record."""
    Journal(folder / "rounds.log").append(record)
