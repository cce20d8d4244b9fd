"""Stop rules tried on saved runs: by hand, and what cannot be told is said. That a real run ends there: test_stop_set.py."""

import csv
import json
import math

import pytest

from utils.saved_run import read_run
from utils.stop_replay import default_rules, replay
from utils.stop_rules import StopRules

VALUES = {
    "num_total_labeled": [10, 20, 30, 40, 50, 60],
    "eval_acc": [0.3, 0.4, 0.6, 0.7, 0.7, 0.8],
    "valid_acc": [0.3, 0.5, 0.5, 0.4, 0.5, 0.9],
    "valid_loss": [1.0, 0.9, 0.8, 0.8, 0.7, 0.6],
    "stop_kappa": ["", 0.2, 0.9, 0.97, 0.98, 1.0],
    "stop_entropy": [2.0, 1.0, 0.5, 0.25, 0.2, 0.1],
}
PARAMS = {"checkpoint_on": "validation", "classes": ["a", "b", "c", "d"]}
REGRESSION = {
    "num_total_labeled": [10, 20, 30, 40], "eval_mae": [9.0, 8.0, 4.0, 5.0], "valid_mae": [9.0, 8.0, 9.0, 9.0],
    "valid_loss": [99.0, 90.0, 95.0, 90.0],
}  # fmt: skip


def saved(folder, values=VALUES, params=PARAMS, seed=1, strategy="margin", **changes):
    """A run whose CSV has these columns; "" is an empty cell, None leaves the column out."""
    columns = {name: cells for name, cells in (values | changes).items() if cells is not None}
    place = folder / "stats" / strategy
    (place / f"run_{seed}").mkdir(parents=True)
    (place / f"run_{seed}" / "params.json").write_text(json.dumps(params))
    with (place / f"al_stats_{seed}.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["round", *columns])
        writer.writerows([number, *cells] for number, cells in enumerate(zip(*columns.values(), strict=True)))
    return read_run(place / f"al_stats_{seed}.csv", folder / "stats")


def stopped(run, **rule):
    [found] = replay([[run]], [StopRules(**rule)])
    return found


@pytest.mark.parametrize(
    ("rule", "stop"),
    [
        ({"plateau_rounds": 1}, 2), ({"plateau_rounds": 3}, 4), ({"plateau_rounds": 4}, None),
        ({"stable_kappa": 0.95}, 4), ({"stable_kappa": 0.98}, 5), ({"stable_kappa": 0.99}, None),
        ({"max_entropy": 0.25}, 3), ({"max_entropy": 0.05}, None),
        ({"target_accuracy": 0.5}, 1), ({"target_accuracy": 0.95}, None),
        ({"label_budget": 30}, 2), ({"label_budget": 60}, 5), ({"label_budget": 70}, None),
        ({"plateau_rounds": 3, "max_entropy": 0.25}, 3),
    ],
)  # fmt: skip
def test_where_a_rule_ends_a_run(rule, stop, tmp_path):
    found, end = stopped(saved(tmp_path), **rule), 5 if stop is None else stop
    assert (found.curve, json.loads(found.rule), found.seeds, found.reason_missing) == ("margin", rule, (1,), "")
    assert (found.rounds, found.seeds_stopped) == ((stop,), () if stop is None else (1,))
    assert (found.mean_labels, found.mean_labels_at_end) == (VALUES["num_total_labeled"][end], 60)
    assert (found.mean_result, found.mean_result_at_end) == (VALUES["eval_acc"][end], 0.8)
    assert found.mean_loss == pytest.approx(0.8 - VALUES["eval_acc"][end])


def test_seeds_of_unequal_length_and_curve_by_curve(tmp_path):
    short = {name: cells[:3] for name, cells in VALUES.items()}
    margin = [saved(tmp_path), saved(tmp_path, short, seed=4)]
    rules = [StopRules(max_entropy=0.25), StopRules(plateau_rounds=1)]
    found = replay([margin, [saved(tmp_path, strategy="random")]], rules)
    assert [(result.curve, result.rule) for result in found] == [
        ("margin", '{"max_entropy": 0.25}'), ("margin", '{"plateau_rounds": 1}'),
        ("random", '{"max_entropy": 0.25}'), ("random", '{"plateau_rounds": 1}'),
    ]  # fmt: skip
    assert (found[0].seeds, found[0].seeds_stopped, found[0].rounds) == ((1, 4), (1,), (3, None))
    assert (found[0].labels, found[0].labels_at_end) == ((40, 30), (60, 30))
    assert (found[0].mean_labels_saved, found[0].mean_loss) == (10, pytest.approx(0.05))


def test_in_regression_a_plateau_is_one_of_squared_error(tmp_path):
    found = stopped(saved(tmp_path, REGRESSION), plateau_rounds=2)
    assert (found.rounds, found.labels, found.results, found.mean_loss) == ((3,), (40,), (5.0,), 0)
    found = stopped(saved(tmp_path, REGRESSION, strategy="igs"), plateau_rounds=1)
    assert (found.rounds, found.results, found.mean_loss) == ((2,), (4.0,), -1)


OLD = {"stop_kappa": None, "stop_entropy": None}
SWITCHED = {"stop_kappa": ["", "", "", "", 0.99, 0.99], "stop_entropy": ["", "", "", 0.5, 0.4, 0.3]}
UNSEEN = {"valid_acc": [""] * 6, "valid_loss": [""] * 6}


@pytest.mark.parametrize(
    ("rule", "params", "changes", "sentence"),
    [
        ({"wall_time": 9.0}, {}, {},
         "wall_time: al_stats holds no times, and those of another machine would tell nothing"),
        ({"label_budget": 35}, {}, {},
         "label_budget: no saved round of seed 1 ends at 35 labels, as the last of such a run does"),
        ({"stable_kappa": 0.5}, {}, OLD,
         "stable_kappa: seed 1 has rounds of an older version, which had no stop set; run it again, afresh"),
        ({"max_entropy": 5.0}, {}, SWITCHED,
         "max_entropy: seed 1 has rounds of an older version, which had no stop set; run it again, afresh"),
        ({"plateau_rounds": 1}, {"checkpoint": "last"}, UNSEEN,
         "plateau_rounds: seed 1 has no validation part; give valid_percent, or a checkpoint other than 'last'"),
        ({"target_accuracy": 0.1}, {"checkpoint_on": "test_as_founding_systems_did"}, {},
         "target_accuracy: seed 1 was validated on the test part; set checkpoint_on to 'validation'"),
        ({"plateau_rounds": 1, "wall_time": 1.0}, {}, {},
         "wall_time: al_stats holds no times, and those of another machine would tell nothing"),
        ({"plateau_rounds": 1}, {}, {"valid_acc": [0.1, 0.2, "high", 0.3, 0.3, 0.3]},
         "valid_acc of seed 1 is 'high' in line 4, expected a finite number"),
        ({"max_entropy": 1.0}, {}, {"stop_entropy": [2.0, "inf", 1.0, 1.0, 1.0, 1.0]},
         "stop_entropy of seed 1 is 'inf' in line 3, expected a finite number"),
        ({"plateau_rounds": 1}, {}, {"num_total_labeled": [10, "", 30, 40, 50, 60]},
         "num_total_labeled of seed 1 is '' in line 3, expected a finite number"),
    ],
)  # fmt: skip
def test_what_the_files_cannot_tell_is_said(rule, params, changes, sentence, tmp_path):
    found = stopped(saved(tmp_path, params=PARAMS | params, **changes), **rule)
    assert found.reason_missing == sentence
    assert (found.rounds, found.labels, found.results, found.seeds, found.seeds_stopped) == ((), (), (), (1,), ())


@pytest.mark.parametrize("rule", [{"target_accuracy": 0.5}, {"stable_kappa": 0.9}, {"max_entropy": 0.5}])
def test_rules_for_classes_alone(rule, tmp_path):
    found = stopped(saved(tmp_path, REGRESSION), **rule)
    assert found.reason_missing == f"{next(iter(rule))}: is for classes, and these runs predict numbers"


def test_one_seed_that_cannot_tell_is_named(tmp_path):
    group = [saved(tmp_path), saved(tmp_path, seed=7, **OLD)]
    found = replay([group], [StopRules(max_entropy=0.5), StopRules(plateau_rounds=1)])
    assert found[0].reason_missing.startswith("max_entropy: seed 7 has")
    assert (found[1].reason_missing, found[1].rounds) == ("", (2, 2))


def test_a_round_without_a_result_can_still_be_the_last(tmp_path):
    found = stopped(saved(tmp_path, eval_acc=[0.3, 0.4, "", 0.7, 0.7, 0.8]), plateau_rounds=1)
    assert (found.rounds, found.mean_labels) == ((2,), 30)
    assert math.isnan(found.mean_loss)


def test_a_run_without_a_round_cannot_tell(tmp_path):
    found = stopped(saved(tmp_path, {name: [] for name in VALUES}), plateau_rounds=1)
    assert found.reason_missing == "seed 1 has no round yet"


def given(rules):
    return [rule.model_dump(exclude_none=True) for rule in rules]


def test_the_rules_that_suit_four_classes(tmp_path):
    groups = [[saved(tmp_path, valid_acc=[0.3, 0.5, 0.92, 0.9, 0.9, 0.9])]]
    expected = [
        {"plateau_rounds": 3}, {"plateau_rounds": 5}, {"stable_kappa": 0.99}, {"stable_kappa": 0.95},
        {"max_entropy": 0.14}, {"max_entropy": 0.069}, {"target_accuracy": 0.83}, {"target_accuracy": 0.87},
    ]  # fmt: skip  # 0.1 ln 4 = 0.1386, 0.05 ln 4 = 0.0693; 0.9 · 0.92 = 0.828, 0.95 · 0.92 = 0.874
    assert given(default_rules(groups)) == expected
    assert [json.loads(result.rule) for result in replay(groups)] == expected


@pytest.mark.parametrize("classes", [None, 4, "abcd", [], ["a"]])
def test_without_known_classes_no_entropy_is_proposed(classes, tmp_path):
    rules = given(default_rules([[saved(tmp_path, params={"classes": classes})]]))
    assert [next(iter(rule)) for rule in rules] == 2 * ["plateau_rounds"] + 2 * ["stable_kappa"] + 2 * ["target_accuracy"]


@pytest.mark.parametrize("accuracies", [[""] * 6, ["nan"] * 6, [0.0] * 6])
def test_without_a_validation_accuracy_no_target_is_proposed(accuracies, tmp_path):
    rules = given(default_rules([[saved(tmp_path, valid_acc=accuracies)]]))
    assert not any("target_accuracy" in rule for rule in rules)


def test_in_regression_only_a_plateau_is_proposed(tmp_path):
    assert given(default_rules([[saved(tmp_path, REGRESSION)]])) == [{"plateau_rounds": 3}, {"plateau_rounds": 5}]


def test_without_runs_there_is_nothing_to_say():
    assert replay([]) == []
