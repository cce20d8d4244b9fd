"""Pictures of one run: what they show, and what they refuse."""

import re

import numpy as np
import pandas as pd
import pytest

from utils import plots


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


def test_learning_curve_of_a_regression(tmp_path):
    table = pd.DataFrame({"num_total_labeled": [100, 200], "eval_mae": [5.5, 2.5], "eval_r2": [None, 0.5]})
    plots.learning_curve(table, tmp_path / "l.svg", "take care")
    svg = (tmp_path / "l.svg").read_text()
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", svg)
    assert {"mean absolute error", "labelled samples", "take care"} <= set(texts)
    assert "accuracy" not in svg


@pytest.mark.filterwarnings("error")
def test_predictions_over_targets(tmp_path):
    targets, predictions = np.array([1, 2, 6], np.float32), np.array([2, 2, 4], np.float32)
    plots.regression_scatter(targets, predictions, tmp_path / "s.svg", "take care")
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", (tmp_path / "s.svg").read_text())
    assert {"3 samples,  mean absolute error 1.00,  R² 0.643", "true target", "predicted target", "take care"} <= set(texts)
    plots.regression_scatter(targets[:1], targets[:1], tmp_path / "one.svg")
    assert "1 samples,  mean absolute error 0<" in (tmp_path / "one.svg").read_text()


@pytest.mark.filterwarnings("error")
def test_targets_at_both_ends_of_single_precision(tmp_path):
    targets = np.array([-3.3e38, 0, 3.3e38], np.float32)
    plots.regression_scatter(targets, targets[::-1], tmp_path / "s.svg")
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", (tmp_path / "s.svg").read_text())
    assert {"−2e+38", "2e+38"} <= {text.replace("-", "−") for text in texts}


def test_regression_scatter_says_which_shapes_it_needs(tmp_path):
    with pytest.raises(ValueError, match=r"of one shape \(n,\), n ≥ 1, received \(2,\) and \(2, 1\)"):
        plots.regression_scatter(np.zeros(2, np.float32), np.zeros((2, 1), np.float32), tmp_path / "s.png")
    with pytest.raises(ValueError, match=r"n ≥ 1, received \(0,\) and \(0,\)"):
        plots.regression_scatter(np.zeros(0, np.float32), np.zeros(0, np.float32), tmp_path / "s.png")


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


@pytest.mark.parametrize(("classes", "longest", "named"), [(27, 10, True), (28, 10, False), (1500, None, False)])
def test_confusion_matrix_of_many_classes_grows_no_further(tmp_path, monkeypatch, classes, longest, named):
    if longest:
        monkeypatch.setattr(plots, "_LONGEST_SIDE", longest)
    names = [f"class {number}" for number in range(classes)]
    plots.confusion_matrix(np.eye(classes, dtype=int), names, tmp_path / "m.svg")
    svg = (tmp_path / "m.svg").read_text()
    assert (">class 0<" in svg) == named
    assert ">predicted class<" in svg
    width, height = (float(length) / 72 * 2.54 for length in re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', svg).groups())
    assert max(width, height) < (longest or 90) + 6


def test_confusion_matrix_shortens_long_names(tmp_path):
    plots.confusion_matrix(np.eye(2, dtype=int), ["a" * 24, "b" * 25], tmp_path / "m.svg")
    svg = (tmp_path / "m.svg").read_text()
    assert "a" * 24 in svg
    assert "b" * 23 + "…" in svg


def test_confusion_matrix_says_what_does_not_fit(tmp_path):
    with pytest.raises(ValueError, match=r"3 class names need counts \(3, 3\), received \(2, 2\)"):
        plots.confusion_matrix(np.eye(2, dtype=int), ["a", "b", "c"], tmp_path / "m.png")
