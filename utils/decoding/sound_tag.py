"""The tag in the first frame of an MP3, by which its encoder tells how long the sound is, checked by its own checksum.

The decoder believes it: a changed byte there cuts sound off, or leaves the silence in that encoders put around it. Layout:
http://gabriel.mp3-tech.org/mp3infotag.html
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from utils.errors import DataError

_NAMES = (b"Xing", b"Info")
_ENCODERS = (b"LAME", b"Lav")
"""What the names of encoders begin with that write the checksum: LAME and FFmpeg."""
_FIELDS = ((1, 4), (2, 4), (4, 100), (8, 4))
"""Flag → bytes of the field that it announces: frames, bytes, table of contents, quality."""
_LONGEST_TAGS = 2**28
_FRAME = 2_048
_CHECKSUM = 34
"""Bytes from the name of the encoder to the checksum."""
_COVERED = 190
"""Bytes that FFmpeg takes the checksum of, wherever it stands, with zeros behind the end of the frame; LAME those before it."""


def check_mp3(path: Path) -> None:
    """Nothing, unless the tag that an encoder left in the MP3 file `path` was altered; one without such a tag is no fault.

    Raises:
        DataError: says what does not fit.
    """
    with path.open("rb", buffering=0) as raw:
        start = 0
        while (head := raw.read(10))[:3] == b"ID3" and len(head) == 10 and start < _LONGEST_TAGS:
            size = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:], (21, 14, 7, 0), strict=True))
            start += 10 + size + 10 * bool(head[5] & 0x10)
            raw.seek(start)
        raw.seek(start)
        frame = raw.read(_FRAME)
    tag = _place_of_tag(frame)
    if tag is None:
        return
    flags = int.from_bytes(frame[tag + 4 : tag + 8], "big")
    encoder = tag + 8 + sum(size for flag, size in _FIELDS if flags & flag)
    if frame[encoder : encoder + 4].startswith(_ENCODERS):
        place = encoder + _CHECKSUM
        told = int.from_bytes(frame[place : place + 2], "big")
        if told and told not in _checksums(frame, place):
            raise DataError("its header contradicts itself: the checksum of what its encoder tells of the length does not fit")
    elif any(name in frame[tag + 8 : tag + 8 + sum(size for _, size in _FIELDS) + 4] for name in _ENCODERS):
        raise DataError("its header contradicts itself: the name of its encoder does not stand where it tells")


def _place_of_tag(frame: bytes) -> int | None:
    """Where the tag lies in the first frame: behind the header, as many bytes as tell of channels, and perhaps a checksum."""
    if len(frame) < 4 or frame[0] != 0xFF or frame[1] < 0xE0:
        return None
    is_first_version, is_mono = frame[1] & 0x18 == 0x18, frame[3] & 0xC0 == 0xC0
    place = 4 + ((17 if is_mono else 32) if is_first_version else (9 if is_mono else 17))
    return next((tag for tag in (place, place + 2) if frame[tag : tag + 4] in _NAMES), None)


def _checksums(frame: bytes, place: int) -> Iterator[int]:
    """What can stand at `place`, by the encoder that wrote it and the length of the frame."""
    yield _checksum(frame[:place])
    filled = frame[:place] + b"\0\0" + frame[place + 2 :]
    for end in range(_COVERED, place + 1, -1):
        yield _checksum(filled[:end].ljust(_COVERED, b"\0"))


def _checksum(content: bytes) -> int:
    """CRC-16 with the polynomial x¹⁶ + x¹⁵ + x² + 1, least significant bit first."""
    value = 0
    for byte in content:
        value = value >> 8 ^ _TABLE[(value ^ byte) & 0xFF]
    return value


def _shifted_out(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ 0xA001 * (byte & 1)
    return byte


_TABLE = [_shifted_out(byte) for byte in range(256)]
