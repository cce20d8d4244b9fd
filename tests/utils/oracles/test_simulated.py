"""Simulated annotators: how often they err, abstain and cost, and that the order of questions changes nothing."""

from collections import Counter

import numpy as np
import pytest
from scipy.stats import binom

from utils.errors import ParameterError
from utils.oracles.annotator import Annotator
from utils.oracles.base import Asked, Label
from utils.oracles.simulated import SimulatedOracle
from utils.seeds import rng_for

TRUE = np.arange(6000) % 5
EVERY = range(6000)
UNLIKELY = 1e-7
"""Chance by which a count outside of its bounds would come about."""


def make(annotators=None, error_rate=0.0, *, labels=TRUE, classes=5, per_sample=1, lengths=None, seed=3):
    names = tuple(f"class {number}" for number in range(classes))
    people = annotators and [Annotator(**values) for values in annotators]
    return SimulatedOracle(labels, names, people, error_rate, per_sample, lengths, seed)


def ask(oracle, ids=EVERY, round_number=0):
    return list(oracle.label(Asked(round_number, np.array(ids, dtype=np.int64))))


def values(oracle, ids=EVERY):
    return np.array([label.value for label in ask(oracle, ids)])


def is_binomial(count, total, share):
    return binom.ppf(UNLIKELY, total, share) <= count <= binom.ppf(1 - UNLIKELY, total, share)


class TestOneWithoutAName:
    def test_without_errors_he_tells_the_truth_in_the_order_asked(self):
        assert ask(make(), [7, 3, 7]) == [Label(7, 2, "simulated"), Label(3, 3, "simulated"), Label(7, 2, "simulated")]

    @pytest.mark.parametrize("rate", [0.1, 0.5, 1.0])
    def test_he_errs_that_often_and_evenly_over_the_other_classes(self, rate):
        counts = np.bincount((values(make(error_rate=rate)) - TRUE) % 5, minlength=5)
        assert is_binomial(counts[0], 6000, 1 - rate)
        assert all(is_binomial(count, 6000, rate / 4) for count in counts[1:])

    def test_he_says_bit_for_bit_what_he_always_said(self):
        """Results of earlier versions, made by the formula written down here, stay what they are."""
        rng = rng_for(3, "oracle")
        wrong, shifts = rng.random(6000) < 0.4, rng.integers(1, 5, 6000)
        assert (values(make(error_rate=0.4)) == (TRUE + wrong * shifts) % 5).all()

    @pytest.mark.parametrize("rate", [0.0, 0.5, 1.0])
    def test_one_class_leaves_nothing_to_confuse(self, rate):
        assert set(values(make(error_rate=rate, classes=1, labels=np.zeros(50, np.int64)), range(50))) == {0}

    def test_targets_are_told_as_they_are(self):
        targets = np.linspace(-1, 1, 9, dtype=np.float32)
        assert values(make(labels=targets, classes=0), range(9)).tolist() == targets.tolist()


def test_nothing_asked_nothing_answered():
    assert ask(make(error_rate=0.5), []) == []


FOUR = [
    {"name": "Ann", "error_rate": 0.3, "abstention": 0.1},
    {"name": "Bo", "error_rate": 0.1},
    {"name": "Cy", "confusion": np.full((5, 5), 0.2).tolist()},
    {"name": "Di", "abstention": 0.5, "seconds_per_label": 2.0},
]


class TestTheSamePeople:
    @pytest.mark.parametrize("people", [None, FOUR])
    def test_what_is_asked_when_changes_no_answer(self, people):
        every = ask(make(people, 0.0 if people else 0.4))
        order = np.random.default_rng(1).permutation(6000)[:500]
        oracle = make(people, 0.0 if people else 0.4)
        assert [*ask(oracle, order[:200], 7), *ask(oracle, order[200:], 2)] == [every[sample] for sample in order]

    def test_another_seed_is_another_draw(self):
        assert ask(make(FOUR)) != ask(make(FOUR, seed=4))

    def test_what_one_says_depends_on_no_other(self):
        together = {label.id: label.value for label in ask(make(FOUR)) if label.by == "Ann"}
        alone = values(make(FOUR[:1]), list(together))
        assert len(together) == 1500
        assert alone.tolist() == list(together.values())

    def test_samples_that_are_added_change_nothing_for_those_before(self):
        longer = np.concatenate([TRUE, TRUE])
        assert ask(make(FOUR, labels=longer, per_sample=2)) == ask(make(FOUR, per_sample=2))


class TestTurns:
    @pytest.mark.parametrize("k", [1, 2, 3, 4])
    def test_shares_and_places_are_even_and_nobody_is_asked_twice(self, k):
        asked = [label.by.split("+") for label in ask(make(FOUR, per_sample=k))]
        assert all(len(set(names)) == k for names in asked)
        for place in range(k):
            assert set(Counter(names[place] for names in asked).values()) == {1500}

    def test_all_work_with_all(self):
        pairs = Counter(frozenset(label.by.split("+")) for label in ask(make(FOUR, per_sample=2)))
        assert len(pairs) == 6
        assert all(is_binomial(count, 6000, 1 / 6) for count in pairs.values())

    def test_a_number_of_samples_that_does_not_divide_leaves_shares_one_apart(self):
        counts = Counter(label.by for label in ask(make(FOUR, labels=TRUE[:22]), range(22))).values()
        assert max(counts) - min(counts) <= 1


class TestErrors:
    def test_a_confusion_comes_out_as_it_went_in(self):
        confusion = np.array([[0.7, 0.2, 0.1], [0.0, 1.0, 0.0], [0.05, 0.45, 0.5]])
        labels = np.arange(30_000) % 3
        said = values(make([{"name": "Ann", "confusion": confusion.tolist()}], labels=labels, classes=3), range(30_000))
        for true in range(3):
            for answer in range(3):
                count = np.count_nonzero((labels == true) & (said == answer))
                assert is_binomial(count, 10_000, confusion[true, answer])

    @pytest.mark.parametrize("rate", [0.0, 0.25, 1.0])
    def test_an_error_rate_is_spread_evenly_over_the_other_classes(self, rate):
        counts = np.bincount((values(make([{"name": "Ann", "error_rate": rate}])) - TRUE) % 5, minlength=5)
        assert is_binomial(counts[0], 6000, 1 - rate)
        assert all(is_binomial(count, 6000, rate / 4) for count in counts[1:])

    @pytest.mark.parametrize("rate", [0.1, 0.3, 0.45])
    def test_three_by_majority_err_as_the_binomial_formula_says(self, rate):
        labels = np.arange(20_000) % 2
        people = [{"name": name, "error_rate": rate} for name in ("Ann", "Bo", "Cy")]
        said = values(make(people, labels=labels, classes=2, per_sample=3), range(20_000))
        assert is_binomial(np.count_nonzero(said != labels), 20_000, 3 * rate**2 * (1 - rate) + rate**3)

    def test_of_two_who_disagree_the_first_counts(self):
        people = [{"name": "right"}, {"name": "wrong", "error_rate": 1.0}]
        for label in ask(make(people, labels=TRUE % 2, classes=2, per_sample=2)):
            assert (label.value == TRUE[label.id] % 2) == label.by.startswith("right")


class TestAbstention:
    def test_it_is_as_frequent_as_said_and_nobody_stands_in(self):
        labels = ask(make([{"name": "Ann", "abstention": 0.2}]))
        assert is_binomial(sum(label.value is None for label in labels), 6000, 0.2)
        assert all(label.value in {None, TRUE[label.id]} and label.by == "Ann" for label in labels)

    def test_who_abstains_does_not_vote(self):
        people = [{"name": "silent", "abstention": 1.0}, {"name": "Ann"}, {"name": "mute", "abstention": 1.0}]
        assert (values(make(people, per_sample=3)) == TRUE).all()

    def test_only_where_all_abstain_there_is_no_label(self):
        people = [{"name": name, "abstention": 0.3} for name in ("Ann", "Bo")]
        said = [label.value for label in ask(make(people, per_sample=2))]
        assert is_binomial(said.count(None), 6000, 0.3**2)

    def test_errors_and_abstentions_are_drawn_apart(self):
        labels = [
            label for label in ask(make([{"name": "Ann", "abstention": 0.5, "error_rate": 0.5}])) if label.value is not None
        ]
        wrong = sum(label.value != TRUE[label.id] for label in labels)
        assert is_binomial(wrong, len(labels), 0.5)

    def test_in_regression_there_is_the_truth_or_nothing(self):
        targets = np.linspace(-1, 1, 400, dtype=np.float32)
        said = [label.value for label in ask(make([{"name": "Ann", "abstention": 0.5}], labels=targets, classes=0), range(400))]
        assert is_binomial(said.count(None), 400, 0.5)
        assert all(value in {None, target} for value, target in zip(said, targets.tolist(), strict=True))


class TestCost:
    def test_all_who_are_asked_are_paid_by_label_and_by_length_also_where_they_abstain(self):
        lengths = np.linspace(1, 4, 6000)
        rates = {"Ann": (5.0, 0.0, 1.0), "Bo": (1.0, 1.5, 0.0), "Cy": (0.0, 2.0, 0.0)}
        people = [
            {"name": name, "seconds_per_label": each, "seconds_per_second": share, "abstention": abstention}
            for name, (each, share, abstention) in rates.items()
        ]
        for label in ask(make(people, per_sample=2, lengths=lengths)):
            expected = sum(rates[name][0] + rates[name][1] * lengths[label.id] for name in label.by.split("+"))
            assert label.seconds == pytest.approx(expected)

    def test_samples_need_no_length_where_none_is_paid_for(self):
        assert {label.seconds for label in ask(make([{"name": "Ann", "seconds_per_label": 2.5}]))} == {2.5}


def test_what_does_not_suit_the_data_is_refused():
    with pytest.raises(ParameterError) as caught:
        make([{"name": "Ann", "seconds_per_second": 1.0, "confusion": [[1.0, 0.0], [0.0, 1.0]]}], per_sample=2)
    assert [problem.split(": ")[:2] for problem in caught.value.problems] == [
        ["annotators_per_sample", "received 2, but annotators names 1; name more"],
        ["annotators, 'Ann'", "confusion"],
        ["annotators, 'Ann'", "seconds_per_second"],
    ]


@pytest.mark.parametrize("name", ["seconds_per_label", "seconds_per_second"])
def test_the_sum_of_all_answers_is_a_number(name):
    assert getattr(Annotator(name="Ann", **{name: 1e9}), name) == 1e9
    for seconds in (1e308, 1.1e9, float("inf"), float("nan")):
        with pytest.raises(ValueError, match=rf"{name}\n.*less than or equal to 1000000000|{name}\n.*finite"):
            Annotator(name="Ann", **{name: seconds})
