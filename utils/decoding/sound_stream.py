"""Streams of frames and pages that each tell where they belong: FLAC and Ogg."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Any, NamedTuple

from utils.errors import DataError

_TAIL = 2**16
"""Bytes that tags behind a FLAC stream may take."""
_FLAC_RATES = {1: 88_200, 2: 176_400, 3: 192_000, 4: 8_000, 5: 16_000, 6: 22_050, 7: 24_000, 8: 32_000, 9: 44_100, 10: 48_000,
               11: 96_000}  # fmt: skip
_FLAC_BITS = {1: 8, 2: 12, 4: 16, 5: 20, 6: 24, 7: 32}
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
_PAGE = 27
"""Bytes of an Ogg page's header before its table of segments."""
_CRC_8 = 0x07


class _Frame(NamedTuple):
    rate: int | None
    channels: int
    bits: int | None
    first: int
    """Number of the first sample; for blocks of one size, of the frame."""
    length: int
    by_sample: bool


def check_flac(path: Path, file: Any) -> None:
    """Nothing, unless the header of the FLAC stream `path` does not fit its first and its last frame.

    Raises:
        DataError: says what contradicts what.
    """
    with path.open("rb") as raw:
        if raw.read(4) != b"fLaC":
            return
        info, last = b"", False
        while not last:
            head = raw.read(4)
            if len(head) < 4:
                return
            last, size = bool(head[0] & 0x80), int.from_bytes(head[1:], "big")
            content = raw.read(size)
            info = content if head[0] & 0x7F == 0 else info
        begin = raw.tell()
        first = _frame(raw.read(32))
        facts = int.from_bytes(info[10:18], "big")
        rate, channels, bits, total = facts >> 44, (facts >> 41 & 7) + 1, (facts >> 36 & 31) + 1, facts & (2**36 - 1)
        longest = int.from_bytes(info[2:4], "big") * channels * (bits + 1) // 8 + _TAIL
        raw.seek(max(begin, path.stat().st_size - longest))
        tail = raw.read(longest)
    if len(info) < 34 or first is None:
        return
    told = (first.rate or rate, first.channels, first.bits or bits)
    if (rate, channels, bits) != told:
        raise DataError(
            f"its header contradicts its sound: {rate:,} Hz, {channels} channels of {bits} bits, and {told[0]:,} Hz, {told[1]} "
            f"channels of {told[2]} bits"
        )
    if total and not _ends_at(tail, total, int.from_bytes(info[:2], "big")):
        raise DataError(f"its header contradicts its sound: it tells of {total:,} samples, and the last part ends elsewhere")
    if total and total != file.frames:
        raise DataError(f"its header tells of {total:,} samples, and the decoder found {file.frames:,}")


def _ends_at(tail: bytes, total: int, block: int) -> bool:
    """Whether one of what may be the last frame ends at the sample `total`; bytes of sound can look like a frame's header."""
    place = len(tail)
    while (place := tail.rfind(b"\xff", 0, place)) >= 0:
        frame = _frame(tail[place : place + 32])
        if frame is not None and (frame.first if frame.by_sample else frame.first * block) + frame.length == total:
            return True
    return False


def _frame(head: bytes) -> _Frame | None:
    """What the header of a FLAC frame tells; None where these bytes are none."""
    if len(head) < 6 or head[0] != 0xFF or head[1] & 0xFE != 0xF8:
        return None
    size, rate, channels, bits = head[2] >> 4, head[2] & 15, head[3] >> 4, head[3] >> 1 & 7
    if not size or rate == 15 or channels > 10 or bits == 3 or head[3] & 1:
        return None
    lead = head[4]
    more = 0 if lead < 0x80 else (f"{lead:08b}".find("0") if lead != 0xFF else 8) - 1
    number = lead if not more else lead & (0x3F >> more)
    place = 5 + more
    for byte in head[5:place]:
        number = number << 6 | byte & 0x3F
    length = {1: 192, **{code: 576 << code - 2 for code in range(2, 6)}}.get(size, 256 << max(0, size - 8))
    if size in {6, 7}:
        length = int.from_bytes(head[place : place + size - 5], "big") + 1
        place += size - 5
    odd_rate = {12: 1, 13: 2, 14: 2}.get(rate, 0)
    told = int.from_bytes(head[place : place + odd_rate], "big") * {12: 1_000, 14: 10}.get(rate, 1)
    place += odd_rate
    if more < 0 or place >= len(head) or _crc_8(head[:place]) != head[place]:
        return None
    hertz = told if odd_rate else _FLAC_RATES.get(rate)
    return _Frame(hertz, channels + 1 if channels < 8 else 2, _FLAC_BITS.get(bits), number, length, bool(head[1] & 1))


def _crc_8(data: bytes) -> int:
    value = 0
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = (value << 1 ^ _CRC_8) & 0xFF if value & 0x80 else value << 1
    return value


def check_ogg(path: Path) -> None:
    """Nothing, unless a page of the Ogg stream `path` is damaged or missing.

    Raises:
        DataError: says which.
    """
    content = path.read_bytes()
    place, number = 0, 0
    expected: dict[bytes, int] = {}
    while content[place : place + 4] == b"OggS":
        head = content[place : place + _PAGE]
        table = content[place + _PAGE : place + _PAGE + head[-1]] if len(head) == _PAGE else b""
        end = place + _PAGE + len(table) + sum(table)
        number += 1
        if len(head) < _PAGE or len(table) < head[-1] or end > len(content):
            raise DataError(f"it is cut off in page {number} of its Ogg stream")
        page = content[place : place + 22] + bytes(4) + content[place + 26 : end]
        if _ogg_sum(page) != int.from_bytes(head[22:26], "little"):
            raise DataError(f"page {number} of its Ogg stream is damaged: its sum is wrong")
        stream, position = head[14:18], int.from_bytes(head[18:22], "little")
        if position != expected.get(stream, position if head[5] & 2 else 0):
            raise DataError(f"its Ogg stream lacks a page before page {number}")
        expected[stream] = (position + 1) % 2**32
        if head[5] & 4:
            del expected[stream]
        place = end
    if expected:
        raise DataError("it is cut off: the Ogg stream ends without its last page")


def _ogg_sum(page: bytes) -> int:
    """The CRC-32 of Ogg: that of zlib with each byte, and the sum, mirrored, and nothing inverted."""
    mirrored = zlib.crc32(page.translate(_MIRRORED), 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{mirrored:032b}"[::-1], 2)
