"""Every parameter: its name, what it allows, and the sentence for each value that it does not."""

import json
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import framework
import hparams
from hparams import HParams
from tests.schema_values import SCHEMA, candidates, fits, values_of
from utils.command_line import CommandLine
from utils.constraints import allowed
from utils.errors import ParameterError
from utils.parameter_file import parse_parameters

ROOT = Path(__file__).parents[1]
TABLE = hparams.parameter_table()
NUMBERS = [name for name in HParams.model_fields if re.search(r"\bnumber\b", allowed(HParams, name))]
MISSION_KEYS = [
    "sub_dir", "metric_baseline", "framework_type", "num_total", "hist_sel_mode", "sel_thresholds", "max_round", "num_epochs",
    "batch_size", "learning_rate", "decay_threshold", "decay_rate", "labeled_percent", "load_pretrained", "pre_train",
    "num_classes", "num_select_per_round", "random_seed", "test_percent", "valid_percent",
]  # fmt: skip
FOUNDING_FILE = """{
    "sub_dir": "urbansound8k",  # data/urbansound8k
    "metric_baseline": 0.628606, # full-data accuracy # not ours
    "framework_type": "random",     # random, entropy, entropy_pl, egl, ecg, dpc, edpc, aift, hist_select
    "num_total": 100000,
    "hist_sel_mode": "certain",   # "all", "certain", "var", "no"
    "sel_thresholds": [10000],
    "max_round": 60,
    "num_epochs": 50, "batch_size": 64, "learning_rate": 0.0005,
    "decay_threshold": 0.046, "decay_rate": 0.001,
    "labeled_percent": 0.1,
    "load_pretrained": true,
    "pre_train": false,
    "num_classes": 10,
    "num_select_per_round": 200,
    "random_seed": 1,
    "test_percent": 0.2,
    "valid_percent": 0,   # none
}"""


def problems_of(values, checks=()):
    with pytest.raises(ParameterError) as caught:
        HParams.parse({"sub_dir": "digits"} | values, checks=checks)
    assert len(str(caught.value).splitlines()) <= 20
    return caught.value.problems


def test_a_file_of_the_founding_system_is_accepted_comments_and_all(tmp_path):
    (tmp_path / "x.json").write_text(FOUNDING_FILE)
    line = CommandLine(HParams, [f"--param_file={tmp_path / 'x.json'}"], "", {})
    assert list(line.values) == MISSION_KEYS
    parsed = HParams.parse(line.values, checks=(framework.check_names,))
    assert {name: getattr(parsed, name) for name in MISSION_KEYS} == line.values


@pytest.mark.parametrize("name", [name for name in MISSION_KEYS if name not in {"sub_dir", "metric_baseline", "hist_sel_mode"}])
def test_the_founding_values_are_the_defaults(name):
    if name == "num_classes":
        assert HParams(sub_dir="x").num_classes is None
    else:
        assert getattr(HParams(sub_dir="x"), name) == parse_parameters(FOUNDING_FILE)[name]


def test_only_sub_dir_is_required():
    assert SCHEMA["required"] == ["sub_dir"]
    with pytest.raises(ParameterError, match=r"sub_dir: missing; expected a text \(task folder: data under"):
        HParams.parse({})


WRONG = [
    (name, value) for name, schema in SCHEMA["properties"].items() for value in candidates(schema) if not fits(value, schema)
]  # fmt: skip


@pytest.mark.parametrize("name", SCHEMA["properties"])
def test_every_value_that_the_schema_excludes_is_refused_by_name(name):
    wrong = [value for other, value in WRONG if other == name]
    assert wrong
    for value in wrong:
        [problem] = problems_of({name: value})
        assert problem.startswith((f"{name}: received ", f"{name}.zzz: unknown parameter"))
        assert "; expected " in problem or "unknown parameter" in problem


@pytest.mark.parametrize("rule", SCHEMA["$defs"]["StopRules"]["properties"])
def test_every_value_that_the_schema_excludes_is_refused_in_stop_too(rule):
    schema = SCHEMA["$defs"]["StopRules"]["properties"][rule]
    for value in [value for value in candidates(schema) if not fits(value, schema)]:
        [problem] = problems_of({"stop": {rule: value}})
        assert problem.startswith(f"stop.{rule}: received ")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"max_round": True}, "max_round: received true; expected a whole number ≥ 0"),
        ({"random_seed": 2**63},
         "random_seed: received 9223372036854775808; expected a whole number ≥ 0 or a list of whole numbers ≥ 0"),
        ({"num_total": 2**31}, "num_total: received 2147483648; expected a whole number ≥ 1"),
        ({"batch_size": 64.0}, "batch_size: received 64.0; expected a whole number ≥ 1"),
        ({"learning_rate": float("nan")}, "learning_rate: received NaN; expected a number > 0 and ≤ 10"),
        ({"learning_rate": True}, "learning_rate: received true; expected a number > 0 and ≤ 10"),
        ({"learning_rate": int("9" * 4000)}, f"learning_rate: received {'9' * 57}…; expected a number > 0 and ≤ 10"),
        ({"num_epochs": int("9" * 4000)}, f"num_epochs: received {'9' * 57}…; expected a whole number ≥ 1"),
        ({"test_percent": 1}, "test_percent: received 1; expected a number ≥ 0 and < 1 or null"),
        (
            {"random_seed": "1,2"},
            (
                'random_seed: received "1,2"; expected a whole number ≥ 0 or a list of whole numbers ≥ 0 '
                "(a list is written as in JSON: '[1, 2]')"
            ),
        ),
        ({"hist_sel_mode": "part"}, 'hist_sel_mode: received "part"; expected one of all, certain, var, no or a list of these'),
        ({"framework_type": []}, "framework_type: received []; expected a text or a list of text"),
        ({"max_ruond": 5}, "max_ruond: unknown parameter; did you mean max_round?"),
        ({"Max_Round": 5}, "Max_Round: unknown parameter; did you mean max_round?"),
        ({"stop": {"targt_accuracy": 1}}, "stop.targt_accuracy: unknown parameter; did you mean target_accuracy?"),
        ({"stop": {"label_budget": 0}}, "stop.label_budget: received 0; expected a whole number ≥ 1 or null"),
        ({"model_params": {"units": [1] * 1000}},
         f'model_params: received {{"units": [{"1, " * 15}1…; expected an object; 1,000 values at most, at whatever depth'),
        ({"strategy_params": {"a": [[2] * 999]}},
         f'strategy_params: received {{"a": [[{"2, " * 16}2…; expected an object; 1,000 values at most, at whatever depth'),
        ({"data_params": {"columns": [3] * 10_000}},
         f'data_params: received {{"columns": [{"3, " * 14}3,…; expected an object; 10,000 values at most, at whatever depth'),
        ({"pretrained": {"path": "x.keras", "sha256": "0"}},
         'pretrained: received "0"; expected an object with path, sha256 or null'),
    ],
)  # fmt: skip
def test_messages(values, sentence):
    assert problems_of(values) == [sentence]


def test_class_weight_needs_at_least_one_number():
    assert problems_of({"class_weight": []})[0].startswith("class_weight: received []")


def test_all_that_is_wrong_comes_at_once():
    wrong = {"max_round": -1, "batch_size": "x", "task": "z", "zzz": 1, "stop": {"label_budget": 0, "wall_time": -1}}
    names = sorted(problem.split(":")[0] for problem in problems_of(wrong))
    assert names == ["batch_size", "max_round", "stop.label_budget", "stop.wall_time", "task", "zzz"]


def test_what_is_no_number_comes_with_all_else_that_is_wrong():
    text = """{"batch_size": -1, "learning_rate": NaN, "max_round": 1e999, "stop": {"wall_time": -Infinity, "max_entropy": NaN},
        "strategy_params": {"beta": [{"x": -1e999}]}, "model_params": {"width": NaN}, "data_params": {"depth": Infinity},
        "grid": {"clip_norm": [1.0, NaN]}, "class_weight": [1, Infinity], "metric_baseline": 0.5}"""
    names = sorted(problem.split(":")[0] for problem in problems_of(parse_parameters(text)))
    assert names == [
        "batch_size", "class_weight", "data_params", "grid", "learning_rate", "max_round", "model_params", "stop.max_entropy",
        "stop.wall_time", "strategy_params",
    ]  # fmt: skip


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
@pytest.mark.parametrize("name", NUMBERS)
def test_no_number_is_infinite(name, number):
    assert problems_of({name: number})[0].startswith(f"{name}: received {json.dumps(number)}; expected ")


def test_what_is_wrong_alone_and_what_is_wrong_together_come_at_once():
    found = problems_of({"batch_size": 0, "checkpoint": "last", "early_stopping": 3})
    assert [problem.split(":")[0] for problem in found] == ["batch_size", "early_stopping"]
    found = problems_of({"checkpoint": "last", "early_stopping": 3, "grid": {"batch_size": [8]}})
    assert [problem.split(":")[0] for problem in found] == ["early_stopping"]


def test_unknown_names_and_conflicts_come_together():
    wrong = {"framework_type": ["marginn", "entorpy"], "checkpoint": "last", "early_stopping": 3}
    found = "\n".join(problems_of(wrong, (framework.check_names,)))
    for words in ("'marginn'; did you mean margin", "'entorpy'; did you mean entropy", "early_stopping: needs"):
        assert words in found


@pytest.mark.parametrize(
    "wrong",
    [
        {f"unknown_{number}": 1 for number in range(100)},
        {"framework_type": [f"unknown_{number}" for number in range(100)]},
        {"strategy_params": {f"unknown_{number}": 1 for number in range(100)}},
    ],
)
def test_however_much_is_wrong_the_answer_is_short(wrong):
    problems_of(wrong, (framework.check_names,))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"framework_type": "marginn"}, "there is no selection engine 'marginn'; did you mean margin?; known: "),
        ({"dataset": "digitss"}, "dataset: there is no data set 'digitss'; did you mean digits?; known: "),
        ({"sub_dir": "whales"}, "there is no data set 'whales'; known: "),
        ({"model": "cnnn"}, "'cnnn'; did you mean cnn?; known: "),
        (
            {"model": "cnn", "model_params": {"dropuot": 0.5}},
            "'cnn' has no parameter 'dropuot'; did you mean dropout?; it takes: ",
        ),
        ({"model": "cnn", "model_params": {"dropout": 2}}, "'cnn', dropout: received 2; Input should be less than 1"),
        ({"strategy_params": {"beta": 1}}, "selection engine 'random' has no parameter 'beta'; it takes: none"),
    ],
)
def test_names_are_checked_with_the_parameters(values, words):
    assert words in problems_of(values, (framework.check_names,))[0]


TOGETHER = {"task", "checkpoint", "stop", "mode", "fold", "pretrained", "decision_threshold", "grid"}
TOGETHER |= {"ray_address", "gpus_per_run", "shard_scoring", "mlflow_uri"}
TOGETHER |= {"oracle", "oracle_error_rate", "annotators", "annotators_per_sample", "new_classes", "show_guess", "prefetch"}
TOGETHER |= {"num_frames", "hop_length", "fft_length"}
"""Parameters that not every value of others goes with."""
FREE = {name: values_of(schema) for name, schema in SCHEMA["properties"].items() if name not in TOGETHER}
FREE["sub_dir"] = st.sampled_from(["x", "Größe 1", "a/b"])
FREE["class_names"] = st.sampled_from([None, ["a", "b"], ["Größe 1"]])
FREE["dataset"] = FREE["dataset"].filter(lambda value: "\0" not in "".join(value or ""))  # each has a folder of its name
FREE["run_name"] = st.sampled_from([None, "a", "Größe 1", "run 1"])


@st.composite
def valid(draw):
    names = draw(st.lists(st.sampled_from(sorted(FREE)), unique=True, max_size=8))
    values = {"sub_dir": "x"} | {name: draw(FREE[name]) for name in names}
    if (values.get("test_percent", 0.2) or 0) + values.get("valid_percent", 0) >= 1:
        del values["valid_percent"]
        values.pop("test_percent", None)
    if isinstance(values.get("class_weight"), list):
        values.pop("num_classes", None)
    return values


@settings(deadline=None, max_examples=150)
@given(valid())
def test_dumped_and_parsed_it_is_the_same(values):
    parsed = HParams.parse(values)
    again = HParams.parse(parse_parameters(json.dumps(parsed.model_dump(mode="json"))))
    assert again == parsed
    assert {name: getattr(parsed, name) for name in values if name != "stop"} == {
        k: v for k, v in values.items() if k != "stop"
    }


def test_it_is_frozen():
    with pytest.raises(ValueError, match="frozen"):
        HParams(sub_dir="x").max_round = 3


@pytest.mark.parametrize(
    ("engines", "given_params", "expected"),
    [
        ("a", {"beta": 1}, {"beta": 1}),
        (["a", "b"], {"a": {"beta": 1}}, {"beta": 1}),
        (["b", "a"], {"b": {"beta": 1}}, {}),
    ],
)
def test_parameters_of_one_engine(engines, given_params, expected):
    assert HParams(sub_dir="x", framework_type=engines, strategy_params=given_params).params_of("a") == expected


def test_round_0_depends_on_nothing_that_comes_later():
    same = {"framework_type": "margin", "max_round": 3, "num_select_per_round": 7, "pseudo_label": True, "run_name": "x"}
    first, second = HParams(sub_dir="x"), HParams(sub_dir="x", **same)
    assert first.result_params(of_initial_model=True) == second.result_params(of_initial_model=True)
    assert first.result_params() != second.result_params()
    for name, value in {"random_seed": 2, "learning_rate": 0.1, "labeled_percent": 0.2, "pre_train": True}.items():
        changed = HParams(sub_dir="x", **{name: value}).result_params(of_initial_model=True)
        assert changed != first.result_params(of_initial_model=True)


@pytest.mark.parametrize("change", [{"overwrite": True}, {"tensorboard": True}, {"data_dir": "/elsewhere"}])
def test_where_and_how_it_runs_changes_no_result(change):
    assert HParams(sub_dir="x", **change).result_params() == HParams(sub_dir="x").result_params()


@pytest.mark.parametrize(
    ("values", "labelled", "expected"),
    [({}, 5, 200), ({"stop": {"label_budget": 250}}, 100, 150), ({"stop": {"label_budget": 250}}, 10, 200)],
)
def test_the_budget_of_a_round(values, labelled, expected):
    assert HParams.parse({"sub_dir": "x"} | values).budget(labelled) == expected


@pytest.mark.parametrize("name", HParams.model_fields)
def test_every_parameter_has_a_line_of_help_and_a_group(name):
    field = HParams.model_fields[name]
    assert field.description
    assert f"**{hparams.about(name)['group']}**" in TABLE
    assert TABLE.count(f"| `{name}` | ") == 1


MALFORMED = {
    "empty": b"",
    "duplicate keys": b'{"sub_dir": "digits", "sub_dir": "digits"}',
    "NaN": b'{"sub_dir": "digits", "learning_rate": NaN}',
    "1e999": b'{"sub_dir": "digits", "learning_rate": 1e999}',
    "2**63": b'{"sub_dir": "digits", "random_seed": 9223372036854775808}',
    "true for a number": b'{"sub_dir": "digits", "max_round": true}',
    "100,000 brackets": b'{"sub_dir": ' + b"[" * 100_000,
    "5,000 digits": b'{"sub_dir": "digits", "max_round": ' + b"9" * 5000 + b"}",
    "UTF-16": '{"sub_dir": "digits"}'.encode("utf-16"),
    "lone surrogate": b'{"sub_dir": "\\ud800"}',
    "2 MB": b'{"sub_dir": "' + b"x" * 2_000_000 + b'"}',
    "a list": b"[1]",
    "leads out": b'{"sub_dir": "../..", "dataset": "digits"}',
    "conflict": b'{"sub_dir": "digits", "task": "multiclass", "num_classes": 1}',
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory):
    """What the command line answers to each malformed file, in one child, with what it leaves behind."""
    folder = tmp_path_factory.mktemp("malformed")
    for number, content in enumerate(MALFORMED.values()):
        (folder / f"{number}.json").write_bytes(content)
    (folder / "directory").mkdir()
    names = [*(f"{number}.json" for number in range(len(MALFORMED))), "directory", "missing.json"]
    code = f"""
import contextlib, io, json, os, sys
sys.path.insert(0, {str(ROOT)!r})
import framework
found = []
for name in {names!r}:
    text = io.StringIO()
    with contextlib.redirect_stderr(text):
        found.append((framework.main(["--param_file=" + name]), text.getvalue()))
heavy = [module for module in ("tensorflow", "keras") if module in sys.modules]
print(json.dumps([found, heavy, sorted(os.listdir("."))]))
"""
    child = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (30, 30)),
    )  # fmt: skip
    found, heavy, left = json.loads(child.stdout)
    return (
        dict(zip([*MALFORMED, "a directory", "missing"], found, strict=True)),
        heavy,
        left,
        sorted({*names} - {"missing.json"}),
    )


@pytest.mark.parametrize("case", [*MALFORMED, "a directory", "missing"])
def test_a_malformed_file_ends_with_2_and_few_lines(answers, case):
    exit_code, text = answers[0][case]
    assert exit_code == 2
    assert 1 <= len(text.splitlines()) <= 20
    assert not re.search(r"Traceback|File \"", text)
    assert len(text) < 2000


def test_malformed_files_load_no_tensorflow_and_create_nothing(answers):
    _, heavy, left, before = answers
    assert heavy == []
    assert left == before


def test_a_megabyte_of_unknown_parameters_is_answered(tmp_path):
    (tmp_path / "x.json").write_text(json.dumps({f"num_epoch{number}": 1 for number in range(50_000)}))
    child = subprocess.run(
        [sys.executable, str(ROOT / "framework.py"), "--param_file=x.json"], cwd=tmp_path, capture_output=True, text=True,
        check=False, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (6, 6)),
    )  # fmt: skip
    assert child.returncode == 2, f"ended by signal {-child.returncode} after 6 seconds of CPU"
    assert len(child.stderr.splitlines()) <= 20


def test_a_byte_order_mark_is_fine(tmp_path):
    (tmp_path / "x.json").write_bytes(b"\xef\xbb\xbf" + FOUNDING_FILE.encode())
    assert CommandLine(HParams, [f"--param_file={tmp_path / 'x.json'}"], "", {}).values["sub_dir"] == "urbansound8k"
