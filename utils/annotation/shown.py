"""What a person sees or hears of one sample, ready to be served: no file of the data set itself is ever handed out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from utils import files

FOLDER = "media"
"""In the folder `labelling` of a run."""


@dataclass(frozen=True)
class Shown:
    """One sample; sound is WAV (PCM, 16 bit), pictures are PNG, both made by us from what was decoded."""

    kind: Literal["audio", "image", "text", "table"]
    text: str = ""
    """Of a text, as it is, line ends and all."""
    cells: Mapping[str, str] = field(default_factory=dict)
    """Of a row of a table: column → value."""
    sound: bytes | None = None
    """The sample itself."""
    recording: bytes | None = None
    """The whole recording, where the sample is a part of it."""
    picture: bytes | None = None
    """The image, or the spectrogram of the sound."""
    note: str = ""
    """What else to know: "0.93–1.86 s of a recording of 4.00 s"."""
    seconds: tuple[float, float] | None = None
    """Of a spectrogram: from where to where its time axis goes."""
    hertz: tuple[float, ...] = ()
    """Of a spectrogram: frequencies at even distances from its bottom to its top, for the ticks of its axis."""

    def write(self, folder: Path, sample: int) -> None:
        """Writes `<sample>.json` and the `.wav` and `.png` files that belong to it into the folder `media`, the JSON last."""
        for name, content in self.files().items():
            files.write_bytes(folder / f"{sample}{name}", content)
        about = {name: value for name, value in vars(self).items() if not isinstance(value, bytes)}
        files.write_text(folder / f"{sample}.json", json.dumps(about, ensure_ascii=False) + "\n")

    def files(self) -> dict[str, bytes]:
        """Ending of the file's name → content, of what is there."""
        found = {".wav": self.sound, "_whole.wav": self.recording, ".png": self.picture}
        return {name: content for name, content in found.items() if content is not None}
