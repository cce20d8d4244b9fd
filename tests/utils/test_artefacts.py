"""What lies in the folder of a finished run depends on who labelled."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.clerk import Clerk
from tests.fakes import run_fake, small_params
from tests.test_people import shown
from utils.annotation.cost_of_run import CostOfRun


def folder_of(outputs: Path) -> Path:
    (folder,) = outputs.rglob("run_1")
    return folder


def test_what_people_s_labels_cost_is_drawn(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("utils.oracles.csv_file.CsvOracle", Clerk)
    run_fake(small_params(oracle="csv"), shown())
    folder = folder_of(outputs)
    assert (folder / "plots" / "labelling.png").stat().st_size > 0
    found = CostOfRun.read(folder)
    assert found.curve is not None
    assert found.cost is not None
    assert found.curve.seconds[-1] == found.cost.seconds == 2.0 * len(found.cost.answers.all)
    assert found.problems == ()


def test_so_it_is_of_simulated_annotators_who_have_a_price(outputs: Path) -> None:
    annotators = [{"name": "Ann", "seconds_per_label": 2.0}, {"name": "Bob", "seconds_per_label": 3.0}]
    run_fake(small_params(annotators=annotators, annotators_per_sample=2))
    folder = folder_of(outputs)
    assert (folder / "plots" / "labelling.png").stat().st_size > 0
    found = CostOfRun.read(folder)
    assert found.cost is None
    assert found.curve is not None
    assert (found.curve.seconds == 5.0 * found.curve.labels).all()


@pytest.mark.parametrize("annotators", [None, [{"name": "Ann"}]])
def test_without_a_price_there_is_no_such_picture(annotators: list[dict[str, str]] | None, outputs: Path) -> None:
    run_fake(small_params(annotators=annotators))
    assert not (folder_of(outputs) / "plots" / "labelling.png").exists()
