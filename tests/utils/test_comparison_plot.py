"""The picture of a comparison: what it names, where, and how it copes with what it is given."""

import re
import struct

import matplotlib as mpl
import numpy as np
import pytest

from utils.comparison_plot import comparison, comparisons
from utils.curve import Curve
from utils.measure import ERROR, measure_called

TWELVE = [
    "random", "least_confidence", "margin", "entropy", "entropy_pl", "egl", "ecg", "dpc", "edpc", "aift", "kmeans", "ratio",
]  # fmt: skip


def curve(strategy="margin", variant="", seeds=3, pool=1000, top=0.9, points=6):
    labels = 100.0 + 50 * np.arange(points)
    rng = np.random.default_rng(int.from_bytes(f"{strategy}{variant}".encode()) % 2**32)
    accuracy = np.linspace(0.5, top, points) + rng.normal(0, 0.01, (seeds, points))
    return Curve(strategy, variant, labels, accuracy, pool)


def draw(tmp_path, curves, full_data=None):
    lines_of_all = {} if full_data is None else full_data if isinstance(full_data, dict) else {"": full_data}
    comparison(curves, tmp_path / "c.png", tmp_path / "c.svg", lines_of_all)
    return re.findall(r"<text[^>]*>([^<]*)</text>", (tmp_path / "c.svg").read_text())


def lines(svg: str) -> set[tuple[str, str]]:
    """Colour and dashes of every thick line in an SVG."""
    styles = re.findall(r'style="([^"]*stroke-width: 1\.4[^"]*)"', svg)
    return {
        (re.search(r"stroke: (#\w+)", style)[1].upper(), (re.search(r"stroke-dasharray: ([\d.,]+)", style) or ["", ""])[1])
        for style in styles
    }


def test_comparison_names_axes_curves_and_the_full_data_line(tmp_path):
    texts = draw(tmp_path, [curve("random", top=0.8), curve("margin"), curve("margin", "b", top=0.7)], 0.925)
    assert {"labelled share of the pool (%)", "labelled samples", "accuracy (%)", "ALL 92.5 %", "margin", "random"} <= set(
        texts
    )
    legend = [text for text in texts if text.endswith(" %") and not text.startswith("ALL")]
    assert [text.split("  ")[0] for text in legend] == ["margin", "random", "margin/b"], "sorted by final mean"
    assert {"10", "20", "30"} <= set(texts), "100 to 350 labels of 1,000"


def test_two_full_data_lines_tell_their_variants(tmp_path):
    texts = draw(tmp_path, [curve("margin", "a"), curve("margin", "b")], {"a": 0.925, "b": 0.85})
    assert {"ALL 92.5 %, a", "ALL 85.0 %, b"} <= set(texts)


def test_comparison_without_pool_shows_labels_alone(tmp_path):
    texts = draw(tmp_path, [curve(pool=None)])
    assert "labelled share of the pool (%)" not in texts
    assert texts.count("labelled samples") == 1


def test_variants_share_the_colour_and_differ_in_dashes(tmp_path):
    draw(tmp_path, [curve("edpc", name) for name in ("", "a", "b", "c")])
    drawn = lines((tmp_path / "c.svg").read_text())
    assert {colour for colour, _ in drawn} == {"#E69F00"}
    assert len(drawn) == 4


def test_ends_that_collide_are_not_both_named(tmp_path):
    one, two = curve("margin", seeds=1), curve("badge", seeds=1)
    two.results[:] = one.results - 0.001
    texts = draw(tmp_path, [one, two])
    assert ("margin" in texts, "badge" in texts) == (True, False)
    assert sum(text.startswith("badge  ") for text in texts) == 1, "the legend names it"


def test_a_curve_that_ends_early_says_where(tmp_path):
    assert "badge  90.0 % at 200" in draw(
        tmp_path, [curve(), Curve("badge", "", np.array([100.0, 200]), np.array([[0.8, 0.9]]), 1000)]
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "curves",
    [
        [curve(seeds=1)],
        [curve(points=1)],
        [curve(name) for name in TWELVE],
        [curve("$x^2$"), curve("_a", "long" * 40), curve("零", pool=None)][:2],
    ],
    ids=["one seed", "one point", "twelve", "odd names"],
)
def test_comparison_copes(tmp_path, curves):
    texts = draw(tmp_path, curves)
    assert sum(text.endswith(" %") for text in texts) == len(curves)
    assert (tmp_path / "c.png").read_bytes().startswith(b"\x89PNG")


def test_width_is_16_cm_and_all_text_at_least_8_points(tmp_path):
    draw(tmp_path, [curve(), curve("random")], 0.9)
    svg = (tmp_path / "c.svg").read_text()
    assert float(re.search(r'width="([\d.]+)pt"', svg)[1]) == pytest.approx(16 / 2.54 * 72, abs=0.01)
    assert min(float(size) for size in re.findall(r"font-size: ([\d.]+)px", svg)) >= 8
    width = struct.unpack(">I", (tmp_path / "c.png").read_bytes()[16:20])[0]
    assert width == pytest.approx(16 / 2.54 * 150, abs=1)


def test_settings_of_matplotlib_stay_as_they_are(tmp_path):
    before = dict(mpl.rcParams)
    draw(tmp_path, [curve()])
    assert dict(mpl.rcParams) == before


def test_comparison_of_nothing_is_refused(tmp_path):
    with pytest.raises(ValueError, match="there is no curve to draw; pass at least one"):
        comparison([], tmp_path / "c.png", tmp_path / "c.svg")


def errors(strategy, last, pool=1000):
    values = np.linspace(6, last, 6) + np.array([[-0.1], [0.1]])
    return Curve(strategy, "", 100.0 + 50 * np.arange(6), values, pool, ERROR)


def test_of_errors_the_smallest_is_the_first_and_none_is_in_per_cent(tmp_path):
    curves = [errors("random", 3.0), errors("gsx", 2.0), errors("igs", 1.5)]
    comparison(curves, tmp_path / "c.png", tmp_path / "c.svg", {"": 1.25}, "results are optimistic")
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", (tmp_path / "c.svg").read_text())
    legend = [text for text in texts if re.fullmatch(r"\w+  [\d.]+", text)]
    assert legend == ["igs  1.50", "gsx  2.00", "random  3.00"]
    assert {"mean absolute error", "ALL 1.25", "results are optimistic", "igs", "gsx", "random"} <= set(texts)
    assert not [text for text in texts if text.endswith(" %")]


def test_of_colliding_ends_of_errors_the_better_is_named(tmp_path):
    texts = draw(tmp_path, [errors("random", 3.0), errors("gsx", 2.0), errors("igs", 1.99)])
    assert ("igs" in texts, "gsx" in texts, "random" in texts) == (True, False, True)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("full", [None, 0.0, 40_000.0])
def test_errors_of_any_size_are_drawn(tmp_path, full):
    flat = Curve("igs", "", np.array([1.0, 2.0]), np.full((1, 2), 0.0 if full is None else 30_000.0), None, ERROR)
    assert "mean absolute error" in draw(tmp_path, [flat], full)


def test_panels_share_one_legend_and_the_looks_of_a_variant(tmp_path):
    panels = [
        ("digits", [curve("random"), curve("edpc", "a"), curve("edpc", "b")], {"": 0.9}),
        ("mnist", [curve("random"), curve("edpc", "b")], {}),
        ("a set of a long name " * 3, [curve("random")], {"": 0.8}),
    ]
    comparisons(panels, tmp_path / "c.png", tmp_path / "c.svg", "results are optimistic")
    svg = (tmp_path / "c.svg").read_text()
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert [texts.count(text) for text in ("digits", "mnist", "random", "edpc/a", "edpc/b", "ALL 90.0 %")] == [1] * 6
    assert "results are optimistic" in texts
    assert len(lines(svg)) == 3, "edpc/b has the same dashes where edpc/a did not run"
    assert float(re.search(r'width="([\d.]+)pt"', svg)[1]) == pytest.approx(16 / 2.54 * 72, abs=0.01)
    first = (tmp_path / "c.png").read_bytes()
    comparisons(panels, tmp_path / "c.png", tmp_path / "c.svg", "results are optimistic")
    assert (tmp_path / "c.png").read_bytes() == first


def test_panels_of_nothing_are_refused(tmp_path):
    for panels in ([], [("digits", [], {})]):
        with pytest.raises(ValueError, match="there is no curve to draw; pass at least one for each data set"):
            comparisons(panels, tmp_path / "c.png", tmp_path / "c.svg")


def test_below_zero_is_drawn_where_a_measure_goes_there(tmp_path):
    r2 = Curve("igs", "", np.array([1.0, 2.0, 3.0]), np.array([[-2.0, -0.5, 0.5]]), None, measure_called("r2"))
    assert {"R²", "−2.0", "−1.0"} <= set(draw(tmp_path, [r2], 0.8))
