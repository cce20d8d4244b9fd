"""Standard output and error that take whatever is said: a log on a full disk, or a closed terminal, ends no experiment.

From the first write that fails on, what is said goes nowhere, and the work goes on to its end. A reader who went away, as
`head` does, has read what it wanted; any other fault of standard output is told at the end, with an exit code of its own.
"""

from __future__ import annotations

import io
import os
import select
import sys
from typing import TYPE_CHECKING, TextIO

from utils.errors import DiskError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


def use_lasting_streams() -> None:
    """Replaces sys.stdout and sys.stderr by streams that raise no OSError, to the end of this process.

    Their descriptors, encodings and terminals stay what they are; what an encoding has no sign for is written as an escape.
    One that was closed before the process began goes nowhere.
    """
    sys.stdout, sys.stderr = _lasting(sys.stdout, 1), _lasting(sys.stderr, 2)


def told_of_loss(exit_code: int) -> int:
    """What a process ends with that would end with `exit_code`, when all is printed: says if not all of it could be."""
    sys.stdout.flush()
    raw = getattr(sys.stdout, "buffer", None)
    fault = raw.fault if isinstance(raw, _Lasting) else None
    if exit_code or fault is None or isinstance(fault, BrokenPipeError):
        return exit_code
    sys.stderr.write(
        f"standard output: {fault.strerror}; what was to be printed from there on is lost, what was written to files is not; "
        "make room, or let it print to another place\n"
    )
    return DiskError.exit_code


class _Lasting(io.FileIO):
    """The bytes of a stream: all that Python writes to it goes through here, its last flush included."""

    fault: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int:
        rest = whole = memoryview(data)
        try:
            while rest and self.fault is None:
                written = super().write(rest)
                if written is None:  # whoever opened it wants nobody to wait
                    select.select([], [self], [])
                rest = rest[written or 0 :]
        except OSError as error:
            self.fault = error
        return len(whole)


def _lasting(stream: TextIO | None, descriptor: int) -> TextIO:
    if stream is None:
        return io.TextIOWrapper(_Lasting(_nowhere(descriptor), "w"), "utf-8", "replace")
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    raw = _Lasting(stream.fileno(), "w", closefd=False)
    errors = "backslashreplace" if stream.errors == "strict" else stream.errors
    return io.TextIOWrapper(raw, stream.encoding, errors, "\n", stream.line_buffering, stream.write_through)


def _nowhere(descriptor: int) -> int:
    """Opens it as `descriptor`, and as those below it that are closed too: a file of a run with that number is printed into."""
    while (opened := os.open(os.devnull, os.O_RDWR)) < descriptor:
        pass
    return opened
