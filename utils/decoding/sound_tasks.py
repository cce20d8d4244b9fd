"""A decoding process for sounds; see `child.py`."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from utils.data.audio_features import AudioSettings
from utils.decoding.child import Answer, serve
from utils.decoding.sound_file import own_rate, read_blocks, read_length


def _length(file: str, task: Mapping[str, Any]) -> Iterator[Answer]:
    yield {"length": read_length(Path(file), AudioSettings(**task["settings"]))}, b""


def _samples(file: str, task: Mapping[str, Any]) -> Iterator[Answer]:
    """Sends blocks as they are decoded, so that a long recording need not fit into this process."""
    path, settings = Path(file), AudioSettings(**task["settings"])
    if task["own_rate"]:
        settings = dataclasses.replace(settings, sample_rate=own_rate(path, settings))
    header = {"rate": settings.sample_rate}
    blocks = read_blocks(path, settings)
    last = next(blocks)
    for block in blocks:
        yield {**header, "more": True}, last.data.cast("B")
        last = block
    yield header, last.data.cast("B")


if __name__ == "__main__":
    serve({"length": _length, "samples": _samples})
