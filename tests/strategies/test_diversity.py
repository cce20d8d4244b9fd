"""Engines whose picks are spread out, each against loops over explicit gradients, distances, clusters or masks."""

from __future__ import annotations

import dataclasses
import itertools
import math
import tracemalloc

import numpy as np
import pytest
from scipy.stats import chisquare

from strategies import cluster_margin, typiclust
from strategies.base import strategies
from strategies.computation import clustering
from utils.inference import Inference
from utils.learning_engine import Need
from utils.pool_view import PoolView

ENGINES = ["badge", "cluster_margin", "coreset", "dropquery", "kmeans", "typiclust"]
SEEDS = range(4)


def rng(seed=0):
    return np.random.default_rng(seed)


def view_of(h, p=None, labelled=None, head=None):
    """A view of the (m, d) embeddings `h`, which are also features and last inputs, and the (l, d) `labelled` ones."""
    m, d = h.shape
    p = np.full((m, 2), 0.5) if p is None else p
    head = np.zeros((d + 1, p.shape[1])) if head is None else head
    labelled = np.empty((0, d)) if labelled is None else labelled
    arrays = {"probabilities": p, "embeddings": h, "last_inputs": h, "features": h, "head": head}
    unlabelled = Inference(**{name: np.array(values, dtype=np.float32) for name, values in arrays.items()})
    of_labelled = Inference(embeddings=np.array(labelled, dtype=np.float32))
    count = len(labelled)
    return PoolView(np.arange(m) + count, np.arange(count), np.arange(count) % 2, p.shape[1], 1, unlabelled, of_labelled)


def some_view(m=60, l=8, classes=3, d=4, seed=0):  # noqa: E741
    random = rng(seed)
    head = random.normal(size=(d + 1, classes))
    h = random.normal(size=(m, d))
    p = np.exp(h @ head[:-1] + head[-1])
    return view_of(h, p / p.sum(axis=1, keepdims=True), random.normal(size=(l, d)), head)


def pick(name, view, n, seed=0, **parameters):
    rows, scores = strategies.get(name)(**parameters).pick(view, n, rng(seed))
    assert len(set(rows.tolist())) == len(rows) == len(scores) == n
    assert (scores.dtype, np.isfinite(scores).all()) == (np.float32, True)
    return rows.tolist(), scores


def squared(x, y):
    return sum((float(a) - float(b)) ** 2 for a, b in zip(x, y, strict=True))


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("n", [1, 2, 7, 31, 59, 60])
def test_the_budget_decides_how_many(name, n):
    pick(name, some_view(), n)


# BADGE.


def gradients(view):
    """(m, C·e) built, ŷ the lower class on a tie."""
    built = []
    for p, h in zip(view.probabilities.tolist(), view.last_inputs.tolist(), strict=True):
        q = [value - (c == p.index(max(p))) for c, value in enumerate(p)]
        built.append([a * b for a in q for b in h])
    return np.array(built)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("classes", [2, 3, 10])
def test_badge_scores_each_pick_by_its_distance_to_the_picks_before(classes, seed):
    """No centre but the picks: one that stays beside them, as the first in a peer, would make distances smaller."""
    view = some_view(classes=classes, seed=seed)
    g = gradients(view)
    rows, scores = pick("badge", view, 25, seed)
    assert rows[0] == (g**2).sum(axis=1).argmax()
    expected = [(g[rows[0]] ** 2).sum(), *(min(squared(g[row], g[j]) for j in rows[:k]) for k, row in enumerate(rows) if k)]
    np.testing.assert_allclose(scores, expected, rtol=1e-3, atol=1e-5)


def test_badge_breaks_a_tie_of_classes_towards_the_lower():
    view = view_of(np.ones((2, 1)), np.array([[0.4, 0.4, 0.2], [0.0, 0.4, 0.6]]))
    rows, scores = pick("badge", view, 2)
    assert rows == [0, 1]
    np.testing.assert_allclose(scores, [0.6**2 + 0.4**2 + 0.2**2, 0.6**2 + 0 + 0.6**2], rtol=1e-5)


def test_badge_draws_in_proportion_to_the_squared_distance():
    """More samples than a block of the draw holds, and a share of them that can never be drawn."""
    view = some_view(m=700, d=2)
    g = gradients(view)
    first = int((g**2).sum(axis=1).argmax())
    weights = np.array([squared(row, g[first]) for row in g])
    drawn = np.bincount([pick("badge", view, 2, seed)[0][1] // 70 for seed in range(1500)], minlength=10)
    assert chisquare(drawn, weights.reshape(10, 70).sum(axis=1) / weights.sum() * 1500).pvalue > 1e-4


@pytest.mark.parametrize("seed", range(20))
def test_no_sample_twice_in_a_badge_batch_and_what_coincides_only_at_the_end(seed):
    """Five gradients, each twelve times: five picks take one of each, and only then does any come again."""
    view = some_view(m=60, seed=seed)
    same = dataclasses.replace(
        view,
        inference=dataclasses.replace(
            view.inference,
            **{name: getattr(view.inference, name)[np.arange(60) % 5] for name in ("probabilities", "last_inputs")},
        ),
    )
    rows, scores = pick("badge", same, 60, seed)
    assert {row % 5 for row in rows[:5]} == set(range(5))
    assert (scores[:5] > 0).all()
    assert not scores[5:].any()


def test_badge_draws_evenly_where_nothing_has_a_gradient():
    view = view_of(rng().normal(size=(7, 3)), np.eye(2)[np.arange(7) % 2])
    for place in range(3):
        counts = np.bincount([pick("badge", view, 3, seed)[0][place] for seed in range(1400)], minlength=7)
        assert chisquare(counts).pvalue > 1e-4


def test_badge_does_not_look_at_labelled_samples():
    engine = strategies.get("badge")
    assert not engine.needs_labelled
    assert Need.EMBEDDINGS not in engine.needs


# Core-set.


def farthest_first(h, labelled):
    """Every sample in the order of k-center greedy, with its distance when picked."""
    centres, picks = list(labelled), {}
    while len(picks) < len(h):
        left = [i for i in range(len(h)) if i not in picks]
        if centres:
            apart = {i: min(squared(h[i], centre) for centre in centres) for i in left}
            row = max(apart, key=apart.__getitem__)
        else:
            apart = {i: squared(h[i], h.astype(float).mean(axis=0)) for i in left}
            row = min(apart, key=apart.__getitem__)
        picks[row] = math.sqrt(apart[row])
        centres.append(h[row])
    return picks


@pytest.mark.parametrize("at_once", [30, 1 << 20])
@pytest.mark.parametrize("offset", [0, 300])
@pytest.mark.parametrize("labelled", [0, 1, 30])
def test_coreset_takes_the_farthest_first(labelled, offset, at_once, monkeypatch):
    monkeypatch.setattr(clustering, "AT_ONCE", at_once)
    for seed in SEEDS:
        view = some_view(m=40, l=labelled, seed=seed)
        view = view_of(view.embeddings + offset, labelled=view.labelled_embeddings + offset)
        expected = farthest_first(view.embeddings, view.labelled_embeddings)
        rows, scores = pick("coreset", view, 40, seed)
        assert rows == list(expected)
        np.testing.assert_allclose(scores, list(expected.values()), rtol=2e-3)


def test_coreset_takes_what_coincides_with_a_centre_last_and_evenly():
    h = np.concatenate([np.full((6, 3), 0.7), [[1, 2, 3], [3, 1, -2]]])
    last = [pick("coreset", view_of(h, labelled=h[:1]), 8, seed)[0][2:] for seed in range(600)]
    assert {tuple(sorted(rows)) for rows in last} == {tuple(range(6))}
    for place in range(6):
        assert chisquare(np.bincount([rows[place] for rows in last], minlength=6)).pvalue > 1e-4


@pytest.mark.parametrize("name", ["badge", "coreset"])
def test_a_read_only_file_is_read_in_place(name, tmp_path):
    np.save(tmp_path / "h.npy", rng().normal(size=(60_000, 64)).astype(np.float32))
    mapped = np.load(tmp_path / "h.npy", mmap_mode="r")
    p = rng().dirichlet([1, 1, 1], 60_000).astype(np.float32)
    view = view_of(mapped[:10], labelled=mapped[:10])
    view = dataclasses.replace(view, unlabelled=np.arange(60_000) + 10, inference=Inference(p, mapped, mapped))
    pick(name, view, 2)
    tracemalloc.start()
    try:
        pick(name, view, 5)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < mapped.nbytes / 2


# k-means.


@pytest.mark.parametrize("space", ["embedded", "raw"])
def test_kmeans_takes_the_nearest_to_the_centres_it_shows(space):
    view = some_view()
    other = rng(9).normal(size=view.features.shape).astype(np.float32)
    view = dataclasses.replace(view, inference=dataclasses.replace(view.inference, features=other))
    h = view.embeddings if space == "embedded" else other
    for seed in SEEDS:
        centres = strategies.get("kmeans")(space=space).centres(view, 6, rng(seed))
        assert centres.shape == (6, 4)
        rows, scores = pick("kmeans", view, 6, seed, space=space)
        apart = np.array([[math.sqrt(squared(x, centre)) for centre in centres] for x in h])
        nearest = set(apart.argmin(axis=0).tolist())
        assert nearest <= set(rows)
        if len(nearest) == 6:
            np.testing.assert_allclose(scores, sorted(-apart.min(axis=0), reverse=True), rtol=1e-4, atol=1e-6)


def test_kmeans_asks_for_what_it_clusters():
    engine = strategies.get("kmeans")
    assert engine().needs == engine.needs == {Need.EMBEDDINGS}
    assert engine(space="raw").needs == {Need.FEATURES}


def test_kmeans_of_fewer_distinct_samples_than_picks_takes_turns():
    h = np.repeat(np.eye(4), [20, 10, 6, 4], axis=0)
    rows, scores = pick("kmeans", view_of(h), 12)
    assert np.bincount(h[rows].argmax(axis=1)).tolist() == [3, 3, 3, 3]
    np.testing.assert_allclose(scores, np.zeros(12), atol=1e-6)


# TypiClust.


def typicality(points, members, i):
    apart = sorted(math.sqrt(squared(points[i], points[j])) for j in members if j != i)[:20]
    return len(apart) / sum(apart)


def typical_first(points, clusters, known, n):
    """The picks and their scores; the first `known` of the points are labelled, ties do not occur."""
    members = [[i for i, own in enumerate(clusters) if own == cluster] for cluster in range(max(clusters) + 1)]
    order = sorted(members, key=lambda rows: (len(rows) < 5, sum(i < known for i in rows), -len(rows)))
    queues = []
    for rows in order:
        scored = [(i, typicality(points, rows, i)) for i in rows if i >= known]
        queues.append(sorted(scored, key=lambda pair: -pair[1]))
    picks = []
    for group in (
        [queue for queue, rows in zip(queues, order, strict=True) if len(rows) >= 5],
        [queue for queue, rows in zip(queues, order, strict=True) if len(rows) < 5],
    ):
        while any(group):
            picks += [queue.pop(0) for queue in group if queue]
    return picks[:n]


SIZES = [26, 14, 9, 7, 6, 4, 3, 2]


@pytest.mark.parametrize("at_once", [50, 1 << 20])
@pytest.mark.parametrize("n", [1, 3, 5, 6, 12, 40, 55])
def test_typiclust_goes_round_the_clusters(n, at_once, monkeypatch):
    """Clusters of different sizes, some labelled, one of them by half; labelled samples count as neighbours."""
    own = np.repeat(np.arange(8), SIZES)
    known = np.array([0, 1, 26, 40, 41, 42, 43, 63])
    monkeypatch.setattr(typiclust, "AT_ONCE", at_once)
    monkeypatch.setattr(typiclust, "kmeans", lambda points, clusters, random: (labels, centres))
    for seed in SEEDS:
        points = (30 * rng(8).normal(size=(8, 3))[own] + rng(seed).normal(size=(71, 3))).astype(np.float32)
        order = np.concatenate([known, np.setdiff1d(np.arange(71), known)])
        labels, points = own[order], points[order]
        centres = np.array([points[labels == cluster].mean(axis=0) for cluster in range(8)])
        expected = typical_first(points, labels.tolist(), len(known), n)
        rows, scores = pick("typiclust", view_of(points[8:], labelled=points[:8]), n, seed)
        assert [row + 8 for row in rows] == [row for row, _ in expected]
        np.testing.assert_allclose(scores, [score for _, score in expected], rtol=1e-3)


@pytest.mark.parametrize(("labelled", "n", "expected"), [(0, 3, 3), (5, 3, 8), (490, 20, 500), (0, 600, 500)])
def test_typiclust_makes_as_many_clusters_as_will_be_labelled_up_to_500(labelled, n, expected, monkeypatch):
    asked = []
    monkeypatch.setattr(typiclust, "kmeans", lambda *args: (asked.append(args[1]), clustering.kmeans(*args))[1])
    view = some_view(m=700, l=labelled)
    pick("typiclust", view, n)
    assert asked == [expected]


def test_typiclust_of_samples_that_coincide():
    h = np.repeat(rng().normal(size=(2, 3)), [9, 6], axis=0)
    for seed in range(10):
        rows, scores = pick("typiclust", view_of(h), 2, seed)
        assert [row < 9 for row in rows] == [True, False]
        assert scores.tolist() == [pytest.approx(1 / np.finfo(np.float32).tiny)] * 2
    counts = np.bincount([pick("typiclust", view_of(h), 1, seed)[0][0] for seed in range(900)], minlength=15)
    assert counts[9:].sum() in (0, 900)
    assert chisquare(counts[counts > 0]).pvalue > 1e-4


def test_typiclust_of_a_sample_alone_in_its_cluster(monkeypatch):
    clusters = np.array([0, 0, 0, 0, 0, 1]), np.array([[0.2], [9.0]], np.float32)
    monkeypatch.setattr(typiclust, "kmeans", lambda *args: clusters)
    rows, scores = pick("typiclust", view_of(np.array([[0.0], [0.1], [0.25], [0.3], [0.35], [9.0]])), 6)
    assert rows[-1] == 5
    assert scores[-1] == 0


# Cluster-margin.


def average_linkage(points, most):
    """Merges the two clusters of smallest mean distance until `most` are left."""
    clusters = [[i] for i in range(len(points))]
    apart = [[math.sqrt(squared(x, y)) for y in points] for x in points]
    while len(clusters) > most:
        pairs = itertools.combinations(range(len(clusters)), 2)
        means = {(a, b): np.mean([apart[i][j] for i in clusters[a] for j in clusters[b]]) for a, b in pairs}
        a, b = min(means, key=means.__getitem__)
        clusters[a] += clusters.pop(b)
    return clusters


def round_robin(clusters, margins, candidates, n):
    held = [sorted((i for i in cluster if i in candidates), key=margins.__getitem__) for cluster in clusters]
    held = sorted(filter(None, held), key=lambda rows: (len(rows), margins[rows[0]]))
    turns = itertools.zip_longest(*held)
    return [i for turn in turns for i in turn if i is not None][:n]


def margins_of(p):
    return [sorted(row)[-1] - sorted(row)[-2] for row in p.tolist()]


@pytest.mark.parametrize(("n", "factor"), [(3, 10), (12, 2), (12, 1), (15, 10)])
def test_cluster_margin_against_loops(n, factor):
    for seed in SEEDS:
        view = some_view(m=45, classes=2, seed=seed)
        margins = margins_of(view.probabilities)
        candidates = sorted(range(45), key=margins.__getitem__)[: factor * n]
        clusters = average_linkage(view.embeddings, max(2 * n, 20))
        rows, scores = pick("cluster_margin", view, n, seed, margin_factor=factor)
        assert rows == round_robin(clusters, margins, candidates, n)
        np.testing.assert_allclose(scores, [-margins[row] for row in rows], rtol=1e-4, atol=1e-6)


def test_cluster_margin_of_a_large_pool_finds_clusters_by_a_part_of_it(monkeypatch):
    """Clouds far apart, all hit by the part that is clustered: the others fall to their own clouds."""
    monkeypatch.setattr(cluster_margin, "_EXACT", 120)
    own = np.arange(400) % 20
    for seed in SEEDS:
        h = 100 + 30 * rng(3).normal(size=(20, 3))[own] + 0.1 * rng(seed).normal(size=(400, 3))
        p = rng(seed).dirichlet([1, 1], 400)
        p[own < 2, 0] = 0.5 + 1e-4 * rng(seed).permutation(40)
        p[own < 2, 1] = 1 - p[own < 2, 0]
        view = view_of(h, p)
        margins = margins_of(view.probabilities)
        candidates = sorted(range(400), key=margins.__getitem__)[:100]
        clusters = [np.flatnonzero(own == cloud).tolist() for cloud in range(20)]
        rows, _ = pick("cluster_margin", view, 10, seed)
        assert rows == round_robin(clusters, margins, candidates, 10)


# DropQuery.


def flips_by_loops(view, passes, rate, seed):
    """In how many passes the class of each sample is another; the masks are the first that the generator draws."""
    kept = rng(seed).random((passes, view.last_inputs.shape[1])) >= rate
    weights, counts = view.head.astype(float), []
    for p, h in zip(view.probabilities.tolist(), view.last_inputs.tolist(), strict=True):
        flips = 0
        for mask in kept:
            dropped = [x / (1 - rate) if keep else 0.0 for x, keep in zip(h, mask, strict=True)]
            outputs = [sum(x * w for x, w in zip([*dropped, 1.0], column, strict=True)) for column in weights.T]
            flips += outputs.index(max(outputs)) != p.index(max(p))
        counts.append(flips)
    return counts


@pytest.mark.parametrize("at_once", [30, 1 << 20])
@pytest.mark.parametrize(("passes", "rate"), [(3, 0.75), (1, 0.3), (4, 0.5)])
def test_dropquery_takes_what_flips_and_fills_up_by_margin(passes, rate, at_once, monkeypatch):
    monkeypatch.setattr(clustering, "AT_ONCE", at_once)
    seen = set()
    for seed in range(12):
        view = some_view(m=30, d=6, seed=seed)
        flips, margins = flips_by_loops(view, passes, rate, seed), margins_of(view.probabilities)
        flipping = {i for i, count in enumerate(flips) if 2 * count > passes}
        rows, scores = pick("dropquery", view, 8, seed, passes=passes, rate=rate)
        among = rows[: len(flipping)]
        rest = sorted(set(range(30)) - flipping, key=margins.__getitem__)
        assert set(among) <= flipping
        assert rows[len(flipping) :] == rest[: max(0, 8 - len(flipping))]
        np.testing.assert_allclose(scores[: len(among)], [flips[i] / passes for i in among], rtol=1e-6)
        np.testing.assert_allclose(scores[len(among) :], [-margins[i] for i in rows[len(among) :]], rtol=1e-4, atol=1e-6)
        assert (np.diff(scores) <= 0).all()
        seen.add(len(flipping) > 8)
    assert seen == {True, False}


def test_dropquery_takes_one_from_each_cloud_of_what_flips():
    """One input decides the class, and its loss flips every sample that leans on it."""
    own = np.arange(60) % 6
    random = rng(1)
    h = np.concatenate([np.ones((60, 1)), 40 * random.normal(size=(6, 3))[own] + random.normal(size=(60, 3))], axis=1)
    head = np.zeros((5, 2))
    head[0, 1], head[4, 1] = 3, -1
    view = view_of(h, np.tile([0.1, 0.9], (60, 1)), head=head)
    for seed in SEEDS:
        rows, scores = pick("dropquery", view, 6, seed, passes=51)
        assert sorted(own[rows]) == list(range(6))
        assert (scores > 0.5).all()
