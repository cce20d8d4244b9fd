"""Labels of some or all samples of a set: the classes in use, and the label of each sample as a number.

A set that people label may know labels of a few samples, or of none. What its source has found, a text for each sample, ""
where nothing is known, becomes class indices or targets here, by the same rules and with the same sentences for sounds, images
and texts. Without people a sample without a label is an error that says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.annotation.number import written_number
from utils.data.audio_layout import class_order
from utils.data.source import SourceRequest
from utils.errors import DataError
from utils.registry import did_you_mean

PEOPLE_CAN_LABEL = 'let people label: set oracle to "web", "csv" or "label_studio"'
"""What to do about samples without a label; an imperative, for the end of a message."""
_SHOWN = 40


@dataclass(frozen=True)
class LabelRules:
    """How the labels of one set are to be read."""

    where: str
    """Names the set in messages."""
    what: str
    """What messages call a sample: recording, image, text."""
    request: SourceRequest
    own_order: tuple[str, ...] | None = None
    """The classes in the set's own order; None for that of `class_order`."""

    def classes(self, labels: Sequence[str], place: Callable[[int], str]) -> tuple[str, ...]:
        """The classes in use, in the order of their indices.

        Args:
            labels: (n,) class of each sample; "" where none is known.
            place: position in `labels` → where that label stands, for messages.

        Raises:
            DataError: a class of class_names has no sample, or a label is none of class_names while others are missing.
        """
        present = set(labels) - {""}
        own = class_order(present) if self.own_order is None else self.own_order
        chosen = self.request.class_names
        if chosen is None:
            return own
        others = present.difference(chosen)
        if others and "" in labels:
            position = next(position for position, label in enumerate(labels) if label in others)
            raise DataError(
                f"{place(position)}: the label {labels[position]!r} is none of class_names"
                f"{did_you_mean(labels[position], list(chosen))}; expected one of {', '.join(chosen[:_SHOWN])}; correct it, or "
                "add it to class_names"
            )
        absent = next((name for name in chosen if name not in present), None)
        if absent is not None and (others or not self.request.unlabelled):
            raise DataError(
                f"{self.where}: the class {absent!r} of class_names has no {self.what}{did_you_mean(absent, list(own))}; there "
                f"are {self.what}s of: {', '.join(own[:_SHOWN])}"
            )
        return chosen

    def values(self, labels: Sequence[str], classes: tuple[str, ...], place: Callable[[int], str]) -> NDArray[Any]:
        """(n,) index in `classes` of each of the `labels` (n,), all of which are among them or "", int64; "" is -1.

        In regression the numbers that they write, float32; "" is NaN.

        Raises:
            DataError: a label is missing and nobody is there to give it, or one is no number in regression.
        """
        self.refuse_unlabelled(labels, place)
        if self.request.regression:
            return self._targets(labels, place)
        index = {"": -1} | {name: number for number, name in enumerate(classes)}
        return np.array([index[label] for label in labels], np.int64)

    def refuse_unlabelled(self, labels: Sequence[str], place: Callable[[int], str]) -> None:
        """Raises DataError where one of the `labels` is missing and nobody is there to give it."""
        if self.request.unlabelled or "" not in labels:
            return
        first = place(labels.index("")).removeprefix(f"{self.where}: ")
        raise DataError(
            f"{self.where}: {labels.count(''):,} of {len(labels):,} {self.what}s have no label, such as {first}, and the "
            f"oracle is simulated, which knows no other labels than those of the set; label them, or {PEOPLE_CAN_LABEL}"
        )

    def _targets(self, labels: Sequence[str], place: Callable[[int], str]) -> NDArray[np.float32]:
        targets = np.full(len(labels), np.nan, np.float32)
        for position, label in enumerate(labels):
            if label:
                targets[position] = written_number(label)
                if math.isnan(targets[position]):
                    raise DataError(
                        f"{place(position)}: the label {label!r} is no number that regression could predict; correct it, or "
                        "set task to multiclass"
                    )
        return targets
