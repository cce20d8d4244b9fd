"""Where a round of training starts, what it is judged on and which weights it ends with, with a small engine in NumPy."""

import numpy as np
import pytest

from utils import files
from utils.inference import Inference
from utils.initial_model import InitialModel
from utils.learning_engine import Epoch, FitReport, LearningEngine, Need
from utils.outcome import Outcome
from utils.seeds import seed_for
from utils.trainer import Trainer, TrainingPolicy

FEATURES = np.arange(20, dtype=np.float32).reshape(20, 1)
LABELS = np.arange(20) % 2
TRAIN = (np.arange(10), LABELS[:10])
CURVE = (Epoch(0.5), Epoch(0.4))
VALID = (np.arange(10, 20), LABELS[10:])


class NumpyEngine(LearningEngine):
    """Its one weight is the share of samples that it gets right; `plan` says what each training makes of it."""

    provides = frozenset({Need.PROBABILITIES})

    def __init__(self, plan=()):
        self.weight, self.plan, self.calls = np.float32(0), list(plan), []

    def reset(self, seed):
        self.calls.append(("reset", seed))
        self.weight = np.float32(0)

    def fit(self, x, y, *, sample_weight, validation, seed):
        self.calls.append(("fit", x.ids.tolist(), y.tolist(), sample_weight.tolist(), validation, seed, float(self.weight)))
        self.weight = np.float32(self.plan.pop(0))
        return FitReport((Epoch(0.5), Epoch(0.4)), 1)

    def infer(self, x, needs, seed=0):
        labels = x.ids % 2
        right = np.arange(len(x)) < round(float(self.weight) * len(x))
        predicted = np.where(right, labels, 1 - labels)
        return Inference(np.where(np.arange(2) == predicted[:, None], 0.8, 0.2).astype(np.float32))

    def get_weights(self):
        return [np.array(self.weight)]

    def set_weights(self, weights):
        self.calls.append(("set", float(weights[0])))
        self.weight = np.float32(weights[0])

    def save_weights(self, path):
        files.write_bytes(path, self.weight.tobytes())

    def load_weights(self, path):
        self.weight = np.frombuffer(path.read_bytes(), np.float32)[0]

    def export(self, path):
        raise NotImplementedError


def trainer_of(plan, checkpoint="best", *, warm_start=True, baseline=0.0, class_weight="none", classes=2, seed=7):
    engine = NumpyEngine(plan)
    policy = TrainingPolicy(warm_start, checkpoint, baseline, class_weight, classes)
    return engine, Trainer(engine, FEATURES, policy, seed)


def outcome_of(epochs, right, *rest, **named):
    """Of an engine that gives the right class of this share of samples a probability of 0.8, and of the others 0.2."""
    loss = -(right * np.log(0.8) + (1 - right) * np.log(0.2))
    return Outcome(epochs, right, pytest.approx(loss, abs=1e-6), *rest, **named)


def fits(engine):
    return [call for call in engine.calls if call[0] == "fit"]


def test_round_0_without_training_only_judges_the_untrained_weights():
    engine, trainer = trainer_of([])
    assert trainer.start(TRAIN, VALID, train=False, store=None) == outcome_of(0, 0.0, has_best=False)
    assert engine.calls == [("reset", seed_for(7, "weights"))]


def test_round_0_without_validation_has_no_accuracy():
    _, trainer = trainer_of([0.5])
    assert trainer.start(TRAIN, None, train=False, store=None) == Outcome(0, None, None, has_best=False)
    assert trainer.start(TRAIN, None, train=True, store=None) == Outcome(2, None, None, False, CURVE, 1)


def test_round_0_trains_from_untrained_weights():
    engine, trainer = trainer_of([0.7])
    assert trainer.start(TRAIN, VALID, train=True, store=None) == outcome_of(2, 0.7, True, CURVE, 1)
    assert [call[0] for call in engine.calls] == ["reset", "fit"]


@pytest.mark.parametrize("train", [False, True])
def test_a_stored_initial_model_is_the_same_as_one_made_anew(tmp_path, train):
    def start():
        engine, trainer = trainer_of([0.7])
        return engine, trainer.start(TRAIN, VALID, train=train, store=InitialModel(tmp_path, {"seed": 7}))

    (first, made), (second, taken) = start(), start()
    assert made == taken
    assert first.weight == second.weight
    assert second.calls == []


@pytest.mark.parametrize(
    ("checkpoint", "plan", "kept"),
    [
        ("best", [0.5, 0.7, 0.6, 0.8], [0.5, 0.7, 0.7, 0.8]),
        ("best", [0.5, 0.5, 0.2, 0.2], [0.5, 0.5, 0.5, 0.5]),
        ("best", [0.5, 0.52], [0.5, 0.5]),  # as good, so the earlier weights stay
        ("best_of_round", [0.5, 0.7, 0.6, 0.8], [0.5, 0.7, 0.6, 0.8]),
        ("last", [0.5, 0.7, 0.6, 0.8], [0.5, 0.7, 0.6, 0.8]),
    ],
)
def test_which_weights_a_round_ends_with(checkpoint, plan, kept):
    engine, trainer = trainer_of(plan, checkpoint)
    has_best, found = False, []
    for number in range(len(plan)):
        outcome = trainer.train(number, TRAIN, VALID, has_best)
        has_best = outcome.has_best
        found.append(outcome.valid_metric)
        assert float(engine.weight) == pytest.approx(kept[number])
        assert has_best is (checkpoint == "best")
    assert found == pytest.approx(kept)


def test_the_best_so_far_counts_only_above_the_baseline():
    engine, trainer = trainer_of([0.6, 0.5, 0.7, 0.6], baseline=0.6)
    has_best, kept = False, []
    for number in range(4):
        has_best = trainer.train(number, TRAIN, VALID, has_best).has_best
        kept.append((round(float(engine.weight), 1), has_best))
    assert kept == [(0.6, False), (0.5, False), (0.7, True), (0.7, True)]


def test_the_best_so_far_are_measured_again_on_todays_validation_part():
    _, trainer = trainer_of([0.8, 0.7])
    trainer.train(0, TRAIN, VALID, has_best=False)
    smaller = (VALID[0][:5], VALID[1][:5])
    assert trainer.train(1, TRAIN, smaller, has_best=True) == outcome_of(2, 0.8, True, CURVE)


@pytest.mark.parametrize(("warm_start", "starts"), [(True, [0.0, 0.5, 0.7]), (False, [0.0, 0.0, 0.0])])
def test_where_each_round_starts(warm_start, starts):
    engine, trainer = trainer_of([0.5, 0.7, 0.6], "best_of_round", warm_start=warm_start)
    for number in range(3):
        trainer.train(number, TRAIN, VALID, has_best=False)
    assert [call[-1] for call in fits(engine)] == pytest.approx(starts)
    assert [call[1] for call in engine.calls if call[0] == "reset"] == [seed_for(7, "weights")] * (0 if warm_start else 3)


def test_a_round_gets_its_own_random_stream():
    engine, trainer = trainer_of([0.5] * 3, "last")
    for number in range(3):
        trainer.train(number, TRAIN, VALID, has_best=False)
    assert [call[5] for call in fits(engine)] == [seed_for(7, "training", number) for number in range(3)]


@pytest.mark.parametrize(("checkpoint", "looked_at"), [("best", True), ("best_of_round", True), ("last", False)])
def test_epochs_are_chosen_on_validation_unless_the_last_is_kept(checkpoint, looked_at):
    engine, trainer = trainer_of([0.5], checkpoint)
    trainer.train(0, TRAIN, VALID, has_best=False)
    rows_and_labels = fits(engine)[0][4]
    assert (rows_and_labels is not None) is looked_at
    if looked_at:
        assert (rows_and_labels[0].ids.tolist(), rows_and_labels[1].tolist()) == (VALID[0].tolist(), VALID[1].tolist())


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("none", [1, 1, 1, 1]),
        ("inverse", [4 / 3, 4 / 3, 4 / 3, 4]),
        ("balanced", [4 / 9, 4 / 9, 4 / 9, 4 / 3]),
        ([1.0, 2.5, 9.0], [1, 1, 1, 2.5]),
    ],
)
def test_class_weights_by_hand_with_a_class_not_seen_yet(rule, expected):
    engine, trainer = trainer_of([0.5], class_weight=rule, classes=3)
    trainer.train(0, (np.arange(4), np.array([0, 0, 0, 1])), None, has_best=False)
    assert fits(engine)[0][3] == pytest.approx(expected)


def test_an_engine_without_probabilities_is_told():
    engine, trainer = trainer_of([0.5])
    engine.infer = lambda x, needs: Inference()
    with pytest.raises(ValueError, match="the engine gave neither probabilities nor predictions"):
        trainer.start(TRAIN, VALID, train=False, store=None)
