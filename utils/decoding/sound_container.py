"""What a sound file says of itself, read apart from the decoder, which believes headers that contradict themselves.

A WAV tells its rate and its length twice, an AIFF its length: a changed byte in a header shows. Streams are looked at in
`sound_stream.py`. Only a plain statement of a fault is refused; forms of files that are not known here are left to the decoder.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from utils.errors import DataError

UNKNOWN_SIZE = 0x7FFFF000
"""Sizes from here on are what programs write that stream WAV without knowing its length."""
_MARKS = {0x7FFFFFFF, 0xFFFFFFFF}
"""Of them, those that stand alone where the size of the file is known."""
_PLAIN = {1, 3, 6, 7}
"""Forms of samples with a size of their own: integers, floats, A-law, µ-law."""
_EXTENSIBLE = 0xFFFE
_FORMAT = struct.Struct("<HHIIHH")
_COMMON = struct.Struct(">hIh10s")
_PLAIN_AIFF = {
    b"NONE": None, b"twos": None, b"sowt": None, b"in24": 3, b"in32": 4, b"fl32": 4, b"FL32": 4, b"fl64": 8, b"FL64": 8,
    b"raw ": 1, b"ulaw": 1, b"ULAW": 1, b"alaw": 1, b"ALAW": 1,
}  # fmt: skip
"""Compression type → bytes of a sample; None: as many as its bits take."""
_MOST_CHUNKS = 1_000
_TAIL = 2**16


class _Chunk(NamedTuple):
    name: bytes
    start: int
    size: int


def check_header(path: Path, file: Any) -> None:
    """Nothing, unless the header of `path` contradicts itself, or what the decoder made of it.

    Args:
        path: of the file.
        file: what soundfile has opened.

    Raises:
        DataError: says what contradicts what.
    """
    if file.format not in {"WAV", "WAVEX", "AIFF"}:
        return
    with path.open("rb", buffering=0) as raw:
        descriptor = raw.fileno()
        size, head = os.fstat(descriptor).st_size, os.pread(descriptor, 12, 0)
        if head[:4] == b"RIFF" and head[8:] == b"WAVE":
            _check_wav(descriptor, size, int.from_bytes(head[4:8], "little"), file)
        elif head[:4] == b"FORM":
            _check_aiff(descriptor, size, head[8:], file)


def _chunks(descriptor: int, start: int, end: int, order: str) -> Iterator[_Chunk]:
    """Yields the chunks from `start` on; the last need not end before `end`."""
    form = struct.Struct(f"{order}4sI")
    for _ in range(_MOST_CHUNKS):
        if start + form.size > end:
            return
        name, size = form.unpack(os.pread(descriptor, form.size, start))
        yield _Chunk(name, start + form.size, size)
        start += form.size + size
        start += size % 2


def _check_wav(descriptor: int, size: int, riff: int, file: Any) -> None:
    found: dict[bytes, _Chunk] = {}
    for chunk in _chunks(descriptor, 12, size, "<"):
        if chunk.name in {b"fmt ", b"data"} and chunk.name in found:
            raise _contradiction(f"two chunks {chunk.name.decode().strip()!r}")
        found[chunk.name] = chunk
        if chunk.name == b"data":
            break
    if not {b"fmt ", b"data"} <= found.keys() or found[b"fmt "].size < _FORMAT.size:
        return
    data, known = found[b"data"], found[b"data"].size < UNKNOWN_SIZE
    if known:
        _check_behind(descriptor, data, min(size, riff + 8))
    else:
        _check_unknown(descriptor, size, riff, data)
    _check_format(os.pread(descriptor, min(found[b"fmt "].size, 26), found[b"fmt "].start), data.size if known else None, file)


def _check_format(content: bytes, sound: int | None, file: Any) -> None:
    """Refuses a chunk "fmt " that contradicts itself, the `sound` bytes behind it (None: not known), or the decoder."""
    tag, channels, rate, per_second, per_frame, bits = _FORMAT.unpack(content[: _FORMAT.size])
    if tag == _EXTENSIBLE:
        tag = int.from_bytes(content[24:26], "little")
    if rate != file.samplerate:
        raise _contradiction(f"a rate of {rate:,} Hz, and the decoder found {file.samplerate:,}")
    if tag not in _PLAIN:
        return
    if per_frame != channels * -(-bits // 8):
        raise _contradiction(f"{channels} channels of {bits} bits, and {per_frame} bytes for a sample of all of them")
    if per_second != rate * per_frame:
        raise _contradiction(f"{rate:,} Hz with {per_frame} bytes each, and {per_second:,} bytes a second")
    if sound is not None and sound != file.frames * per_frame:
        raise _contradiction(f"{sound:,} bytes of sound, and the decoder found {file.frames:,} samples of {per_frame}")


def _check_behind(descriptor: int, data: _Chunk, end: int) -> None:
    """Refuses sound that goes on behind the chunk of it: what follows has to be chunks, or nothing."""
    start = data.start + data.size
    if start < end and data.size % 2 and os.pread(descriptor, 1, start) == b"\0":
        start += 1
    for chunk in _chunks(descriptor, start, end, "<"):
        if not all(32 <= byte < 127 for byte in chunk.name) or chunk.start + chunk.size > end or chunk.name == b"data":
            raise _contradiction(f"{data.size:,} bytes of sound, and what follows is no chunk")
        start = chunk.start + chunk.size
        start += chunk.size % 2
    if start < end:
        raise _contradiction(f"{data.size:,} bytes of sound, and {end - start:,} more follow")


def _check_unknown(descriptor: int, size: int, riff: int, data: _Chunk) -> None:
    """Refuses a size that only looks like one that a streaming program left open."""
    known = 0 < riff < UNKNOWN_SIZE
    if known and data.size not in _MARKS:
        raise _contradiction(f"{data.size:,} bytes of sound in {riff + 8:,} of the file")
    start = max(data.start, size - _TAIL)
    tail = os.pread(descriptor, _TAIL, start)
    for name in (b"LIST", b"id3 ", b"ID3 ", b"bext", b"PEAK", b"cue ", b"smpl", b"fact"):
        place = tail.rfind(name)
        if place >= 0 and place + 8 <= len(tail):
            length = int.from_bytes(tail[place + 4 : place + 8], "little")
            if start + place + 8 + length in {size, size - 1}:
                raise _contradiction(f"sound without a known end, and a chunk {name.decode().strip()!r} behind it")


def _check_aiff(descriptor: int, size: int, kind: bytes, file: Any) -> None:
    found: dict[bytes, _Chunk] = {}
    for chunk in _chunks(descriptor, 12, size, ">"):
        if chunk.name in {b"COMM", b"SSND"} and chunk.name in found:
            raise _contradiction(f"two chunks {chunk.name.decode()!r}")
        found[chunk.name] = chunk
    if b"COMM" not in found or b"SSND" not in found:
        raise _contradiction("no sound behind its header")
    common = os.pread(descriptor, _COMMON.size + 4, found[b"COMM"].start)
    if len(common) < _COMMON.size + 4:
        raise _contradiction("a header that is cut off")
    channels, frames, bits, rate = _COMMON.unpack(common[: _COMMON.size])
    coding = common[_COMMON.size :] if kind == b"AIFC" else b"NONE"
    if _extended(rate) != file.samplerate:
        raise _contradiction(f"a rate of {_extended(rate):,.6g} Hz, and the decoder found {file.samplerate:,}")
    if coding not in _PLAIN_AIFF:
        return
    offset = int.from_bytes(os.pread(descriptor, 4, found[b"SSND"].start), "big")
    width = _PLAIN_AIFF[coding] or -(-bits // 8)
    present = found[b"SSND"].size - 8 - offset
    if frames != file.frames or present != frames * channels * width:
        raise _contradiction(
            f"{frames:,} samples of {channels} × {width} bytes, {present:,} bytes of sound; the decoder found {file.frames:,}"
        )


def _extended(value: bytes) -> float:
    """A number in 80 bits: sign, exponent of 15 bits, mantissa of 64."""
    exponent, mantissa = struct.unpack(">HQ", value)
    return mantissa * 2.0 ** (exponent - 16_383 - 63) if exponent < 0x8000 and exponent - 16_383 < 64 else -1.0


def _contradiction(what: str) -> DataError:
    return DataError(f"its header contradicts itself: it tells of {what}")
