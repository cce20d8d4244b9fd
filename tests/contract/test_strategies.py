"""The laws that every selection engine obeys; an engine falls under them as soon as it is registered."""

import dataclasses
import json
import os
import subprocess
import sys
import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from strategies.base import SelectionStrategy, strategies
from utils.errors import DivergenceError
from utils.learning_engine import Inference, Need
from utils.pool_view import PoolView

ROOT = Path(__file__).parents[2]
NAMES = strategies.names()
ASKING = [name for name in NAMES if strategies.get(name).needs]
SCORING = [name for name in NAMES if strategies.get(name).select is SelectionStrategy.select]
every_engine = pytest.mark.parametrize("name", NAMES)


def inference(rng, n, classes=4, size=3):
    probabilities = rng.dirichlet(np.ones(classes), n).astype(np.float32)
    return Inference(probabilities, rng.normal(size=(n, size)).astype(np.float32))


def view_of(unlabelled, labelled, ids=None, labels=None, classes=None):
    """A view of the two inferences; ids of U ascend from 100, those of L from 0."""
    m, count = len(unlabelled.probabilities), len(labelled.probabilities)
    classes = classes or unlabelled.probabilities.shape[1]
    ids = np.arange(100, 100 + m) if ids is None else ids
    labels = np.arange(count) % classes if labels is None else labels
    return PoolView(ids, np.arange(count), labels, classes, 1, unlabelled, labelled)


def any_view(m=40, labelled=8, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    return view_of(inference(rng, m, classes), inference(rng, labelled, classes))


def constant_view(m, classes=4, labelled=4):
    same = [Inference(np.full((n, classes), 1 / classes, np.float32), np.ones((n, 3), np.float32)) for n in (m, labelled)]
    return view_of(*same)


def select(name, view, n, seed=0):
    return strategies.get(name)().select(view, n, np.random.default_rng(seed))


def assert_picks(selection, view, n):
    """min(n, m) distinct unlabelled ids, and a finite score for each."""
    assert len(selection.ids) == len(selection.scores) == min(n, len(view.unlabelled))
    assert len(np.unique(selection.ids)) == len(selection.ids)
    assert np.isin(selection.ids, view.unlabelled).all()
    assert np.isfinite(selection.scores).all()
    assert (selection.ids.dtype, selection.scores.dtype) == (np.int64, np.float32)


DEGENERATE = {
    "one sample": any_view(m=1),
    "two samples": any_view(m=2),
    "nothing labelled": any_view(labelled=0),
    "one class": constant_view(9, classes=1),
    "one labelled class": view_of(*[inference(np.random.default_rng(1), n) for n in (9, 5)], labels=np.zeros(5, np.int64)),
    "identical samples": view_of(*[Inference(*(np.repeat(a[:1], n, 0) for a in dataclasses.astuple(any_view().inference)))
                                   for n in (9, 5)]),
    "constant probabilities": constant_view(9),
    "probabilities 0 and 1": view_of(*[Inference(np.eye(4, dtype=np.float32)[np.arange(n) % 4], np.zeros((n, 3), np.float32))
                                       for n in (9, 5)]),
}  # fmt: skip


@every_engine
@pytest.mark.parametrize("n", [1, 3, 39, 40, 41, 1000])
def test_exactly_as_many_as_asked_for_or_all_that_are_left(name, n):
    view = any_view()
    assert_picks(select(name, view, n), view, n)


@every_engine
@pytest.mark.parametrize("n", [1, 2, 5, 20])
@pytest.mark.parametrize("case", DEGENERATE)
def test_degenerate_pools(name, case, n):
    view = DEGENERATE[case]
    assert_picks(select(name, view, n), view, n)


@every_engine
def test_queried_until_the_pool_is_empty_every_sample_comes_once(name):
    rng, whole = np.random.default_rng(0), any_view(m=23)
    left, seen = np.arange(23), []
    while len(left):
        part = Inference(whole.probabilities[left], whole.embeddings[left])
        selection = select(name, view_of(part, whole.labelled_inference, ids=100 + left), 5, seed=int(rng.integers(99)))
        seen += selection.ids.tolist()
        left = np.setdiff1d(left, selection.ids - 100)
    assert sorted(seen) == list(range(100, 123))


@every_engine
def test_same_seed_same_picks_and_no_state_between_calls(name):
    strategy, view = strategies.get(name)(), any_view()
    first, again = (strategy.select(view, 7, np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first.ids, again.ids)
    np.testing.assert_array_equal(first.scores, again.scores)


@every_engine
def test_no_global_randomness(name):
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    select(name, constant_view(9), 3)
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # noqa: NPY002


def picks_of_all():
    """Name → ids, of a pool with many ties; also run in processes of their own."""
    return {name: select(name, view, 7).ids.tolist() for name in NAMES for view in [constant_view(30)]}


def test_same_picks_in_processes_with_different_hash_seeds():
    code = "import json; from tests.contract.test_strategies import picks_of_all; print(json.dumps(picks_of_all()))"
    command, found = [sys.executable, "-c", code], []
    for hash_seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        output = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True).stdout
        found.append(json.loads(output))
    assert found == [picks_of_all()] * 2


@pytest.mark.parametrize("name", [name for name in NAMES if name != "random"])
def test_shuffling_the_pool_changes_nothing_but_ties(name):
    view, order = any_view(m=60), np.random.default_rng(9).permutation(60)
    part = Inference(view.probabilities[order], view.embeddings[order])
    shuffled = view_of(part, view.labelled_inference, ids=view.unlabelled[order])
    picks, of_shuffled = select(name, view, 11), select(name, shuffled, 11)
    np.testing.assert_array_equal(np.sort(of_shuffled.scores), np.sort(picks.scores))
    if len(np.unique(picks.scores)) == 11:
        assert sorted(of_shuffled.ids) == sorted(picks.ids)


@every_engine
def test_ties_are_broken_at_random_by_the_generator(name):
    view = constant_view(6)
    picked = np.concatenate([select(name, view, 2, seed).ids for seed in range(600)])
    counts = np.bincount(picked - 100, minlength=6)
    assert abs(counts - 200).max() < 60  # five standard deviations of a binomial of 600 draws at 1/3


@every_engine
def test_reads_only_what_it_needs_and_changes_nothing(name):
    whole, engine = any_view(), strategies.get(name)
    wanted = {field.name: field.name in {need.value for need in engine.needs} for field in dataclasses.fields(Inference)}

    def only(inference, keep):
        return Inference(**{key: getattr(inference, key).copy() if keep and wanted[key] else None for key in wanted})

    view = dataclasses.replace(
        whole, inference=only(whole.inference, True), labelled_inference=only(whole.labelled_inference, engine.needs_labelled)
    )
    np.testing.assert_array_equal(select(name, view, 7).ids, select(name, whole, 7).ids)
    for key in wanted:
        if getattr(view.inference, key) is not None:
            np.testing.assert_array_equal(getattr(view.inference, key), getattr(any_view().inference, key))


@every_engine
def test_float32_in_and_no_float64_copy_of_the_pool(name):
    view, small, engine = any_view(m=8000, classes=500, labelled=50), any_view(), strategies.get(name)
    assert view.probabilities.dtype == view.embeddings.dtype == np.float32
    select(name, small, 3)
    needed = sum(getattr(view.inference, need.value).nbytes for need in engine.needs)
    tracemalloc.start()
    try:
        select(name, view, 20)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1.5 * needed + 4e6


@every_engine
def test_no_label_of_an_unlabelled_sample_is_in_reach(name):
    read = []

    class Watched(PoolView):
        def __getattribute__(self, attribute):
            read.append(attribute)
            return super().__getattribute__(attribute)

    view = any_view()
    select(name, Watched(*(getattr(view, field.name) for field in dataclasses.fields(view))), 7)
    allowed = {field.name for field in dataclasses.fields(PoolView)} | {
        "probabilities", "embeddings", "labelled_probabilities", "labelled_embeddings",
    }  # fmt: skip
    assert {attribute for attribute in read if not attribute.startswith("__")} <= allowed
    assert len(view.labels) == len(view.labelled)


@pytest.mark.parametrize("name", SCORING)
def test_scores_belong_to_the_picks_and_fall(name):
    view, engine = any_view(), strategies.get(name)()
    scores = dict(zip(view.unlabelled.tolist(), engine.score(view, np.random.default_rng(3)), strict=True))
    selection = engine.select(view, 9, np.random.default_rng(3))
    assert (np.diff(selection.scores) <= 0).all()
    assert [scores[sample] for sample in selection.ids.tolist()] == selection.scores.tolist()
    assert min(selection.scores) >= max(score for sample, score in scores.items() if sample not in selection.ids)


@pytest.mark.parametrize("name", ASKING)
@pytest.mark.parametrize("value", [np.nan])
def test_a_nan_is_refused_and_its_sample_named(name, value):
    whole = any_view()
    arrays = [whole.probabilities.copy(), whole.embeddings.copy()]
    for array in arrays:
        array[17] = value
    with pytest.raises(DivergenceError, match=r"sample 117 .*NaN or infinite"):
        select(name, view_of(Inference(*arrays), whole.labelled_inference), 5)


@every_engine
def test_the_name_runs_the_engine_of_that_file_and_it_is_documented(name):
    engine = strategies.get(name)
    assert engine.__module__ == f"strategies.{name}"
    assert issubclass(engine, SelectionStrategy)
    assert engine.__doc__
    assert engine.reference
    assert engine.needs <= set(Need)
