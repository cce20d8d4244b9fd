"""What every oracle is: the only holder of the pool's labels, asked round by round."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Label:
    """One answer: the class index of sample `id`, or its target in regression, and who gave it; None: it cannot be labelled."""

    id: int
    value: float | None
    by: str
    seconds: float | None = None
    """What the answer cost, the time of all who answered together; None where nobody measured it."""


@dataclass(frozen=True)
class Asked:
    """What is asked in a round: k samples, the most wanted first."""

    round_number: int
    ids: NDArray[np.int64]
    """(k,)"""
    answers: NDArray[np.float32] | None = None
    """(k, C) what the model thinks of them: probabilities, or (k, 1) predictions; None before it has learnt anything."""


class Progress(Protocol):
    """Who is told how far the labelling is."""

    def progress(self, what: str, done: int, total: int) -> None:
        """`done` of `total` are labelled."""

    def say(self, text: str) -> None:
        """One line that stays."""


class Oracle(ABC):
    """Someone, or something, that labels.

    Attributes:
        classes: names of the classes, in the order of their indices; may grow while people label.
    """

    classes: tuple[str, ...] = ()

    def at_work(self, folder: Path, listener: Progress) -> AbstractContextManager[object]:
        """Entered before anything is asked: `folder` is that of the run, whose lock the caller holds."""
        return nullcontext()

    @abstractmethod
    def label(self, asked: Asked) -> Iterator[Label]:
        """One answer for each of the samples, in any order; may take days, may abstain, may be interrupted."""

    def given_ahead(self, round_number: int, budget: int) -> Iterator[Label]:
        """Answers, at most `budget`, to samples of `go_on_with` for the round that begins; the same again when asked again."""
        yield from ()

    def go_on_with(self, asked: Asked) -> None:  # noqa: B027
        """The round's labels are in and the model learns: meanwhile these samples may be labelled, for the next round."""

    def tell(self, stats: Mapping[str, Any]) -> None:  # noqa: B027
        """A round is committed, with these columns of al_stats."""

    def look_back(self, folder: Path) -> None:  # noqa: B027
        """The run in `folder` is complete already: what is derived from its answers is written anew, and nobody is asked."""

    def end(self, reason: str) -> None:  # noqa: B027
        """The run is over."""
