"""Decides for one seed which samples take part, and cuts them into training, validation and test part."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.data.source import SampleTable
from utils.data.splits import Ids, Parts, check_classes, split
from utils.errors import DataError, ParameterError
from utils.registry import did_you_mean
from utils.seeds import rng_for

NO_GROUPS = "none"


@dataclass(frozen=True)
class PartSettings:
    """The parameters of the same names; see hparams.py."""

    num_total: int
    test_percent: float | None
    valid_percent: float
    group_by: str | None
    test_groups: list[str] | None
    num_folds: int = 0
    """Parts of the training part, for cross-validation; 0: none."""
    fold: int | None = None
    """Which of them, from 1, is left out of training and takes the place of validation and test part; None: none."""


def choose_parts(table: SampleTable, settings: PartSettings, seed: int) -> Parts:
    """The parts of the data set for the run `seed`: the same for every strategy.

    Raises:
        ParameterError: the set has no such groups, or no test part of its own.
        DataError: a class or a part would be empty.
    """
    if len(table) == 0:
        raise DataError("the data set has no samples")
    ids = np.arange(len(table))
    if settings.num_total < len(ids):
        ids = np.sort(rng_for(seed, "total").choice(ids, settings.num_total, replace=False))
    groups = _groups(table, settings.group_by)
    rng = rng_for(seed, "split")
    shares = {"validation": settings.valid_percent}
    own_test = _own_test(table, groups, settings)
    if own_test is None:
        shares = {"test": settings.test_percent or 0.0, **shares}
        test, rest = np.empty(0, dtype=np.int64), ids
    else:
        test, rest = ids[own_test[ids]], ids[~own_test[ids]]
    scaled = tuple(share * len(ids) / max(len(rest), 1) for share in shares.values())
    cut = split(table.strata(rest), None if groups is None else groups[rest], scaled, rng)
    parts = dict(zip([*shares, "train"], (rest[positions] for positions in cut), strict=True))
    result = Parts(parts["train"], parts["validation"], parts.get("test", test))
    _check_sizes(result, settings)
    if settings.fold is not None:
        result = _leave_out(result, table, groups, settings, seed)
    if table.num_classes:
        check_classes(table.labels, table.class_names, table.names, result)
    return result


def _leave_out(parts: Parts, table: SampleTable, groups: NDArray[np.str_] | None, settings: PartSettings, seed: int) -> Parts:
    """The training part without one of its folds, which is measured on; the test part stays out of sight."""
    ids, number = parts.train, settings.num_folds
    shares = (1 / number,) * (number - 1)
    folds = split(table.strata(ids), None if groups is None else groups[ids], shares, rng_for(seed, "folds"))
    left_out = ids[folds[(settings.fold or 1) - 1]]
    if not len(left_out):
        raise DataError(f"fold {settings.fold} of {number} is empty: give fewer num_folds, or gather more data")
    return Parts(np.setdiff1d(ids, left_out), left_out, left_out)


def straddling(table: SampleTable, parts: Parts) -> list[str]:
    """The kinds of groups (speaker, fold, …) of which members lie both in the test part and in the others."""
    found = []
    for kind, groups in table.groups.items():
        seen = np.concatenate([parts.train, parts.validation])
        if np.isin(groups[parts.test], groups[seen]).any():
            found.append(kind)
    return found


def _groups(table: SampleTable, group_by: str | None) -> NDArray[np.str_] | None:
    if group_by is None:
        return table.groups.get("clip")
    if group_by == NO_GROUPS:
        return None
    if group_by not in table.groups:
        known = [*table.groups, NO_GROUPS]
        raise ParameterError(f"group_by: received {group_by!r}{did_you_mean(group_by, known)}; this set has {', '.join(known)}")
    return table.groups[group_by]


def _own_test(table: SampleTable, groups: NDArray[np.str_] | None, settings: PartSettings) -> NDArray[np.bool_] | None:
    """(n,) the test part where it is given rather than drawn."""
    if settings.test_groups is not None:
        if groups is None:
            raise ParameterError("test_groups: needs groups to choose from; set group_by")
        known = np.unique(groups).tolist()
        unknown = [name for name in settings.test_groups if name not in known]
        if unknown:
            shown = ", ".join(known[:12]) + (" …" if len(known) > 12 else "")
            raise ParameterError(
                f"test_groups: there is no group {unknown[0]!r}{did_you_mean(unknown[0], known)}; known: {shown}"
            )
        return np.isin(groups, settings.test_groups)
    if settings.test_percent is None:
        if table.test is None:
            raise ParameterError(
                "test_percent: null asks for the set's own test part, and this set has none; give a share such as 0.2"
            )
        return table.test
    return None


def _check_sizes(parts: Parts, settings: PartSettings) -> None:
    wanted: list[tuple[str, Ids, bool]] = [
        ("training", parts.train, True),
        ("validation", parts.validation, settings.valid_percent > 0),
        ("test", parts.test, True),
    ]
    for name, ids, needed in wanted:
        if needed and len(ids) == 0:
            raise DataError(
                f"the {name} part is empty: no sample, or no whole group, fits its share; "
                "change test_percent, valid_percent or group_by, or gather more data"
            )
