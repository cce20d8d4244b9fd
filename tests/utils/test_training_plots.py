"""Pictures of training: which curves, rounds and kept epochs they show, and what they refuse."""

import re

import numpy as np
import pandas as pd
import pytest

from utils import training_plots

pytestmark = pytest.mark.filterwarnings("error")


def epochs_of(*lengths, validation=True):
    """Rounds of so many epochs; the last of each is kept."""
    rows = [
        (
            number,
            epoch + 1,
            1 / (epoch + 1),
            0.5,
            0.8 if validation else np.nan,
            0.6 if validation else np.nan,
            epoch + 1 == length,
        )
        for number, length in enumerate(lengths)
        for epoch in range(length)
    ]
    columns = ["round", "epoch", "loss", "metric", "valid_loss", "valid_metric", "kept"]
    return pd.DataFrame(rows, columns=columns).astype({"kept": int})


def drawn(path):
    svg = path.read_text()
    return svg, re.findall(r"<text[^>]*>([^<]*)</text>", svg)


def test_curves_of_three_rounds(tmp_path):
    training_plots.training_curves(epochs_of(4, 3, 5), tmp_path / "t.svg", "take care", weighted=True)
    svg, texts = drawn(tmp_path / "t.svg")
    assert {
        "loss",
        "accuracy (%)",
        "training (weighted)",
        "validation",
        "weights kept",
        "take care",
        "epochs of all rounds",
    } <= set(texts)
    first = texts.index("round 0")
    assert texts[first : first + 3] == ["round 0", "1", "2"]
    broken = max(re.findall(r'<path d="(M[^"]*)"', svg), key=len)
    assert (broken.count("M"), broken.count("L")) == (3, 3 + 2 + 4), "the curve is broken between rounds"


def test_without_validation_there_is_one_curve_and_the_metric_has_its_name(tmp_path):
    training_plots.training_curves(epochs_of(6, validation=False), tmp_path / "t.svg", metric_name="mean absolute error")
    _, texts = drawn(tmp_path / "t.svg")
    assert {"mean absolute error", "training", "epoch"} <= set(texts)
    assert "validation" not in texts
    assert not [text for text in texts if "%" in text]


def test_many_rounds_are_not_all_numbered(tmp_path):
    training_plots.training_curves(epochs_of(*[1] * 60), tmp_path / "t.svg")
    _, texts = drawn(tmp_path / "t.svg")
    assert [text for text in texts if text in {"round 0", "1", "4", "5", "55", "59"}] == ["round 0", "5", "55"]


def test_what_training_curves_refuse(tmp_path):
    with pytest.raises(
        ValueError, match="epochs lacks valid_loss, kept; received the columns round, epoch, loss, metric, valid_metric"
    ):
        training_plots.training_curves(epochs_of(2).drop(columns=["valid_loss", "kept"]), tmp_path / "t.png")
    with pytest.raises(ValueError, match="there is no epoch to draw; leave the picture out"):
        training_plots.training_curves(epochs_of(), tmp_path / "t.png")


def test_autolabels_by_hand(tmp_path):
    steps = [{"ids": [0] * count, "right": right, "eval_acc": 0.75} for count, right in ((4, 4), (4, 3), (2, 1))]
    training_plots.autolabel_curve(steps, tmp_path / "a.svg", "take care")
    svg, texts = drawn(tmp_path / "a.svg")
    assert {"right so far", "right, of a step", "test accuracy", "take care"} <= set(texts)
    lines = [
        [float(y) for y in re.findall(r"[ML] [\d.]+ ([\d.]+)", path)] for path in re.findall(r'<path d="(M[^"]*)" clip', svg)
    ]
    step, so_far, accuracy = (line for line in lines if len(line) == 3)
    per_point = (step[1] - step[0]) / 25
    assert np.subtract(so_far, step[0]) / per_point == pytest.approx([0, 100 - 700 / 8, 20], abs=0.01), "100, 87.5 and 80 %"
    assert np.subtract(accuracy, step[0]) / per_point == pytest.approx([25] * 3, abs=0.01)


def test_autolabels_at_once_and_none(tmp_path):
    training_plots.autolabel_curve([{"ids": [1, 2], "right": 1, "eval_acc": 0.5}], tmp_path / "a.svg")
    assert "right, of a step" not in (tmp_path / "a.svg").read_text()
    with pytest.raises(ValueError, match="there is no step to draw; leave the picture out"):
        training_plots.autolabel_curve([], tmp_path / "a.png")
