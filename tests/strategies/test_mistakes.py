"""Mistakes that stand in the code of peers; each test here fails on an engine that makes one of them."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest

from strategies.base import SelectionStrategy, strategies
from tests.strategies import reference
from utils.inference import Inference
from utils.learning_engine import Need
from utils.pool_view import PoolView

FOR_REGRESSION = {"gsx", "gsy", "igs", "qbc_variance", "mc_variance"}
IN_EMBEDDED_SPACE = [
    "cluster_margin",
    "coreset",
    "dpc",
    "edpc",
    "information_density",
    "kmeans",
    "probcover",
    "typiclust",
]


def view_for(name: str, m: int = 30, l: int = 6, seed: int = 0) -> PoolView:  # noqa: E741
    """A view with everything that any engine may ask for, of the engine's own task."""
    rng = np.random.default_rng(seed)
    num_classes = 2 if name == "ratio" else 3
    regression = name in FOR_REGRESSION
    columns = 1 if regression else num_classes
    head = rng.normal(size=(5, columns)).astype(np.float32)

    def outputs(*shape: int) -> np.ndarray:
        drawn = rng.normal(size=(*shape, 1)) if regression else rng.dirichlet(np.ones(num_classes), size=shape)
        return drawn.astype(np.float32)

    def infer(n: int) -> Inference:
        rows = {key: rng.normal(size=(n, 4)).astype(np.float32) for key in ("embeddings", "last_inputs", "features")}
        passes = {key: outputs(5, n) for key in ("stochastic", "augmented", "committee")}
        return Inference(**rows, **passes, head=head, **{"predictions" if regression else "probabilities": outputs(n)})

    labels = outputs(l) if regression else np.arange(l) % num_classes
    ids = rng.permutation(m + l)
    validation_labels = None if regression else np.arange(12) % num_classes
    return PoolView(np.sort(ids[:m]), np.sort(ids[m:]), labels, columns, 1, infer(m), infer(l), validation_labels, infer(12))


def with_arrays(view: PoolView, **arrays: Any) -> PoolView:
    arrays = {name: np.asarray(values, dtype=np.float32) for name, values in arrays.items()}
    return dataclasses.replace(view, inference=dataclasses.replace(view.inference, **arrays))


def rows_picked(engine: SelectionStrategy, view: PoolView, n: int, seed: int = 0) -> list[int]:
    return np.searchsorted(view.unlabelled, engine.select(view, n, np.random.default_rng(seed)).ids).tolist()


def engine(name: str, **parameters: Any) -> SelectionStrategy:
    return strategies.get(name)(**parameters)


# Duplicates in one BADGE batch.


@pytest.mark.parametrize("seed", range(20))
def test_no_sample_twice_in_a_badge_batch(seed: int) -> None:
    """All but three samples have the same gradient, or none: a draw that forgets what it drew would soon repeat itself."""
    view = view_for("badge", m=40)
    h, p = view.last_inputs.copy(), view.probabilities.copy()
    h[3:20], p[3:20], h[20:] = h[3], p[3], 0
    picks = rows_picked(engine("badge"), with_arrays(view, last_inputs=h, embeddings=h, probabilities=p), 39, seed)
    assert len(set(picks)) == 39


# The first centre kept as a ghost.


def test_the_first_centre_of_badge_is_a_pick_and_the_only_one() -> None:
    """Three gradients, each many times: three picks take one of each, which a centre beside the picks would prevent."""
    view = view_for("badge", m=30)
    h, p = view.last_inputs[np.arange(30) % 3], view.probabilities[np.arange(30) % 3]
    longest = int(np.argmax((reference.badge_gradients(p[:3], h[:3]) ** 2).sum(axis=1)))
    for seed in range(50):
        picks = rows_picked(engine("badge"), with_arrays(view, last_inputs=h, embeddings=h, probabilities=p), 3, seed)
        assert picks[0] % 3 == longest
        assert {i % 3 for i in picks} == {0, 1, 2}


def test_the_first_centre_of_coreset_is_a_pick_and_the_only_one() -> None:
    """On a line about 0: first the sample at the mean, then the ends; the mean itself must not stay as a centre."""
    line = np.array([-9, -5, 1, 4, 9.5])
    view = with_arrays(view_for("coreset", m=5, l=0), embeddings=(line - line.mean())[:, None])
    assert rows_picked(engine("coreset"), view, 4) == [2, 0, 4, 1]


# A cover graph that drops the last partial block.


@pytest.mark.parametrize("m", [1, 7, 255, 256, 257, 1000, 1025, 2049, 4099, 5003])
def test_the_cover_graph_holds_the_last_samples(m: int) -> None:
    """The only samples near one another are the last ones by id: the first pick must be one of them, and cover them all."""
    width = 64
    rng = np.random.default_rng(m)
    h = rng.normal(size=(m, width))
    last = max(1, min(m // 3, 100))
    h[-last:] = 1
    view = with_arrays(view_for("probcover", m=m, l=0), embeddings=h)
    picks = rows_picked(engine("probcover", delta=0.1), view, min(m, 3))
    assert picks[0] >= m - last
    assert [i >= m - last for i in picks[1:]] == [m - last < place + 1 for place in range(len(picks) - 1)]


# NaN entropy at p = 0 that hides the most confident samples.


@pytest.mark.parametrize("name", ["entropy", "entropy_pl", "information_density"])
def test_a_probability_of_nought_is_no_nan(name: str) -> None:
    view = view_for(name, m=4)
    p = np.array([[1, 0, 0], [0.9, 0.1, 0], [0.5, 0.5, 0], [0, 0.2, 0.8]])
    selection = engine(name).select(with_arrays(view, probabilities=p, embeddings=np.ones((4, 4))), 4, np.random.default_rng(0))
    assert np.searchsorted(view.unlabelled, selection.ids).tolist() == [2, 3, 1, 0]
    np.testing.assert_allclose(selection.scores, sorted(reference.entropy(p), reverse=True), rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("name", sorted(set(strategies.names()) - FOR_REGRESSION))
def test_certain_samples_are_not_hidden(name: str) -> None:
    """Every sample can be asked for, and has a score that is a number, where all probabilities are 0 or 1."""
    view = view_for(name, m=12)
    sure = np.eye(view.num_classes)[np.arange(12) % view.num_classes]
    passes = np.stack([np.roll(sure, k // 2, axis=1) for k in range(5)])
    view = with_arrays(view, probabilities=sure, stochastic=passes, augmented=passes, committee=passes)
    selection = engine(name).select(view, 12, np.random.default_rng(0))
    assert sorted(selection.ids) == view.unlabelled.tolist()
    assert np.isfinite(selection.scores).all()


# An L1 norm called gradient length.


@pytest.mark.parametrize("name", ["egl", "ecg"])
def test_a_gradient_length_is_euclidean(name: str) -> None:
    """The first input is longer by the sum of its parts, the second as the crow flies."""
    view = view_for(name, m=2)
    h = np.array([[2, 2, 2, 2], [5, 0, 0, 0]])
    view = with_arrays(view, last_inputs=h, embeddings=h, probabilities=[[0.5, 0.3, 0.2]] * 2)
    assert rows_picked(engine(name), view, 2) == [1, 0]


# A name table that runs the wrong engine.


def test_a_name_runs_the_engine_of_that_file() -> None:
    found = {name: strategies.get(name) for name in strategies.names()}
    assert {name: cls.__module__ for name, cls in found.items()} == {name: f"strategies.{name}" for name in found}
    assert len(set(found.values())) == len(found)


def test_the_founding_three_disagree() -> None:
    """One sample is the favourite of each, so that none can stand in for another."""
    p = [[0.4, 0.3, 0.1, 0.1, 0.1], [0.38, 0.38, 0.24, 0, 0], [0.44, 0.14, 0.14, 0.14, 0.14], [0.36, 0.32, 0.32, 0, 0]]
    view = dataclasses.replace(with_arrays(view_for("entropy", m=4), probabilities=p), num_classes=5)
    favourites = {name: rows_picked(engine(name), view, 1)[0] for name in ("entropy", "margin", "least_confidence")}
    assert favourites == {"entropy": 2, "margin": 1, "least_confidence": 3}


@pytest.mark.parametrize("name", sorted({*strategies.names(), *FOR_REGRESSION}))
def test_an_engine_is_for_its_own_task(name: str) -> None:
    tasks = strategies.get(name).tasks
    if name in FOR_REGRESSION:
        assert tasks == {"regression"}
    elif name == "ratio":
        assert tasks == {"binary"}
    elif name == "random":
        assert tasks == {"multiclass", "binary", "regression"}
    else:
        assert tasks == {"multiclass", "binary"}


# A target set for EPIG taken from L.


def test_epig_knows_nothing_of_the_labelled_samples() -> None:
    assert not strategies.get("epig").needs_labelled
    view, other = view_for("epig"), view_for("epig", seed=1)
    elsewhere = dataclasses.replace(view, labels=other.labels[::-1], labelled_inference=other.labelled_inference)
    blind = dataclasses.replace(view, labelled_inference=Inference())
    for seed in range(5):
        picks = rows_picked(engine("epig", num_targets=10), view, 10, seed)
        assert rows_picked(engine("epig", num_targets=10), elsewhere, 10, seed) == picks
        assert rows_picked(engine("epig", num_targets=10), blind, 10, seed) == picks


# A density in raw instead of embedded space.


@pytest.mark.parametrize("name", IN_EMBEDDED_SPACE)
def test_densities_are_of_embeddings(name: str) -> None:
    """Other features change nothing, other embeddings do."""
    needs = engine(name).needs
    assert Need.EMBEDDINGS in needs
    assert Need.FEATURES not in needs
    view, other = view_for(name, m=60), view_for(name, m=60, seed=1)
    raw = with_arrays(view, features=other.features)
    embedded = with_arrays(view, embeddings=other.embeddings)
    same = [rows_picked(engine(name), view, 8, seed) for seed in range(5)]
    assert [rows_picked(engine(name), raw, 8, seed) for seed in range(5)] == same
    assert [rows_picked(engine(name), embedded, 8, seed) for seed in range(5)] != same


# A batch_size that is ignored.


@pytest.mark.parametrize("name", sorted({*strategies.names(), *FOR_REGRESSION}))
def test_the_budget_is_kept_to(name: str) -> None:
    view = view_for(name)
    for n in (1, 2, 5, 13, 30, 31):
        picks = rows_picked(engine(name), view, n)
        assert len(picks) == len(set(picks)) == min(n, 30)


def test_clusterings_follow_the_budget() -> None:
    """Of eight blobs as many are asked for as the budget says, each once."""
    rng = np.random.default_rng(0)
    own = np.arange(80) % 8
    corners = np.array(np.meshgrid(*[[0, 20]] * 4)).reshape(4, -1).T[:8]
    view = with_arrays(view_for("kmeans", m=80, l=0), embeddings=corners[own] + 5 + rng.uniform(size=(80, 4)))
    for name in ("kmeans", "typiclust"):
        picks = rows_picked(engine(name), view, 8)
        assert sorted(own[picks]) == list(range(8))


@pytest.mark.parametrize("n", [2, 5, 9])
def test_edpc_chooses_among_three_times_the_budget(n: int) -> None:
    view = view_for("edpc")
    scores = reference.entropy(view.probabilities)
    most_uncertain = sorted(range(30), key=lambda i: -scores[i])[: 3 * n]
    assert set(rows_picked(engine("edpc"), view, n)) <= set(most_uncertain)
