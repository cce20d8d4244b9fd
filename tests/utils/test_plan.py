"""The plan in numbers, held against counting, and each of its warnings."""

import re
from dataclasses import replace

import numpy as np
import pytest

from hparams import HParams
from utils.data.parts import choose_parts
from utils.data.source import SampleTable
from utils.errors import ParameterError
from utils.plan import Plan

GROUPS = {"clip": np.array([f"clip {sample // 4}" for sample in range(400)])}


def table_of(groups=None, test=None, classes=("cat", "dog")):
    labels = np.arange(400) % len(classes)
    return SampleTable(labels, tuple(classes), np.array([str(sample) for sample in range(400)]), groups or {}, test)


def plan_of(table=None, **values):
    table = table or table_of()
    given = {"sub_dir": "x", "dataset": "pets", "model": "cnn", "random_seed": [1, 2, 3, 4, 5]} | values
    hparams = HParams.parse(given)
    parts = choose_parts(table, hparams.part_settings(), hparams.seeds()[0])
    labels = hparams.planned_labels(len(parts.train))
    return Plan(hparams.model_dump(), table, parts, sum(1 for _ in hparams.single_runs()), labels)


def counted(start, each, rounds, pool, budget):
    """Labels at the start, in all, and rounds, by buying them one round after the other."""
    bought = first = max(1, round(start * pool))
    for number in range(rounds):
        wanted = min(each, pool - bought, max(0, (budget or 10**9) - bought))
        if wanted == 0:
            return first, bought, number
        bought += wanted
    return first, bought, rounds


@pytest.mark.parametrize("start", [0.001, 0.1, 1.0])
@pytest.mark.parametrize("each", [1, 7, 320, 1000])
@pytest.mark.parametrize("rounds", [0, 1, 10, 500])
@pytest.mark.parametrize("budget", [None, 1, 33, 100, 10000])
def test_labels_and_rounds_are_those_that_buying_takes(start, each, rounds, budget):
    values = {"labeled_percent": start, "num_select_per_round": each, "max_round": rounds, "stop": {"label_budget": budget}}
    if budget and budget < max(1, round(start * 320)):
        with pytest.raises(ParameterError, match="labelled at the start"):
            plan_of(**values)
        return
    plan = plan_of(**values)
    first, total, needed = counted(start, each, rounds, 320, budget)
    assert (plan.labels[0], plan.labels[-1], len(plan.labels) - 1) == (first, total, needed)
    rounds = "1 round" if needed == 1 else f"{needed:,} rounds"
    assert f"{first:,} at the start, then {rounds} of {each:,}: {total:,} in all" in plan.text()


def test_a_class_can_neither_steer_the_terminal_nor_add_a_line():
    lines = plan_of(table_of(classes=("a\nruns       9", "\x1b[31mred"))).text().splitlines()
    assert [line for line in lines if line.startswith("runs")] == [lines[0]]
    assert any(r"(a\nruns       9, \x1b[31mred)" in line for line in lines)


def test_every_fact_is_there():
    text = plan_of(
        framework_type=["margin", "random"], full_data_baseline=True, valid_percent=0.1, labeled_percent=0.1, max_round=3,
        num_select_per_round=10, warm_start=False, pre_train=True,
    ).text()  # fmt: skip
    assert text.splitlines() == [
        "runs       15: margin, random; seeds 1, 2, 3, 4, 5; and once per seed on all labels",
        "data       pets: 400 samples, 2 classes (cat, dog)",
        "parts      training 280, validation 40, test 80 (stratified; seed 1)",
        "labels     28 at the start, then 3 rounds of 10: 58 in all, 20.7% of the training part; and 40 for validation",
        "model      cnn on keras, 50 epochs a round, batch 64, from untrained weights each round",
        "round 0    trains on the initial labels",
        "evaluated  the best weights over all rounds, by accuracy on the validation part",
        "results    outputs/x/",
    ]


def test_many_classes_are_cut_short():
    assert (
        "40 classes (c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11 …)"
        in plan_of(table_of(classes=[f"c{number}" for number in range(40)])).text()
    )


OWN = np.arange(400) >= 300


@pytest.mark.parametrize(
    ("table", "values", "words"),
    [
        (table_of(), {}, "(stratified; seed 1)"),
        (table_of(GROUPS), {}, "(stratified, by clip; seed 1)"),
        (table_of(GROUPS), {"group_by": "none"}, "(stratified; seed 1)"),
        (table_of(test=OWN), {"test_percent": None}, "(test part of the set; seed 1)"),
        (table_of(GROUPS), {"group_by": "clip", "test_groups": ["clip 0", "clip 9"]}, "(test: clip clip 0, clip 9; seed 1)"),
        (table_of(GROUPS), {"test_groups": ["clip 0", "clip 9"]}, "(test: clip clip 0, clip 9; seed 1)"),
    ],
)
def test_how_the_split_is_made(table, values, words):
    assert words in plan_of(table, **values).text()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({},
         ("the best weights over all rounds, "
          "by accuracy on a stratified tenth of the labelled samples, which is not trained on")),
        ({"checkpoint": "best_of_round", "valid_percent": 0.1},
         "the best epoch of each round, by accuracy on the validation part"),
        ({"checkpoint": "last"}, "the last epoch of each round"),
        ({"checkpoint_on": "test_as_founding_systems_did"}, "the best weights over all rounds, by accuracy on the test part"),
    ],
)  # fmt: skip
def test_what_is_evaluated(values, words):
    assert f"evaluated  {words}\n" in plan_of(**values).text()


@pytest.mark.parametrize(
    ("values", "words"),
    [({}, "only evaluates the initial model (pre_train is false)"), ({}, "trained on from round to round")],
)
def test_the_defaults_are_said(values, words):
    assert words in plan_of(**values).text()


@pytest.mark.parametrize(
    ("table", "values", "warning"),
    [
        (
            table_of(),
            {"checkpoint_on": "test_as_founding_systems_did"},
            "chosen on the test part, .* the results are optimistic",
        ),
        (table_of(), {"framework_type": ["margin", "random"], "random_seed": [1, 2]}, "^2 seeds: five or more are needed"),
        (table_of(), {"framework_type": ["margin", "random"], "random_seed": 1}, "^1 seed: five or more are needed"),
        (
            table_of(GROUPS),
            {"group_by": "none"},
            "the split ignores clip: the same one lies in the training and in the test part .*group_by",
        ),
        (table_of(test=OWN), {}, r"a test part of its own \(100 samples\); test_percent null uses it"),
        (table_of(), {"num_total": 350}, "num_total leaves out 50 samples"),
        (
            table_of(),
            {"hist_sel_mode": "certain"},
            "above 10,000 labels .sel_thresholds., and at most 320 are bought: all history",
        ),
        (table_of(), {"framework_type": "hist_select", "max_round": 0}, "history is selected above 10,000 labels"),
    ],
)
def test_each_warning(table, values, warning):
    plan = plan_of(table, **values)
    assert len(plan.warnings()) == 1
    assert re.search(warning, plan.warnings()[0])
    assert plan.text().splitlines()[-1] == f"warning    {plan.warnings()[0]}"


def test_nothing_to_warn_of():
    assert plan_of(table_of(GROUPS), framework_type=["margin", "random"]).warnings() == []
    assert plan_of(random_seed=1).warnings() == []


def targets_of():
    return SampleTable(np.arange(400, dtype=np.float32) * 2 - 100, (), np.arange(400).astype(str))


@pytest.mark.parametrize(
    ("values", "lines"),
    [
        (
            {"mode": "train", "random_seed": [3, 4]},
            [
                "runs       2: one plain training per seed; seeds 3, 4",
                "data       pets: 400 samples, 2 classes (cat, dog)",
                "parts      training 320, validation 0, test 80 (stratified; seed 3)",
                "labels     all 320 of the training part",
                "model      cnn on keras, 50 epochs, batch 64",
                "evaluated  the best epoch, by accuracy on a stratified tenth of the labelled samples, which is not trained on",
                "results    outputs/x/",
            ],
        ),
        (
            {"mode": "cross_validate", "checkpoint": "last", "num_folds": 5, "valid_percent": 0.1, "random_seed": [1, 2]},
            [
                "runs       12: 5 folds and the final model; seeds 1, 2",
                "data       pets: 400 samples, 2 classes (cat, dog)",
                "parts      training 280, validation 40, test 80 (stratified; seed 1)",
                "labels     all 280 of the training part; and 40 for validation",
                "model      cnn on keras, 50 epochs, batch 64",
                "evaluated  the last epoch, on the fold left out; of the final model, on the test part",
                "results    outputs/x/",
            ],
        ),
    ],
)
def test_every_fact_of_the_other_modes(values, lines):
    assert plan_of(**values).text().splitlines() == lines


@pytest.mark.parametrize(
    ("mode", "evaluated"),
    [("active_learning", "the best weights over all rounds, by loss on the validation part"),
     ("train", "the best epoch, by loss on the validation part")],
)  # fmt: skip
def test_every_fact_of_regression(mode, evaluated):
    text = plan_of(targets_of(), task="regression", mode=mode, valid_percent=0.1).text()
    assert "data       pets: 400 samples, targets from -100 to 698, mean 299\n" in text
    assert f"evaluated  {evaluated}\n" in text


def test_the_parts_of_regression_are_stratified_by_the_target():
    plan = plan_of(targets_of(), task="regression", valid_percent=0.1)
    for ids, count in ((plan.parts.train, 28), (plan.parts.validation, 4), (plan.parts.test, 8)):
        assert np.bincount(ids // 40, minlength=10).tolist() == [count] * 10


@pytest.mark.parametrize("mode", ["active_learning", "train"])
def test_classes_may_be_judged_by_loss(mode):
    assert "by loss on the validation part" in plan_of(monitor="loss", valid_percent=0.1, mode=mode).text()


def test_one_fold_is_not_called_all_of_them():
    values = {"mode": "cross_validate", "checkpoint": "last", "random_seed": 1}
    assert "runs       1: fold 2 of 4; seeds 1\n" in plan_of(**values, fold=2).text()
    assert "runs       1: the final model of 4 folds; seeds 1\n" in plan_of(**values, fold="final").text()


@pytest.mark.parametrize(("values", "told"), [({"task": "binary"}, True), ({"num_classes": 1}, True), ({}, False)])
def test_a_binary_task_names_the_positive_class(values, told):
    line = "2 classes (cat, dog)" + '; \'dog\' is the positive one (class_names ["dog", "cat"] turns them round)' * told
    assert f"data       pets: 400 samples, {line}\n" in plan_of(**values).text()


def test_what_was_taken_for_what_stands_in_the_plan():
    table = replace(table_of(), note="predicts the column 'pet'")
    assert "2 classes (cat, dog); predicts the column 'pet'\n" in plan_of(table).text()


def some_known(count, labels=lambda sample: sample % 2, **changes):
    """The table of which only the first `count` samples have labels."""
    known = np.array([labels(sample) if sample < count else -1 for sample in range(400)])
    return replace(table_of(), labels=known, **changes)


@pytest.mark.parametrize("oracle", ["web", "csv"])
def test_known_labels_that_people_are_asked_for_again_are_told(oracle):
    plan = plan_of(oracle=oracle, random_seed=1)
    (warning,) = plan.warnings()
    assert warning == (
        "all labels of the data set are known, and people are asked: those of the 320 samples of the training part are hidden, "
        "and people give them anew"
    )


BY_ALL = (
    "too few to judge by; with test_percent 0 they are trained on, and all labelled samples are judged by, in cross-validation"
)


@pytest.mark.parametrize(
    ("table", "values", "warnings"),
    [
        (some_known(10), {}, [f"the test part has 2 samples, {BY_ALL}"]),
        (some_known(10, lambda sample: 0), {}, [f"the test part has 2 samples and none of 'dog', {BY_ALL}"]),
        (some_known(5), {}, [f"the test part has 1 sample and none of 'cat', {BY_ALL}"]),
        (some_known(245), {}, [f"the test part has 49 samples, {BY_ALL}"]),
        (some_known(250), {}, []),
        (some_known(300, lambda sample: 0), {}, [f"the test part has 60 samples and none of 'dog', {BY_ALL}"]),
        (some_known(300, class_names=("cat", "dog", "cow", "emu", "ant", "bee")), {},
         [f"the test part has 60 samples and none of 'cow', 'emu', 'ant' …, {BY_ALL}"]),
        (some_known(0), {}, []),
        (replace(table_of(), labels=np.where(np.arange(400) < 10, 2.5, np.nan).astype(np.float32), class_names=()),
         {"task": "regression"}, [f"the test part has 2 samples, {BY_ALL}"]),
    ],
)  # fmt: skip
def test_a_test_part_that_says_little_is_told(table, values, warnings):
    by_people = {"oracle": "web", "random_seed": 1} | values
    found = [text for text in plan_of(table, **by_people, test_percent=0.2).warnings() if "no test part" not in text]
    either = re.compile("none of '(cat|dog)',")
    assert [either.sub("none of 'x',", text) for text in found] == [either.sub("none of 'x',", text) for text in warnings]
    assert not [text for text in plan_of(table, **by_people, test_percent=0.0).warnings() if BY_ALL in text]


@pytest.mark.parametrize(("values", "told"), [({"task": "binary"}, True), ({"num_classes": 1}, True), ({}, False)])
def test_a_binary_task_names_the_positive_class_where_labels_are_missing(values, told):
    line = "390 of them without a label; classes cat, dog"
    line += '; \'dog\' is the positive one (class_names ["dog", "cat"] turns them round)' * told
    assert f"data       pets: 400 samples, {line}\n" in plan_of(some_known(10), oracle="web", random_seed=1, **values).text()


@pytest.mark.parametrize(("task", "table", "counts"), [("multiclass", table_of(), "majority"), ("regression", None, "median")])
def test_what_counts_of_several_answers(task, table, counts):
    plan = plan_of(table or targets_of(), oracle="web", random_seed=1, task=task, annotators_per_sample=3)
    assert f"; each sample by 3, the {counts} counts\n" in plan.text()
