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
from utils.inference import Inference
from utils.learning_engine import Need
from utils.pool_view import PoolView

ROOT = Path(__file__).parents[2]
NAMES = strategies.names()
ASKING = [name for name in NAMES if strategies.get(name).needs]
SCORING = [name for name in NAMES if strategies.get(name).pick is SelectionStrategy.pick]
ROWWISE = [name for name in NAMES if strategies.get(name).rowwise]
every_engine = pytest.mark.parametrize("name", NAMES)


PER_SAMPLE = [field.name for field in dataclasses.fields(Inference) if field.name != "head"]


def inference(rng, n, classes=4, size=3, only=None):
    """Everything that can be inferred of n samples, or `only` the arrays of these names."""
    shapes = {"embeddings": size, "last_inputs": size + 1, "features": size + 2, "predictions": 1}
    passes = {"stochastic": 5, "augmented": 6, "committee": 3}
    arrays = {}
    for name in (field.name for field in dataclasses.fields(Inference)):
        if only is not None and name not in only:
            continue
        if name == "head":
            arrays[name] = np.random.default_rng(7).normal(size=(size + 2, classes))
        elif name in shapes:
            arrays[name] = rng.normal(size=(n, shapes[name]))
        else:
            arrays[name] = rng.dirichlet(np.ones(classes), (passes[name], n) if name in passes else n)
    return Inference(**{name: values.astype(np.float32) for name, values in arrays.items()})


def view_of(unlabelled, labelled, ids=None, labels=None, classes=4):
    """A view of the two inferences; ids of U ascend from 100, those of L from 0."""
    m, count = (next(iter(part.of_samples().values())).shape[0] for part in (unlabelled, labelled))
    ids = np.arange(100, 100 + m) if ids is None else ids
    labels = np.arange(count) % classes if labels is None else labels
    checked = inference(np.random.default_rng(3), 12, classes)
    return PoolView(ids, np.arange(count), labels, classes, 1, unlabelled, labelled, np.arange(12) % classes, checked)


def any_view(m=40, labelled=8, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    return view_of(inference(rng, m, classes), inference(rng, labelled, classes), classes=classes)


def filled(n, probabilities, value, classes=4):
    """n samples with the given (n, C) probabilities, in every pass, and `value` everywhere else."""
    some = inference(np.random.default_rng(0), n, classes)
    arrays = {name: np.full_like(getattr(some, name), value) for name in (*PER_SAMPLE, "head")}
    for name in ("probabilities", "stochastic", "augmented", "committee"):
        arrays[name][...] = probabilities
    return Inference(**arrays)


def constant_view(m, classes=4, labelled=4):
    return view_of(*[filled(n, 1 / classes, 1, classes) for n in (m, labelled)], classes=classes)


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
    "identical samples": view_of(*[any_view().inference.take(np.zeros(n, np.intp)) for n in (9, 5)]),
    "two places": view_of(*[any_view().inference.take(np.arange(n) % 2) for n in (9, 5)]),
    "constant probabilities": constant_view(9),
    "probabilities 0 and 1": view_of(*[filled(n, np.eye(4, dtype=np.float32)[np.arange(n) % 4], 0) for n in (9, 5)]),
}


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
        view = view_of(whole.inference.take(left), whole.labelled_inference, ids=100 + left)
        selection = select(name, view, 5, seed=int(rng.integers(99)))
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


@every_engine
def test_shuffling_the_pool_changes_nothing(name):
    view, order = any_view(m=60), np.random.default_rng(9).permutation(60)
    shuffled = view_of(view.inference.take(order), view.labelled_inference, ids=view.unlabelled[order])
    picks, of_shuffled = select(name, view, 11), select(name, shuffled, 11)
    np.testing.assert_array_equal(of_shuffled.ids, picks.ids)
    np.testing.assert_array_equal(of_shuffled.scores, picks.scores)


@every_engine
def test_ties_are_broken_at_random_by_the_generator(name):
    view = constant_view(6)
    picked = np.concatenate([select(name, view, 2, seed).ids for seed in range(600)])
    counts = np.bincount(picked - 100, minlength=6)
    assert abs(counts - 200).max() < 60  # five standard deviations of a binomial of 600 draws at 1/3


@every_engine
def test_reads_only_what_it_needs_and_changes_nothing(name):
    whole, engine = any_view(), strategies.get(name)()
    wanted = {need.value for need in engine.needs}

    def only(inference, keep):
        return Inference(**{key: values.copy() for key, values in vars(inference).items() if keep and key in wanted})

    view = dataclasses.replace(
        whole,
        inference=only(whole.inference, True),
        labelled_inference=only(whole.labelled_inference, engine.needs_labelled),
        validation_labels=whole.validation_labels if engine.needs_validation else None,
        validation_inference=only(whole.validation_inference, engine.needs_validation),
    )
    np.testing.assert_array_equal(select(name, view, 7).ids, select(name, whole, 7).ids)
    for key in wanted:
        np.testing.assert_array_equal(getattr(view.inference, key), getattr(any_view().inference, key))


def memory_of(name, m, n, classes, size):
    """Bytes of what the engine needs on the pool, and the most it allocated while it selected."""
    engine, rng = strategies.get(name)(), np.random.default_rng(0)
    wanted = {need.value for need in engine.needs} | {"probabilities"}
    parts = [inference(rng, count, classes, size, only=wanted) for count in (m, 50)]
    view = view_of(*parts, classes=classes)
    select(name, any_view(), 3)
    needed = sum(getattr(view.inference, need.value).nbytes for need in engine.needs)
    tracemalloc.start()
    try:
        select(name, view, n)
        return needed, tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", sorted({*ROWWISE, "badge", "coreset"} & set(NAMES)))
def test_float32_in_and_no_float64_copy_of_the_pool(name):
    needed, peak = memory_of(name, m=8000, n=20, classes=500, size=500)
    assert peak < 1.5 * needed + 4e6


@every_engine
def test_nothing_is_n_by_n_nor_n_by_classes_by_embedding(name):
    """20,000 × 20,000 would be 400 MB in single bytes; 20,000 × 30 × 40 in single precision 96 MB."""
    needed, peak = memory_of(name, m=20_000, n=20, classes=30, size=40)
    assert peak < 3 * needed + 80e6


@pytest.mark.parametrize("name", ROWWISE)
def test_scored_part_by_part_nothing_changes(name):
    view, engine, rng = any_view(), strategies.get(name)(), np.random.default_rng(4)
    parts = [np.arange(0, 17), np.arange(17, 40)]
    views = [view_of(view.inference.take(part), view.labelled_inference, ids=view.unlabelled[part]) for part in parts]
    scores = np.concatenate([engine.score(part, rng) for part in views])
    np.testing.assert_array_equal(scores, engine.score(view, np.random.default_rng(4)))


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
        *(field.name for field in dataclasses.fields(Inference)), "labelled_probabilities", "labelled_embeddings",
        "labelled_features", "validation_probabilities",
    }  # fmt: skip
    assert {attribute for attribute in read if not attribute.startswith("_")} <= allowed
    assert len(view.labels) == len(view.labelled)


@pytest.mark.parametrize("name", SCORING)
def test_scores_belong_to_the_picks_and_fall(name):
    view, engine = any_view(), strategies.get(name)()
    scored = engine.score(view, np.random.default_rng(3)).astype(np.float32)
    scores = dict(zip(view.unlabelled.tolist(), scored, strict=True))
    selection = engine.select(view, 9, np.random.default_rng(3))
    assert (np.diff(selection.scores) <= 0).all()
    assert [scores[sample] for sample in selection.ids.tolist()] == selection.scores.tolist()
    assert min(selection.scores) >= max(score for sample, score in scores.items() if sample not in selection.ids)


@pytest.mark.parametrize("name", ASKING)
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_refused_and_its_sample_named(name, value):
    whole = any_view()
    arrays = {key: values.copy() for key, values in vars(whole.inference).items()}
    for key in PER_SAMPLE:
        rows = arrays[key][:, 17] if arrays[key].ndim == 3 else arrays[key][17]
        rows[...] = value
    with pytest.raises(DivergenceError, match=r"sample 117 .*NaN or infinite"):
        select(name, view_of(Inference(**arrays), whole.labelled_inference), 5)


@pytest.mark.parametrize("name", [name for name in ASKING if name not in ROWWISE])
def test_what_is_too_large_to_square_is_refused_or_survived(name):
    whole = any_view()
    huge = {key: values.copy() for key, values in vars(whole.inference).items()}
    for key in ("embeddings", "last_inputs", "features", "predictions"):
        huge[key][17:] = 1e20 * np.sign(huge[key][17:])
    view = view_of(Inference(**huge), whole.labelled_inference)
    try:
        assert_picks(select(name, view, 5), view, 5)
    except DivergenceError as error:
        assert "sample 1" in str(error)


@every_engine
def test_the_name_runs_the_engine_of_that_file_and_it_is_documented(name):
    engine = strategies.get(name)
    assert engine.__module__ == f"strategies.{name}"
    assert issubclass(engine, SelectionStrategy)
    assert engine.__doc__
    assert engine.reference
    assert engine().needs <= set(Need)
    assert engine.tasks <= {"multiclass", "binary", "regression"}
