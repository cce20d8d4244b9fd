"""The picture of cross-validations: what it shows of each, and what it refuses."""

import re

import numpy as np
import pytest

from utils.cross_validation_plot import cross_validation
from utils.measure import ACCURACY, ERROR
from utils.validation_curve import ValidationCurve

pytestmark = pytest.mark.filterwarnings("error")


def texts_of(path):
    return re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text())


def test_each_has_a_panel_with_its_best_epoch(tmp_path):
    falling, rising = np.linspace(9, 2, 30) + np.array([[-1.0], [1.0]]), np.linspace(0.5, 0.75, 12)[np.newaxis]
    curves = [ValidationCurve("", ERROR, falling, falling, 0.0), ValidationCurve("wide", ACCURACY, rising, rising, 0.0)]
    cross_validation(curves, tmp_path / "c.svg")
    texts = texts_of(tmp_path / "c.svg")
    assert [text for text in texts if text.startswith("best epoch")] == ["best epoch: 30", "best epoch: 12"]
    assert {"2.00", "75.0 %", "wide", "validation mean absolute error", "validation accuracy (%)"} <= set(texts)
    assert [text for text in texts if "smoothed" in text] == ["mean of 2, smoothed", "mean of 1, smoothed"]
    assert texts.count("± deviation") == 1, "one fold has no deviation"


def test_a_single_epoch(tmp_path):
    cross_validation([ValidationCurve("", ACCURACY, np.array([[0.5], [0.5]]), np.ones((2, 1)))], tmp_path / "c.svg")
    assert "best epoch: 1" in texts_of(tmp_path / "c.svg")


def test_nothing_to_draw_is_refused(tmp_path):
    with pytest.raises(ValueError, match="there is no curve to draw; pass at least one"):
        cross_validation([], tmp_path / "c.png")
