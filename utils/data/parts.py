"""Decides for one seed which samples take part, and cuts them into training, validation and test part."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    share_is_given: bool = True
    """Whether somebody asked for `test_percent`: a set of which only some labels are known is tested on none by default."""


def choose_parts(table: SampleTable, settings: PartSettings, seed: int) -> Parts:
    """The parts of the data set for the run `seed`: the same for every strategy.

    Samples without a label stay in the training part, and with them the groups that they belong to; the shares of the other
    parts are those of the samples with a label.

    Raises:
        ParameterError: the set has no such groups, or no test part of its own.
        DataError: a class or a part would be empty that may not be.
    """
    return next(parts_of_folds(table, settings, seed, [settings.fold]))


def parts_of_folds(table: SampleTable, settings: PartSettings, seed: int, folds: Iterable[int | None]) -> Iterator[Parts]:
    """Yields what `choose_parts` gives with each of `folds` in the place of `settings.fold`; all are cut in one go."""
    whole = _uncut(table, settings, seed)
    complete = _is_complete(table, whole)
    cut: list[Ids] = []
    for fold in folds:
        if fold is not None and not cut:
            cut = _cut(whole, table, settings, seed)
        parts = whole if fold is None else _without(whole, cut, fold)
        if table.num_classes and complete and len(parts.test):
            check_classes(table.labels, table.class_names, table.names, parts)
        yield parts


def _uncut(table: SampleTable, settings: PartSettings, seed: int) -> Parts:
    """The parts before one of the folds is left out."""
    if len(table) == 0:
        raise DataError("the data set has no samples")
    ids = np.arange(len(table))
    if settings.num_total < len(ids):
        ids = np.sort(rng_for(seed, "total").choice(ids, settings.num_total, replace=False))
    groups = groups_of(table, settings.group_by)
    rng = rng_for(seed, "split")
    shares = {"validation": settings.valid_percent}
    own_test = _own_test(table, groups, settings)
    if own_test is None:
        tested = settings.share_is_given or table.known[ids].all()
        shares = {"test": (settings.test_percent or 0.0) if tested else 0.0, **shares}
        test, rest = np.empty(0, dtype=np.int64), ids
    else:
        test, rest = ids[own_test[ids]], ids[~own_test[ids]]
    free = _free(table, groups, rest)
    scaled = _scaled(tuple(shares.values()), int(table.known[ids].sum()), len(free))
    cut = split(table.strata(free), _of(groups, free), scaled, rng)
    parts = dict(zip([*shares, "train"], (free[positions] for positions in cut), strict=True))
    train = np.union1d(parts["train"], np.setdiff1d(rest, free))
    result = Parts(train, parts["validation"], parts.get("test", test))
    _check_sizes(result, settings, complete=_is_complete(table, result))
    return result


def _is_complete(table: SampleTable, parts: Parts) -> bool:
    """Whether all samples that take part have a label."""
    return all(bool(table.known[ids].all()) for ids in (parts.train, parts.validation, parts.test))


def _free(table: SampleTable, groups: NDArray[np.str_] | None, ids: Ids) -> Ids:
    """Those of the samples `ids` (k,) that may leave the training part: with a label, as all of their group have."""
    known = table.known[ids]
    if groups is not None and not known.all():
        known = ~np.isin(groups[ids], groups[ids[~known]])
    return ids[known]


def _scaled(shares: tuple[float, ...], of_all: int, count: int) -> tuple[float, ...]:
    """`shares` of `of_all` samples as shares of the `count` of them that there are to draw from: all of these at most."""
    scaled = tuple(share * of_all / max(count, 1) for share in shares)
    total = sum(scaled)
    return scaled if total <= 1 else tuple(share / total for share in scaled)


def _of(groups: NDArray[np.str_] | None, ids: Ids) -> NDArray[np.str_] | None:
    return None if groups is None else groups[ids]


def _cut(parts: Parts, table: SampleTable, settings: PartSettings, seed: int) -> list[Ids]:
    """The folds of the training part."""
    groups, number = groups_of(table, settings.group_by), settings.num_folds
    ids = _free(table, groups, parts.train)
    shares = (1 / number,) * (number - 1)
    return [ids[fold] for fold in split(table.strata(ids), _of(groups, ids), shares, rng_for(seed, "folds"))]


def _without(parts: Parts, folds: list[Ids], fold: int) -> Parts:
    """The training part without one of its folds, from 1, which is measured on; the test part stays out of sight."""
    left_out = folds[fold - 1]
    if not len(left_out):
        raise DataError(f"fold {fold} of {len(folds)} is empty: give fewer num_folds, or gather more data")
    return Parts(np.setdiff1d(parts.train, left_out), left_out, left_out)


def straddling(table: SampleTable, parts: Parts) -> list[str]:
    """The kinds of groups (speaker, fold, …) of which members lie both in the test part and in the others."""
    found = []
    for kind, groups in table.groups.items():
        seen = np.concatenate([parts.train, parts.validation])
        if np.isin(groups[parts.test], groups[seen]).any():
            found.append(kind)
    return found


def groups_of(table: SampleTable, group_by: str | None) -> NDArray[np.str_] | None:
    """(n,) the group of each sample that never straddles a split; None where samples stand for themselves.

    Raises:
        ParameterError: the set has no such groups.
    """
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
        there = set(known)
        unknown = [name for name in settings.test_groups if name not in there]
        if unknown:
            shown = ", ".join(known[:12]) + (" …" if len(known) > 12 else "")
            raise ParameterError(
                f"test_groups: there is no group {unknown[0]!r}{did_you_mean(unknown[0], known)}; known: {shown}"
            )
        return _all_known(table, groups, settings.test_groups)
    if settings.test_percent is None:
        if table.test is None:
            raise ParameterError(
                "test_percent: null asks for the set's own test part, and this set has none; give a share such as 0.2"
            )
        return table.test & table.known
    return None


def _all_known(table: SampleTable, groups: NDArray[np.str_], named: list[str]) -> NDArray[np.bool_]:
    """(n,) the samples in the groups `named`.

    Raises:
        DataError: one of them has no label, so that nothing can be measured on it.
    """
    chosen: NDArray[np.bool_] = np.isin(groups, named)
    missing = np.flatnonzero(chosen & ~table.known)
    if len(missing):
        raise DataError(
            f"test_groups: {table.names[missing[0]]} of the group {str(groups[missing[0]])!r} has no label, as "
            f"{len(missing):,} of {np.count_nonzero(chosen):,} samples of the named groups have none, and only what is "
            "labelled can be tested on; label them, name other groups, or leave test_groups out"
        )
    return chosen


def _check_sizes(parts: Parts, settings: PartSettings, *, complete: bool) -> None:
    """Refuses an empty part, but for one that was not asked for or, where labels are not `complete`, not to be had."""
    tested = settings.test_groups is not None or settings.test_percent != 0
    wanted: list[tuple[str, Ids, bool]] = [
        ("training", parts.train, True),
        ("validation", parts.validation, complete and settings.valid_percent > 0),
        ("test", parts.test, complete and tested),
    ]
    for name, ids, needed in wanted:
        if needed and len(ids) == 0:
            raise DataError(
                f"the {name} part is empty: no sample, or no whole group, fits its share; "
                "change test_percent, valid_percent or group_by, or gather more data"
            )
