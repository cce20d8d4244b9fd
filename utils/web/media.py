"""What there is to see and to hear of a sample, and where a browser gets it: by its id, never by a path.

Whatever else lies in the folder by accident or on purpose, as a symbolic link to a file of somebody else or a pipe without a
writer, is not opened.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, NoReturn

from utils import files, reading
from utils.annotation.shown import FOLDER

_ENDINGS = {"sound": ".wav", "recording": "_whole.wav", "picture": ".png"}
TYPES = {"sound": "audio/wav", "recording": "audio/wav", "picture": "image/png"}
"""Part → its media type."""
_ID = re.compile(r"\d{1,18}", re.ASCII)
_FIELDS = ("kind", "text", "cells", "note", "seconds", "hertz")
"""What the page needs to show a sample."""


class Media:
    """The folder `media` of a run."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the folder `labelling` of a run."""
        self._folder = folder / FOLDER

    def about(self, sample: int) -> dict[str, Any] | None:
        """What was written of the sample, and a URL for each of its parts; None where nothing was, or nothing readable."""
        descriptor = files.open_to_read(self._folder, f"{sample}.json")
        if descriptor is None:
            return None
        try:
            with os.fdopen(descriptor, encoding="utf-8") as file:
                # other samples may once have had the same ids at the same address
                status = os.fstat(descriptor)
                if status.st_size > reading.LARGEST_SMALL:
                    return None
                version = f"{status.st_mtime_ns:x}"
                about = json.load(file, parse_constant=_no_constant)
        except (OSError, ValueError, RecursionError):
            return None
        if not isinstance(about, dict) or not about.keys() >= set(_FIELDS):
            return None
        found = {name: about[name] for name in _FIELDS}
        return found | {part: f"/media/{sample}/{part}?{version}" for part in _ENDINGS if self._has(sample, part)}

    def opened(self, sample: str, part: str) -> int | None:
        """A descriptor, which the caller closes, of a part of the sample whose id is written so; None where there is none."""
        if part not in _ENDINGS or not _ID.fullmatch(sample):
            return None
        return files.open_to_read(self._folder, f"{int(sample)}{_ENDINGS[part]}")

    def _has(self, sample: int, part: str) -> bool:
        descriptor = self.opened(str(sample), part)
        if descriptor is not None:
            os.close(descriptor)
        return descriptor is not None


def _no_constant(name: str) -> NoReturn:
    """NaN and infinity are no JSON, and no browser takes them."""
    raise ValueError(name)
