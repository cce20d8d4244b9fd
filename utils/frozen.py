"""Which layers training leaves as they are, and how much of a model therefore need be computed only once.

Frozen layers keep their weights and run in training as they do otherwise: no dropout, moving statistics at rest.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from utils.errors import ParameterError
from utils.registry import did_you_mean

LOGITS = "logits"
EMBEDDING = "embedding"
PREDICTIONS = "predictions"
"""What follows "logits" in regression."""


def frozen_layers(model: str, names: Sequence[str], frozen: tuple[str, ...] | Literal["extractor"]) -> frozenset[str]:
    """Which of the layers `names`, in their order up to "logits", the setting `frozen` of `TrainingSettings` means.

    Raises:
        ParameterError: `model` has no such layer, or nothing would be left to train.
    """
    before = list(names)[: list(names).index(LOGITS)]
    if frozen == "extractor":
        return frozenset(before[: before.index(EMBEDDING) + 1] if EMBEDDING in before else before)
    problems = [
        f"frozen: {model} has no layer {name!r}{did_you_mean(name, before)}; its layers: {', '.join(before)}"
        for name in frozen
        if name not in before and name != LOGITS
    ]
    if LOGITS in frozen:
        problems.append(f"frozen: the last layer of {model}, {LOGITS}, must be trained; leave it out")
    if problems:
        raise ParameterError(problems)
    return frozenset(frozen)


def computed_once(sample_size: int, resting: Sequence[tuple[str, int]]) -> int:
    """How many layers at the start to compute once for all epochs.

    As many as leave a sample no larger than it was, or end in the embedding: what is computed ahead is kept in memory.

    Args:
        sample_size: numbers in one sample.
        resting: name and size of output of each of the leading layers that give the same in every epoch.
    """
    small = [number for number, (name, size) in enumerate(resting, start=1) if size <= sample_size or name == EMBEDDING]
    return max(small, default=0)
