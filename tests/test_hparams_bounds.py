"""The law of the parameters, written out once more by hand: group, default, bounds and choices of each, to the last digit."""

import math
import re
from pathlib import Path

import pytest
from pydantic import ValidationError

import hparams as parameters
from hparams import HParams
from utils.constraints import sentences
from utils.errors import DataError, ParameterError

MOST = 2**31 - 1


def spec(right, wrong):
    return right, wrong


def whole(low, high=MOST):
    return spec([low, high], [low - 1, high + 1, low + 0.5, True, str(low)])


def number(low, high=None, *, without=""):
    """A float from `low` to `high`; `without` names the ends that do not belong to it."""
    near = 1e-9
    right = [low + near if "low" in without else low]
    wrong = [low if "low" in without else low - near, True, "0.5"]
    if high is None:
        return spec([*right, 1e300], [*wrong, -1.0, [1]])
    above = high + max(near, math.ulp(high))
    return spec([*right, high - near if "high" in without else high], [*wrong, high if "high" in without else above])


def choice(*names):
    return spec([*names], [f"{name}X" for name in names] + [f"X{names[0]}", "", 1.5])


def items(right, at_most=None):
    """A list of one value or more."""
    long = [] if at_most is None else [[right[0]] * at_most]
    return spec([[right[0]], [*right], *long], [[], [None], "", *([*one, right[0]] for one in long)])


def either(*specs):
    return spec([value for right, _ in specs for value in right], [value for _, wrong in specs for value in wrong])


TEXT, TRUTH, NULL = spec(["x"], [1, True]), spec([True, False], [0, 1, "true", None]), spec([None], [])
TEXTS = items(["a", "b"])[0], [[], [1], 1]
COUNT = whole(1)
NAMES = either(TEXT, spec([["a"], ["a", "b"], ["a"] * 100], [[], [1], ["a"] * 101]))
OBJECT = spec([{}, {"a": 1}], [[], "a", None])

LAW = {
    "Experiment": {
        "sub_dir": (..., TEXT),
        "mode": ("active_learning", choice("active_learning", "train", "cross_validate")),
        "framework_type": ("random", NAMES),
        "strategy_params": ({}, OBJECT),
        "random_seed": (1, either(
            whole(0, 2**63 - 1), spec([[0], [2**63 - 1], [1] * 10_000], [[], [-1], [2**63], [1] * 10_001]),
        )),
        "max_round": (60, whole(0)),
        "num_select_per_round": (200, either(COUNT, spec([[1], [MOST], [1] * 500], [[], [0], [MOST + 1], [1] * 501]))),
        "grid": ({}, spec([{}, {"batch_size": [1]}, {"a": [1] * 500}, {str(number): [1] for number in range(100)}],
                          [{"a": []}, {"a": 1}, {"a": [1] * 501}, {str(number): [1] for number in range(101)}, [], None])),
        "stop": ({}, spec([{}, {"label_budget": 1}], [{"zzz": 1}, {"label_budget": 0}, [], None])),
        "full_data_baseline": (False, TRUTH),
        "num_folds": (4, whole(2, 1000)),
        "fold": (None, either(spec([1, 10**9], [0, -1, 1.5, True]), choice("final"), NULL)),
        "final_epochs": (None, either(COUNT, NULL)),
        "curve_smoothing": (0.9, number(0, 1, without="high")),
        "curve_skip": (10, whole(0)),
        "run_name": (None, either(TEXT, NULL)),
    },
    "Selection": {
        "initial_selection": ("random", choice("random", "stratified", "kmeans", "typiclust")),
        "initial_space": ("raw", choice("raw", "embedded")),
        "candidate_pool": (None, either(COUNT, NULL)),
        "num_passes": (20, whole(2, 1000)),
        "num_members": (5, whole(2, 100)),
        "num_augmented": (8, whole(2, 1000)),
        "augmentations": (None, either(TEXTS, items(["a"], 100), NULL)),
        "autolabel": ("no", choice("no", "all", "stepwise")),
        "autolabel_step": (10, COUNT),
    },
    "Data": {
        "dataset": (None, either(NAMES, NULL)),
        "data_params": ({}, OBJECT),
        "data_dir": (None, either(TEXT, NULL)),
        "class_names": (None, either(TEXTS, NULL)),
        "num_classes": (None, either(COUNT, NULL)),
        "task": (None, either(choice("multiclass", "binary", "regression"), NULL)),
        "num_total": (100_000, COUNT),
        "test_percent": (0.2, either(number(0, 1, without="high"), NULL)),
        "valid_percent": (0.0, number(0, 1, without="high")),
        "labeled_percent": (0.1, number(0, 1, without="low")),
        "group_by": (None, either(TEXT, NULL)),
        "test_groups": (None, either(TEXTS, NULL)),
        "max_bad_files": (0.01, number(0, 1)),
    },
    "Audio": {
        "sample_rate": (22_050, whole(1000, 192_000)),
        "num_bands": (60, whole(1, 512)),
        "num_frames": (41, whole(2, 4096)),
        "hop_length": (512, whole(16, 65_536)),
        "fft_length": (2048, whole(32, 65_536)),
        "use_delta": (True, TRUTH),
        "short_clips": ("pad", choice("pad", "drop")),
    },
    "Learning": {
        "backend": ("keras", choice("keras", "tf")),
        "model": (None, either(NAMES, NULL)),
        "model_params": ({}, OBJECT),
        "num_epochs": (50, COUNT),
        "batch_size": (64, COUNT),
        "learning_rate": (0.0005, number(0, 10, without="low")),
        "optimizer": ("adam", choice("adam", "rmsprop")),
        "clip_norm": (None, either(number(0, 1e9, without="low"), NULL)),
        "loss": (None, either(choice("cross_entropy", "mse"), NULL)),
        "label_smoothing": (0.0, number(0, 1, without="high")),
        "class_weight": ("inverse", either(
            choice("inverse", "balanced", "none"), spec([[0.0], [1, 1e9]], [[], [-1e-9], [1.1e9], None]),
        )),
        "early_stopping": (None, either(COUNT, NULL)),
        "pretrained": (None, either(
            spec([{"path": "x.keras", "sha256": "0" * 64}], [{}, "x.keras", {"path": "x.keras"}]), NULL,
        )),
        "frozen": (None, either(choice("extractor"), TEXTS, items(["a"], 1000), NULL)),
        "warm_start": (True, TRUTH),
        "load_pretrained": (True, TRUTH),
        "pre_train": (False, TRUTH),
        "checkpoint": ("best", choice("best", "best_of_round", "last")),
        "checkpoint_on": ("validation", choice("validation", "test_as_founding_systems_did")),
        "monitor": ("accuracy", choice("accuracy", "loss")),
        "decision_threshold": (
            0.5, either(number(0, 1, without="low high"), choice("f1", "balanced_accuracy", "accuracy", "youden")),
        ),
        "metric_baseline": (0.0, number(0, 1)),
    },
    "History and pseudo-labels": {
        "hist_sel_mode": ("all", either(
            choice("all", "certain", "var", "no"),
            spec([["all"], ["all", "certain", "var", "no"]], [[], ["some"], ["all", "certain", "var", "no", "all"]]),
        )),
        "sel_thresholds": ([10_000], either(COUNT, spec([[1], [MOST], [1] * 1000], [[], [0], [MOST + 1], [1] * 1001]))),
        "hist_keep": (0.5, number(0, 1, without="low")),
        "hist_rule": (
            "highest_entropy", choice("highest_entropy", "lowest_entropy", "random", "density_peaks", "misclassified")
        ),
        "pseudo_label": (False, TRUTH),
        "decay_threshold": (0.046, number(0)),
        "decay_rate": (0.001, number(0)),
    },
    "Oracle": {
        "oracle": ("simulated", choice("simulated", "web", "label_studio", "csv")),
        "oracle_error_rate": (0.0, number(0, 1)),
        "annotators": (None, either(
            spec([[{"name": "a"}], [{"name": str(number)} for number in range(100)]],
                 [[], ["a"], [{"name": str(number)} for number in range(101)]]),
            NULL,
        )),
        "annotators_per_sample": (1, whole(1, 100)),
        "new_classes": (False, TRUTH),
        "show_guess": (False, TRUTH),
        "prefetch": (0, whole(0, 10_000)),
        "web_host": ("127.0.0.1", TEXT),
        "web_port": (8765, whole(1, 65_535)),
        "label_studio_url": ("http://localhost:8080", TEXT),
    },
    "Running": {
        "threads": (None, either(whole(1, 1024), NULL)),
        "num_workers": (None, either(whole(1, 1024), NULL)),
        "executor": ("local", choice("local", "ray")),
        "ray_address": (None, either(TEXT, NULL)),
        "gpus_per_run": (0.0, number(0, 64)),
        "shard_scoring": (False, TRUTH),
        "map_projection": ("pca", choice("pca", "tsne")),
        "overwrite": (False, TRUTH),
        "tensorboard": (False, TRUTH),
        "mlflow": (False, TRUTH),
        "mlflow_uri": (None, either(TEXT, NULL)),
    },
}  # fmt: skip
FIELDS = {name: (group, *rest) for group, fields in LAW.items() for name, rest in fields.items()}
CHANGES_NO_RESULT = {
    "grid", "full_data_baseline", "data_dir", "show_guess", "prefetch", "web_host", "web_port", "label_studio_url",
    "num_workers", "executor", "ray_address", "gpus_per_run", "shard_scoring", "map_projection", "overwrite", "tensorboard",
    "mlflow", "mlflow_uri",
}  # fmt: skip
MATTERS_LATER = {
    "framework_type", "strategy_params", "run_name", "max_round", "num_select_per_round", "stop", "hist_sel_mode",
    "sel_thresholds", "hist_keep", "hist_rule", "pseudo_label", "decay_threshold", "decay_rate", "candidate_pool",
    "num_passes", "num_members", "num_augmented", "augmentations", "autolabel", "autolabel_step",
}  # fmt: skip


def alone(name, value):
    return HParams.model_validate({"sub_dir": "x", name: value}, context={"each_alone": True})


def params(**values):
    return HParams(**{"sub_dir": "x"} | values)


def test_these_are_all_parameters_in_this_order():
    assert list(HParams.model_fields) == list(FIELDS)
    assert {name: parameters.about(name)["group"] for name in FIELDS} == {name: group for name, (group, *_) in FIELDS.items()}
    assert {name for name in FIELDS if not parameters.about(name)["changes_results"]} == CHANGES_NO_RESULT


def test_every_default():
    assert HParams.defaults() == {name: default for name, (_, default, _) in FIELDS.items() if default is not ...}
    assert {name: type(value) for name, value in HParams.defaults().items()} == {
        name: type(default) for name, (_, default, _) in FIELDS.items() if default is not ...
    }


@pytest.mark.parametrize("name", FIELDS)
def test_what_is_allowed_and_what_is_just_beyond(name):
    right, wrong = FIELDS[name][2]
    for value in right:
        kept = getattr(alone(name, value), name)
        assert kept == value or name in {"stop", "pretrained", "annotators"}
    for value in wrong:
        with pytest.raises(ValidationError):
            alone(name, value)


def test_on_what_results_depend():
    assert set(params().result_params()) == set(FIELDS) - CHANGES_NO_RESULT
    assert set(params().result_params(of_initial_model=True)) == set(FIELDS) - CHANGES_NO_RESULT - MATTERS_LATER
    assert params(oracle="web").result_params()["oracle"] == params(oracle="csv").result_params()["oracle"] == "people"
    assert params().result_params()["oracle"] == "simulated"
    assert params(pretrained={"path": "a.keras", "sha256": "0" * 64}).result_params()["pretrained"] == "0" * 64


def test_what_is_set_is_frozen_and_nothing_else_is_allowed():
    with pytest.raises(ValidationError, match="frozen"):
        params().sub_dir = "y"
    with pytest.raises(ValidationError, match="zzz"):
        params(zzz=1)


def test_conflicts_are_found_by_either_door():
    wrong = {"sub_dir": "x", "task": "multiclass", "num_classes": 1}
    with pytest.raises(ValidationError, match="num_classes: received 1"):
        HParams(**wrong)
    both = wrong | {"checkpoint": "last", "early_stopping": 3}
    with pytest.raises(ValidationError) as refused:
        HParams(**both)
    with pytest.raises(ParameterError) as parsed:
        HParams.parse(both)
    assert sentences(refused.value, HParams) == ["\n  ".join(parsed.value.problems)]
    assert len(parsed.value.problems) == 2
    with pytest.raises(ParameterError, match=r"^params\.json: 1 error\n  num_classes: received 1") as caught:
        HParams.parse(wrong, "params.json")
    assert len(caught.value.problems) == 1
    with pytest.raises(ParameterError, match=r"^parameters: "):
        HParams.parse(wrong)
    assert HParams.model_validate(wrong, context={"each_alone": True}).num_classes == 1


def test_checks_of_others_see_every_cell_and_what_is_right_of_the_rest():
    def check(one):
        return [f"rounds {one.max_round}", f"sub_dir {one.sub_dir}"]

    with pytest.raises(ParameterError) as caught:
        HParams.parse({"sub_dir": "x", "grid": {"max_round": [3, 4]}}, checks=(check, check))
    assert caught.value.problems == ["rounds 3", "sub_dir x", "rounds 4"]
    with pytest.raises(ParameterError) as caught:
        HParams.parse({"max_round": 5, "batch_size": 0, "stop": {"label_budget": 0}}, checks=(check,))
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "sub_dir", "stop.label_budget", "batch_size", "rounds 5", "sub_dir digits",
    ]  # fmt: skip
    with pytest.raises(ParameterError) as caught:
        HParams.parse({"sub_dir": "x", "executor": "local", "gpus_per_run": 1.0}, checks=(check,))
    assert [problem.split(":")[0] for problem in caught.value.problems] == ["gpus_per_run", "rounds 60", "sub_dir x"]


def test_faulty_lists_are_told_before_anything_is_checked_with_them():
    with pytest.raises(ParameterError) as caught:
        HParams.parse({"sub_dir": "x", "grid": {"zzz": [1]}}, checks=(lambda one: ["never asked"],))
    assert caught.value.problems == ["grid.zzz: unknown parameter"]


def test_a_single_run_says_where_it_is_and_what_it_is_called():
    run = params(sub_dir="a/b", framework_type=["margin"], random_seed=[7], run_name="n")
    assert run.run_folder(Path("out")) == Path("out/a/b/stats/margin/n/run_7")
    assert run.key() == {"strategy": "margin", "variant": "n", "seed": 7}
    assert (run.title(), run.variant(), run.strategy_folder(), run.names()) == ("margin/n/seed 7", "n", "margin", ["margin"])
    assert params().run_folder(Path("out")) == Path("out/x/stats/random/run_1")
    assert (params().title(), params().variant(), params().point) == ("random/seed 1", None, {})
    assert params(full_data_baseline=True).strategy_folder() == parameters.FULL_DATA == "full_data"
    assert params(mode="train").strategy_folder() == "train"
    of_fold = params(mode="cross_validate", fold=2, run_name="n")
    assert (of_fold.strategy_folder(), of_fold.variant()) == ("cross_validate", "n_fold_2")
    assert params(mode="cross_validate", fold="final").variant() == "final"


@pytest.mark.parametrize(
    ("mode", "shown"),
    [
        ("active_learning", ("comparison", "comparison.png")),
        ("cross_validate", ("cross-validation", "cross_validation.png")),
        ("train", ("results", "stats/train")),
    ],
)
def test_where_the_results_are_looked_at(mode, shown):
    assert params(mode=mode).shown_in() == shown


@pytest.mark.parametrize(
    ("values", "of_set", "tasks"),
    [
        ({}, None, "binary multiclass"),
        ({}, 1, "binary"),
        ({}, 2, "binary multiclass"),
        ({}, 3, "multiclass"),
        ({"num_classes": 1}, 2, "binary"),
        ({"num_classes": 2}, 5, "binary multiclass"),
        ({"num_classes": 5}, 2, "multiclass"),
        ({"task": "regression"}, 2, "regression"),
        ({"task": "binary"}, 3, "binary"),
        ({"new_classes": True, "oracle": "web", "class_names": ["a", "b"]}, 2, "multiclass"),
    ],
)
def test_which_tasks_it_may_be(values, of_set, tasks):
    assert params(**values).tasks(of_set) == set(tasks.split())
    assert of_set or params(**values).tasks() == set(tasks.split())


def test_what_a_task_is():
    assert params(task="binary").is_binary()
    assert params(num_classes=1).is_binary()
    assert not params().is_binary()
    assert not params(num_classes=2).is_binary()
    assert (params(task="regression").is_regression(), params().is_regression()) == (True, False)
    assert (params(oracle="web").asks_people(), params().asks_people()) == (True, False)


def test_data_sets_and_kinds_of_data_are_looked_at():
    with pytest.raises(DataError, match="num_classes: received 3"):
        params(num_classes=3).check_classes(["a", "b"])
    [problem] = params(initial_selection="kmeans").conflicts_with("text")
    assert problem.startswith("initial_selection: 'kmeans' compares samples")
    assert params(data_dir="/elsewhere").data_folder() == Path("/elsewhere")
    assert params(sub_dir="a/b").data_folder() == Path("data/a/b")
    with pytest.raises(ParameterError, match=r"'\.\.' is no folder name below data/"):
        alone("sub_dir", "..").data_folder()


@pytest.mark.parametrize(
    ("engines", "given", "asked", "expected"),
    [
        ("a", {"beta": 1}, "a", {"beta": 1}),
        (["a", "b"], {"a": {"beta": 1}}, "a", {"beta": 1}),
        (["a", "b"], {"a": {"beta": 1}}, "b", {}),
        (["a", "b"], {"beta": 1}, "b", {"beta": 1}),
    ],
)
def test_parameters_of_an_engine(engines, given, asked, expected):
    one = params(framework_type=engines, strategy_params=given)
    found = one.params_of(asked)
    assert found == expected
    found["other"] = 1
    assert one.params_of(asked) == expected
    assert alone("strategy_params", {"random": 5}).params_of("random") == {}


def test_history():
    assert [params().history_mode(name) for name in ("random", "hist_select")] == ["all", "certain"]
    assert [params(hist_sel_mode="no").history_mode(name) for name in ("random", "hist_select")] == ["no", "no"]
    several = {"sel_thresholds": [5, 9]}
    assert params(**several).thresholds("random") == [5]
    assert params(**several).thresholds("hist_select") == [5, 9]
    assert params(**several, hist_sel_mode="var").thresholds("random") == [5, 9]
    assert params(**several, hist_sel_mode="certain").thresholds("random") == [5, 9]
    assert params(**several, hist_sel_mode="no").thresholds("random") == [5]
    assert params(sel_thresholds=7).thresholds("random") == [7]
    assert (params(random_seed=3).seeds(), params(random_seed=[3, 4]).seeds()) == ([3], [3, 4])


def test_cells_know_their_point():
    cells = params(grid={"batch_size": [8, 16]}, num_select_per_round=[5]).cells()
    assert [(cell.batch_size, cell.num_select_per_round, cell.point) for cell in cells] == [
        (8, 5, {"batch_size": 8}),
        (16, 5, {"batch_size": 16}),
    ]
    [only] = params().cells()
    assert only.point == {}
    assert params().point is not params().point


@pytest.mark.parametrize(
    ("values", "pool", "given", "labels"),
    [
        ({"max_round": 3}, 1000, 0, [100, 300, 500, 700]),
        ({"max_round": 9}, 450, 0, [45, 245, 445, 450]),
        ({"max_round": 0}, 1000, 0, [100]),
        ({"max_round": 1}, 4, 0, [1, 4]),
        ({"max_round": 2}, 1000, 30, [30, 230, 430]),
        ({"max_round": 9, "stop": {"label_budget": 350}}, 1000, 0, [100, 300, 350]),
        ({"max_round": 9, "stop": {"label_budget": 5000}}, 400, 0, [40, 240, 400]),
        ({"max_round": 9, "stop": {"label_budget": 100}}, 1000, 0, [100]),
    ],
)
def test_labels_planned(values, pool, given, labels):
    assert params(**values).planned_labels(pool, given) == labels
    assert given or params(**values).planned_labels(pool) == labels


def test_fewer_labels_than_there_are_at_the_start_are_refused():
    words = re.escape("stop.label_budget: received 99, but 100 samples are labelled at the start")
    with pytest.raises(ParameterError, match=words):
        params(stop={"label_budget": 99}).planned_labels(1000)


def test_the_final_model_waits_for_the_folds_unless_its_epochs_are_given():
    final = {"mode": "cross_validate", "fold": "final"}
    assert params(**final).waits_for_folds()
    assert not params(**final, final_epochs=3).waits_for_folds()
    assert not params(mode="cross_validate", fold=2).waits_for_folds()


def test_full_data_runs_stand_at_the_defaults_of_what_matters_later():
    later = {"num_members": 7, "num_passes": 9, "hist_keep": 0.7, "decay_rate": 0.5}
    run, _ = params(full_data_baseline=True, batch_size=8, **later).single_runs()
    assert {name: getattr(run, name) for name in ("num_members", "num_passes", "hist_keep", "decay_rate", "batch_size")} == {
        "num_members": 5, "num_passes": 20, "hist_keep": 0.5, "decay_rate": 0.001, "batch_size": 8,
    }  # fmt: skip
    assert run.max_round == 0


def test_both_tables_are_printed(capsys):
    assert parameters.main(["--table"]) == 0
    printed = capsys.readouterr().out
    assert printed == parameters.parameter_table()
    assert "| `max_round` | a whole number ≥ 0 | `60` | rounds at most |" in printed
    assert parameters.main([]) == 2
