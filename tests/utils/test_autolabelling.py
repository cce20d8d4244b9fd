"""Autolabelling: all at once or step by step, what it writes, and that it survives a crash."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

import framework
from tests.fakes import ENVIRONMENT, FakeEngine, blobs, run_fake, small_params
from utils.learning_engine import FitReport
from utils.rows import Rows

RUN = Path("fake/stats/margin/run_1")
AUTOLABELS = RUN / "autolabels.csv"
STATS = RUN / "autolabel_stats.csv"


@pytest.mark.parametrize(
    ("mode", "step", "steps"), [("all", 10, [18]), ("stepwise", 10, [10, 18]), ("stepwise", 7, [7, 14, 18])]
)
def test_everything_left_gets_a_label_in_steps(mode: str, step: int, steps: list[int], outputs: Path) -> None:
    rounds = run_fake(small_params(autolabel=mode, autolabel_step=step))
    stats, labels = pd.read_csv(outputs / STATS), pd.read_csv(outputs / AUTOLABELS)
    assert stats["num_autolabeled"].tolist() == steps
    bought = [pick[0] for record in rounds for pick in record["selected"]]
    assert len(bought) == 30
    assert not set(bought) & set(labels["id"])
    assert len(set(labels["id"])) == len(labels) == 18
    right = blobs().table.labels[labels["id"]] == labels["label"]
    np.testing.assert_allclose(stats["autolabel_acc"], [right[:count].mean() for count in steps])
    assert labels["name"].tolist() == [f"point {sample}" for sample in labels["id"]]


def test_the_surest_come_first_and_the_labels_are_the_models(outputs: Path) -> None:
    engine = FakeEngine()
    run_fake(small_params(autolabel="all", checkpoint="last"), engine=engine)
    labels = pd.read_csv(outputs / AUTOLABELS)
    assert (np.diff(labels["confidence"]) <= 0).all()
    assert labels["confidence"].between(1 / 3, 1).all()


def test_steps_are_refitted_on_what_was_autolabelled_before(outputs: Path) -> None:
    trained: list[int] = []

    class Counts(FakeEngine):
        def fit(self, x, y, **options):  # type: ignore[no-untyped-def]
            trained.append(len(x))
            return super().fit(x, y, **options)

    run_fake(small_params(autolabel="stepwise", autolabel_step=9), engine=Counts())
    assert trained[-2:] == [39, 48]


def test_without_it_there_is_nothing_of_it(outputs: Path) -> None:
    run_fake(small_params())
    assert not (outputs / AUTOLABELS).exists()
    assert not (outputs / STATS).exists()


def test_a_run_that_goes_on_forgets_the_labels_and_makes_them_anew(outputs: Path) -> None:
    run_fake(small_params(autolabel="all"))
    run_fake(small_params(autolabel="all", max_round=5))
    assert len(pd.read_csv(outputs / AUTOLABELS)) == 13


def test_the_refits_are_checked_on_what_the_rounds_are_checked_on(outputs: Path) -> None:
    class Noting(FakeEngine):
        seen: ClassVar[list[list[int]]] = []

        def fit(self, x: Rows, y: NDArray[np.int64], **options: Any) -> FitReport:
            self.seen.append(options["validation"][0].ids.tolist())
            return super().fit(x, y, **options)

    params = small_params(autolabel="all", checkpoint="best", checkpoint_on="test_as_founding_systems_did")
    run_fake(params, engine=Noting())
    single = framework.Experiment(next(params.single_runs()), blobs(), FakeEngine(), ENVIRONMENT)
    assert len(Noting.seen) == 6
    assert all(ids == single.parts.test.tolist() for ids in Noting.seen)
