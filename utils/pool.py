"""Which samples are labelled, unlabelled or rejected, and the frozen view of them that a selection engine gets.

The pool holds the labels that were bought and no other: what is not labelled has no label here to leak.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

_UNLABELLED, _LABELLED, _REJECTED = range(3)


class Pool:
    """The training part of a data set; every sample is labelled, unlabelled or rejected, and moves only once."""

    def __init__(self, ids: NDArray[np.int64], labels: type[np.int64 | np.float32] = np.int64) -> None:
        """`ids` (n,) are the distinct sample ids of the training part; all start unlabelled. `labels` are of that type."""
        self._ids = np.sort(ids)
        self._state = np.zeros(len(ids), dtype=np.int8)
        self._labels = np.zeros(len(ids), dtype=labels)

    def __len__(self) -> int:
        """Number of samples, whatever their state."""
        return len(self._ids)

    @property
    def labelled(self) -> NDArray[np.int64]:
        """(l,) ids with a label, ascending."""
        return self._ids[self._state == _LABELLED]

    @property
    def labels(self) -> NDArray[Any]:
        """(l,) the labels of `labelled`, in its order."""
        return self._labels[self._state == _LABELLED]

    @property
    def unlabelled(self) -> NDArray[np.int64]:
        """(m,) ids that may still be asked for, ascending."""
        return self._ids[self._state == _UNLABELLED]

    @property
    def rejected(self) -> NDArray[np.int64]:
        """(r,) ids that the oracle could not label, ascending."""
        return self._ids[self._state == _REJECTED]

    def labels_of(self, ids: NDArray[np.int64]) -> NDArray[Any]:
        """(k,) the labels of the labelled samples `ids`, in that order."""
        positions = self._positions(ids, _LABELLED)
        return self._labels[positions]

    def label(self, ids: NDArray[np.int64], labels: NDArray[Any]) -> None:
        """Moves the unlabelled samples `ids` (k,) to labelled, with `labels` (k,)."""
        positions = self._positions(ids, _UNLABELLED)
        self._state[positions] = _LABELLED
        self._labels[positions] = labels

    def reject(self, ids: NDArray[np.int64]) -> None:
        """Moves the unlabelled samples `ids` (k,) to rejected: they are never asked for again."""
        self._state[self._positions(ids, _UNLABELLED)] = _REJECTED

    def _positions(self, ids: NDArray[np.int64], state: int) -> NDArray[np.int64]:
        positions = np.searchsorted(self._ids, ids)
        inside = positions < len(self._ids)
        inside[inside] = self._ids[positions[inside]] == ids[inside]
        if not inside.all():
            raise ValueError(f"samples outside the pool: {ids[~inside][:5].tolist()}")
        if len(np.unique(ids)) != len(ids) or (self._state[positions] != state).any():
            raise ValueError("a sample stands there twice, or is not in the state that it should be in")
        return positions.astype(np.int64)
