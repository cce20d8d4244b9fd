"""Options and file become one set of values; what is unknown is answered with the nearest."""

import math

import pytest

from hparams import HParams
from utils.command_line import CommandLine
from utils.errors import ParameterError


def line_of(*arguments, names=None):
    return CommandLine(HParams, arguments, "First line.", names or {})


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "x.json"
    path.write_text('{"sub_dir": "digits", "max_round": 5, # five\n"random_seed": [1, 2]}')
    return path


@pytest.mark.parametrize("form", [["--param_file={}"], ["--param_file", "{}"]])
def test_the_file_alone(file, form):
    line = line_of(*[part.format(file) for part in form])
    assert line.values == {"sub_dir": "digits", "max_round": 5, "random_seed": [1, 2]}
    assert (line.where, line.wants) == (str(file), "run")


def test_options_win_over_the_file(file):
    line = line_of(f"--param_file={file}", "--max_round=7", "--random_seed", "3", "--dry_run")
    assert line.values == {"sub_dir": "digits", "max_round": 7, "random_seed": 3}
    assert line.wants == "dry_run"
    assert line_of("--status").wants == "status"


def test_nothing_at_all():
    assert (line_of().values, line_of().where) == ({}, "command line")


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--max_round=7", 7),
        ("--max_round=-1", -1),
        ("--max_round=seven", "seven"),
        ("--learning_rate=1e-3", 0.001),
        ("--learning_rate=1e999", math.inf),
        ("--learning_rate=NaN", pytest.approx(math.nan, nan_ok=True)),
        ("--sub_dir=5", "5"),
        ("--sub_dir=true", "true"),
        ('--sub_dir="quoted"', '"quoted"'),
        ("--run_name=null", None),
        ("--run_name=[1]", "[1]"),
        ("--framework_type=margin", "margin"),
        ('--framework_type=["margin", "random"]', ["margin", "random"]),
        ("--random_seed=[1, 2]", [1, 2]),
        ('--stop={"label_budget": 9}', {"label_budget": 9}),
        ("--class_weight=none", "none"),
        ("--pre_train", True),
        ("--pre_train=false", False),
        ("--pre_train=maybe", "maybe"),
        ("--test_percent=null", None),
    ],
)
def test_values(option, value):
    name = option.lstrip("-").partition("=")[0]
    assert line_of(option).values == {name: value}


@pytest.mark.parametrize("text", ['1, "x": 2', "1}, {", '1, "value": 2'])
def test_what_is_not_one_value_is_not_taken_apart(text):
    assert line_of("--max_round", text).values == {"max_round": text}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--max_ruond=5"], r"--max_ruond=5: unknown option; did you mean max_round\?"),
        (["--max_ruond", "5"], r"command line: 1 error\n  --max_ruond: unknown option; did you mean max_round\?$"),
        (["--dry-run"], r"--dry-run: unknown option; did you mean dry_run\?"),
        (["--param-file=x"], r"--param-file=x: unknown option; did you mean param_file\?"),
        (["--qqqqqq"], r"--qqqqqq: unknown option$"),
        (["stray"], r"stray: unknown option"),
        (["--max_roun", "5"], r"did you mean max_round\?"),
        (["--aaaa", "--bbbb"], r"2 errors\n  --aaaa: unknown option.*\n  --bbbb: unknown option"),
        (["--param_file"], r"command line: 1 error\n  argument --param_file: expected one argument"),
        (["--max_round"], r"argument --max_round: expected one argument"),
        (["--param_file=missing.json"], r"missing\.json: 1 error\n  cannot read it: No such file"),
    ],
)
def test_messages(arguments, words):
    with pytest.raises(ParameterError, match=words) as caught:
        line_of(*arguments)
    assert caught.value.exit_code == 2


def test_of_many_unknown_options_the_first_alone_get_a_guess():
    with pytest.raises(ParameterError) as caught:
        line_of(*["--max_ruond"] * 21)
    guessed = ["--max_ruond: unknown option; did you mean max_round?"] * 20
    assert caught.value.problems == [*guessed, "--max_ruond: unknown option"]


def test_help_lists_every_parameter_with_range_default_and_known_names(capsys):
    with pytest.raises(SystemExit) as caught:
        line_of("--help", names={"framework_type": ["margin", "random"]})
    assert caught.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "First line." in text
    for name, field in HParams.model_fields.items():
        assert f"--{name}" in text
        assert field.description.split(";")[0] in text
    assert "known: margin, random" in text
    assert "[a whole number ≥ 1 or a list of whole numbers ≥ 1; default 200]" in text
    assert "[a number ≥ 0 and < 1 or null; default 0.2]" in text


def test_an_option_that_is_no_text_is_refused():
    with pytest.raises(ParameterError, match=r"data_dir: received what is not UTF-8 text"):
        CommandLine(HParams, ["--data_dir=\udcff"], "", {})
