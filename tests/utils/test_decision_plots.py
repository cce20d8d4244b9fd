"""Pictures of probabilities: their numbers by hand, one class alone, and what they refuse."""

import re

import numpy as np
import pytest

from utils import decision_plots

pytestmark = pytest.mark.filterwarnings("error")
LABELS, P1 = np.array([0, 1, 0, 1]), np.array([0.125, 0.25, 0.375, 0.5], np.float32)


def texts_of(path):
    return re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text())


def steps_of(path):
    """For each stepped line the heights in per cent at its corners, from the left."""
    svg = path.read_text()
    lines = [re.findall(r"[ML] ([\d.]+) ([\d.]+)", line) for line in re.findall(r'<path d="(M[^"]*)" clip', svg)]
    lines = [np.array(line, float) for line in lines if len(line) > 5]
    bottom, top = max(line[:, 1].max() for line in lines), min(line[:, 1].min() for line in lines)
    return [(bottom - line[:, 1]) / (bottom - top) * 100 for line in lines]


def test_threshold_curve_by_hand(tmp_path):
    decision_plots.threshold_curve(LABELS, P1, 0.3, tmp_path / "t.svg", "take care")
    assert {"precision", "recall", "F1", "used: 0.3", "take care"} <= set(texts_of(tmp_path / "t.svg"))
    precision, recall, f1 = steps_of(tmp_path / "t.svg")
    assert sorted({round(value, 1) for value in recall}) == [0, 50, 100]
    assert sorted({round(value, 1) for value in precision}) == [50, 66.7, 100], "2/4, 2/3, 1/2, 1/1"
    assert sorted({round(value, 1) for value in f1}) == [0, 50, 66.7, 80]


def test_roc_and_precision_recall_by_hand(tmp_path):
    decision_plots.roc_pr(LABELS, P1, 0.3, tmp_path / "r.svg", "take care")
    assert {
        "ROC, area 0.750", "precision and recall, average precision 0.833", "threshold 0.3", "class 1: 50.0 % of the samples",
        "take care",
    } <= set(texts_of(tmp_path / "r.svg"))  # fmt: skip


def test_a_threshold_that_finds_nothing_has_no_precision(tmp_path):
    decision_plots.roc_pr(LABELS, P1, 0.9, tmp_path / "r.svg")
    decision_plots.threshold_curve(LABELS, P1, 0.9, tmp_path / "t.svg")
    assert "used: 0.9" in texts_of(tmp_path / "t.svg")


@pytest.mark.parametrize("draw", [decision_plots.threshold_curve, decision_plots.roc_pr])
def test_one_class_alone_is_said(tmp_path, draw):
    draw(np.ones(4, np.int64), P1, 0.5, tmp_path / "p.svg")
    assert "samples of one class alone: no curve" in texts_of(tmp_path / "p.svg")


def test_calibration_by_hand(tmp_path):
    probabilities = np.array([[0.05, 0.95], [0.04, 0.96], [0.06, 0.94], [0.7, 0.3]], np.float32)
    decision_plots.calibration(np.array([1, 0, 1, 0]), probabilities, tmp_path / "c.svg", footnote="take care")
    wanted = f"expected calibration error {100 * (3 * (0.95 - 2 / 3) + 0.3) / 4:.1f} %,  4 samples"
    assert {wanted, "at its mean confidence", "take care"} <= set(texts_of(tmp_path / "c.svg"))


def test_calibration_of_many_classes(tmp_path):
    probabilities = np.random.default_rng(0).dirichlet(np.ones(5), 50).astype(np.float32)
    decision_plots.calibration(np.zeros(50, np.int64), probabilities, tmp_path / "c.svg")
    assert "samples" in texts_of(tmp_path / "c.svg")


@pytest.mark.parametrize("name", ["threshold_curve", "roc_pr"])
def test_shapes_that_differ_are_refused(tmp_path, name):
    wanted = rf"{name}: expected labels and probabilities of one shape \(n,\), received \(4,\) and \(4, 2\)"
    with pytest.raises(ValueError, match=wanted):
        getattr(decision_plots, name)(LABELS, np.zeros((4, 2), np.float32), 0.5, tmp_path / "p.png")


def test_calibration_says_which_shape_it_needs(tmp_path):
    with pytest.raises(ValueError, match=r"calibration: expected probabilities \(4, C\), received \(4,\)"):
        decision_plots.calibration(LABELS, P1, tmp_path / "c.png")
