"""What simulated annotators cannot be: the sentences for what only several parameters, or they and the data, get wrong."""

from __future__ import annotations

from collections.abc import Sequence

from utils.oracles.annotator import Annotator

_ROUNDING = 1e-6
"""By which a row of shares may miss 1: thirds, written with as many digits as people write."""


def annotator_problems(
    annotators: Sequence[Annotator] | None,
    per_sample: int,
    error_rate: float,
    *,
    regression: bool,
    num_classes: int | None = None,
    has_lengths: bool | None = None,
) -> list[str]:
    """What does not go together in the parameters of the simulated oracle, one sentence each; empty when all is well.

    Args:
        annotators: that are simulated; None: a single one, who errs by `error_rate`.
        per_sample: annotators that each sample goes to.
        error_rate: of the single one.
        regression: whether labels are numbers.
        num_classes: of the data set; None: not known yet.
        has_lengths: whether the samples of the data set have a length in seconds; None: not known yet.
    """
    if annotators is None:
        missing = f"annotators_per_sample: received {per_sample}, but one annotator is simulated; name more in annotators"
        return [missing] if per_sample > 1 else []
    problems = []
    if error_rate > 0:
        problems.append(
            "oracle_error_rate: is that of a single annotator; leave it out, or give each of annotators his error_rate"
        )
    if per_sample > len(annotators):
        problems.append(f"annotators_per_sample: received {per_sample}, but annotators names {len(annotators)}; name more")
    names = [annotator.name for annotator in annotators]
    twice = dict.fromkeys(name for name in names if names.count(name) > 1)
    problems += [f"annotators: {name!r} stands there {names.count(name)} times; each may stand there once" for name in twice]
    for annotator in annotators:
        about = f"annotators, {annotator.name!r}: "
        found = _of_regression(annotator) if regression else _of_classes(annotator, num_classes)
        if annotator.seconds_per_second > 0 and has_lengths is False:
            found.append("seconds_per_second: samples of this data set have no length; give seconds_per_label instead")
        problems += [about + problem for problem in found]
    return problems


def _of_regression(annotator: Annotator) -> list[str]:
    given = {"error_rate": annotator.error_rate > 0, "confusion": annotator.confusion is not None}
    return [f"{name}: is for classes, and task is regression; leave it out" for name, is_given in given.items() if is_given]


def _of_classes(annotator: Annotator, num_classes: int | None) -> list[str]:
    rows = annotator.confusion
    if rows is None:
        return []
    problems = []
    if annotator.error_rate > 0:
        problems.append("confusion: tells the errors already; leave error_rate out, or confusion")
    expected = num_classes or len(rows)
    if len(rows) != expected or any(len(row) != expected for row in rows):
        received = f"{len(rows)} rows of {', '.join(map(str, sorted({len(row) for row in rows})))}"
        problems.append(
            f"confusion: received {received} shares; expected a row for each of {expected} classes, a share for each"
        )
    for number, row in enumerate(rows, 1):
        if abs(sum(row) - 1) > _ROUNDING:
            problems.append(f"confusion: row {number} sums to {sum(row):.6g}; the shares of a row sum to 1")
    return problems
