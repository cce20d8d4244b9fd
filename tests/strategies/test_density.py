"""Density peaks, covers and weighted densities against double loops in float64, and on data whose answer is known."""

import itertools
import math

import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist
from scipy.stats import qmc
from sklearn.metrics import adjusted_rand_score

from strategies.base import strategies
from strategies.computation import cutoff, pairwise
from strategies.computation.cutoff import cutoff_distance
from strategies.computation.density_peaks import density_peaks
from strategies.computation.pairwise import Pairs
from strategies.dpc import Dpc
from strategies.edpc import Edpc
from strategies.hist_select import HistSelect
from strategies.information_density import InformationDensity
from strategies.probcover import ProbCover
from utils.errors import DivergenceError
from utils.inference import Inference
from utils.pool_view import PoolView

every_block = pytest.mark.parametrize("block", [7, 64, 512])


def rng(seed=0):
    return np.random.default_rng(seed)


def normal(n, d=5, seed=0):
    return rng(seed).normal(size=(n, d)).astype(np.float32)


def view_of(embeddings, probabilities=None, labelled=None, features=None, classes=3):
    m, count = len(embeddings), 0 if labelled is None else len(labelled)
    unlabelled = Inference(probabilities, embeddings, features=features)
    ids, labels = np.arange(m, m + count), np.zeros(count, np.int64)
    return PoolView(np.arange(m), ids, labels, classes, 1, unlabelled, Inference(None, labelled))


def probabilities(n, classes=4, seed=0):
    return rng(seed).dirichlet(np.ones(classes), n).astype(np.float32)


def distance_of(points, percent=None, seed=0):
    pairs = Pairs(points)
    return cutoff_distance(pairs, percent, rng(seed)) * pairs.unit


# The definitions, as literally as they read.


class Naive:
    """Rodriguez and Laio with double loops."""

    def __init__(self, points, cutoff):
        self.apart, self.cutoff = cdist(points.astype(float), points.astype(float)), cutoff
        n = len(points)
        self.rho = [sum(math.exp(-((self.apart[i, j] / cutoff) ** 2)) for j in range(n) if j != i) for i in range(n)]
        self.delta, self.neighbour = [], []
        for i in range(n):
            denser = [j for j in range(n) if self.rho[j] > self.rho[i]]
            self.neighbour.append(min(denser, key=lambda j: self.apart[i, j]) if denser else i)
            self.delta.append(self.apart[i, self.neighbour[-1]] if denser else max(self.apart[i]))

    def centres(self, count):
        n = len(self.rho)
        return sorted(range(n), key=lambda i: -(self.rho[i] / max(self.rho)) * (self.delta[i] / max(self.delta)))[:count]

    def clusters(self, centres):
        found = {}
        for i in sorted(range(len(self.rho)), key=lambda i: -self.rho[i]):
            found[i] = centres.index(i) if i in centres else found[self.neighbour[i]]
        return [found[i] for i in range(len(self.rho))]

    def borders(self, clusters, count):
        highest = [0.0] * count
        for i, j in itertools.product(range(len(clusters)), repeat=2):
            if clusters[i] != clusters[j] and self.apart[i, j] <= self.cutoff:
                highest[clusters[i]] = max(highest[clusters[i]], (self.rho[i] + self.rho[j]) / 2)
        return highest

    def candidates(self, n, count):
        centres = self.centres(count)
        clusters = self.clusters(centres)
        borders = self.borders(clusters, count)
        halos = [{i for i, c in enumerate(clusters) if self.rho[i] < borders[c] / scale} for scale in range(1, 21)]
        return set(centres) | min(halos, key=lambda halo: abs(len(halo) - n))


def naive_cover(points, delta, size, picks):
    """How many uncovered samples each of the first `size` would cover, once `picks` and all from `size` on are labelled."""
    near = cdist(points, points) <= delta
    covered = near[[*range(size, len(points)), *picks]].any(axis=0)
    return [sum(near[i] & ~covered) for i in range(size)]


# Density peaks.


@every_block
@pytest.mark.parametrize(("n", "d", "percent"), [(60, 2, 2.0), (71, 5, 4.0), (64, 20, 10.0), (9, 3, 50.0)])
def test_density_peaks_against_double_loops(monkeypatch, block, n, d, percent):
    monkeypatch.setattr(pairwise, "BLOCK", block)
    points = normal(n, d, seed=n)
    peaks = density_peaks(points, rng(), percent)
    naive = Naive(points, np.percentile(pdist(points.astype(float)), percent))
    assert peaks.cutoff == pytest.approx(naive.cutoff, rel=1e-5)
    np.testing.assert_allclose(peaks.rho, naive.rho, rtol=1e-3, atol=1e-6)
    np.testing.assert_allclose(peaks.delta, naive.delta, rtol=1e-5)
    assert peaks.neighbour.tolist() == naive.neighbour
    assert (np.diff(peaks.rho[peaks.order]) <= 0).all()
    centres = peaks.centres(4, rng())
    assert centres.tolist() == naive.centres(4)
    assert peaks.prominence[centres[0]] == pytest.approx(1.0)
    clusters = peaks.clusters(centres)
    assert clusters.tolist() == naive.clusters(centres.tolist())
    np.testing.assert_allclose(peaks.borders(clusters), naive.borders(clusters, 4), rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("workers", [2, 5])
def test_not_a_bit_depends_on_the_number_of_threads(monkeypatch, workers):
    monkeypatch.setattr(pairwise, "BLOCK", 16)
    points = normal(1000)
    results = []
    for cores in (1, workers):
        monkeypatch.setattr(pairwise, "_core_count", lambda cores=cores: cores)
        peaks = density_peaks(points, rng(), 3.0)
        clusters = peaks.clusters(peaks.centres(30, rng()))
        results.append([peaks.cutoff, peaks.rho, peaks.delta, peaks.neighbour, peaks.borders(clusters)])
    for one, several in zip(*results, strict=True):
        np.testing.assert_array_equal(one, several)


def test_an_error_in_a_thread_is_raised_and_the_rest_given_up(monkeypatch):
    monkeypatch.setattr(pairwise, "BLOCK", 4)
    monkeypatch.setattr(pairwise, "_core_count", lambda: 2)

    def work(rows, tiles):
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        list(Pairs(normal(200)).strips(work))


def known_peaks(seed):
    """Five round peaks on a background that is uniform between them: points, and the peak of each or −1."""
    means = np.array([[0.2, 0.2], [0.8, 0.25], [0.5, 0.55], [0.2, 0.85], [0.8, 0.8]])
    peaks = np.concatenate([rng(seed).normal(mean, 0.04, (600, 2)) for mean in means])
    background = qmc.Halton(2, rng=rng(seed)).random(2000)
    background = background[cdist(background, means).min(axis=1) > 0.16]
    truth = np.concatenate([np.repeat(np.arange(5), 600), np.full(len(background), -1)])
    return np.concatenate([peaks, background]).astype(np.float32), truth


@pytest.mark.parametrize("seed", range(3))
def test_known_peaks_are_found_and_the_background_is_their_halo(seed):
    points, truth = known_peaks(seed)
    peaks = density_peaks(points, rng(seed), 4.0)
    centres = peaks.centres(5, rng(seed))
    clusters = peaks.clusters(centres)
    halo = peaks.rho < peaks.borders(clusters)[clusters]
    assert adjusted_rand_score(truth[truth >= 0], clusters[truth >= 0]) > 0.99
    assert adjusted_rand_score(truth, np.where(halo, -1, clusters)) > 0.95
    assert halo[truth < 0].mean() > 0.95
    assert halo[truth >= 0].mean() < 0.05
    assert peaks.prominence[centres].min() > 2 * np.sort(peaks.prominence)[-6]


def test_rows_that_coincide_are_at_distance_zero_and_as_dense_as_each_other():
    points = np.concatenate([np.repeat(normal(1, 40) + 100, 700, axis=0), normal(700, 40)])
    peaks = density_peaks(points, rng(), 30.0)
    assert len(set(peaks.rho[:700].tolist())) == 1
    np.testing.assert_array_equal(np.sort(peaks.delta[:700])[:699], 0)
    assert (Pairs(points).all() == 0).sum() == 700 * 699 // 2
    assert (peaks.delta[700:] > 0).all()


def test_samples_with_nobody_near_are_equally_little_dense():
    points = np.concatenate([normal(200, 3) / 100, np.arange(1, 7)[:, np.newaxis] * np.full((6, 3), 10.0)]).astype(np.float32)
    assert density_peaks(points, rng()).rho[200:].tolist() == [0] * 6
    picked = [density_peaks(points, rng(seed)).centres(203, rng(seed))[200:] for seed in range(300)]
    assert abs(np.bincount(np.concatenate(picked), minlength=206)[200:] - 150).max() < 45


@pytest.mark.parametrize("size", [1e-38, 1e-20, 1.0, 1e20, 1e38])
def test_the_size_of_the_embeddings_changes_no_pick(size):
    points = (normal(60, 4) / 4).astype(np.float64)
    plain, scaled = density_peaks(points.astype(np.float32), rng()), density_peaks((points * size).astype(np.float32), rng())
    np.testing.assert_array_equal(scaled.centres(5, rng()), plain.centres(5, rng()))
    assert scaled.cutoff == pytest.approx(plain.cutoff * size, rel=1e-3)


# The cut-off distance.


@pytest.mark.parametrize("percent", [0.5, 2.0, 50.0, 99.9, 100.0])
@pytest.mark.parametrize(("n", "d"), [(2, 3), (3, 3), (50, 3), (1500, 8), (2500, 8), (3001, 40)])
def test_the_percent_point_is_that_of_all_distances(n, d, percent):
    points = normal(n, d, seed=n)
    assert distance_of(points, percent) == pytest.approx(np.percentile(pdist(points.astype(float)), percent), rel=2e-6)


@pytest.mark.parametrize("factor", [1e-3, 0.9, 1.1, 1e3])
def test_the_percent_point_when_it_is_not_where_the_draw_says(monkeypatch, factor):
    points, drawn = normal(2100, 6), Pairs.drawn
    expected = distance_of(points, 2.0)
    monkeypatch.setattr(Pairs, "drawn", lambda *arguments: drawn(*arguments) * np.float32(factor))
    assert distance_of(points, 2.0) == expected


@pytest.mark.parametrize(("name", "value"), [("_BINS", 16), ("_DEVIATIONS", 1000.0)])
def test_the_percent_point_in_several_passes(monkeypatch, name, value):
    points = normal(2100, 6)
    expected = distance_of(points, 2.0)
    monkeypatch.setattr(cutoff, name, value)
    assert distance_of(points, 2.0) == expected


@pytest.mark.parametrize("percent", [1.0, 30.0, 50.0, 90.0])
def test_the_percent_point_of_few_different_distances(percent):
    points = rng(3).integers(0, 3, size=(2200, 3)).astype(np.float32)
    assert distance_of(points, percent) == pytest.approx(np.percentile(pdist(points), percent), abs=1e-5)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("n", [12, 200, 2000, 2001, 4000])
def test_automatically_one_to_two_percent_lie_within(n, seed):
    spread = rng(seed).exponential(size=(n, 1))
    points = (rng(seed).normal(size=(n, 6)) * spread).astype(np.float32)
    apart = pdist(points.astype(float))
    assert 0.01 - 1e-4 <= np.mean(apart <= distance_of(points, seed=seed)) <= 0.02 + 1e-4


def test_the_automatic_cutoff_is_that_of_a_bisection():
    points = normal(150, 4)
    apart = pdist(points.astype(float))
    low, high = apart.min(), apart.max()
    while not 0.01 <= np.mean(apart <= (low + high) / 2) <= 0.02:
        middle = (low + high) / 2
        low, high = (middle, high) if np.mean(apart <= middle) < 0.01 else (low, middle)
    assert distance_of(points) == pytest.approx((low + high) / 2, rel=1e-6)


@pytest.mark.parametrize("n", [600, 2600])
def test_where_too_many_coincide_the_automatic_cutoff_ends_at_the_least_distance(n):
    points = np.concatenate([np.ones((n // 2, 3), np.float32), normal(n // 2, 3)])
    assert distance_of(points) < 1e-6
    picks = Dpc().select(view_of(points), 20, rng())
    assert len(set(picks.ids.tolist())) == 20
    assert np.isfinite(picks.scores).all()


# The engines.


def picks_of(engine, view, n, seed=0):
    return engine.select(view, n, rng(seed)).ids.tolist()


@every_block
@pytest.mark.parametrize(("n_clusters", "budget"), [(None, 6), (3, 6), (12, 6)])
def test_dpc_draws_from_centres_and_halo_alone(monkeypatch, block, n_clusters, budget):
    monkeypatch.setattr(pairwise, "BLOCK", block)
    points = normal(90, 2, seed=5)
    naive = Naive(points, np.percentile(pdist(points.astype(float)), 5.0))
    candidates = naive.candidates(budget, n_clusters or budget)
    assert len(candidates) > budget
    picked = [picks_of(Dpc(percent=5.0, n_clusters=n_clusters), view_of(points), budget, seed) for seed in range(150)]
    assert set(itertools.chain(*picked)) == candidates


def test_dpc_with_a_budget_beyond_its_candidates_goes_on_with_the_largest_delta():
    points = np.concatenate([normal(20, 2), normal(20, 2, seed=1) + 100])
    naive = Naive(points, np.percentile(pdist(points.astype(float)), 5.0))
    candidates = naive.candidates(30, 2)
    assert len(candidates) < 30
    others = sorted(set(range(40)) - candidates, key=lambda i: -naive.delta[i])
    picks = picks_of(Dpc(percent=5.0, n_clusters=2), view_of(points), 30)
    assert set(picks[: len(candidates)]) == candidates
    assert picks[len(candidates) :] == others[: 30 - len(candidates)]


@pytest.mark.parametrize("name", ["dpc", "edpc", "hist_select", "probcover", "information_density"])
@pytest.mark.parametrize("n", [1, 2, 3, 7])
@pytest.mark.parametrize("points", [np.zeros((7, 3), np.float32), np.full((7, 3), 0.1, np.float32), normal(7, 3)])
def test_tiny_and_identical_pools(name, n, points):
    view = view_of(points[:n], probabilities(n))
    for budget in (1, 2, n, n + 1):
        with np.errstate(all="raise", under="ignore"):
            selection = strategies.get(name)().select(view, budget, rng())
        assert sorted(set(selection.ids.tolist())) == sorted(selection.ids.tolist())
        assert len(selection.ids) == min(n, budget)
        assert np.isfinite(selection.scores).all()


@pytest.mark.parametrize("name", ["dpc", "edpc", "probcover"])
def test_of_two_identical_samples_each_comes_first_as_often(name):
    view = view_of(np.repeat(normal(1, 3), 2, axis=0), np.full((2, 2), 0.5, np.float32))
    first = [picks_of(strategies.get(name)(), view, 1, seed)[0] for seed in range(400)]
    assert abs(sum(first) - 200) < 50


@pytest.mark.parametrize("name", ["dpc", "edpc", "probcover", "information_density"])
def test_density_is_that_of_the_embeddings_not_of_the_features(name):
    points, raw, p = normal(60), normal(60, seed=1), probabilities(60)
    engine = strategies.get(name)()
    expected = picks_of(engine, view_of(points, p), 8)
    assert picks_of(engine, view_of(points, p, features=raw), 8) == expected
    assert picks_of(engine, view_of(raw, p, features=points), 8) != expected


@pytest.mark.parametrize("share", [0.0, 0.5, 0.75, 1.0])
@pytest.mark.parametrize("budget", [4, 8, 25])
def test_edpc_takes_peaks_then_the_largest_delta_of_the_most_uncertain(share, budget):
    points, p = normal(70), probabilities(70)
    entropy = [-sum(x * math.log(x) for x in row if x > 0) for row in p.astype(float)]
    kept = sorted(sorted(range(70), key=lambda i: -entropy[i])[: 3 * budget])
    naive = Naive(points[kept], distance_of(points[kept]))
    centres = naive.centres(math.floor(share * budget))
    rest = sorted(set(range(len(kept))) - set(centres), key=lambda i: -naive.delta[i])
    expected = [kept[i] for i in [*centres, *rest[: budget - len(centres)]]]
    assert picks_of(Edpc(centre_share=share), view_of(points, p), budget) == expected


def test_hist_select_is_edpc_with_history_selection():
    view = view_of(normal(50), probabilities(50))
    assert picks_of(HistSelect(), view, 9) == picks_of(Edpc(), view, 9)
    assert issubclass(HistSelect, Edpc)


@pytest.mark.parametrize("percent", [None, 5.0])
def test_the_decision_graph_shows_what_dpc_computed(percent):
    points = normal(80)
    graph = Dpc(percent=percent, n_clusters=4).explain(view_of(points), 9, rng(2)).decision_graph
    peaks = density_peaks(points, rng(2), percent)
    np.testing.assert_array_equal(graph.rho, peaks.rho)
    np.testing.assert_array_equal(graph.delta, peaks.delta)
    assert graph.centres.tolist() == peaks.centres(4, rng()).tolist()


def test_the_decision_graph_of_edpc_is_that_of_the_most_uncertain():
    graph = Edpc().explain(view_of(normal(80), probabilities(80)), 8, rng()).decision_graph
    assert (len(graph.rho), len(graph.delta), len(graph.centres)) == (24, 24, 6)


@every_block
@pytest.mark.parametrize("delta", [0.2, 0.6, 1.0])
@pytest.mark.parametrize("labelled", [0, 1, 30])
def test_probcover_covers_greedily(monkeypatch, block, delta, labelled):
    monkeypatch.setattr(pairwise, "BLOCK", block)
    points, known = normal(123, 4), normal(labelled, 4, seed=1)
    everything = np.concatenate([points, known]).astype(float)
    everything /= np.linalg.norm(everything, axis=1, keepdims=True)
    selection = ProbCover(delta=delta).select(view_of(points, labelled=known), 40, rng())
    picks = selection.ids.tolist()
    for number, pick in enumerate(picks):
        degrees = naive_cover(everything, delta, 123, picks[:number])
        open_degrees = [degree for i, degree in enumerate(degrees) if i not in picks[:number]]
        assert degrees[pick] == max(open_degrees) == selection.scores[number]


def test_the_last_partial_block_is_in_the_cover_graph(monkeypatch):
    monkeypatch.setattr(pairwise, "BLOCK", 32)
    angles = np.concatenate([np.linspace(0, 3, 64), np.full(6, 5.0)])  # the largest ball is among the last 6 of 70
    points = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    selection = ProbCover(delta=0.01).select(view_of(points), 1, rng())
    assert selection.ids[0] >= 64
    assert selection.scores[0] == 6


@every_block
@pytest.mark.parametrize(("spread", "purity"), [(0.02, 0.95), (0.2, 0.95), (0.2, 0.5), (2.0, 1.0)])
def test_probcover_takes_the_largest_pure_radius_of_the_grid(monkeypatch, block, spread, purity):
    monkeypatch.setattr(pairwise, "BLOCK", block)
    labels = np.arange(150) % 3
    points = (np.eye(3, 4, dtype=np.float32)[labels] * 3 + normal(150, 4) * spread).astype(np.float32)
    monkeypatch.setattr(
        "strategies.probcover.kmeans", lambda points, clusters, rng: (labels.astype(np.int32)[: len(points)], None)
    )
    unit = points.astype(float) / np.linalg.norm(points, axis=1, keepdims=True)
    apart = cdist(unit, unit)
    grid = [number / 20 for number in range(1, 31)]
    pure = [
        delta
        for delta in grid
        if np.mean([not (labels[row <= delta] != own).any() for row, own in zip(apart, labels, strict=True)]) >= purity
    ]
    expected = ProbCover(delta=max(pure, default=0.05)).select(view_of(points), 12, rng(1))
    found = ProbCover(purity=purity).select(view_of(points), 12, rng(1))
    np.testing.assert_array_equal(found.scores, expected.scores)
    np.testing.assert_array_equal(found.ids, expected.ids)


def test_probcover_finds_one_sample_in_each_cluster():
    labels = np.arange(120) % 3
    points = (np.eye(3, dtype=np.float32)[labels] + normal(120, 3) * 0.02).astype(np.float32)
    assert sorted(labels[picks_of(ProbCover(), view_of(points), 3)]) == [0, 1, 2]
    known = points[labels == 1][:1]
    assert sorted(labels[picks_of(ProbCover(), view_of(points, labelled=known), 2)]) == [0, 2]


def test_once_all_is_covered_probcover_picks_the_rest_at_random():
    view = view_of(np.repeat(normal(1, 3), 8, axis=0))
    picks = np.array([picks_of(ProbCover(), view, 3, seed) for seed in range(800)])
    for place in range(3):
        assert abs(np.bincount(picks[:, place], minlength=8) - 100).max() < 50
    assert ProbCover().select(view, 3, rng()).scores.tolist() == [8, 0, 0]


@pytest.mark.parametrize("beta", [0.5, 1.0, 2.0])
def test_information_density_is_entropy_times_mean_cosine(beta):
    points, p = normal(40, 6), probabilities(40)
    points[3] = 0
    expected = []
    for row, x in zip(p.astype(float), points.astype(float), strict=True):
        cosines = [x @ y / (np.linalg.norm(x) * np.linalg.norm(y) or 1) for y in points.astype(float)]
        similarity = sum(cosines) / 40
        expected.append(-sum(q * math.log(q) for q in row if q > 0) * math.copysign(abs(similarity) ** beta, similarity))
    scores = InformationDensity(beta=beta).score(view_of(points, p), rng())
    np.testing.assert_allclose(scores, expected, rtol=1e-4, atol=1e-6)
    assert scores.dtype == np.float32


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_information_density_names_the_broken_embedding(value):
    points = normal(40)
    points[7, 2] = value
    with pytest.raises(DivergenceError, match="sample 7 "):
        InformationDensity().select(view_of(points, probabilities(40)), 3, rng())


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("dpc", {"percent": 0}),
        ("dpc", {"percent": 101.0}),
        ("dpc", {"n_clusters": 0}),
        ("edpc", {"centre_share": 1.5}),
        ("probcover", {"delta": 0}),
        ("probcover", {"purity": 1.01}),
        ("information_density", {"beta": 0.0}),
    ],
)
def test_parameters_out_of_range_are_refused(name, params):
    (problem,) = strategies.problems(name, params)
    assert "should be" in problem
