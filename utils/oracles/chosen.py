"""The oracle that the parameters of a run ask for, and the data set as that oracle leaves it to the rest of the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.backends import FEWEST_CLASSES
from utils.data.source import LoadedData, SampleTable
from utils.data.splits import Parts
from utils.errors import ParameterError
from utils.oracles.base import Oracle
from utils.oracles.simulated import SimulatedOracle
from utils.oracles.task import Task

SIMULATED = "simulated"
_TO_COME = "(class to come)"


def without_answers(data: LoadedData, parts: Parts, oracle: str) -> tuple[LoadedData, NDArray[np.int64]]:
    """The data set without labels that people are asked for, and the samples of which nobody need be asked.

    Where some labels are known and others not, the known ones are given. Where all are known, as in a set that somebody tries
    the labelling with, those of the pool are hidden.

    Args:
        data: as it was loaded.
        parts: of it.
        oracle: name of the oracle.

    Returns:
        The data set, its classes padded to two, and (g,) ids of the samples outside the test part whose labels are given.
    """
    if oracle == SIMULATED:
        return data, parts.train[:0]
    table = data.table
    if table.known.all():
        labels = table.labels.copy()
        labels[parts.train] = np.nan if labels.dtype.kind == "f" else -1
        table = replace(table, labels=labels)
    asked = np.concatenate([parts.train, parts.validation])
    return with_classes(replace(data, table=table), table.class_names), np.sort(asked[table.known[asked]])


def with_classes(data: LoadedData, names: Sequence[str]) -> Any:
    """The same data with the classes `names`; a model has two at least, so missing ones are there as places."""
    if data.table.labels.dtype.kind == "f":
        return data
    places = [f"{_TO_COME} {number}" for number in range(len(names), FEWEST_CLASSES)]
    return replace(data, table=replace(data.table, class_names=(*names, *places)))


def make_oracle(hparams: Any, data: LoadedData, classes: Sequence[str], note: str) -> Oracle:
    """The oracle of a single run.

    Args:
        hparams: of the run, an instance of HParams.
        data: as `without_answers` left it.
        classes: known from the start.
        note: what the figures of the learning curve mean, where that needs a word.

    Raises:
        ParameterError: people are asked, and the data set has nothing to show them.
    """
    table, seed = data.table, hparams.seeds()[0]
    if hparams.oracle == SIMULATED:
        annotators = hparams.annotators, hparams.oracle_error_rate, hparams.annotators_per_sample
        return SimulatedOracle(table.labels, table.class_names, *annotators, table.lengths, seed)
    if data.show is None:
        raise ParameterError(
            "oracle: this data set holds nothing that people could look at or listen to; set oracle to 'simulated'"
        )
    title = "/".join(filter(None, (hparams.sub_dir, hparams.run_name)))
    task = Task(
        title, _names(table), data.show, tuple(classes), hparams.is_regression(), hparams.new_classes,
        hparams.annotators_per_sample, hparams.show_guess, hparams.max_round, note,
    )  # fmt: skip
    if hparams.oracle == "csv":
        from utils.oracles.csv_file import CsvOracle

        return CsvOracle(task)
    if hparams.oracle == "label_studio":
        from utils.oracles.label_studio import LabelStudioOracle

        return LabelStudioOracle(task, hparams.label_studio_url)
    from utils.oracles.web import WebOracle

    return WebOracle(task, hparams.web_host, hparams.web_port)


def _names(table: SampleTable) -> NDArray[np.str_]:
    """(N,) what people call each sample: the number of a window is left out where a recording has no other."""
    clips = table.groups.get("clip")
    if clips is None:
        return table.names
    _, places, counts = np.unique(clips, return_inverse=True, return_counts=True)
    return np.where(counts[places] == 1, clips, table.names)
