"""What every executor promises: the runs of a grid are done, whichever fails is told with its error, and the rest go on.

A run is a function of its parameters alone and commits each round to its own folder, so where and in which order runs are
executed changes no byte of their results, and a run that was lost on the way is simply executed again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from utils.failure import Failure
from utils.journal import Record


@dataclass(frozen=True)
class Job:
    """One run of a grid.

    Attributes:
        params: the parameters of the run, each a single value.
        made_from: those that data and learning engine are made from, shared by the runs of one cell of the grid.
    """

    params: Any
    made_from: Any

    @property
    def title(self) -> str:
        """What the terminal calls the run."""
        return str(self.params.title())


class Listener(Protocol):
    """Is told how the runs go on, from whatever process or machine; see `utils.console.Reporter`."""

    def start_run(self, name: str, committed: int) -> None:
        """The run `name` begins, with `committed` of its rounds done before."""

    def round_done(self, name: str, record: Record) -> None:
        """One round more is committed; `record` holds at least "round" and "stats"."""

    def end_run(self, name: str, last: Record, how: str) -> None:
        """The run ended with the round `last`; `how` says why."""

    def fail_run(self, name: str, error: str) -> None:
        """The run ended with an error, the rounds before it are kept."""

    def progress(self, what: str, done: int, total: int) -> None:
        """Progress of something long that is no round."""

    def say(self, text: str, style: str = "") -> None:
        """One line that stays."""


Work = Callable[[Job, Listener], None]
"""Does one run, from its last committed round to its end; raises what goes wrong."""

MakeWork = Callable[[], Work]
"""Called once in each process; what it returns may keep data and engine from one run for the next. Found by its name in
another process, so it is a class or a function of a module."""


class Executor(ABC):
    """Executes the runs of a grid."""

    def check(self) -> None:  # noqa: B027
        """Called before anything slow.

        Raises:
            ParameterError: the executor cannot be had as asked for.
        """

    @abstractmethod
    def run(self, jobs: Sequence[Job], make: MakeWork, listener: Listener, ended: Callable[[Job], None]) -> list[Failure]:
        """Executes all `jobs`; where several run at once, in whatever order.

        Args:
            jobs: the runs.
            make: makes what does them.
            listener: is told how they go on, in this process.
            ended: called in this process when a run is over, well or not.

        Returns:
            One failure for each run that ended with an error, in the order of `jobs`.

        Raises:
            ParameterError: the executor cannot be had as asked for; nothing was begun.
            Stopped: a signal came; what was running has stopped after its last committed round.
        """
