"""The picture of what labels cost: what it shows of simulated annotators and of people, and what it refuses."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from tests.utils.annotation.answered import answers, said
from utils import labelling_plot
from utils.annotation.annotation import Annotation
from utils.annotation.cost import Cost
from utils.annotation.cost_curve import CostCurve
from utils.annotation.cost_of_run import CostOfRun
from utils.measure import ACCURACY, ERROR, Measure

pytestmark = pytest.mark.filterwarnings("error")

LABELS = np.array([10.0, 20.0, 30.0, 40.0])


def curve(seconds: float = 60.0, measure: Measure = ACCURACY) -> CostCurve:
    return CostCurve(LABELS, seconds * np.arange(1.0, 5.0), np.array([0.3, 0.6, 0.8, 0.9]), measure)


def people(names: list[str], per_sample: int, lunch: float = 0.0) -> Cost:
    """40 samples over four rounds, which the annotators take in turn."""
    groups: list[list[Annotation]] = []
    for sample in range(40):
        asked = [names[(sample + place) % len(names)] for place in range(per_sample)]
        seconds = lunch if lunch and sample >= 36 else 5.0 + sample % 7
        groups.append([said(sample, "xy"[sample % 5 == place], by, sample, seconds) for place, by in enumerate(asked)])
    return Cost(answers(groups, {sample: sample // 10 for sample in range(40)}))


def drawn(found: CostOfRun, folder: Path, footnote: str = "") -> list[str]:
    """The texts of the picture."""
    labelling_plot.labelling(found, folder / "labelling.svg", footnote)
    return re.findall(r"<text[^>]*>([^<]*)</text>", (folder / "labelling.svg").read_text(encoding="utf-8"))


def test_simulated_annotators_have_two_panels(tmp_path: Path) -> None:
    texts = drawn(CostOfRun(curve(), None), tmp_path, "take care")
    assert {"accuracy (%)", "minutes of labelling", "labelled samples", "take care"} <= set(texts)
    assert not {"round", "seconds of an answer,"} & set(texts)


def test_a_long_campaign_is_counted_in_hours_and_an_error_has_its_name(tmp_path: Path) -> None:
    texts = drawn(CostOfRun(curve(3600.0, ERROR), None), tmp_path)
    assert {"hours of labelling", "mean absolute error"} <= set(texts)
    assert "4" in texts


def test_people_have_their_pace_and_several_of_them_their_agreement(tmp_path: Path) -> None:
    texts = drawn(CostOfRun(curve(), people(["Ann", "<script>"], 2)), tmp_path)
    assert {
        "Ann",
        "&lt;script&gt;",
        "seconds of an answer,",
        "median and quartiles",
        "samples on which",
        "all agree (%)",
    } <= set(texts)
    alone = drawn(CostOfRun(curve(), people(["Ann"], 1)), tmp_path)
    assert {"Ann", "median and quartiles"} <= set(alone)
    assert "samples on which" not in alone


def test_of_many_the_busiest_are_named(tmp_path: Path) -> None:
    texts = drawn(CostOfRun(curve(), people([f"person {number:02d}" for number in range(12)], 1)), tmp_path)
    assert {"person 00", "person 03", "6 others", "median"} <= set(texts)
    assert len([text for text in texts if text.startswith("person")]) == 6


def test_who_has_lunch_with_a_sample_is_shown_and_flattens_nothing(tmp_path: Path) -> None:
    texts = drawn(CostOfRun(curve(), people(["Ann", "Bob"], 1, lunch=3600.0)), tmp_path)
    usual = drawn(CostOfRun(curve(), people(["Ann", "Bob"], 1)), tmp_path)
    assert texts != usual
    assert "1,000" not in usual


def test_what_is_not_known_is_below(tmp_path: Path) -> None:
    problem = "labels.csv cannot be read (line 2)"
    assert f"take care; {problem}" in drawn(CostOfRun(curve(), None, (problem,)), tmp_path, "take care")


def test_the_same_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one.png", "two.png"):
        labelling_plot.labelling(CostOfRun(curve(), people(["Ann", "Bob"], 2)), tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


@pytest.mark.parametrize("found", [None, CostCurve(np.array([]), np.array([]), np.array([]), ACCURACY)])
def test_without_a_cost_there_is_no_picture(found: CostCurve | None, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="nobody measured what the labels cost, or there is no result; leave the picture out"):
        labelling_plot.labelling(CostOfRun(found, None), tmp_path / "labelling.png")
