"""What there is to see and to hear of a sample, and where a browser gets it: by its id, never by a path."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from utils.annotation.shown import FOLDER

_ENDINGS = {"sound": ".wav", "recording": "_whole.wav", "picture": ".png"}
TYPES = {"sound": "audio/wav", "recording": "audio/wav", "picture": "image/png"}
"""Part → its media type."""
_ID = re.compile(r"\d{1,18}", re.ASCII)


class Media:
    """The folder `media` of a run."""

    def __init__(self, folder: Path) -> None:
        """`folder` is the folder `labelling` of a run."""
        self._folder = folder / FOLDER

    def about(self, sample: int) -> dict[str, Any] | None:
        """What was written of the sample, and a URL for each of its parts; None where nothing was."""
        path = self._folder / f"{sample}.json"
        try:
            about: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
            # other samples may once have the same ids at the same address
            version = f"{path.stat().st_mtime_ns:x}"
        except FileNotFoundError:
            return None
        return about | {part: f"/media/{sample}/{part}?{version}" for part in _ENDINGS if self.path(str(sample), part)}

    def path(self, sample: str, part: str) -> Path | None:
        """The file of a part of the sample whose id is written as `sample`; None where there is none."""
        if part not in _ENDINGS or not _ID.fullmatch(sample):
            return None
        path = self._folder / f"{int(sample)}{_ENDINGS[part]}"
        return path if path.is_file() else None
