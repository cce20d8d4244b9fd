"""The errors a user can meet, each with the exit code that `framework.py` ends with.

Every message says where, what is wrong, what was expected, what was received and what to do. An error of this family is
printed without a traceback; anything else is a bug and keeps its traceback.
"""

from __future__ import annotations

import contextlib
import errno
import re
from collections.abc import Iterator
from pathlib import Path

from utils.printable import printable

_LONGEST_LINE, _MOST_LINES = 2000, 20
_UNREADABLE = {errno.EACCES, errno.EPERM, errno.ELOOP, errno.EIO}
MOST_SHOWN = 15
"""Sentences in the message of a `ParameterError`; it tells how many more there are."""
_BREAK = re.compile(r"\n(?!  )")
"""In a name out of a file: what a message itself says in further lines is indented."""


class FrameworkError(Exception):
    """Root of all errors meant for the user; `exit_code` is what the process ends with."""

    exit_code = 70

    def __str__(self) -> str:
        """The message, whatever names of files and values stand in it: short, and nothing that steers a terminal."""
        lines = [printable(_shortened(line)) for line in _BREAK.sub(r"\\n", super().__str__()).split("\n")]
        return "\n".join(lines if len(lines) <= _MOST_LINES else [*lines[: _MOST_LINES - 1], "…"])


def _shortened(line: str) -> str:
    return line if len(line) <= _LONGEST_LINE else f"{line[: _LONGEST_LINE - 1]}…"


class ParameterError(FrameworkError):
    """One or more parameters are wrong; `problems` holds one sentence each."""

    exit_code = 2

    def __init__(self, problems: list[str] | str, where: str = "parameters", advice: str = "") -> None:
        """Collects `problems` found in `where` (a file name, or the command line), and says what to do about them."""
        self.problems = [problems] if isinstance(problems, str) else problems
        count = "1 error" if len(self.problems) == 1 else f"{len(self.problems)} errors"
        shown = [_shortened(problem).replace("\n", "\\n") for problem in self.problems[:MOST_SHOWN]]
        if len(self.problems) > len(shown):
            shown = [*shown, f"… and {len(self.problems) - len(shown)} more"]
        super().__init__("\n  ".join([f"{where}: {count}", *shown, *([advice] if advice else [])]))


class OtherRunError(ParameterError):
    """The folder of a run holds one with other values; what lies there stays as it is."""


class DataError(FrameworkError):
    """The data set is missing, damaged, or does not fit the parameters."""

    exit_code = 65


class DamagedRunError(FrameworkError):
    """A journal or weights file of a run was altered or cut; nothing of it is used."""

    exit_code = 65


class DivergenceError(FrameworkError):
    """A loss, probability, embedding or score is NaN or infinite; the last committed round is intact."""


class MemoryShortError(FrameworkError):
    """A data set or a round needs more memory than there is; the last committed round is intact."""


class LabelsAwaitedError(FrameworkError):
    """No error at all: the run has asked people for labels, and goes on when they are there."""

    exit_code = 0


@contextlib.contextmanager
def naming_the_round(run: str, number: int) -> Iterator[None]:
    """Puts the run and the round in front of a `DivergenceError` from inside the `with` block.

    Raises:
        MemoryShortError: instead of what Python or a library raises where the memory does not suffice.
    """
    try:
        yield
    except DivergenceError as error:
        raise DivergenceError(f"{run}, round {number}: {error}; the rounds before it are kept") from None
    except Exception as error:
        if not is_out_of_memory(error):
            raise
        raise MemoryShortError(
            f"{run}, round {number}: needs more memory than there is; make the model, batch_size or the data set smaller; the "
            "rounds before it are kept"
        ) from None


@contextlib.contextmanager
def naming_the_data(dataset: str) -> Iterator[None]:
    """Raises MemoryShortError with the name of the data set instead of MemoryError from inside the `with` block."""
    try:
        yield
    except MemoryError:
        raise MemoryShortError(
            f"data set {dataset!r}: needs more memory than there is; make the data set smaller, or use a machine with more"
        ) from None


def is_out_of_memory(error: Exception) -> bool:
    """Whether Python, TensorFlow or JAX means by `error` that the memory does not suffice; loads neither to tell."""
    told = type(error).__name__ == "ResourceExhaustedError" or "RESOURCE_EXHAUSTED" in str(error)
    return told or isinstance(error, MemoryError)


class DiskError(FrameworkError):
    """The disk is full, over quota or failing; what was committed before is intact."""

    exit_code = 74


class FolderGoneError(DiskError):
    """The folder of a run was moved or removed while it worked; what lies at its path now is not its own."""


class FolderInUseError(FrameworkError):
    """Another process works in the same run folder."""

    exit_code = 75


@contextlib.contextmanager
def naming_the_cause() -> Iterator[None]:
    """Says what the system refused, wherever in the `with` block that was found.

    Raises:
        DiskError: for a file or folder that may not or cannot be read.
        MemoryShortError: where the memory does not suffice.
    """
    try:
        yield
    except MemoryError as error:
        raise MemoryShortError(
            "this needs more memory than there is; make the model or the data set smaller, or use a machine with more; what "
            "was committed is kept"
        ) from error
    except OSError as error:
        if error.filename is None and not _is_somewhere():
            raise DiskError(
                "the folder that this was called in is gone; change to one that is there, then call again"
            ) from error
        if error.errno not in _UNREADABLE or error.filename is None:
            raise
        raise DiskError(
            f"{error.filename}: {error.strerror}; see to it that it can be read and written, then run the same command again"
        ) from error


def _is_somewhere() -> bool:
    """Whether the working folder of this process is there."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return False
    return True
