"""Without a test part each labelled sample is judged by a model that never saw it, and the engine is left as it was."""

import numpy as np
import pytest

from tests.fakes import FakeEngine, blobs, small_params
from utils.cross_evaluation import CrossEvaluation
from utils.data.splits import Parts
from utils.labelling import Labelling
from utils.metrics import classification_metrics
from utils.oracles.base import Asked
from utils.oracles.simulated import SimulatedOracle
from utils.trainer import Trainer

DATA = blobs()


class Watches(FakeEngine):
    """Notes what it was trained on since the last reset, and what it was then asked about."""

    def __init__(self):
        super().__init__()
        self.seen, self.judged = [], []

    def fit(self, x, y, **others):
        self.seen = x.ids.tolist()
        return super().fit(x, y, **others)

    def infer(self, x, needs, seed=0):
        self.judged.append((self.seen, x.ids.tolist()))
        return super().infer(x, needs, seed)


def made(bought, *, groups=None, folds=3, holds_out=False, labels=None, engine=None):
    data = DATA
    truth = DATA.table.labels if labels is None else labels
    parts = Parts(np.arange(len(truth)), np.empty(0, np.int64), np.empty(0, np.int64))
    oracle = SimulatedOracle(truth, data.table.class_names, None, 0.0, 1, None, 1)
    labelling = Labelling(parts, oracle, data.table, holds_out=holds_out, seed=1)
    labelling.take_in(0, labelling.ask(Asked(0, np.array(bought)), np.full(len(bought), np.nan, np.float32)))
    engine = engine or Watches()
    engine.reset(7)
    trainer = Trainer(engine, data.features, small_params(checkpoint="best").training_policy(3), 1)
    return CrossEvaluation(engine, data, None, labelling, trainer, groups, folds, 1), labelling, engine


def test_no_model_judges_what_it_was_trained_on():
    evaluation, _, engine = made(range(30))
    before = engine.get_weights()[0]
    answers = evaluation.answers()
    assert answers.shape == (30, 3)
    np.testing.assert_allclose(answers.sum(axis=1), 1, rtol=1e-6)
    judged = [ids for _, ids in engine.judged]
    assert sorted(sample for ids in judged for sample in ids) == list(range(30))
    assert len(judged) == 3
    for seen, ids in engine.judged:
        assert not set(seen) & set(ids)
        assert sorted([*seen, *ids]) == list(range(30))
    np.testing.assert_array_equal(engine.get_weights()[0], before)


def test_the_figures_are_those_of_the_answers():
    evaluation, _, _ = made(range(30))
    metrics, classes = evaluation.metrics(None)
    expected = classification_metrics(DATA.table.labels[:30], evaluation.answers(), positive_class=False)
    assert {name: metrics[name] for name in expected} == expected
    assert [row[3] for row in classes] == [10, 10, 10]


def test_groups_are_not_cut():
    groups = np.array([f"clip {number // 5}" for number in range(60)])
    evaluation, _, engine = made(range(30), groups=groups)
    evaluation.answers()
    for seen, ids in engine.judged:
        assert not set(groups[seen]) & set(groups[ids])


def test_samples_held_out_choose_epochs_and_are_judged_but_not_trained_on():
    evaluation, labelling, engine = made(range(40), holds_out=True)
    evaluation.answers()
    held = set(labelling.held_out.tolist())
    assert len(held) == 4
    judged = [ids for _, ids in engine.judged if len(ids) > 4]
    assert sorted(sample for ids in judged for sample in ids) == list(range(40))
    assert all(not set(seen) & held for seen, _ in engine.judged)


@pytest.mark.parametrize("bought", [[], [4]])
def test_too_few_samples_give_no_figures(bought):
    evaluation, _, _ = made(bought)
    metrics, classes = evaluation.metrics(None)
    assert not evaluation.measurable
    assert set(metrics.values()) == {None}
    assert classes == []
    assert {"eval_acc", "eval_balanced_acc"} <= metrics.keys()


def test_one_group_gives_no_figures():
    evaluation, _, _ = made(range(10), groups=np.array(["all"] * 60))
    assert not evaluation.measurable


def test_labels_that_mean_nothing_are_not_guessed_better_than_by_chance():
    rng = np.random.default_rng(3)
    rights = []
    for _ in range(20):
        labels = rng.permutation(DATA.table.labels)
        evaluation, _, _ = made(range(60), labels=labels)
        rights.append(evaluation.metrics(None)[0]["eval_acc"])
    assert np.mean(rights) == pytest.approx(1 / 3, abs=0.06)


def test_it_is_measured_once_for_the_same_labels():
    evaluation, _, engine = made(range(30))
    first = evaluation.answers()
    count = len(engine.judged)
    assert evaluation.answers() is first
    assert len(engine.judged) == count
    assert evaluation.samples[0].tolist() == list(range(30))
