"""The ground truth of a data set in the part of annotators, who may err, abstain and cost time.

Who is asked for a sample, and what he says, depends on the seed of the run, the sample and the annotator's name alone, not on
what is asked when: every strategy of a comparison meets the same people, so that a campaign can be planned before it is paid.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.annotation.annotation import Annotation
from utils.annotation.verdict import Verdict
from utils.errors import ParameterError
from utils.oracles.annotator import Annotator
from utils.oracles.annotator_problems import annotator_problems
from utils.oracles.base import Asked, Label, Oracle
from utils.seeds import rng_for


@dataclass(frozen=True)
class _Person:
    """All that one annotator would ever say; N = number of samples."""

    name: str
    answers: NDArray[Any]
    """(N,) class indices, or targets."""
    abstains: NDArray[np.bool_]
    """(N,)"""
    seconds: NDArray[np.float64] | None
    """(N,) that each answer costs, and that it costs to give none; None: nobody measures it."""


class SimulatedOracle(Oracle):
    """Answers at once and in the order asked, in the part of one annotator without a name or of several who take turns."""

    def __init__(
        self,
        labels: NDArray[Any],
        class_names: tuple[str, ...],
        annotators: Sequence[Annotator] | None,
        error_rate: float,
        per_sample: int,
        lengths: NDArray[np.float64] | None,
        seed: int,
    ) -> None:
        """Draws all answers there will ever be.

        Args:
            labels: (N,) true class index, or target, of every sample.
            class_names: in the order of their indices; none in regression.
            annotators: who answer; None: one, who errs by `error_rate` and whose time nobody measures.
            error_rate: share of all samples that this one gets wrong, evenly any of the other classes.
            per_sample: annotators that each sample goes to; the majority counts, of a tie what was said first.
            lengths: (N,) seconds of the recording that each sample is, or is part of; None where there are none.
            seed: of the run.

        Raises:
            ParameterError: annotators who do not go together, or not with the data set.
        """
        self.classes, count = class_names, len(class_names)
        problems = annotator_problems(
            annotators, per_sample, error_rate, regression=count == 0, num_classes=count, has_lengths=lengths is not None
        )
        if problems:
            raise ParameterError(problems)
        if annotators is None:
            self._people = [_without_a_name(labels, count, error_rate, seed)]
        else:
            self._people = [_person(annotator, labels, count, lengths, seed) for annotator in annotators]
        self._turns = _turns(len(labels), len(self._people), per_sample, seed)

    def label(self, asked: Asked) -> Iterator[Label]:
        """The answers; None for a sample of which nobody who was asked said anything."""
        for sample in asked.ids.tolist():
            people = [self._people[place] for place in self._turns[sample].tolist()]
            said = {str(person.answers[sample]): person.answers[sample].item() for person in people}
            heard = [
                Annotation(sample, str(person.answers[sample]), person.name, "", None, "")
                for person in people
                if not person.abstains[sample]
            ]
            verdict = Verdict.of(heard).label if heard else None
            seconds = [person.seconds[sample].item() for person in people if person.seconds is not None]
            by = "+".join(person.name for person in people)
            yield Label(sample, None if verdict is None else said[verdict], by, sum(seconds) if seconds else None)


def _without_a_name(labels: NDArray[Any], num_classes: int, error_rate: float, seed: int) -> _Person:
    answers, rng = labels, rng_for(seed, "oracle")
    if num_classes > 0:
        wrong = rng.random(len(labels)) < error_rate
        shifts = rng.integers(1, max(num_classes, 2), len(labels))
        answers = np.where(wrong, (labels + shifts) % num_classes, labels)
    return _Person("simulated", answers, np.zeros(len(labels), np.bool_), None)


def _person(
    annotator: Annotator, labels: NDArray[Any], num_classes: int, lengths: NDArray[np.float64] | None, seed: int
) -> _Person:
    draws = rng_for(seed, f"oracle: {annotator.name}").random((len(labels), 2))  # by rows: a sample's own whatever follows it
    answers = labels
    if num_classes > 1:
        answers = np.empty(len(labels), np.int64)
        for true, shares in enumerate(_shares(annotator, num_classes)):
            borders = np.cumsum(shares)
            of_class = labels == true
            answers[of_class] = np.searchsorted(borders / borders[-1], draws[of_class, 0], side="right")
    seconds = np.full(len(labels), annotator.seconds_per_label)
    if lengths is not None:
        seconds += annotator.seconds_per_second * lengths
    return _Person(annotator.name, answers, draws[:, 1] < annotator.abstention, seconds)


def _shares(annotator: Annotator, num_classes: int) -> NDArray[np.float64]:
    """(C, C) a row for each true class, the share of each class among the annotator's answers."""
    if annotator.confusion is not None:
        return np.array(annotator.confusion)
    shares = np.full((num_classes, num_classes), annotator.error_rate / (num_classes - 1))
    np.fill_diagonal(shares, 1 - annotator.error_rate)
    return shares


def _turns(num_samples: int, num_people: int, per_sample: int, seed: int) -> NDArray[np.int64]:
    """(N, per_sample) who is asked for each sample, in the order in which they answer.

    Of as many samples in a row as there are people, each person gets as many as any other, and each place in the order as
    often; who precedes whom is drawn anew for every such row, so that all work with all.
    """
    rows = -(-num_samples // num_people)
    orders = rng_for(seed, "oracle's turns").permuted(np.tile(np.arange(num_people), (rows, 1)), axis=1)
    places = (np.arange(num_people)[:, np.newaxis] + np.arange(per_sample)) % num_people
    return orders[:, places].reshape(-1, per_sample)[:num_samples]
