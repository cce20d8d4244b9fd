"""Cuts a data set into training, validation and test part: stratified, and never through a group.

Without groups the shares are exact per class. With groups each goes whole to one part, largest groups first, to the part
that then lies nearest its share of every class.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.errors import DataError

Ids = NDArray[np.int64]


@dataclass(frozen=True)
class Parts:
    """Sample ids of the three parts of a data set, each ascending; disjoint."""

    train: Ids
    validation: Ids
    test: Ids

    @property
    def has_test(self) -> bool:
        """Whether there is a test part."""
        return len(self.test) > 0

    def fingerprint(self) -> str:
        """SHA-256 over the ids of the three parts: the same split, the same fingerprint."""
        digest = hashlib.sha256()
        for ids in (self.train, self.validation, self.test):
            digest.update(len(ids).to_bytes(8, "little") + ids.astype("<i8").tobytes())
        return digest.hexdigest()

    def sizes(self) -> dict[str, int]:
        """Number of samples: `pool` (the training part), `validation`, `test`."""
        return {"pool": len(self.train), "validation": len(self.validation), "test": len(self.test)}


def split(
    labels: NDArray[np.int64], groups: NDArray[np.str_] | None, shares: tuple[float, ...], rng: np.random.Generator
) -> list[Ids]:
    """Positions of the samples in each of len(shares) + 1 parts; the last takes what `shares` leave.

    Args:
        labels: (n,) class indices.
        groups: (n,) group of each sample, or None when samples stand for themselves.
        shares: of all samples, each in [0, 1), together below 1.
        rng: breaks ties.
    """
    wanted = np.array([*shares, 1 - sum(shares)])
    if groups is None or len(np.unique(groups)) == len(groups):
        assigned = _split_samples(labels, wanted, rng)
    else:
        assigned = _split_groups(labels, groups, wanted, rng)
    return [np.flatnonzero(assigned == part) for part in range(len(wanted))]


def take_stratified(labels: NDArray[np.int64], count: int, rng: np.random.Generator) -> Ids:
    """Positions of `count` of the samples, each class in its share (largest remainders rounded up), in random order."""
    classes, sizes = np.unique(labels, return_counts=True)
    quotas = _largest_remainders(sizes * (count / max(len(labels), 1)), count, rng)
    chosen = [rng.permutation(np.flatnonzero(labels == label))[:quota] for label, quota in zip(classes, quotas, strict=True)]
    return rng.permutation(np.concatenate([*chosen, np.empty(0, dtype=np.int64)])).astype(np.int64)


def extend_holdout(
    labels: NDArray[np.int64], held: NDArray[np.bool_], new: NDArray[np.bool_], share: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Which of the `new` samples join those `held` out, so that about `share` of all labelled are, class by class.

    What was once trained on never becomes held out, and the reverse, so a checkpoint is never chosen on samples that its
    weights have seen.

    Args:
        labels: (l,) class indices of all labelled samples.
        held: (l,) held out so far.
        new: (l,) labelled just now.
        share: to be held out.
        rng: breaks ties and draws the samples.

    Returns:
        (l,) held out from now on.
    """
    held = held.copy()
    free = new & ~held
    deficit = np.bincount(labels) * share - np.bincount(labels[held], minlength=int(labels.max(initial=0)) + 1)
    missing = max(1 if len(labels) > 1 else 0, round(share * len(labels))) - int(held.sum())
    while missing > 0 and free.any():
        available = np.bincount(labels[free], minlength=len(deficit)) > 0
        ranked = np.where(available, deficit, -np.inf)
        label = rng.choice(np.flatnonzero(ranked == ranked.max()))
        sample = rng.choice(np.flatnonzero(free & (labels == label)))
        held[sample], free[sample] = True, False
        deficit[label] -= 1
        missing -= 1
    return held


def check_classes(labels: NDArray[np.int64], class_names: tuple[str, ...], names: NDArray[np.str_], parts: Parts) -> None:
    """Raises DataError when a class is missing from the training or the test part, naming class, counts and samples."""
    for name, ids in (("training", parts.train), ("test", parts.test)):
        present = np.bincount(labels[ids], minlength=len(class_names))
        if (present == 0).any():
            label = int(np.argmin(present))
            members = names[labels == label]
            shown = f" ({', '.join(members[:3])}{', …' if len(members) > 3 else ''})" if len(members) else ""
            have = f"has {len(members)} sample{'s' * (len(members) != 1)}{shown}"
            raise DataError(
                f"class {class_names[label]!r} {have} and none of them is in the {name} part: "
                "gather more, leave the class out (class_names), or change test_percent, valid_percent or group_by"
            )


def _split_samples(labels: NDArray[np.int64], wanted: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.int64]:
    """Part of each sample: every part in turn takes its exact size, stratified over what is left."""
    assigned = np.full(len(labels), len(wanted) - 1)
    left = rng.permutation(len(labels))
    for part, share in enumerate(wanted[:-1]):
        taken = take_stratified(labels[left], round(share * len(labels)), rng)
        assigned[left[taken]] = part
        left = np.delete(left, taken)
    return assigned


def _split_groups(
    labels: NDArray[np.int64], groups: NDArray[np.str_], wanted: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.int64]:
    """Part of each sample: each group goes to the part that stays nearest its share, measured per class."""
    names, group_of = np.unique(groups, return_inverse=True)
    counts = np.zeros((len(names), int(labels.max()) + 1))
    np.add.at(counts, (group_of, labels), 1)
    goal = wanted[:, np.newaxis] * counts.sum(axis=0)
    scale = np.maximum(counts.sum(axis=0), 1)
    filled = np.zeros_like(goal)
    part_of = np.empty(len(names), dtype=np.int64)
    order = rng.permutation(len(names))
    for group in order[np.argsort(-counts[order].sum(axis=1), kind="stable")]:
        before = ((filled - goal) / scale) ** 2
        after = ((filled + counts[group] - goal) / scale) ** 2
        cost = np.where(wanted > 0, (after - before).sum(axis=1), np.inf)
        part_of[group] = rng.choice(np.flatnonzero(np.isclose(cost, cost.min(), rtol=0, atol=1e-12)))
        filled[part_of[group]] += counts[group]
    return part_of[group_of]


def _largest_remainders(ideal: NDArray[np.floating], total: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Whole numbers nearest `ideal` that add up to `total`; ties are broken by `rng`."""
    quotas = np.floor(ideal + 1e-9).astype(np.int64)
    order = rng.permutation(len(ideal))
    largest = order[np.argsort((quotas - ideal)[order], kind="stable")]
    quotas[largest[: total - int(quotas.sum())]] += 1
    return quotas
