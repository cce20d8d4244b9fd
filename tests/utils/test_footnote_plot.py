"""A warning below a picture: it has room, and none is kept where there is none."""

import re

from utils import canvas
from utils.footnote_plot import add_footnote_below, height_of


def test_room_grows_with_the_lines():
    assert height_of("", 10) == 0
    one, two = height_of("a word", 10), height_of("some words " * 8, 10)
    assert 0.4 < one < 0.7
    assert 0.3 < two - one < 0.45


def test_lines_stand_below_one_another_within_the_figure(tmp_path):
    with canvas.empty_figure(10, 5) as figure:
        add_footnote_below(figure, "some words " * 8)
        canvas.write(figure, tmp_path / "f.svg")
        left, _, right, _ = figure.texts[0].get_window_extent().extents
        assert 0 < left < right < figure.bbox.width
    assert len(re.findall("some", (tmp_path / "f.svg").read_text())) == 8


def test_no_warning_draws_nothing():
    with canvas.empty_figure(10, 5) as figure:
        add_footnote_below(figure, "")
        assert figure.texts == []
