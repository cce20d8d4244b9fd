"""Every engine against a naive transcription of its formula, on small random inputs.

Where chance has a part, the law of the draw is tested; where a clustering has one, the data are blobs so far apart that there
is one clustering only. Cases in which rounding could tip the balance between two samples are left out by `settled`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from scipy.special import softmax
from scipy.stats import binomtest, chisquare

from strategies.base import SelectionStrategy, strategies
from tests.strategies import reference
from utils.inference import Inference
from utils.pool_view import PoolView

SEEDS = range(6)
DRAWS = 3000
Picks = Callable[[PoolView, int], list[int]]


def small_view(seed: int, **sizes: int) -> PoolView:
    """m unlabelled and l labelled samples, C classes, d, e and f wide embeddings, last inputs and features, K passes."""
    rng = np.random.default_rng(seed)
    drawn = {"m": rng.integers(2, 41), "l": rng.integers(0, 11), "C": rng.integers(2, 6), "K": rng.integers(2, 8)}
    drawn |= {name: rng.integers(1, 7) for name in "def"}
    m, l, C, K, d, e, f = map(int, (drawn | sizes).values())  # noqa: E741, N806
    ids = rng.choice(1000, size=m + l, replace=False)
    head = rng.normal(size=(e + 1, C))

    def infer(n: int) -> Inference:
        last_inputs = rng.normal(size=(n, e))
        arrays = {
            "probabilities": softmax(last_inputs @ head[:-1] + head[-1], axis=1),
            "embeddings": rng.normal(size=(n, d)),
            "last_inputs": last_inputs,
            "head": head,
            "stochastic": rng.dirichlet(np.full(C, 0.4), size=(K, n)),
            "augmented": rng.dirichlet(np.full(C, 0.4), size=(K, n)),
            "committee": rng.dirichlet(np.full(C, 0.4), size=(K, n)),
            "features": rng.normal(size=(n, f)),
        }
        return Inference(**{name: values.astype(np.float32) for name, values in arrays.items()})

    unlabelled, labelled = np.sort(ids[:m]), np.sort(ids[m:])
    return PoolView(unlabelled, labelled, rng.integers(0, C, size=l), C, 1, infer(m), infer(l))


def regression_view(seed: int, targets: int = 1) -> PoolView:
    rng = np.random.default_rng(seed)
    m, l, f, K = (int(rng.integers(*bounds)) for bounds in ((2, 41), (2, 11), (1, 7), (2, 8)))  # noqa: E741, N806
    ids = rng.choice(1000, size=m + l, replace=False)

    def infer(n: int) -> Inference:
        shapes = {"features": (n, f), "predictions": (n, targets), "stochastic": (K, n, targets), "committee": (K, n, targets)}
        return Inference(**{name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()})

    labels = rng.normal(size=(l, targets)).astype(np.float32)
    return PoolView(np.sort(ids[:m]), np.sort(ids[m:]), labels, targets, 1, infer(m), infer(l))


def changed(view: PoolView, **arrays: np.ndarray) -> PoolView:
    """The same view with other arrays for the unlabelled samples, or, named labelled_…, for the labelled."""
    ours = {name: values.astype(np.float32) for name, values in arrays.items() if not name.startswith("labelled_")}
    theirs = {name[9:]: values.astype(np.float32) for name, values in arrays.items() if name.startswith("labelled_")}
    inference = dataclasses.replace(view.inference, **ours)
    return dataclasses.replace(
        view, inference=inference, labelled_inference=dataclasses.replace(view.labelled_inference, **theirs)
    )


def shaken(view: PoolView, seed: int) -> PoolView:
    """The same view with every number moved by about a hundred times the rounding of float32."""
    rng = np.random.default_rng(seed)

    def shake(inference: Inference) -> Inference:
        arrays = {name: values for name, values in vars(inference).items() if values is not None}
        return Inference(**{name: values * (1 + 1e-5 * rng.normal(size=values.shape)) for name, values in arrays.items()})

    return dataclasses.replace(view, inference=shake(view.inference), labelled_inference=shake(view.labelled_inference))


def settled(
    make: Callable[[int], PoolView], expect: Callable[[PoolView, int], Any], limit: int = 8, count: int = 6
) -> Iterator[tuple[PoolView, int, Any]]:
    """`count` views, each with a budget of up to `limit`, for which what is expected does not hang on rounding."""
    for seed in range(1000):
        view = make(seed)
        n = 1 + seed % min(limit, len(view.unlabelled))
        expected = expect(view, n)
        if all(expect(shaken(view, trial), n) == expected for trial in range(3)):
            yield view, n, expected
            count -= 1
        if count == 0:
            return
    pytest.fail("too few cases that do not hang on rounding")


def engine(name: str, **parameters: Any) -> SelectionStrategy:
    return strategies.get(name)(**parameters)


def rows_picked(name: str, view: PoolView, n: int, seed: int = 0, **parameters: Any) -> list[int]:
    ids = engine(name, **parameters).select(view, n, np.random.default_rng(seed)).ids
    return np.searchsorted(view.unlabelled, ids).tolist()


def scores_of(name: str, view: PoolView, seed: int = 0, **parameters: Any) -> np.ndarray:
    selection = engine(name, **parameters).select(view, len(view.unlabelled), np.random.default_rng(seed))
    return selection.scores[np.argsort(selection.ids)]


def assert_drawn(draws: list[int], weights: np.ndarray) -> None:
    """That `draws` may well come from `weights`; one that cannot be drawn never was."""
    counts = np.bincount(draws, minlength=len(weights))
    possible = weights > 0
    assert not counts[~possible].any()
    expected = weights[possible] / weights[possible].sum() * len(draws)
    assert len(expected) == 1 or chisquare(counts[possible], expected).pvalue > 1e-4


def blobs(rng: np.random.Generator, sizes: list[int], width: int = 4) -> tuple[np.ndarray, list[int]]:
    """(Σ sizes, width) points in blobs 1 wide and 20 apart, in random order, and the blob of each."""
    corners = np.array(np.meshgrid(*[range(3)] * width)).reshape(width, -1).T
    centres = 20 * rng.permutation(corners)[: len(sizes)] - 10
    own = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    return (centres[own] + rng.uniform(-1, 1, size=(len(own), width))).astype(np.float32), own.tolist()


def clear(make: Callable[[int], tuple[np.ndarray, list[int]]], expect: Callable[..., Any], seed: int) -> Any:
    """The first of what `make` draws whose `expect`ed picks stay the same when each number moves by 0.005."""
    for trial in range(1000 * seed, 1000 * (seed + 1)):
        h, *rest = make(trial)
        moved = [h + 0.005 * np.random.default_rng(move).normal(size=h.shape) for move in range(5)]
        if all(expect(other, *rest) == expect(h, *rest) for other in moved):
            return h, *rest
    pytest.fail("no blobs that do not hang on rounding")


def nearest(h: np.ndarray, own: list[int]) -> set[int]:
    return set(reference.nearest_to_centres(h, own).values())


SCORES: dict[str, tuple[str, dict[str, Any], Callable[[PoolView], list[float]]]] = {
    "least_confidence": ("least_confidence", {}, lambda v: reference.least_confidence(v.probabilities)),
    "margin": ("margin", {}, lambda v: reference.margin(v.probabilities)),
    "entropy": ("entropy", {}, lambda v: reference.entropy(v.probabilities)),
    "entropy_pl": ("entropy_pl", {}, lambda v: reference.entropy(v.probabilities)),
    "egl": ("egl", {}, lambda v: reference.egl(v.probabilities, v.last_inputs)),
    "egl by differences": ("egl", {}, lambda v: reference.egl_by_differences(v.last_inputs, v.head)),
    "egl of the weights": ("egl", {"bias": False}, lambda v: reference.egl(v.probabilities, v.last_inputs, bias=False)),
    "ecg": ("ecg", {}, lambda v: reference.ecg(v.probabilities, v.last_inputs)),
    "aift": ("aift", {}, lambda v: reference.aift(v.augmented)),
    "aift, half": ("aift", {"alpha": 0.5}, lambda v: reference.aift(v.augmented, 0.5)),
    "aift, all": ("aift", {"alpha": 1.0}, lambda v: reference.aift(v.augmented, 1.0)),
    "bald": ("bald", {}, lambda v: reference.bald(v.stochastic)),
    "epig": ("epig", {}, lambda v: reference.epig(v.stochastic, range(len(v.unlabelled)))),
    "vote entropy, rounds": (
        "qbc",
        {"measure": "vote_entropy", "committee": "rounds"},
        lambda v: reference.vote_entropy(v.committee),
    ),
    "vote entropy, dropout": (
        "qbc",
        {"measure": "vote_entropy", "committee": "dropout"},
        lambda v: reference.vote_entropy(v.stochastic),
    ),
    "mean KL, rounds": ("qbc", {"measure": "mean_kl", "committee": "rounds"}, lambda v: reference.mean_kl(v.committee)),
    "mean KL, dropout": ("qbc", {"measure": "mean_kl", "committee": "dropout"}, lambda v: reference.mean_kl(v.stochastic)),
    "information_density": (
        "information_density",
        {},
        lambda v: reference.information_density(v.probabilities, v.embeddings),
    ),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("case", SCORES)
def test_scores(case: str, seed: int) -> None:
    name, parameters, expect = SCORES[case]
    view = small_view(seed)
    np.testing.assert_allclose(scores_of(name, view, **parameters), expect(view), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("case", sorted(set(SCORES) - {"egl by differences", "aift", "aift, half"}))
def test_scores_at_probabilities_of_nought_and_one(case: str) -> None:
    """Without two cases of `aift` in which the copies to keep would be tied."""
    name, parameters, expect = SCORES[case]
    view = small_view(3, m=12, C=3, K=4)
    sure = np.eye(3)[np.arange(12) % 3]
    sure[:4] = [[0.5, 0.5, 0], [0.25, 0.75, 0], [0, 0, 1], [1 / 3, 1 / 3, 1 / 3]]
    passes = np.stack([sure, np.roll(sure, 1, axis=0), np.roll(sure, 1, axis=1), sure])
    view = changed(view, probabilities=sure, stochastic=passes, augmented=passes, committee=passes)
    np.testing.assert_allclose(scores_of(name, view, **parameters), expect(view), rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("beta", [0.5, 2.0])
def test_information_density_of_embeddings_that_point_one_way(seed: int, beta: float) -> None:
    view = small_view(seed)
    view = changed(view, embeddings=np.abs(view.embeddings))
    expected = reference.information_density(view.probabilities, view.embeddings, beta)
    np.testing.assert_allclose(scores_of("information_density", view, beta=beta), expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_egl_of_one_sigmoid_output(seed: int) -> None:
    view = dataclasses.replace(small_view(seed, C=2), single_output=True)
    expected = reference.egl_of_one_output(view.probabilities, view.last_inputs)
    np.testing.assert_allclose(scores_of("egl", view), expected, rtol=1e-4, atol=1e-6)


GREEDY: dict[str, tuple[Callable[[int], PoolView], int, Picks]] = {
    "coreset": (small_view, 8, lambda v, n: reference.coreset(v.embeddings, v.labelled_embeddings, n)),
    "batchbald": (lambda seed: small_view(seed, m=12, C=2 + seed % 3), 4, lambda v, n: reference.batchbald(v.stochastic, n)),
    "gsx": (regression_view, 8, lambda v, n: reference.gsx(v.features, v.labelled_features, n)),
    "gsy": (regression_view, 8, lambda v, n: reference.gsy(v.predictions, v.labels, n)),
    "igs": (
        regression_view,
        8,
        lambda v, n: reference.igs(v.features, v.labelled_features, v.predictions, v.labels, n),
    ),
}


@pytest.mark.parametrize("name", GREEDY)
def test_greedy_picks(name: str) -> None:
    make, limit, expect = GREEDY[name]
    for view, n, expected in settled(make, expect, limit, count=12):
        assert rows_picked(name, view, n) == expected


@pytest.mark.parametrize("name", ["gsy", "igs"])
def test_greedy_picks_by_three_targets(name: str) -> None:
    _, limit, expect = GREEDY[name]
    for view, n, expected in settled(lambda seed: regression_view(seed, targets=3), expect, limit, count=12):
        assert rows_picked(name, view, n) == expected


def test_coreset_without_labels_starts_nearest_the_mean() -> None:
    for view, n, expected in settled(lambda seed: small_view(seed, l=0), GREEDY["coreset"][2]):
        assert rows_picked("coreset", view, n) == expected


def test_gsx_without_labels_starts_nearest_the_mean() -> None:
    def make(seed: int) -> PoolView:
        view = regression_view(seed)
        none = Inference(features=view.labelled_features[:0])
        return dataclasses.replace(view, labelled=view.labelled[:0], labels=view.labels[:0], labelled_inference=none)

    for view, n, expected in settled(make, GREEDY["gsx"][2]):
        assert rows_picked("gsx", view, n) == expected


@pytest.mark.parametrize("targets", [1, 3])
@pytest.mark.parametrize(("name", "members"), [("qbc_variance", "committee"), ("mc_variance", "stochastic")])
def test_variance(name: str, members: str, targets: int) -> None:
    for seed in SEEDS:
        view = regression_view(seed, targets)
        scores, expected = scores_of(name, view), np.array(reference.variance(getattr(view.inference, members), view.labels))
        # Whether K or K − 1 divides, the mean or the sum over the targets, is one factor for all samples.
        np.testing.assert_allclose(scores / scores.max(), expected / expected.max(), rtol=1e-4)


def test_batchbald_beyond_its_table_stays_near_the_greedy_optimum() -> None:
    """243 combinations of labels, of which it may hold 30."""
    for seed in range(3):
        view = small_view(seed, m=10, C=3, K=6)
        best = reference.joint_information(view.stochastic, reference.batchbald(view.stochastic, 5))
        picks = rows_picked("batchbald", view, 5, seed, num_configurations=30)
        assert reference.joint_information(view.stochastic, picks) >= 0.97 * best


@pytest.mark.parametrize("seed", SEEDS)
def test_epig_takes_its_targets_from_the_pool(seed: int) -> None:
    view = small_view(seed, m=6)
    possible = [reference.epig(view.stochastic, [j for j in range(6) if j != left_out]) for left_out in range(6)]
    seen = set()
    for draw in range(60):
        scores = scores_of("epig", view, draw, num_targets=5)
        matches = [k for k, expected in enumerate(possible) if np.allclose(scores, expected, rtol=1e-4, atol=1e-6)]
        assert matches
        seen |= set(matches)
    assert seen == set(range(6))


# BADGE.


def badge_view(seed: int) -> PoolView:
    """Ten samples of three classes, among them ties for ŷ, two equal samples and one without a gradient."""
    view = small_view(seed, m=10, C=3, e=4)
    probabilities, h = view.probabilities.copy(), view.last_inputs.copy()
    probabilities[:2] = [[0.4, 0.4, 0.2], [0.2, 0.4, 0.4]]
    probabilities[2], h[2] = probabilities[3], h[3]
    h[4] = 0
    return changed(view, probabilities=probabilities, last_inputs=h, embeddings=h)


@pytest.mark.parametrize("seed", range(3))
def test_badge_draws_by_squared_distance(seed: int) -> None:
    view = badge_view(seed)
    gradients = reference.badge_gradients(view.probabilities, view.last_inputs)
    picks = [rows_picked("badge", view, 3, draw) for draw in range(DRAWS)]
    first = int(np.argmax((gradients**2).sum(axis=1)))
    assert {rows[0] for rows in picks} == {first}
    assert_drawn([rows[1] for rows in picks], reference.badge_weights(gradients, [first]))
    second = int(np.bincount([rows[1] for rows in picks]).argmax())
    thirds = [rows[2] for rows in picks if rows[1] == second]
    assert_drawn(thirds, reference.badge_weights(gradients, [first, second]))


def test_badge_is_uniform_where_all_distances_are_nought() -> None:
    view = small_view(0, m=6, C=2, e=3)
    same = changed(
        view,
        probabilities=view.probabilities[[0] * 6],
        last_inputs=view.last_inputs[[0] * 6],
        embeddings=view.embeddings[[0] * 6],
    )
    picks = [rows_picked("badge", same, 3, draw) for draw in range(DRAWS)]
    for place in range(3):
        assert_drawn([rows[place] for rows in picks], np.full(6, 1 / 6))


# Power BALD.


@pytest.mark.parametrize("beta", [1.0, 3.0])
def test_power_bald_draws_by_powers_of_the_score(beta: float) -> None:
    view = small_view(1, m=8, C=3, K=4)
    weights = np.array(reference.bald(view.stochastic)) ** beta
    picks = [rows_picked("power_bald", view, 2, draw, beta=beta) for draw in range(DRAWS)]
    assert_drawn([rows[0] for rows in picks], reference.plackett_luce(weights, []))
    first = int(np.bincount([rows[0] for rows in picks]).argmax())
    assert_drawn([rows[1] for rows in picks if rows[0] == first], reference.plackett_luce(weights, [first]))


# Density peaks.


def all_picked(view: PoolView, n: int, draws: int = 300, **parameters: Any) -> np.ndarray:
    """(m,) how often `dpc` picks each sample."""
    picks = [rows_picked("dpc", view, n, draw, **parameters) for draw in range(draws)]
    return np.bincount(np.concatenate(picks), minlength=len(view.unlabelled))


@pytest.mark.parametrize(("percent", "n_clusters"), [(2.0, None), (10.0, None), (10.0, 3), (25.0, 2)])
def test_dpc_draws_among_centres_and_halo(percent: float, n_clusters: int | None) -> None:
    def expect(view: PoolView, n: int) -> set[int]:
        return reference.dpc_candidates(view.embeddings, reference.cutoff_at(view.embeddings, percent), n, n_clusters)

    for view, n, expected in settled(lambda seed: small_view(seed, m=20 + seed % 21, d=2 + seed % 5), expect):
        counts = all_picked(view, n, percent=percent, n_clusters=n_clusters)
        if len(expected) >= n:
            assert set(np.flatnonzero(counts)) == expected
            assert_drawn(np.repeat(np.arange(len(counts)), counts).tolist(), np.isin(np.arange(len(counts)), list(expected)))
        else:
            assert_filled_by_delta(view, n, expected, counts, percent)


def assert_filled_by_delta(view: PoolView, n: int, candidates: set[int], counts: np.ndarray, percent: float) -> None:
    _, delta, _ = reference.density_peaks(view.embeddings, reference.cutoff_at(view.embeddings, percent))
    rest = sorted(set(range(len(delta))) - candidates, key=lambda i: -delta[i])
    assert set(np.flatnonzero(counts)) == candidates | set(rest[: n - len(candidates)])


def test_dpc_chooses_its_cutoff() -> None:
    for seed in SEEDS:
        view = small_view(seed, m=30 + seed, d=3)
        possible = [
            reference.dpc_candidates(view.embeddings, value, 5) for value in reference.automatic_cutoffs(view.embeddings)
        ]
        assert set(np.flatnonzero(all_picked(view, 5, draws=100))) in possible


@pytest.mark.parametrize("share", [0.75, 0.5, 0.0, 1.0])
def test_edpc(share: float) -> None:
    for seed in SEEDS:
        view = small_view(seed, m=40, d=3)
        n = 6 + seed
        possible = reference.edpc(view.probabilities, view.embeddings, n, share=share)
        assert set(rows_picked("edpc", view, n, centre_share=share)) in possible


# Engines on top of a clustering.


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("space", ["embedded", "raw"])
def test_kmeans_takes_the_nearest_to_each_centre(space: str, seed: int) -> None:
    h, own = clear(lambda trial: blobs(np.random.default_rng(trial), [9, 8, 7, 6, 5, 5]), nearest, seed)
    other = np.random.default_rng(seed).normal(size=h.shape)
    view = changed(
        small_view(seed, m=40, l=0),
        embeddings=h if space == "embedded" else other,
        features=other if space == "embedded" else h,
    )
    assert set(rows_picked("kmeans", view, 6, seed, space=space)) == nearest(h, own)


def known_first(h: np.ndarray, own: list[int], labelled: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Rows without and with a label, when the first `labelled` of each blob have one."""
    known = np.concatenate([np.flatnonzero(np.array(own) == blob)[:count] for blob, count in enumerate(labelled)]).astype(int)
    return np.setdiff1d(np.arange(len(own)), known), known


def view_of_blobs(h: np.ndarray, own: list[int], labelled: list[int], **sizes: int) -> tuple[PoolView, list[int], list[int]]:
    """A view with embeddings `h`, and the blobs of both its parts."""
    rest, known = known_first(h, own, labelled)
    view = changed(small_view(0, m=len(rest), l=len(known), **sizes), embeddings=h[rest], labelled_embeddings=h[known])
    return view, np.array(own)[rest].tolist(), np.array(own)[known].tolist()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(
    ("sizes", "labelled", "n"),
    [
        ([30, 9, 7], [0, 0, 0], 3),
        ([12, 9, 8, 7, 6], [1, 1, 0, 0, 0], 3),
        ([6, 14, 9, 8, 7, 3], [2, 1, 0, 0, 0, 0], 3),
        ([5, 12, 9, 7], [1, 0, 0, 0], 3),
        ([12, 9, 7, 6, 2], [1, 1, 1, 0, 0], 2),
    ],
)
def test_typiclust(sizes: list[int], labelled: list[int], n: int, seed: int) -> None:
    def expect(h: np.ndarray, own: list[int]) -> list[int]:
        rest, known = known_first(h, own, labelled)
        return reference.typiclust(h[rest], [own[i] for i in rest], h[known], [own[i] for i in known], n)

    h, own = clear(lambda trial: blobs(np.random.default_rng(trial), sizes), expect, seed)
    assert rows_picked("typiclust", view_of_blobs(h, own, labelled)[0], n, seed) == expect(h, own)


@pytest.mark.parametrize("seed", SEEDS)
def test_typiclust_leaves_small_clusters_for_last(seed: int) -> None:
    rng = np.random.default_rng(seed)
    view, own, _ = view_of_blobs(*blobs(rng, [9, 3]), [0, 0])
    assert [own[i] for i in rows_picked("typiclust", view, 2, seed)] == [0, 0]
    view, own, _ = view_of_blobs(*blobs(rng, [10, 8, 3]), [1, 0, 0])
    assert [own[i] for i in rows_picked("typiclust", view, 2, seed)] == [1, 0]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("sizes", "n"), [([1, 2, 3, 4, 5] * 4, 3), ([2] * 18 + [20, 30], 6), ([4] * 20, 9)])
def test_cluster_margin_goes_round_the_clusters(sizes: list[int], n: int, seed: int) -> None:
    view, own, _ = view_of_blobs(*blobs(np.random.default_rng(seed), sizes), [0] * 19 + [1], C=2)
    picks = rows_picked("cluster_margin", view, n, seed, margin_factor=4)
    assert reference.cluster_margin_follows(view.probabilities, own, picks, 4)
    picks = rows_picked("cluster_margin", view, n, seed)
    assert reference.cluster_margin_follows(view.probabilities, own, picks)


def assert_covers_greedily(view: PoolView, delta: float, picks: list[int]) -> None:
    for place, pick in enumerate(picks):
        degrees = reference.probcover_degrees(view.embeddings, view.labelled_embeddings, delta, picks[:place])
        left = [degree for i, degree in enumerate(degrees) if i not in picks[:place]]
        assert degrees[pick] == max(left)


@pytest.mark.parametrize("delta", [0.1, 0.3, 0.75])
def test_probcover_covers_greedily(delta: float) -> None:
    def expect(view: PoolView, n: int) -> list[int]:
        return reference.probcover_degrees(view.embeddings, view.labelled_embeddings, delta, [])

    for view, n, _ in settled(lambda seed: small_view(seed, d=2 + seed % 3), expect):
        assert_covers_greedily(view, delta, rows_picked("probcover", view, n, delta=delta))


@pytest.mark.parametrize("seed", SEEDS)
def test_probcover_chooses_the_radius_by_purity(seed: int) -> None:
    """Two arcs of the circle, each too long for one ball: k-means finds them, and balls stay pure up to the gap between."""
    rng = np.random.default_rng(seed)
    own = np.arange(40) % 2
    angles = rng.uniform(0, 1.4, size=40) + own * (1.6 + 0.05 * seed)
    h = rng.uniform(0.9, 1.1, size=(40, 1)) * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    view = changed(small_view(seed, m=40, l=0, C=2, d=2), embeddings=h)
    delta = reference.probcover_delta(view.embeddings, own.tolist())
    assert 0.15 < delta < 0.7
    assert_covers_greedily(view, delta, rows_picked("probcover", view, 12, seed))


# DropQuery: logits (0, 3·h₀ − 1), so that ŷ = 1 flips exactly when the first input is dropped, and ŷ = 0 at h₀ = 0 never.

FLIPPING_HEAD = np.array([[0, 3.0], [0, 0], [0, 0], [0, -1.0]])


def flipping_view(others: np.ndarray, flips: np.ndarray) -> PoolView:
    """Samples with (m, 2) `others` as inputs that do not matter, of which `flips` (m,) flip with the first input."""
    h = np.concatenate([flips[:, None].astype(float), others], axis=1)
    p = softmax(h @ FLIPPING_HEAD[:-1] + FLIPPING_HEAD[-1], axis=1)
    view = small_view(0, m=len(h), l=0, C=2)
    return changed(view, probabilities=p, last_inputs=h, embeddings=h, head=FLIPPING_HEAD)


@pytest.mark.parametrize(
    ("passes", "rate", "chance"),
    [(1, 0.75, 0.75), (1, 0.4, 0.4), (2, 0.75, 0.75**2), (3, 0.75, 0.84375), (3, 0.5, 0.5), (4, 0.5, 5 / 16)],
)
def test_dropquery_takes_what_flips_in_more_than_half_of_the_passes(passes: int, rate: float, chance: float) -> None:
    view = flipping_view(np.zeros((5, 2)), np.array([0, 0, 1, 0, 0]))
    flipped = [rows_picked("dropquery", view, 1, draw, passes=passes, rate=rate) == [2] for draw in range(1000)]
    assert binomtest(sum(flipped), 1000, chance).pvalue > 1e-4


@pytest.mark.parametrize("seed", SEEDS)
def test_dropquery_takes_the_nearest_to_the_centres_of_what_flips(seed: int) -> None:
    h, own = clear(lambda trial: blobs(np.random.default_rng(trial), [9, 7, 6, 5], width=2), nearest, seed)
    flips = np.arange(len(own) + 10) < len(own)
    view = flipping_view(np.concatenate([h, np.random.default_rng(seed).normal(size=(10, 2))]), flips)
    assert set(rows_picked("dropquery", view, 4, seed, passes=101)) == nearest(h, own)


@pytest.mark.parametrize("seed", SEEDS)
def test_dropquery_fills_up_by_margin(seed: int) -> None:
    rng = np.random.default_rng(seed)
    view = flipping_view(np.zeros((9, 2)), np.arange(9) < 2)
    probabilities = view.probabilities.copy()
    probabilities[2:, 0] = rng.permutation([0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9])
    probabilities[:, 1] = 1 - probabilities[:, 0]
    picks = rows_picked("dropquery", changed(view, probabilities=probabilities), 4, seed, passes=51)
    surest_first = sorted(range(2, 9), key=lambda i: probabilities[i, 0])
    assert set(picks) == {0, 1, *surest_first[:2]}


# GALAXY and ratio.


def galaxy_arrays(view: PoolView) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return view.probabilities, view.labelled_probabilities, view.labels


@pytest.mark.parametrize("seed", range(20))
def test_galaxy_bisects_the_shortest_run(seed: int) -> None:
    view = small_view(seed, m=20 + seed, l=seed % 10)
    for n in (1, 4, 10):
        picks = rows_picked("galaxy", view, n, seed)
        assert next(reference.galaxy_orders(*galaxy_arrays(view), picks), None) is not None


def test_galaxy_gives_every_class_its_turn() -> None:
    for seed in range(20):
        view = small_view(seed, m=40, l=10, C=4)
        firsts = {rows_picked("galaxy", view, 1, draw)[0] for draw in range(60)}
        for c in range(4):
            assert firsts & reference.galaxy_options(*galaxy_arrays(view), [], c)


def ratio_view(false_positives: int, false_negatives: int) -> PoolView:
    """Twenty unlabelled samples predicted as each class; a validation set with errors as said and 10 right of each class."""
    view = small_view(0, m=40, C=2)
    sure = np.eye(2) * 0.8 + 0.1
    truth = [0] * (false_positives + 10) + [1] * (false_negatives + 10)
    predicted = [1] * false_positives + [0] * 10 + [0] * false_negatives + [1] * 10
    return dataclasses.replace(
        changed(view, probabilities=sure[np.arange(40) % 2]),
        validation_labels=np.array(truth),
        validation_inference=Inference(probabilities=sure[predicted].astype(np.float32)),
    )


@pytest.mark.parametrize(("false_positives", "false_negatives"), [(6, 2), (2, 6), (4, 4), (8, 0), (0, 8)])
def test_ratio_follows_the_errors_on_the_validation_set(false_positives: int, false_negatives: int) -> None:
    view = ratio_view(false_positives, false_negatives)
    assert reference.ratio_counts(view.validation_labels, view.validation_probabilities) == (false_positives, false_negatives)
    picks = [rows_picked("ratio", view, 8, draw) for draw in range(200)]
    positives = math.fsum(sum(i % 2 for i in rows) for rows in picks) / len(picks)
    assert positives == pytest.approx(8 * false_positives / (false_positives + false_negatives), abs=0.5)
    assert {i for rows in picks for i in rows} >= set(range(1 if false_positives else 0, 40, 2))
