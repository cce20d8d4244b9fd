"""Pictures of selections: what they show, that equal input gives equal bytes, and what they refuse."""

import hashlib
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from utils import selection_plots

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.filterwarnings("error")


def texts_of(path):
    return re.findall(r"<text[^>]*>([^<]*)</text>", path.read_text())


def blobs(count, size=8, seed=0):
    rng = np.random.default_rng(seed)
    return (rng.integers(3, size=(count, 1)) * 6 + rng.normal(size=(count, size))).astype(np.float32)


def test_decision_graph_tells_centres_from_others(tmp_path):
    rho, delta = np.float32([1, 5, 2, 9]), np.float32([0.5, 3, 0.1, 8])
    selection_plots.decision_graph(rho, delta, np.array([3, 1]), tmp_path / "d.svg")
    assert {"local density ρ", "distance δ to the nearest denser sample", "2 centres", "2 other samples"} <= set(
        texts_of(tmp_path / "d.svg")
    )


@pytest.mark.parametrize("count", [0, 1, 50_000])
def test_decision_graph_of_any_size(tmp_path, count):
    rho = np.random.default_rng(0).random(count, np.float32)
    selection_plots.decision_graph(rho, rho[::-1], np.arange(min(count, 9)), tmp_path / "d.svg")
    assert (tmp_path / "d.svg").stat().st_size < 1_000_000


def test_decision_graph_says_what_does_not_fit(tmp_path):
    with pytest.raises(ValueError, match=r"expected rho and delta of one shape \(n,\), received \(3,\) and \(2,\)"):
        selection_plots.decision_graph(np.ones(3, np.float32), np.ones(2, np.float32), np.array([0]), tmp_path / "d.png")


def test_pool_map_tells_rounds_apart(tmp_path):
    rounds = np.repeat([-1, 0, 1, 2, 3], 10)
    asked = np.arange(50) < 4
    selection_plots.pool_map(blobs(50, 2), rounds, asked, tmp_path / "m.svg", ("across", "up"))
    found = texts_of(tmp_path / "m.svg")
    assert {"across", "up", "unlabelled", "initial labels", "picks", "next picks", "round in which it was picked"} <= set(found)
    assert [text for text in found if text.isdigit()] == ["1", "2", "3"]


def colours_of_picks(path):
    return re.findall(r"fill: (#[0-9a-f]{6}); stroke: #000000", path.read_text())


def test_later_picks_are_lighter(tmp_path):
    rounds = np.array([0, 1, 2, 3, 4, 5])
    selection_plots.pool_map(blobs(6, 2), rounds, None, tmp_path / "m.svg")
    colours = colours_of_picks(tmp_path / "m.svg")[:5]
    light = [np.array([0.2126, 0.7152, 0.0722]) @ [int(c[k : k + 2], 16) for k in (1, 3, 5)] for c in colours]
    assert len(set(colours)) == 5
    assert light == sorted(light)


def test_pool_map_before_the_first_pick_has_no_bar(tmp_path):
    selection_plots.pool_map(blobs(9, 2), np.repeat([-1, 0], [5, 4]), None, tmp_path / "m.svg")
    found = set(texts_of(tmp_path / "m.svg"))
    assert not {"picks", "next picks", "round in which it was picked"} & found
    assert {"unlabelled", "first component", "second component"} <= found


@pytest.mark.parametrize("count", [0, 1])
def test_pool_map_of_hardly_any_samples(tmp_path, count):
    selection_plots.pool_map(blobs(count, 2), np.full(count, 1), np.ones(count, bool), tmp_path / "m.png")


def test_fifty_thousand_samples_are_drawn_as_pixels(tmp_path):
    rounds = np.full(50_000, -1)
    rounds[:400] = np.arange(400) // 100
    selection_plots.pool_map(blobs(50_000, 2), rounds, None, tmp_path / "m.svg")
    assert (tmp_path / "m.svg").stat().st_size < 1_000_000


def test_pool_map_says_what_does_not_fit(tmp_path):
    with pytest.raises(ValueError, match=r"4 rounds need points \(4, 2\), received \(4, 3\)"):
        selection_plots.pool_map(np.zeros((4, 3), np.float32), np.zeros(4, int), None, tmp_path / "m.png")


def test_sample_grid_of_copies_names_columns_and_rows(tmp_path):
    samples = np.random.default_rng(0).random((2, 3, 8, 8, 1), np.float32)
    selection_plots.sample_grid(samples, ["original", "copy 1", "copy 2"], "image", tmp_path / "g.svg", ["first", "second"])
    assert sorted(texts_of(tmp_path / "g.svg")) == ["copy 1", "copy 2", "first", "original", "second"]


def test_sample_grid_can_name_each_sample_and_leave_places_empty(tmp_path):
    samples = np.random.default_rng(0).random((2, 2, 8, 8, 3), np.float32)
    samples[1, 1] = np.nan
    selection_plots.sample_grid(samples, ["a", "b", "c", ""], "image", tmp_path / "g.svg")
    assert texts_of(tmp_path / "g.svg") == ["a", "b", "c"]
    assert (tmp_path / "g.svg").read_text().count("<image") == 3


def test_sample_grid_of_spectrograms_names_time_and_frequency(tmp_path):
    samples = np.random.default_rng(0).normal(size=(2, 2, 6, 5, 2)).astype(np.float32)
    selection_plots.sample_grid(samples, ["original", "copy 1"], "audio", tmp_path / "g.svg", ["siren", "drill"])
    found = texts_of(tmp_path / "g.svg")
    assert found.count("time →") == found.count("frequency →") == 2
    assert {"siren", "drill"} <= set(found)


@pytest.mark.parametrize("channels", [1, 2, 3])
@pytest.mark.parametrize("kind", ["image", "audio"])
def test_sample_grid_of_constant_samples(tmp_path, kind, channels):
    selection_plots.sample_grid(np.full((1, 1, 4, 4, channels), -80, np.float32), ["silence"], kind, tmp_path / "g.png")


@pytest.mark.parametrize(("titles", "names"), [(["one"], []), (["a", "b"], ["only one"])])
def test_sample_grid_says_what_does_not_fit(tmp_path, titles, names):
    with pytest.raises(ValueError, match=rf"received \(2, 2, 4, 4, 1\), {len(titles)} titles and {len(names)} names"):
        selection_plots.sample_grid(np.zeros((2, 2, 4, 4, 1), np.float32), titles, "image", tmp_path / "g.png", names)


def test_principal_components_are_those_of_the_covariance():
    points = blobs(300) * np.arange(1, 9, dtype=np.float32)
    found = selection_plots.project(points, "pca", 0)
    centred = points.astype(np.float64) - points.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    expected = centred @ vectors[:, np.argsort(-values)[:2]]
    np.testing.assert_allclose(np.abs(found), np.abs(expected), atol=1e-2)
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, selection_plots.project(points, "pca", 0))


@pytest.mark.parametrize("method", ["pca", "tsne"])
@pytest.mark.parametrize("shape", [(0, 4), (1, 4), (2, 4), (3, 1), (5, 1), (7, 3), (4, 200)])
def test_projections_of_hardly_any_samples(method, shape):
    points = np.random.default_rng(0).random(shape, np.float32)
    found = selection_plots.project(points, method, 0)
    assert found.shape == (shape[0], 2)
    assert np.isfinite(found).all()


@pytest.mark.parametrize("method", ["pca", "tsne"])
def test_projections_of_identical_samples(method):
    np.testing.assert_array_equal(selection_plots.project(np.ones((50, 8), np.float32), method, 0), np.zeros((50, 2)))


def test_tsne_keeps_neighbours_and_is_the_same_for_the_same_seed():
    rng = np.random.default_rng(1)
    classes = np.arange(150) % 3
    points = (classes[:, None] * 20 + rng.normal(size=(150, 12))).astype(np.float32)
    found = selection_plots.project(points, "tsne", 3)
    np.testing.assert_array_equal(found, selection_plots.project(points, "tsne", 3))
    distances = ((found[:, None] - found) ** 2).sum(axis=2)
    nearest = np.argsort(distances, axis=1)[:, 1]
    assert (classes[nearest] == classes).all()


def test_tsne_of_a_large_pool_is_refused():
    with pytest.raises(ValueError, match="t-SNE takes at most 5,000 samples, received 5,001; use thinned"):
        selection_plots.project(np.zeros((5001, 2), np.float32), "tsne", 0)


def test_thinning_keeps_what_it_must():
    always = np.zeros(1000, bool)
    always[[3, 500, 998]] = True
    kept = selection_plots.thinned(always, 100, np.random.default_rng(0))
    assert len(kept) == 100
    assert (np.diff(kept) > 0).all()
    assert {3, 500, 998} <= set(kept.tolist())
    np.testing.assert_array_equal(selection_plots.thinned(always, 2000, np.random.default_rng(0)), np.arange(1000))
    assert len(selection_plots.thinned(np.ones(50, bool), 20, np.random.default_rng(0))) == 20


def test_same_input_gives_the_same_bytes_in_every_process(tmp_path):
    code = (
        "import sys; from pathlib import Path; import numpy as np; from utils import selection_plots as plots;"
        "folder = Path(sys.argv[1]); x = np.random.default_rng(0).random((60, 2), np.float32);"
        "[plots.pool_map(x, np.arange(60) % 5 - 1, x[:, 0] < .1, folder / f'm.{kind}') for kind in ('png', 'svg')];"
        "[plots.decision_graph(x[:, 0], x[:, 1], np.array([1, 2]), folder / f'd.{kind}') for kind in ('png', 'svg')];"
        "[plots.sample_grid(x.reshape(2, 3, 5, 4, 1), 'abc', 'audio', folder / f'g.{kind}') for kind in ('png', 'svg')];"
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
    assert len(found[0]) == 6
