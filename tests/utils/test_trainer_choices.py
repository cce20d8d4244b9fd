"""What the trainer does beyond plain classes: judged by loss, in regression, from pretrained weights, with a curve to draw."""

import hashlib

import numpy as np
import pytest

from tests.fakes import FakeRegressor, points
from tests.utils.test_trainer import TRAIN, VALID, NumpyEngine, fits
from utils.errors import DataError
from utils.inference import Inference
from utils.initial_model import InitialModel
from utils.outcome import Outcome
from utils.pretrained_file import PretrainedFile
from utils.rows import Rows
from utils.seeds import seed_for
from utils.trainer import Trainer, TrainingPolicy

FEATURES = np.arange(20, dtype=np.float32).reshape(20, 1)


class Sure(NumpyEngine):
    """Gets the share `weight` right, always; `sure` says with what probability each training leaves it."""

    def __init__(self, sure, right):
        super().__init__(right)
        self.sure = list(sure)
        self.probability = 0.5

    def fit(self, *arguments, **options):
        self.probability = self.sure.pop(0)
        return super().fit(*arguments, **options)

    def get_weights(self):
        return [np.array([self.weight, self.probability])]

    def set_weights(self, weights):
        self.weight, self.probability = weights[0]

    def infer(self, x, needs, seed=0):
        predicted = super().infer(x, needs, seed).probabilities.argmax(axis=1)
        p, q = self.probability, 1 - self.probability
        return Inference(np.where(np.arange(2) == predicted[:, None], p, q).astype(np.float32))


def trainer_of(engine, **policy):
    values = {"warm_start": True, "checkpoint": "best", "metric_baseline": 0.0, "class_weight": "none", "num_classes": 2}
    return Trainer(engine, FEATURES, TrainingPolicy(**values | policy), 7)


@pytest.mark.parametrize(
    ("monitor", "kept"),
    [
        ("accuracy", [(0.6, 0.6), (0.6, 0.6), (0.8, 0.99), (0.8, 0.99)]),
        ("loss", [(0.6, 0.6), (0.6, 0.6), (0.6, 0.6), (0.7, 0.75)]),
    ],
)
def test_the_best_round_is_told_by_accuracy_or_by_loss(monitor, kept):
    """By hand, the losses are 0.673, 0.696, 0.929 and 0.617: the surer a wrong answer, the dearer."""
    engine = Sure([0.6, 0.7, 0.99, 0.75], [0.6, 0.6, 0.8, 0.7])
    trainer, best = trainer_of(engine, monitor=monitor), False
    for number in range(4):
        best = trainer.train(number, TRAIN, VALID, best).has_best
        assert (engine.weight, engine.probability) == pytest.approx(kept[number])


def test_the_loss_that_is_monitored_is_the_one_that_is_trained_on():
    engine = Sure([0.75], [0.6])
    outcome = trainer_of(engine, loss="mse").train(0, TRAIN, VALID, has_best=False)
    assert outcome.valid_loss == pytest.approx(0.6 * 0.25**2 + 0.4 * 0.75**2)


@pytest.mark.parametrize(
    ("draws", "checkpoint", "looked_at"), [(True, "last", True), (False, "last", False), (False, "best", True)]
)
def test_the_last_epoch_is_validated_only_to_draw_its_curve(draws, checkpoint, looked_at):
    engine = NumpyEngine([0.5])
    outcome = trainer_of(engine, checkpoint=checkpoint, draws_validation=draws).train(0, TRAIN, VALID, has_best=False)
    assert (fits(engine)[0][4] is not None) is looked_at
    assert outcome.valid_metric == 0.5


def regression_of(**policy):
    engine = FakeRegressor()
    values = {"warm_start": True, "checkpoint": "best", "metric_baseline": 0.0, "class_weight": "inverse", "num_classes": 0}
    return engine, Trainer(engine, points().features, TrainingPolicy(**values | {"monitor": "loss"} | policy), 7)


REGRESSION = (np.arange(20), points().table.labels[:20])
VALIDATION = (np.arange(20, 40), points().table.labels[20:40])


def test_regression_starts_judged_by_its_errors():
    engine, trainer = regression_of()
    outcome = trainer.start(REGRESSION, VALIDATION, train=False, store=None)
    errors = engine._predictions(Rows(points().features, VALIDATION[0]))[:, 0].astype(float) - VALIDATION[1]
    assert outcome == Outcome(0, pytest.approx(np.abs(errors).mean()), pytest.approx((errors**2).mean()), has_best=True)


def test_regression_keeps_the_round_of_the_smallest_error():
    engine, trainer = regression_of()
    best, losses = False, []
    for number in range(4):
        samples = REGRESSION if number != 2 else (REGRESSION[0], np.float32(1000) - REGRESSION[1] * 9)
        before = engine.get_weights()[0]
        outcome = trainer.train(number, samples, VALIDATION, best)
        best = outcome.has_best
        losses.append(outcome.valid_loss)
        assert best
        if number == 2:
            np.testing.assert_array_equal(engine.get_weights()[0], before)
            assert outcome.kept_epoch is None
            assert len(outcome.curve) == 1
    assert losses == sorted(losses, reverse=True)
    assert losses[1] == losses[2] > losses[3]


def test_regression_weighs_every_sample_alike():
    engine, trainer = regression_of()
    weights = []
    fit = engine.fit
    engine.fit = lambda x, y, *, sample_weight, **options: (
        weights.append(sample_weight) or fit(x, y, sample_weight=sample_weight, **options)
    )
    trainer.train(0, REGRESSION, None, has_best=False)
    np.testing.assert_array_equal(weights[0], np.ones(20, np.float32))


class Pretrained(NumpyEngine):
    def load_pretrained(self, path):
        self.calls.append(("pretrained", str(path)))
        self.weight = np.float32(0.25)


def written(path):
    path.write_bytes(b"weights")
    return PretrainedFile(path=str(path), sha256=hashlib.sha256(b"weights").hexdigest())


@pytest.mark.parametrize(("warm_start", "resets"), [(True, 1), (False, 4)])
def test_pretrained_weights_follow_every_reset_once(tmp_path, warm_start, resets):
    engine = Pretrained([0.5] * 4)
    path = tmp_path / "a.weights.h5"
    trainer = trainer_of(engine, warm_start=warm_start, checkpoint="last", pretrained=written(path))
    trainer.start(TRAIN, VALID, train=True, store=None)
    for number in range(1, 3):
        trainer.train(number, TRAIN, VALID, has_best=False)
    once = [("reset", seed_for(7, "weights")), ("pretrained", str(path))]
    made = [call for call in engine.calls if call[0] in {"reset", "pretrained"}]
    assert made == once * (1 if warm_start else resets)
    starts = [call[-1] for call in fits(engine)]
    assert starts == ([0.25, 0.5, 0.5] if warm_start else [0.25] * 3)


def test_pretrained_weights_that_were_swapped_meanwhile_are_refused(tmp_path):
    path = tmp_path / "a.weights.h5"
    trainer = trainer_of(Pretrained([0.5] * 2), warm_start=False, checkpoint="last", pretrained=written(path))
    trainer.start(TRAIN, VALID, train=True, store=None)
    path.write_bytes(b"other weights")
    with pytest.raises(DataError, match="the file was altered or cut"):
        trainer.train(1, TRAIN, VALID, has_best=False)


def test_without_pretrained_weights_none_are_loaded():
    engine = Pretrained()
    trainer_of(engine).reset()
    assert engine.calls == [("reset", seed_for(7, "weights"))]


def test_a_stored_initial_model_needs_no_pretrained_weights_again(tmp_path):
    def start():
        engine = Pretrained([0.5])
        trainer = trainer_of(engine, pretrained=written(tmp_path / "a.keras"), num_classes=2)
        return engine, trainer.start(TRAIN, VALID, train=True, store=InitialModel(tmp_path, {"seed": 7}))

    (first, made), (second, taken) = start(), start()
    assert made == taken
    assert (first.weight, second.weight, second.calls) == (0.5, 0.5, [])
