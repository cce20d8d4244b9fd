"""The table labels.csv of a run: what everybody said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from utils.annotation.annotation import Annotation
from utils.csv_text import csv_text, inert_cell
from utils.inert import inert

COLUMNS = ("id", "name", "label", "annotator", "round", "when", "seconds")


def labels_csv(said: Iterable[Annotation], name: Callable[[int], str], rounds: Mapping[int, int]) -> str:
    """One row an annotation; label is empty for an unusable sample, round where no round has taken the answer in yet.

    What a spreadsheet would compute is made inert (see utils/inert.py), but for labels that are numbers.

    Args:
        said: the annotations.
        name: of a sample.
        rounds: sample → the round that took its answer in.
    """
    rows = (
        [one.id, inert(name(one.id)), inert_cell(one.label), inert(one.by), rounds.get(one.id), one.when, one.seconds]
        for one in said
    )
    return csv_text(COLUMNS, rows)
