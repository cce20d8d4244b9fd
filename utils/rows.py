"""A selection of rows of one big array, without a copy of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


class Features(Protocol):
    """What a model is fed: an array (N, …), or something that makes its rows when they are asked for."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(N, …) as of an array."""

    def __getitem__(self, ids: NDArray[np.int64], /) -> NDArray[np.float32]:
        """(n, …) the rows `ids`."""


@dataclass(frozen=True)
class Rows:
    """The rows `ids` of `features`; an index, not a copy, so that a pool lives in memory once or stays on disk."""

    features: Features
    """(N, …) the whole data set, read-only."""
    ids: NDArray[np.int64]
    """(n,) which rows, in which order."""

    def __len__(self) -> int:
        """Number of rows selected."""
        return len(self.ids)

    def take(self) -> NDArray[np.float32]:
        """(n, …) a copy of the selected rows."""
        return np.ascontiguousarray(self.features[self.ids])

    def blocks(self, size: int) -> Iterator[tuple[slice, NDArray[np.float32]]]:
        """The rows in blocks of `size`, each with the slice it fills of the whole; the last may be shorter."""
        for start in range(0, len(self.ids), size):
            part = slice(start, min(start + size, len(self.ids)))
            yield part, self.features[self.ids[part]]
