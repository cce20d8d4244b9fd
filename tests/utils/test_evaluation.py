"""What is written down of the test part, held against scikit-learn, and that it is blind to what it must not see."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, mean_absolute_error, r2_score

from utils.decision import Decision
from utils.decision_threshold import best_threshold
from utils.evaluation import Evaluation
from utils.inference import Inference
from utils.learning_engine import Need
from utils.rows import Rows

RNG = np.random.default_rng(5)
FEATURES = RNG.random((60, 1), dtype=np.float32)
TEST, VALID = np.arange(40, 60), np.arange(10, 40)
LABELS = (RNG.random(60) < FEATURES[:, 0] / 2).astype(np.int64)
TARGETS = (FEATURES[:, 0] + RNG.normal(0, 0.1, 60)).astype(np.float32)


class Identity:
    """The one feature is its probability of class 1, and its prediction."""

    def infer(self, x, needs):
        p = x.take()
        if needs == {Need.PREDICTIONS}:
            return Inference(predictions=p)
        return Inference(probabilities=np.concatenate([1 - p, p], axis=1))


def evaluation_of(labels, rule=None, test=TEST):
    decision = None if rule is None else Decision(rule, Identity(), FEATURES)
    return Evaluation(Identity(), Rows(FEATURES, test), labels, decision)


def test_a_fixed_threshold_decides():
    metrics, classes = evaluation_of(LABELS[TEST], 0.2).metrics(None)
    predicted = (FEATURES[TEST, 0] >= 0.2).astype(int)
    assert metrics["decision_threshold"] == 0.2
    assert metrics["eval_acc"] == accuracy_score(LABELS[TEST], predicted)
    assert metrics["eval_f1"] == pytest.approx(f1_score(LABELS[TEST], predicted))
    assert [row[3] for row in classes] == np.bincount(LABELS[TEST]).tolist()


def test_a_chosen_threshold_is_that_of_the_validation_part():
    metrics, _ = evaluation_of(LABELS[TEST], "f1").metrics((VALID, LABELS[VALID]))
    expected = best_threshold(LABELS[VALID], FEATURES[VALID, 0], "f1")
    assert expected != best_threshold(LABELS[TEST], FEATURES[TEST, 0], "f1")
    assert metrics["decision_threshold"] == expected
    assert metrics["eval_acc"] == accuracy_score(LABELS[TEST], FEATURES[TEST, 0] >= expected)


def test_without_validation_it_is_one_half():
    assert evaluation_of(LABELS[TEST], "f1").metrics(None)[0]["decision_threshold"] == 0.5


@pytest.mark.parametrize("shared", [TEST, TEST[:1]])
def test_it_is_never_chosen_on_what_it_is_measured_on(shared):
    validation = np.concatenate([VALID, shared])
    assert evaluation_of(LABELS[TEST], "f1").metrics((validation, LABELS[validation]))[0]["decision_threshold"] == 0.5


@pytest.mark.parametrize("rule", ["f1", "balanced_accuracy", "accuracy", "youden", 0.3])
def test_other_test_labels_change_no_threshold(rule):
    found = [
        evaluation_of(labels, rule).metrics((VALID, LABELS[VALID]))[0]
        for labels in (LABELS[TEST], 1 - LABELS[TEST], RNG.permutation(LABELS[TEST]))
    ]
    assert len({metrics["decision_threshold"] for metrics in found}) == 1
    assert found[0]["eval_acc"] != found[1]["eval_acc"]


def test_a_task_without_a_positive_class_has_no_threshold():
    metrics, _ = evaluation_of(LABELS[TEST]).metrics((VALID, LABELS[VALID]))
    assert metrics["decision_threshold"] is None
    assert metrics["eval_f1"] == pytest.approx(f1_score(LABELS[TEST], FEATURES[TEST, 0] > 0.5, average="macro"))


def test_regression_is_told_by_its_targets():
    evaluation = evaluation_of(TARGETS[TEST])
    metrics, classes = evaluation.metrics((VALID, TARGETS[VALID]))
    assert evaluation.regression
    assert classes == []
    assert set(metrics) == {"eval_mae", "eval_mse", "eval_r2"}
    assert metrics["eval_mae"] == pytest.approx(mean_absolute_error(TARGETS[TEST], FEATURES[TEST, 0]))
    assert metrics["eval_r2"] == pytest.approx(r2_score(TARGETS[TEST], FEATURES[TEST, 0]))
    assert evaluation.answers().shape == (20, 1)


def test_the_test_part_itself_for_founding_checkpoints_alone():
    ids, labels = evaluation_of(LABELS[TEST]).samples
    assert (ids.tolist(), labels.tolist()) == (TEST.tolist(), LABELS[TEST].tolist())


@pytest.mark.parametrize(("labels", "word"), [(LABELS, "probabilities"), (TARGETS, "predictions")])
def test_an_engine_that_does_not_answer_is_told(labels, word):
    evaluation = evaluation_of(labels[TEST])
    evaluation._engine.infer = lambda x, needs: Inference()
    with pytest.raises(ValueError, match=f"the engine gave no {word}"):
        evaluation.answers()
