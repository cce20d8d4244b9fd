"""What every oracle is: the only holder of the pool's labels, asked sample by sample."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Label:
    """One answer: the class index of sample `id`, or its target in regression, and who gave it; None: it cannot be labelled."""

    id: int
    value: float | None
    by: str


class Oracle(ABC):
    """Someone, or something, that labels."""

    @abstractmethod
    def label(self, ids: NDArray[np.int64]) -> Iterator[Label]:
        """One answer for each of `ids` (k,), in any order; may take days, may abstain, may be interrupted."""
