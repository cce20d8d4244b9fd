"""Faults that lie not in a file's bytes but in the moment: a disk that hiccups, too many open files, memory that ran out.

What was found out about a file is kept in a cache as long as the file stays the same. A fault of the moment must not be: the
file may well be readable the next time.
"""

from __future__ import annotations

from utils.errors import DataError


class PassingError(DataError):
    """A file that cannot be read now, but perhaps another time; the reason, without the file."""


def may_pass(error: Exception) -> bool:
    """Whether the system, and not a decoder, raised `error`: decoders raise OSError too, but without the system's number."""
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno is not None)
