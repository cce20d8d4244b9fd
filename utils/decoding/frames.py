"""What travels between a run and its decoding processes: a short JSON object and, behind it, plain bytes.

Either side may be talking to bytes that a damaged file has led astray, so nothing here is more than data, and whoever reads
states how much it is ready to take before anything is allocated.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping
from typing import Any

_SIZES = struct.Struct("<IQ")
_LONGEST_HEADER = 2**24


class FrameError(Exception):
    """What arrived is no frame, or a larger one than expected."""


def packed(header: Mapping[str, Any], size: int = 0) -> bytes:
    """A frame up to its `size` bytes of payload, which have to follow."""
    text = json.dumps(header).encode()
    return _SIZES.pack(len(text), size) + text


def read_frame(read: Callable[[int], bytes | bytearray], most: int) -> tuple[dict[str, Any], bytes | bytearray]:
    """One frame.

    Args:
        read: gives exactly as many bytes as it is asked for, or raises EOFError.
        most: bytes of payload that are taken.

    Raises:
        EOFError: the other side has ended.
        FrameError: the bytes are none of ours.
    """
    length, size = _SIZES.unpack(read(_SIZES.size))
    if length > _LONGEST_HEADER or size > most:
        raise FrameError(f"a frame of {length:,} and {size:,} bytes")
    try:
        header = json.loads(read(length))
    except (ValueError, RecursionError):
        raise FrameError("a frame whose header is no JSON") from None
    if not isinstance(header, dict):
        raise FrameError("a frame whose header is no object")
    return header, read(size)
