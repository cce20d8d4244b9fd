"""When a run ends, and in which words."""

import pytest
from pydantic import ValidationError

from utils.stop_rules import StopRules


def rounds_of(*accuracies, labels=10, seconds=1.0):
    return [
        {"stats": {"num_total_labeled": labels * (number + 1), "valid_acc": accuracy, "eval_acc": 1.0},
         "seconds": {"select": seconds / 2, "train": seconds / 2}}
        for number, accuracy in enumerate(accuracies)
    ]  # fmt: skip


def reason(rounds, max_round=60, left=100, **rules):
    return StopRules(**rules).reason(rounds, max_round, left)


@pytest.mark.parametrize(
    ("rounds", "settings", "expected"),
    [
        (rounds_of(0.5), {}, None),
        (rounds_of(0.5, 0.6), {"max_round": 1}, "max_round: 1 rounds done"),
        (rounds_of(0.5), {"max_round": 0}, "max_round: 0 rounds done"),
        (rounds_of(0.5, 0.6), {"max_round": 2}, None),
        (rounds_of(0.5, 0.6, labels=600), {"left": 0}, "pool empty: all 1,200 samples are labelled"),
        (rounds_of(0.5, 0.9), {"target_accuracy": 0.9}, "target_accuracy: reached 0.9 of 0.9"),
        (rounds_of(0.9, 0.5), {"target_accuracy": 0.9}, None),
        (rounds_of(None, None), {"target_accuracy": 0.1}, None),
        (rounds_of(0.5, 0.6), {"label_budget": 20}, "label_budget: reached 20 of 20"),
        (rounds_of(0.5, 0.6), {"label_budget": 21}, None),
        (rounds_of(0.5, labels=12345), {"label_budget": 12345}, "label_budget: reached 12,345 of 12,345"),
        (rounds_of(0.5, labels=2000000), {"label_budget": 1500000}, "label_budget: reached 2,000,000 of 1,500,000"),
        (rounds_of(0.5, 0.5, 0.4), {"plateau_rounds": 2}, "plateau_rounds: reached 2 of 2"),
        (rounds_of(0.5, 0.5, 0.6), {"plateau_rounds": 2}, None),
        (rounds_of(0.5, 0.6, 0.6), {"plateau_rounds": 2}, None),
        (rounds_of(0.5), {"plateau_rounds": 1}, None),
        (rounds_of(None, None, None), {"plateau_rounds": 1}, None),
        (rounds_of(0.5, 0.6, seconds=1.5), {"wall_time": 3.0}, "wall_time: reached 3 of 3"),
        (rounds_of(0.5, 0.6, seconds=1.4), {"wall_time": 3.0}, None),
        (rounds_of(0.5, seconds=86400), {"wall_time": 86400.0}, "wall_time: reached 86,400 of 86,400"),
    ],
)
def test_the_reason(rounds, settings, expected):
    assert reason(rounds, **settings) == expected


def test_a_rule_that_was_given_comes_before_the_last_round():
    assert reason(rounds_of(0.5), max_round=0, left=0, label_budget=10).startswith("label_budget")


@pytest.mark.parametrize("rule", [{"target_accuracy": 0.9}, {"plateau_rounds": 1}])
def test_no_rule_looks_at_the_test_part(rule):
    for eval_accuracy in (0.0, 1.0):
        rounds = rounds_of(0.5, 0.6)
        for record in rounds:
            record["stats"]["eval_acc"] = eval_accuracy
        assert reason(rounds, **rule) is None


def stops_of(*kappas, entropies=None):
    """Rounds whose stop set was measured, by these kappas with the round before and these entropies."""
    rounds = rounds_of(*[None] * len(kappas))
    for record, kappa, entropy in zip(rounds, kappas, entropies or kappas, strict=True):
        record["stats"] |= {"stop_kappa": kappa, "stop_entropy": entropy}
    return rounds


@pytest.mark.parametrize(
    ("kappas", "limit", "expected"),
    [
        ((None, 0.99, 0.99, 0.99), 0.99, "stable_kappa: reached 0.99 of 0.99"),
        ((None, 1.0, 1.0, 0.97), 0.99, "stable_kappa: reached 0.99 of 0.99"),
        ((None, 1.0, 1.0, 0.96), 0.99, None),
        ((None, 1.0, 1.0), 0.99, None),
        ((None, 0.0, 1.0, 1.0, 1.0), 1.0, "stable_kappa: reached 1 of 1"),
        ((None, None, None, None, 1.0, 1.0), 0.5, None),
        ((None, None, None, None, 1.0, 0.5, 0.25), 0.5, "stable_kappa: reached 0.5833 of 0.5"),
        ((None, -1.0, -1.0, -1.0), 0.01, None),
        ((None,), 0.01, None),
    ],
)
def test_predictions_are_stable_when_three_rounds_in_a_row_agree_on_average(kappas, limit, expected):
    assert reason(stops_of(*kappas), stable_kappa=limit) == expected


@pytest.mark.parametrize(
    ("entropies", "limit", "expected"),
    [
        ((0.5, 0.2), 0.2, "max_entropy: down to 0.2, at most 0.2"),
        ((0.5, 0.15627), 0.2, "max_entropy: down to 0.1563, at most 0.2"),
        ((0.5, 0.00002), 0.0001, "max_entropy: down to 2e-05, at most 0.0001"),
        ((0.1, 0.3), 0.2, None),
        ((None,), 5.0, None),
    ],
)
def test_a_model_is_sure_enough_by_its_last_round(entropies, limit, expected):
    rounds = stops_of(*[None] * len(entropies), entropies=list(entropies))
    assert reason(rounds, max_entropy=limit) == expected


def test_rounds_of_earlier_versions_stop_nothing():
    assert reason(rounds_of(0.5, 0.5, 0.5, 0.5), stable_kappa=0.1, max_entropy=9.0) is None


@pytest.mark.parametrize(
    "values",
    [
        {"stable_kappa": 0.0}, {"stable_kappa": 1.01}, {"max_entropy": 0.0}, {"max_entropy": -1.0},
        {"max_entropy": float("inf")}, {"max_entropy": float("nan")}, {"wall_time": float("inf")},
    ],
)  # fmt: skip
def test_levels_that_mean_nothing_are_refused(values):
    with pytest.raises(ValidationError):
        StopRules(**values)


def test_runs_that_began_before_a_rule_was_known_are_compared_without_it():
    known = {"target_accuracy": None, "label_budget": None, "plateau_rounds": 3, "wall_time": None}
    assert StopRules(plateau_rounds=3).model_dump(mode="json") == known
    assert StopRules(plateau_rounds=3, max_entropy=0.5).model_dump(mode="json") == known | {"max_entropy": 0.5}


def errors_of(*losses):
    """Rounds in regression, whose mean absolute error says the opposite."""
    return [
        {"stats": {"num_total_labeled": 10 * (number + 1), "valid_mae": 1 / (loss or 1), "valid_loss": loss},
         "seconds": {"train": 1.0}}
        for number, loss in enumerate(losses)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("losses", "settings", "expected"),
    [
        ((9.0, 9.0, 9.5), {"plateau_rounds": 2}, "plateau_rounds: reached 2 of 2"),
        ((9.0, 9.5, 8.0), {"plateau_rounds": 2}, None),
        ((9.0, 8.0, 7.0), {"plateau_rounds": 1}, None),
        ((7.0, 8.0), {"plateau_rounds": 1}, "plateau_rounds: reached 1 of 1"),
        ((None, None, None), {"plateau_rounds": 1}, None),
        ((9.0, 8.0), {"label_budget": 20}, "label_budget: reached 20 of 20"),
        ((9.0, 8.0), {"wall_time": 2.0}, "wall_time: reached 2 of 2"),
        ((9.0, 8.0), {"max_round": 1}, "max_round: 1 rounds done"),
        ((9.0, 0.0), {"target_accuracy": 0.1}, None),
    ],
)
def test_the_reason_in_regression_where_less_is_better(losses, settings, expected):
    assert reason(errors_of(*losses), **settings) == expected


def test_a_plateau_of_classes_is_one_of_accuracy_whatever_the_loss():
    rounds = rounds_of(0.5, 0.6, 0.7)
    for record, loss in zip(rounds, (1.0, 2.0, 3.0), strict=True):
        record["stats"]["valid_loss"] = loss
    assert reason(rounds, plateau_rounds=1) is None
