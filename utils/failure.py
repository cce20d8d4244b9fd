"""A run of a grid that ended with an error: what is told of it, and what its folder keeps until it is run again."""

from __future__ import annotations

import json
import traceback
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Self

from utils import files, reading
from utils.errors import (
    DiskError,
    FolderGoneError,
    FolderInUseError,
    FrameworkError,
    LabelsAwaitedError,
    OtherRunError,
    ParameterError,
)
from utils.printable import printable_lines

FILE = "failure.json"
_BUG = 1
_NOT_OF_THE_RUN = (OtherRunError, FolderGoneError, FolderInUseError, LabelsAwaitedError)
"""Refusals, after which what lies in the folder, another run's or another process's, stays as it is; and no failure at all."""


@dataclass(frozen=True)
class Failure:
    """Why one run ended.

    Attributes:
        run: its title.
        error: one line or a few, for the user.
        exit_code: that a lone run would have ended its process with.
        traceback: of an error that no user should meet; "" otherwise.
        is_recorded: whether the run's folder keeps it.
    """

    run: str
    error: str
    exit_code: int
    traceback: str = ""
    is_recorded: bool = True

    @classmethod
    def of(cls, run: str, error: BaseException) -> Self:
        """The failure of the run with the title `run` by `error`."""
        if isinstance(error, FrameworkError):
            return cls(run, printable_lines(str(error)), error.exit_code, is_recorded=not isinstance(error, _NOT_OF_THE_RUN))
        shown = f"{type(error).__name__}: {error}".strip().split("\n")[0][:1000]
        return cls(run, printable_lines(shown), _BUG, "".join(traceback.format_exception(error)))

    def record(self, folder: Path) -> None:
        """Keeps it in the run folder `folder`, where it lies until the run is started again; silent where the disk fails."""
        if self.is_recorded:
            try:
                files.write_text(folder / FILE, json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n")
            except (DiskError, ParameterError):
                return

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """What the run folder `folder` keeps; None when its last run did not fail, or the file cannot be read."""
        try:
            failure = cls(**json.loads(reading.read_text(folder / FILE, reading.LARGEST_SMALL)))
        except (OSError, ValueError, TypeError, RecursionError):
            return None
        types = {"exit_code": int, "is_recorded": bool}
        if any(not isinstance(getattr(failure, field.name), types.get(field.name, str)) for field in fields(cls)):
            return None
        return replace(failure, run=printable_lines(failure.run), error=printable_lines(failure.error))
