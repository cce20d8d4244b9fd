"""Where the threshold of a binary task comes from: a number, or the validation part alone."""

import numpy as np
import pytest

from utils.decision import EVEN, Decision
from utils.decision_threshold import best_threshold
from utils.inference import Inference
from utils.learning_engine import Need

FEATURES = np.linspace(0, 1, 40, dtype=np.float32)[:, np.newaxis]
IDS = np.arange(5, 25)
LABELS = (np.arange(20) % 5 > 2).astype(np.int64)


class Identity:
    """Its probability of class 1 is the one feature; notes what it was asked."""

    def __init__(self):
        self.asked = []

    def infer(self, x, needs):
        self.asked.append((x.ids.tolist(), needs))
        p = x.take()
        return Inference(probabilities=np.concatenate([1 - p, p], axis=1))


@pytest.mark.parametrize("criterion", ["f1", "balanced_accuracy", "accuracy", "youden"])
def test_a_criterion_is_served_on_the_validation_part(criterion):
    engine = Identity()
    found = Decision(criterion, engine, FEATURES).threshold((IDS, LABELS))
    assert found == best_threshold(LABELS, FEATURES[IDS, 0], criterion)
    assert engine.asked == [(IDS.tolist(), frozenset({Need.PROBABILITIES}))]


@pytest.mark.parametrize("validation", [None, (IDS, LABELS), (IDS, np.zeros(20, np.int64))])
def test_a_number_asks_nobody(validation):
    engine = Identity()
    assert Decision(0.3, engine, FEATURES).threshold(validation) == 0.3
    assert engine.asked == []


@pytest.mark.parametrize("validation", [None, (IDS, np.zeros(20, np.int64)), (IDS[:0], LABELS[:0])])
def test_where_nothing_can_be_told_it_is_one_half(validation):
    engine = Identity()
    assert Decision("f1", engine, FEATURES).threshold(validation) == EVEN == 0.5
    assert engine.asked == []


def test_an_engine_without_probabilities_is_told():
    engine = Identity()
    engine.infer = lambda x, needs: Inference()
    with pytest.raises(ValueError, match="the engine gave no probabilities"):
        Decision("f1", engine, FEATURES).threshold((IDS, LABELS))
