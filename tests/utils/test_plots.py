"""Pictures: what they show, that a strategy always looks the same, and that equal numbers give equal bytes."""

import hashlib
import os
import re
import struct
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from scipy import stats

from utils import plots

ROOT = Path(__file__).parents[2]
ENGINES = [
    "random", "least_confidence", "margin", "entropy", "entropy_pl", "egl", "ecg", "dpc", "edpc", "aift", "kmeans",
    "ratio", "hist_select", "badge", "coreset", "bald", "power_bald", "batchbald", "epig", "typiclust", "probcover",
    "cluster_margin", "dropquery", "information_density", "galaxy", "qbc", "gsx", "gsy", "igs", "qbc_variance",
    "mc_variance",
]  # fmt: skip
OKABE_ITO = {"#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"}


def curve(strategy="margin", variant="", seeds=3, pool=1000, top=0.9, points=6):
    labels = 100.0 + 50 * np.arange(points)
    rng = np.random.default_rng(int.from_bytes(f"{strategy}{variant}".encode()) % 2**32)
    accuracy = np.linspace(0.5, top, points) + rng.normal(0, 0.01, (seeds, points))
    return plots.Curve(strategy, variant, labels, accuracy, pool)


def draw(tmp_path, curves, full_data=None):
    plots.comparison(curves, tmp_path / "c.png", tmp_path / "c.svg", full_data)
    return re.findall(r"<text[^>]*>([^<]*)</text>", (tmp_path / "c.svg").read_text())


def lines(svg: str) -> set[tuple[str, str]]:
    """Colour and dashes of every thick line in an SVG."""
    styles = re.findall(r'style="([^"]*stroke-width: 1\.4[^"]*)"', svg)
    return {
        (re.search(r"stroke: (#\w+)", style)[1].upper(), (re.search(r"stroke-dasharray: ([\d.,]+)", style) or ["", ""])[1])
        for style in styles
    }


def test_every_known_engine_is_in_the_table():
    assert sorted(plots.APPEARANCES) == sorted(ENGINES)


def test_known_engines_differ_in_colour_or_marker_and_are_of_okabe_and_ito():
    looks = [plots.appearance(name) for name in ENGINES]
    assert len(set(looks)) == len(ENGINES)
    assert len({(colour, marker) for colour, marker, _ in looks}) == len(ENGINES), "dashes are left to variants"
    assert {colour for colour, _, _ in looks} == OKABE_ITO
    assert [name for name in ENGINES if plots.appearance(name)[0] == "#000000"] == ["random"]


@pytest.mark.parametrize(
    "together",
    [
        "random entropy egl dpc edpc",
        "random entropy egl ecg dpc edpc aift hist_select",
        "random least_confidence margin entropy badge coreset bald typiclust",
        "bald power_bald batchbald epig qbc dropquery aift",
        "gsx gsy igs qbc_variance mc_variance",
    ],
)
def test_engines_that_are_compared_most_differ_in_colour_and_in_marker(together):
    looks = [plots.appearance(name) for name in together.split()]
    assert len({colour for colour, _, _ in looks}) == len(looks)
    assert len({marker for _, marker, _ in looks}) == len(looks)


def test_unknown_engines_look_the_same_in_every_process_and_like_no_known_one():
    names = [f"mine_{number}" for number in range(40)]
    looks = [plots.appearance(name) for name in names]
    code = f"from utils.plots import appearance; print([appearance(name) for name in {names}])"
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        printed = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        assert printed.stdout.strip() == str(looks)
    assert {colour for colour, _, _ in looks} <= OKABE_ITO - {"#000000"}
    assert not {marker for _, marker, _ in looks} & {marker for _, marker, _ in plots.APPEARANCES.values()}
    assert len(set(looks)) > 25


def test_mean_and_band_are_those_of_student():
    values = np.array([[0.80, 0.85, np.nan], [0.82, 0.88, 0.90], [0.79, 0.83, np.nan], [0.83, np.nan, np.nan]])
    shown = plots.Curve("margin", "", np.array([1.0, 2.0, 3.0]), values, None)
    assert shown.mean() == pytest.approx([0.81, (0.85 + 0.88 + 0.83) / 3, 0.90], rel=1e-12)
    for column, width in enumerate(shown.half_width()[:2]):
        seen = values[np.isfinite(values[:, column]), column]
        low, high = stats.t.interval(0.95, len(seen) - 1, seen.mean(), stats.sem(seen))
        assert width == pytest.approx((high - low) / 2, rel=1e-10)
    assert np.isnan(shown.half_width()[2]), "one seed has no interval"


def test_comparison_names_axes_curves_and_the_full_data_line(tmp_path):
    texts = draw(tmp_path, [curve("random", top=0.8), curve("margin"), curve("margin", "b", top=0.7)], 0.925)
    assert {"labelled share of the pool (%)", "labelled samples", "accuracy (%)", "ALL 92.5 %", "margin", "random"} <= set(
        texts
    )
    legend = [text for text in texts if text.endswith(" %") and not text.startswith("ALL")]
    assert [text.split("  ")[0] for text in legend] == ["margin", "random", "margin/b"], "sorted by final mean"
    assert {"10", "20", "30"} <= set(texts), "100 to 350 labels of 1,000"


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
    two.accuracy[:] = one.accuracy - 0.001
    texts = draw(tmp_path, [one, two])
    assert ("margin" in texts, "badge" in texts) == (True, False)
    assert sum(text.startswith("badge  ") for text in texts) == 1, "the legend names it"


def test_a_curve_that_ends_early_says_where(tmp_path):
    assert "badge  90.0 % at 200" in draw(
        tmp_path, [curve(), plots.Curve("badge", "", np.array([100.0, 200]), np.array([[0.8, 0.9]]), 1000)]
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "curves",
    [
        [curve(seeds=1)],
        [curve(points=1)],
        [curve(name) for name in ENGINES[:12]],
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


def test_same_numbers_give_the_same_bytes_in_every_process(tmp_path):
    code = (
        "import sys; from pathlib import Path; import numpy as np; from utils import plots; folder = Path(sys.argv[1]);"
        "curves = [plots.Curve(s, '', np.arange(5.0), np.linspace(.5, .9 - k / 9, 15).reshape(3, 5), 50)"
        " for k, s in enumerate(('random', 'margin', 'mine'))];"
        "plots.comparison(curves, folder / 'c.png', folder / 'c.svg', .9);"
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


def test_settings_of_matplotlib_stay_as_they_are(tmp_path):
    before = dict(mpl.rcParams)
    draw(tmp_path, [curve()])
    assert dict(mpl.rcParams) == before


def test_learning_curve_shows_both_accuracies(tmp_path):
    table = pd.DataFrame(
        {"num_total_labeled": [100, 200, 300], "eval_acc": [0.5, 0.7, 0.8], "eval_balanced_acc": [0.4, np.nan, 0.7]}
    )
    plots.learning_curve(table, tmp_path / "l.svg")
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", (tmp_path / "l.svg").read_text())
    assert {"accuracy", "balanced accuracy", "accuracy (%)", "labelled samples", "100", "200", "300"} <= set(texts)


def test_learning_curve_without_any_balanced_accuracy(tmp_path):
    table = pd.DataFrame({"num_total_labeled": [100], "eval_acc": [0.5], "eval_balanced_acc": [None]})
    plots.learning_curve(table, tmp_path / "l.svg")
    assert ">balanced accuracy<" not in (tmp_path / "l.svg").read_text()


def test_learning_curve_says_which_column_is_missing(tmp_path):
    with pytest.raises(ValueError, match="stats lacks eval_balanced_acc; received the columns num_total_labeled, eval_acc"):
        plots.learning_curve(pd.DataFrame({"num_total_labeled": [1], "eval_acc": [1]}), tmp_path / "l.png")


def path_heights(svg: str) -> list[float]:
    """Ordinates of the longest line of an SVG, in points from the top."""
    found = max(re.findall(r'<path d="(M[^"]*)"', svg), key=len)
    return [float(number) for number in re.findall(r"[ML] [\d.]+ ([\d.]+)", found)]


def test_confidences_are_sorted_and_complete(tmp_path):
    rng = np.random.default_rng(0)
    plots.confidence_curve(rng.dirichlet(np.ones(3), 40).astype(np.float32), tmp_path / "c.svg")
    svg = (tmp_path / "c.svg").read_text()
    heights = path_heights(svg)
    assert len(heights) == 40
    assert heights == sorted(heights)
    assert "chance, 1/3" in svg


def test_confidence_of_one_sigmoid_unit_is_that_of_the_likelier_class(tmp_path):
    single = np.linspace(0, 1, 9, dtype=np.float32)[:, None]
    plots.confidence_curve(single, tmp_path / "one.svg")
    plots.confidence_curve(np.concatenate([single, 1 - single], axis=1), tmp_path / "two.svg")
    assert path_heights((tmp_path / "one.svg").read_text()) == path_heights((tmp_path / "two.svg").read_text())


@pytest.mark.filterwarnings("error")
def test_confidence_of_an_empty_pool(tmp_path):
    plots.confidence_curve(np.zeros((0, 4), np.float32), tmp_path / "c.svg")
    assert "the 0 unlabelled samples" in (tmp_path / "c.svg").read_text()


def test_confidence_curve_says_which_shape_it_needs(tmp_path):
    with pytest.raises(ValueError, match=r"expected probabilities of shape \(m, C\), received \(5,\)"):
        plots.confidence_curve(np.ones(5, np.float32), tmp_path / "c.png")


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("classes", "printed"), [(1, True), (2, True), (12, True), (13, False), (50, False)])
def test_confusion_matrix_prints_counts_up_to_twelve_classes(tmp_path, classes, printed):
    counts = np.arange(classes**2).reshape(classes, classes) + 7000
    counts[0] = 0
    names = [f"class {number}" for number in range(classes)]
    plots.confusion_matrix(counts, names, tmp_path / "m.svg")
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", (tmp_path / "m.svg").read_text())
    assert all(texts.count(name) == 2 for name in names)
    assert [f"{count:,}" in texts for count in counts.ravel() if count] == [printed] * (classes**2 - classes)


def test_confusion_matrix_shortens_long_names(tmp_path):
    plots.confusion_matrix(np.eye(2, dtype=int), ["a" * 24, "b" * 25], tmp_path / "m.svg")
    svg = (tmp_path / "m.svg").read_text()
    assert "a" * 24 in svg
    assert "b" * 23 + "…" in svg


def test_confusion_matrix_says_what_does_not_fit(tmp_path):
    with pytest.raises(ValueError, match=r"3 class names need counts \(3, 3\), received \(2, 2\)"):
        plots.confusion_matrix(np.eye(2, dtype=int), ["a", "b", "c"], tmp_path / "m.png")


def test_comparison_of_nothing_is_refused(tmp_path):
    with pytest.raises(ValueError, match="there is no curve to draw; pass at least one"):
        plots.comparison([], tmp_path / "c.png", tmp_path / "c.svg")
