"""Lists multiply: every combination once, in a folder of its own, checked like any other parameter."""

import itertools

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hparams import HParams
from utils.errors import ParameterError
from utils.grid import axes, cells, parts


def parsed(**values):
    return HParams.parse({"sub_dir": "digits"} | values)


def test_without_lists_there_is_one_cell_the_experiment_itself():
    params = parsed(framework_type=["random", "margin"], random_seed=[1, 2])
    assert cells(params) == [params]
    assert params.point == {}


def test_every_combination_once_with_its_name_and_its_point():
    params = parsed(
        model=["cnn", "softmax"], num_select_per_round=[5, 10], grid={"learning_rate": [0.01, 0.1]}, run_name="night"
    )
    found = params.cells()
    assert [(cell.model, cell.num_select_per_round, cell.learning_rate) for cell in found] == list(
        itertools.product(["cnn", "softmax"], [5, 10], [0.01, 0.1])
    )
    assert found[1].run_name == "night_model_cnn_num_select_per_round_5_learning_rate_0.1"
    assert found[1].point == {"model": "cnn", "num_select_per_round": 5, "learning_rate": 0.1}
    assert {cell.run_name for cell in found} == {single.run_name for cell in found for single in cell.single_runs()}
    assert len({cell.run_name for cell in found}) == 8
    assert all(single.point == cell.point and single.grid == {} for cell in found for single in cell.single_runs())


def test_a_list_of_one_value_names_nothing():
    [cell] = parsed(model=["cnn"], grid={"learning_rate": [0.1]}).cells()
    assert (cell.model, cell.learning_rate, cell.run_name, cell.point) == ("cnn", 0.1, None, {})


def test_what_does_not_vary_is_not_checked_anew_for_each_cell():
    params = parsed(dataset="audio_folders", class_names=["a", "b"], grid={"batch_size": [8, 9], "num_epochs": [1, 2]})
    assert all(cell.class_names is params.class_names for cell in params.cells())


def test_values_are_held_by_cells_as_they_are_by_an_experiment():
    cells = parsed(grid={"stop": [{"label_budget": 5000}, {}], "learning_rate": [1]}).cells()
    assert [cell.stop.label_budget for cell in cells] == [5000, None]
    assert [type(cell.learning_rate) for cell in cells] == [float, float]
    assert [cell.point for cell in cells] == [{"stop": {"label_budget": 5000}}, {"stop": {}}]


def test_when_enough_is_wrong_no_further_cell_is_checked():
    seen = []

    def check(cell):
        seen.append(cell.batch_size)
        return [f"{cell.batch_size}: {number}" for number in range(10)]

    with pytest.raises(ParameterError, match="20 errors"):
        HParams.parse({"sub_dir": "digits", "grid": {"batch_size": [1, 2, 3, 4]}}, checks=(check,))
    assert seen == [1, 2]


def test_all_wrong_values_of_all_lists_are_told():
    with pytest.raises(ParameterError) as caught:
        parsed(grid={"learning_rate": [20, 0.1, 30], "batch_size": [1, 0]})
    assert [problem.split(";")[0] for problem in caught.value.problems] == [
        "learning_rate: received 20", "learning_rate: received 30", "batch_size: received 0",
    ]  # fmt: skip


def test_a_folder_that_cannot_be_hides_nothing_else_that_is_wrong_with_several_data_sets():
    with pytest.raises(ParameterError) as caught:
        parsed(sub_dir="../x", dataset=["digits", "imbalanced"], batch_size=0)
    assert [problem.split(" ")[0] for problem in caught.value.problems] == ["batch_size:", "sub_dir:"]


def test_several_data_sets_have_folders_and_options_of_their_own():
    of_each = {"imbalanced": {"samples": 300}}
    one, other = parsed(dataset=["digits", "imbalanced"], data_dir="x", data_params=of_each).cells()
    assert (one.data_dir, one.data_params) == ("x/digits", {})
    assert (other.data_dir, other.data_params) == ("x/imbalanced", {"samples": 300})
    assert [cell.data_dir for cell in parsed(dataset=["digits", "imbalanced"]).cells()] == [
        "data/digits/digits", "data/digits/imbalanced",
    ]  # fmt: skip


@example(["a b", "a_b", "a-b-1"])
@given(
    st.lists(st.one_of(st.none(), st.text(max_size=60), st.floats(0, 1), st.integers()), min_size=2, max_size=6, unique_by=repr)
)
def test_whatever_the_values_the_names_differ_and_are_names_of_folders(values):
    params = HParams(sub_dir="digits").model_copy(update={"grid": {"model_params": [{"a": value} for value in values]}})
    names = [cell.run_name for cell in cells(params)]
    assert len(set(names)) == len(names)
    assert all(len(name.encode()) < 200 and "/" not in name and name.isprintable() for name in names)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"grid": {"learning_rat": [1]}}, r"grid\.learning_rat: unknown parameter; did you mean learning_rate\?"),
        ({"grid": {"model": ["cnn"]}}, r"grid\.model: give the list to model itself"),
        ({"grid": {"random_seed": [1]}}, r"grid\.random_seed: give the list to random_seed itself"),
        ({"grid": {"sub_dir": ["a"]}}, r"grid\.sub_dir: is the same for all runs; leave it out"),
        ({"grid": {"tensorboard": [True, False]}}, r"grid\.tensorboard: is the same for all runs; leave it out"),
        ({"grid": {"threads": [1, 2]}}, r"grid\.threads: is the same for all runs; leave it out"),
        ({"grid": {"learning_rate": [0.1, 20]}}, r"learning_rate: received 20; expected a number > 0 and ≤ 10"),
        ({"grid": {"learning_rate": [0.1, 0.1]}}, r"grid\.learning_rate: received \[0\.1, 0\.1\]; each value may"),
        ({"model": ["cnn", "cnn"]}, r'model: received \["cnn", "cnn"\]; each value may stand there once'),
        ({"grid": {"learning_rate": []}}, r"grid: received \[\]; expected an object of lists"),
        ({"grid": {"learning_rate": 0.1}}, r"grid: received 0\.1; expected an object of lists"),
        ({"grid": {"task": ["multiclass", "regression"], "label_smoothing": [0.1]}}, r"label_smoothing: is for classes"),
    ],
)  # fmt: skip
def test_messages(values, message):
    with pytest.raises(ParameterError, match=message):
        parsed(**values)


def test_the_axes_are_the_lists():
    params = parsed(hist_sel_mode=["all", "certain"], grid={"batch_size": [8]})
    assert axes(params) == {"hist_sel_mode": ["all", "certain"], "batch_size": [8]}


def test_values_that_look_alike_in_a_name_are_numbered():
    names = [["a b"], ["a_b"], ["a-b-1"]]
    found = [cell.run_name for cell in cells(parsed(grid={"test_groups": names}, group_by="speaker"))]
    assert found == ["test_groups_a-b-1", "test_groups_a-b-2", "test_groups_a-b-1-3"]
    assert parts("x", ["A", "a"]) == ["x_A-1", "x_a-2"]
    assert parts("x", [None, ""]) == ["x_null-1", "x_2"]


def test_equal_numbers_are_one_value_however_they_are_written():
    with pytest.raises(ParameterError, match=r"grid\.learning_rate: received \[1, 1\.0\]; each value may stand there once"):
        parsed(grid={"learning_rate": [1, 1.0]})


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (
            {"num_select_per_round": [*range(1, 27)], "grid": {"num_epochs": [*range(1, 21)]}},
            r"grid: comes to 520 combinations \(num_select_per_round 26 · num_epochs 20\); expected 500 at most: shorten",
        ),
        (
            {"framework_type": ["random", "margin"], "random_seed": [*range(5_001)]},
            r"grid: comes to 10,002 runs \(framework_type 2 · random_seed 5,001\); expected 10,000 at most: shorten the lists",
        ),
        ({"random_seed": [*range(10_001)]}, r"random_seed: received too many values; expected 10,000 at most"),
    ],
)
def test_more_runs_than_anybody_could_plan_are_refused(values, words):
    with pytest.raises(ParameterError, match=words):
        parsed(**values)
