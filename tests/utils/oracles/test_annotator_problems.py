"""What does not go together of simulated annotators: the sentence for each."""

import pytest

from utils.oracles.annotator import Annotator
from utils.oracles.annotator_problems import annotator_problems

HALVES = [[0.5, 0.5], [0.5, 0.5]]


def problems_of(annotators, *, per_sample=1, error_rate=0.0, regression=False, **known):
    people = None if annotators is None else [Annotator(**{"name": "Ann"} | values) for values in annotators]
    return annotator_problems(people, per_sample, error_rate, regression=regression, **known)


@pytest.mark.parametrize(
    ("annotators", "others", "sentence"),
    [
        (None, {"per_sample": 3},
         "annotators_per_sample: received 3, but one annotator is simulated; name more in annotators"),
        ([{}], {"per_sample": 2}, "annotators_per_sample: received 2, but annotators names 1; name more"),
        ([{}], {"error_rate": 0.1},
         "oracle_error_rate: is that of a single annotator; leave it out, or give each of annotators his error_rate"),
        ([{}, {"name": "Bo"}, {}], {}, "annotators: 'Ann' stands there 2 times; each may stand there once"),
        ([{"confusion": HALVES, "error_rate": 0.1}], {},
         "annotators, 'Ann': confusion: tells the errors already; leave error_rate out, or confusion"),
        ([{"confusion": [[0.5, 0.5], [0.5, 0.4]]}], {},
         "annotators, 'Ann': confusion: row 2 sums to 0.9; the shares of a row sum to 1"),
        ([{"confusion": [[0.5, 0.5], [1.0, 0.0, 0.0]]}], {},
         ("annotators, 'Ann': confusion: received 2 rows of 2, 3 shares; expected a row for each of 2 classes, a share for "
          "each")),
        ([{"confusion": HALVES}], {"num_classes": 3},
         "annotators, 'Ann': confusion: received 2 rows of 2 shares; expected a row for each of 3 classes, a share for each"),
        ([{"seconds_per_second": 1.5}], {"has_lengths": False},
         "annotators, 'Ann': seconds_per_second: samples of this data set have no length; give seconds_per_label instead"),
        ([{"error_rate": 0.1}], {"regression": True},
         "annotators, 'Ann': error_rate: is for classes, and task is regression; leave it out"),
        ([{"confusion": HALVES}], {"regression": True},
         "annotators, 'Ann': confusion: is for classes, and task is regression; leave it out"),
    ],
)  # fmt: skip
def test_each_has_its_sentence(annotators, others, sentence):
    assert problems_of(annotators, **others) == [sentence]


def test_all_are_told_at_once():
    annotators = [{"confusion": [[0.5, 0.4], [0.4, 0.5]], "error_rate": 0.1}]
    found = problems_of(annotators, per_sample=2, error_rate=0.2, num_classes=3)
    assert [problem.split(":")[0] for problem in found] == [
        "oracle_error_rate",
        "annotators_per_sample",
        *["annotators, 'Ann'"] * 4,
    ]


@pytest.mark.parametrize(
    ("annotators", "others"),
    [
        (None, {"error_rate": 0.3}),
        ([{"confusion": [[1 / 3, 2 / 3], [0.3333333, 0.6666667]]}], {"num_classes": 2, "has_lengths": False}),
        ([{"seconds_per_second": 1.5}], {"has_lengths": True}),
        ([{"seconds_per_second": 1.5}], {}),
        ([{"abstention": 0.5, "seconds_per_label": 3.0}], {"regression": True}),
        ([{"error_rate": 1.0}, {"name": "Bo"}], {"per_sample": 2}),
    ],
)
def test_what_goes_together_has_none(annotators, others):
    assert problems_of(annotators, **others) == []
