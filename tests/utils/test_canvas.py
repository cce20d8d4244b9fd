"""Figures: equal numbers give equal bytes, settings last no longer than the drawing, and sizes are in centimetres."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from utils import canvas

ROOT = Path(__file__).parents[2]


def test_same_numbers_give_the_same_bytes_in_every_process(tmp_path):
    code = (
        "import sys; from pathlib import Path; import numpy as np; from utils import plots;"
        "from utils.comparison_plot import comparison; from utils.curve import Curve; folder = Path(sys.argv[1]);"
        "curves = [Curve(s, '', np.arange(5.0), np.linspace(.5, .9 - k / 9, 15).reshape(3, 5), 50)"
        " for k, s in enumerate(('random', 'margin', 'mine'))];"
        "comparison(curves, folder / 'c.png', folder / 'c.svg', {'': .9});"
        "plots.confusion_matrix(np.eye(3, dtype=int), ['a', 'b', 'c'], folder / 'm.png');"
        "plots.confusion_matrix(np.eye(3, dtype=int), ['a', 'b', 'c'], folder / 'm.svg');"
        "sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    found = []
    for hash_seed in ("1", "2"):
        folder = tmp_path / hash_seed
        folder.mkdir()
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        subprocess.run([sys.executable, "-c", code, str(folder)], cwd=ROOT, env=environment, check=True)
        found.append({path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()})
    assert found[0] == found[1]
    assert sorted(found[0]) == ["c.png", "c.svg", "m.png", "m.svg"]
    assert b"tEXt" not in (tmp_path / "1" / "c.png").read_bytes()
    assert "date" not in (tmp_path / "1" / "c.svg").read_text().lower()


def test_settings_of_matplotlib_come_back_after_an_error():
    before = dict(mpl.rcParams)
    with pytest.raises(RuntimeError, match="drawing failed"), canvas.empty_figure(5, 5):
        assert dict(mpl.rcParams) != before
        raise RuntimeError("drawing failed")
    assert dict(mpl.rcParams) == before


def test_margins_are_in_centimetres():
    with canvas.empty_figure(10, 5) as figure:
        axes = canvas.add_axes(figure, left=2, right=1, bottom=1, top=0.5)
    assert figure.get_size_inches() * 2.54 == pytest.approx([10, 5])
    assert axes.get_position().bounds == pytest.approx((0.2, 0.2, 0.7, 0.7))


@pytest.mark.parametrize(("points", "place", "marked"), [(5, 0, [0, 1, 2, 3, 4]), (16, 0, [*range(0, 16, 2), 15]), (1, 3, [0])])
def test_some_eight_points_are_marked_and_the_last_always(points, place, marked):
    settings = canvas.line_settings("#000000", "o", (0, ()), points, place)
    assert settings["markevery"] == marked


def test_room_for_a_footnote_grows_with_its_lines():
    assert canvas.footnote_height("", 10) == 0
    one, two = canvas.footnote_height("a word", 10), canvas.footnote_height("some words " * 8, 10)
    assert 0.4 < one < 0.7
    assert 0.3 < two - one < 0.45


def test_lines_of_a_footnote_stand_below_one_another_within_the_figure(tmp_path):
    with canvas.empty_figure(10, 5) as figure:
        canvas.add_footnote_below(figure, "some words " * 8)
        canvas.write(figure, tmp_path / "f.svg")
        left, _, right, _ = figure.texts[0].get_window_extent().extents
        assert 0 < left < right < figure.bbox.width
    assert len(re.findall("some", (tmp_path / "f.svg").read_text())) == 8


def test_no_footnote_draws_nothing():
    with canvas.empty_figure(10, 5) as figure:
        canvas.add_footnote_below(figure, "")
        assert figure.texts == []


@pytest.mark.parametrize(
    ("limits", "written"), [((0, 1), "0.5"), ((0, 200_000), "100,000"), ((0, 2e9), "1e+09"), ((-2e6, 0), "-1e+06")]
)
def test_large_values_are_written_whole(limits, written):
    with canvas.empty_figure(8, 8) as figure:
        axes = canvas.add_axes(figure, 1, 1, 1, 1)
        axes.set_ylim(limits)
        canvas.write_values(axes.yaxis)
        axes.set_yticks([0.5 * sum(limits)])
        figure.draw_without_rendering()
        assert [label.get_text() for label in axes.get_yticklabels()] == [written]
        assert axes.yaxis.get_offset_text().get_text() == ""


def test_a_name_that_the_font_cannot_write_is_no_warning(recwarn):
    figure = Figure()
    figure.text(0, 0, "鳥")
    assert canvas.drawn(figure, "png")
    assert not recwarn.list
