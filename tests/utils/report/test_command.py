"""The command that makes the same runs again."""

import shlex

import pytest

from hparams import HParams
from utils.command_line import CommandLine
from utils.report.command import command, parameters_of


def params(**given):
    values = {"sub_dir": "task", "dataset": "digits"} | given
    return HParams(**values).account({}, (), {}) | {"asked": sorted(values)}


def test_seeds_and_strategies_of_one_variant_are_one_command():
    runs = [params(framework_type=name, random_seed=seed) for name in ("random", "margin") for seed in (1, 2)]
    [line] = command(runs)
    assert shlex.split(line) == [
        "python", "framework.py", "--sub_dir=task", "--dataset=digits", '--framework_type=["random", "margin"]',
        "--random_seed=[1, 2]",
    ]  # fmt: skip


def test_the_command_is_understood_as_the_same_parameters():
    given = {
        "framework_type": "margin", "random_seed": 7, "num_epochs": 3, "sel_thresholds": [10], "run_name": "a b",
        "data_params": {"x": "it's"}, "stop": {"plateau_rounds": 3}, "warm_start": False,
    }  # fmt: skip
    wanted = HParams(sub_dir="task", dataset="digits", **given)
    for account in (wanted.model_dump(mode="json"), wanted.account({}, (), {})):
        [line] = command([account])
        parsed = CommandLine(HParams, shlex.split(line)[2:], "", {})
        assert HParams.parse(parsed.values, "here", ()) == wanted


def test_variants_have_a_command_each():
    lines = command([params(num_epochs=3), params(num_epochs=4), params(num_epochs=3, random_seed=2)])
    assert ["--num_epochs=3" in line for line in lines] == [True, False]
    assert "--random_seed=[1, 2]" in shlex.split(lines[0])


def test_parameters_of_several_strategies_go_by_name():
    runs = [params(framework_type="random"), params(framework_type="dpc", strategy_params={"share": 0.1})]
    [line] = command(runs)
    assert '--strategy_params={"dpc": {"share": 0.1}}' in shlex.split(line)


def test_the_runs_on_all_labels_belong_to_it():
    [line] = command([params()], full_data=True)
    assert "--full_data_baseline=true" in shlex.split(line)


def test_a_hostile_name_stays_one_word_of_the_shell():
    name = "x'; rm -rf ~; $(reboot) `id` \n"
    [line] = command([{"sub_dir": name, "framework_type": ["no", "name"], "random_seed": "1"}])
    assert shlex.split(line) == ["python", "framework.py", f"--sub_dir={name}"]


def test_runs_without_parameters_have_no_command():
    assert command([{}, {}]) == []


def test_rules_that_are_all_off_are_not_written():
    [line] = command(
        [{"sub_dir": "task", "stop": {"plateau_rounds": None}, "data_params": {}, "asked": ["stop", "data_params"]}]
    )
    assert shlex.split(line)[2:] == ["--sub_dir=task", "--data_params={}"]


def test_the_folder_of_the_data_is_written_where_it_was_asked_for():
    [line] = command([params(data_dir="data/grid/digits")])
    assert "--data_dir=data/grid/digits" in shlex.split(line)
    assert "data_dir" not in command([params() | {"data_dir": "not asked for"}])[0]


@pytest.mark.parametrize("asked", [5, [[1]], [{}, None], "sub_dir", {"a": 1}, None])
def test_a_list_of_what_was_asked_that_is_none_costs_nothing(asked):
    [line] = command([{"sub_dir": "task", "framework_type": 3, "strategy_params": [1], "asked": asked}])
    assert "--sub_dir=task" in shlex.split(line)


def test_what_params_json_holds_besides_is_no_parameter():
    names = ("parts", "environment", "hardware", "grid")
    besides = {"version": 1, "classes": [], "asked": []} | {name: {} for name in names}
    assert parameters_of(besides | {"model": "cnn"}) == {"model": "cnn"}
