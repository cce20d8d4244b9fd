"""Labels as arrays hold them: numbers, texts or one-hot rows, all of which stand for classes; or targets of a regression."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.data.audio_layout import class_order
from utils.errors import DataError

_MOST_SPREAD = 1000
"""Class numbers above this are only taken for such where a set has as many samples."""
_SURROGATES, _SURROGATE_BITS = 0xD800 >> 11, 11
"""What the halves of a pair, U+D800 to U+DFFF, begin with, and how many bits follow; alone they stand for no character."""


def read_labels(values: NDArray[np.generic], count: int, where: str) -> NDArray[np.int64] | NDArray[np.str_]:
    """The label of each of `count` samples: a whole number from 0, or a text.

    Args:
        values: (n,) or (n, 1) whole numbers from 0 or texts, or (n, C) rows with a single 1.
        count: samples that the labels belong to, n.
        where: names the array in messages.

    Raises:
        DataError: other values, or of another number of samples.
    """
    labels = values.reshape(-1) if values.ndim == 2 and values.shape[1] == 1 else values
    if labels.ndim == 2 and len(labels) == count and labels.dtype.kind in "biuf":
        return _from_one_hot(labels, where)
    if labels.shape == (count,) and labels.dtype.kind in "US":
        return _texts(labels, where)
    if labels.shape != (count,) or labels.dtype.kind not in "iu" or (count and int(labels.min()) < 0):
        raise DataError(
            f"{where}: expected {count} whole numbers from 0, received shape {labels.shape} of {labels.dtype}; classes may be "
            "given as texts or as rows with a single 1, too"
        )
    if count and int(labels.max()) > np.iinfo(np.int64).max:
        raise _too_large(labels, where)
    return labels.astype(np.int64)


def read_targets(values: NDArray[np.generic], count: int, where: str) -> NDArray[np.float32]:
    """(n,) the target of each of `count` samples.

    Raises:
        DataError: the values are no finite numbers, or of another number of samples.
    """
    targets = values.reshape(-1) if values.ndim == 2 and values.shape[1] == 1 else values
    if targets.shape != (count,) or targets.dtype.kind not in "biuf":
        raise DataError(
            f"{where}: expected {count} numbers, the targets of a regression, received shape {targets.shape} of "
            f"{targets.dtype}; for classes leave out task, or set it to multiclass"
        )
    with np.errstate(over="ignore"):
        result = targets.astype(np.float32)
    if not np.isfinite(result).all():
        row = int(np.argmin(np.isfinite(result)))
        raise DataError(f"{where}: row {row} is {targets[row]}, no finite number; remove or mend it")
    return result


def as_classes(parts: Sequence[NDArray[np.int64] | NDArray[np.str_]], where: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """The labels of all parts of a set as class indices, and the classes: numbers as numbers, texts sorted.

    Raises:
        DataError: one part has numbers and another one texts, or the numbers are too large to stand for classes.
    """
    if len({part.dtype.kind for part in parts}) > 1:
        raise DataError(f"{where}: has numbers as labels in one part and texts in the other; use either")
    labels = np.concatenate(parts)
    if labels.dtype.kind == "i" and len(labels) and labels.max() >= max(len(labels), _MOST_SPREAD):
        raise _too_large(labels, where)
    distinct, indices = np.unique(labels, return_inverse=True)
    names = [str(label) for label in distinct.tolist()]
    order = class_order(names)
    rank = {name: index for index, name in enumerate(order)}
    return np.array([rank[name] for name in names], np.int64)[indices], order


def _too_large(labels: NDArray[Any], where: str) -> DataError:
    return DataError(
        f"{where}: has the label {labels.max()} but only {len(labels)} samples; a label is the number of a class, or its "
        "name as a text"
    )


def _from_one_hot(rows: NDArray[np.generic], where: str) -> NDArray[np.int64]:
    if not len(rows):
        return np.zeros(0, np.int64)
    good = ((rows == 0) | (rows == 1)).all(axis=1) & (np.count_nonzero(rows, axis=1) == 1)
    if not good.all():
        raise DataError(
            f"{where}: row {int(np.argmin(good))} of {rows.shape[1]} numbers has not a single 1 among zeros; expected whole "
            "numbers from 0, or such rows"
        )
    return rows.argmax(axis=1).astype(np.int64)


def _texts(labels: NDArray[Any], where: str) -> NDArray[np.str_]:
    try:
        texts: NDArray[np.str_] = np.char.decode(labels, "utf-8") if labels.dtype.kind == "S" else labels
    except UnicodeDecodeError as error:
        raise DataError(f"{where}: holds a text that is not UTF-8 ({error}); write the labels anew") from None
    if (texts == "").any():
        raise DataError(f"{where}: row {int(np.argmax(texts == ''))} has an empty label; name its class, or remove the sample")
    codes = np.ascontiguousarray(texts).view(np.dtype(np.uint32).newbyteorder(texts.dtype.byteorder))
    wrong = (codes > sys.maxunicode) | (codes >> _SURROGATE_BITS == _SURROGATES)
    if wrong.any():
        row = int(np.argmax(wrong)) * len(texts) // len(codes)
        raise DataError(f"{where}: row {row} has a label that is not Unicode; write the labels anew")
    return texts
