"""What a decoding process may take: the limits that it sets itself, and the numbers that messages tell.

The system enforces them, so they hold inside decoders written in C too. They guard against damaged files, not against someone
who has taken the process over: that would need a sandbox of the system.
"""

from __future__ import annotations

import contextlib
import resource
import signal
import sys

SECONDS = 5.0
"""Processor time for one file."""
MEMORY = 2**30
"""Bytes of addresses, libraries included."""
PATIENCE = 120.0
"""Seconds without an answer after which a process is ended that uses no processor time, as on a network disk that hangs."""
_FILES = 32
"""Descriptors; three lead to the run, one or two to the file being decoded."""


def limit_this_process() -> None:
    """Takes away what decoding does not need; to be called once all that is needed has been imported."""
    sys.dont_write_bytecode = True
    for kind, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, _FILES),
    ):
        with contextlib.suppress(ValueError, OSError):  # a system without this limit, or with a tighter one already
            resource.setrlimit(kind, (most, most))


def limit_next_file(seconds: float) -> None:
    """From now on `seconds` of processor time (user and system) are left before the system ends this process; 0: no limit.

    Unlike RLIMIT_CPU this counts fractions of a second and starts anew for each file.
    """
    signal.setitimer(signal.ITIMER_PROF, seconds)
