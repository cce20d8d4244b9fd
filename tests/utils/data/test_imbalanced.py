"""The made set: as rare, as hard and as repeatable as it says."""

import re
from math import erf
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, roc_auc_score

from utils.data.sets.imbalanced import imbalanced
from utils.data.source import SourceRequest, sources
from utils.errors import ParameterError

HERE = SourceRequest(Path("nowhere"))


def load(request=HERE, **options):
    return imbalanced(request, **options).load(None, None)


def matrix(data):
    return np.stack([column.values for column in data.columns], axis=1)


def test_never_is_right_94_times_of_100():
    table = imbalanced(HERE).scan()
    assert (len(table), table.class_names, np.bincount(table.labels).tolist()) == (3600, ("common", "rare"), [3400, 200])
    assert round(accuracy_score(table.labels, np.zeros(3600)), 3) == 0.944


def test_the_best_roc_auc_is_what_the_distance_of_the_clouds_says():
    data = load(samples=40_000, seed=3)
    best = (1 + erf(1)) / 2  # Φ(√2)
    sums = matrix(data) @ [1.6, 1.0, np.sqrt(0.44), 0, 0]
    assert roc_auc_score(data.table.labels, sums) == pytest.approx(best, abs=0.01)
    learnt = LogisticRegression().fit(matrix(data)[::2], data.table.labels[::2]).decision_function(matrix(data)[1::2])
    assert roc_auc_score(data.table.labels[1::2], learnt) == pytest.approx(best, abs=0.01)


def test_the_same_seed_the_same_numbers():
    assert load().fingerprint == load().fingerprint
    assert len({load(seed=seed).fingerprint for seed in range(3)} | {load(samples=1800).fingerprint}) == 4
    np.testing.assert_array_equal(load().table.labels, imbalanced(HERE).scan().labels)


def test_class_names_order_the_classes():
    turned = load(SourceRequest(Path("nowhere"), class_names=("rare", "common")))
    np.testing.assert_array_equal(turned.table.labels, 1 - load().table.labels)
    assert turned.table.class_names == ("rare", "common")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"regression": True}, "task: data set 'imbalanced' has the classes common and rare; set task to binary"),
        ({"class_names": ("a", "rare")}, "class_names: received ['a', 'rare']; data set 'imbalanced' has common and rare"),
    ],
)
def test_parameters_that_are_refused(asked, words):
    with pytest.raises(ParameterError, match=re.escape(words)):
        imbalanced(SourceRequest(Path("nowhere"), **asked))


def test_options():
    assert sources.problems("imbalanced", {"samples": 100, "seed": 0}) == []
    assert len(sources.problems("imbalanced", {"samples": 99, "seed": -1})) == 2
