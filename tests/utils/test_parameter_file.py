"""What a parameter file may hold, and the sentence for everything that it may not."""

import json
import os
import re
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.errors import ParameterError
from utils.parameter_file import parse_parameters, read_parameter_file

ROOT = Path(__file__).parents[2]
texts = st.text() | st.sampled_from(["#", "//", ",]", ",}", "/*", "*/", '"', "\\", '\\"', "# no //comment", "a,\n]", "\u2028"])
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
fillings = st.sampled_from(["", " ", "\n", "# hash, ] }\n", '// slashes " ,\n', "\t#\n", '/* block\n " , ] */', "#é\n"])


@st.composite
def decorated(draw, value):
    """JSON text of `value` with comments between all tokens and commas after all last elements."""

    def write(node):
        if isinstance(node, dict):
            items = [f"{fill()}{json.dumps(key)}{fill()}:{write(inner)}" for key, inner in node.items()]
        elif isinstance(node, list):
            items = [write(inner) for inner in node]
        else:
            return fill() + json.dumps(node, ensure_ascii=draw(st.booleans())) + fill()
        comma = "," if items and draw(st.booleans()) else ""
        opening, closing = "{}" if isinstance(node, dict) else "[]"
        return fill() + opening + fill() + ",".join(items) + comma + fill() + closing + fill()

    def fill():
        return draw(fillings)

    return write(value)


@settings(deadline=None, max_examples=150)
@given(st.data(), st.dictionaries(texts, json_values, max_size=4))
def test_comments_and_trailing_commas_change_nothing(data, value):
    assert parse_parameters(data.draw(decorated(value))) == value


@settings(deadline=None)
@given(st.dictionaries(texts, json_values, max_size=4))
def test_plain_json_is_read_as_python_reads_it(value):
    assert parse_parameters(json.dumps(value)) == parse_parameters(json.dumps(value, indent=1, ensure_ascii=False)) == value


REFUSED = {
    "": r"line 1, column 1: Expecting value",
    "# only a comment": r"line 1, column \d+: Expecting value",
    "{": r"line 1, column 2",
    "[1]": r"expected a JSON object \{…\}, received list",
    "null": r"expected a JSON object \{…\}, received NoneType",
    '"text"': r"expected a JSON object \{…\}, received str",
    '{"a": 1, "a": 2}': r"the key 'a' stands twice: keep one",
    '{"stop": {"b": 1, "b": 1}}': r"the key 'b' stands twice: keep one",
    '{"a": ' + "9" * 5000 + "}": r"a number of 5,000 digits, 9{20}…: nothing here takes more than 400",
    '{"a": ' + "[" * 100_000: r"nested too deeply: a parameter file is a flat JSON object",
    '{"a": ' * 100_000: r"nested too deeply",
    '{"a": ' * 26 + "[" * 25 + "1" + "]" * 25 + "}" * 26: r"nested too deeply: a parameter file is a flat JSON object",
    '{"a": "\\ud800"}': r"half a surrogate pair .*: write the character itself",
    '{"\\udfff": 1}': r"half a surrogate pair",
    '{"a": 1,, "b": 2}': r"line 1, column 9",
    '{"a": [,]}': r"line 1, column 8",
    "{,}": r"line 1, column 2",
    '{"a": 1,,}': r"line 1, column",
    '{\n  "a": 1\n  "b": 2\n}': r"line 3, column 3: Expecting ',' delimiter",
    '{ // one\n  "a": 1, # two\n  b: 2\n}': r"line 3, column 3",
    '{"a": /* never closed\n 1}': r"line 1, column 7",
    "{'a': 1}": r"line 1, column 2",
    '{"a": "two\nlines"}': r"line 1, column",
    '{"a": 1} {"b": 2}': r"line 1, column 10: Extra data",
    '{"a": tru}': r"line 1, column 7",
    '{"a": 01}': r"line 1, column",
    '{"a": \x00}': r"line 1, column 7",
}


@pytest.mark.parametrize("text", REFUSED, ids=range(len(REFUSED)))
def test_what_is_refused_and_where(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ParameterError, match=REFUSED[text]) as caught:
        read_parameter_file(tmp_path / "x.json")
    assert str(caught.value).startswith(f"{tmp_path / 'x.json'}: 1 error\n")
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ('{"a": "é"}'.encode("latin-1"), r"not UTF-8 text \(byte 7\): save it as UTF-8"),
        ('{"a": 1}'.encode("utf-16"), r"not UTF-8 text \(byte 0\)"),
        ('{"a": 1}'.encode("utf-16-le"), r"line 1, column"),
        ('{"a": 1}'.encode("utf-32"), r"not UTF-8 text"),
        (b'{"a": "\xed\xa0\x80"}', r"not UTF-8 text"),
        (b'{"a": "' + b"x" * 2_000_000 + b'"}', r"larger than 1,048,576 bytes: a parameter file is a short JSON object"),
    ],
)
def test_bytes_that_are_no_parameter_file(tmp_path, data, words):
    (tmp_path / "x.json").write_bytes(data)
    with pytest.raises(ParameterError, match=words):
        read_parameter_file(tmp_path / "x.json")


@pytest.mark.parametrize(
    ("path", "reason"),
    [("missing.json", "No such file"), (".", "Is a directory"), ("a\0b", "null byte"), ("a/b", "No such file")],
)
def test_a_file_that_cannot_be_read(tmp_path, path, reason):
    with pytest.raises(
        ParameterError, match=rf"cannot read it: .*{reason}.*; expected a JSON file, see params/quickstart\.json"
    ):
        read_parameter_file(tmp_path / path)


def test_fifty_levels_are_not_too_deep():
    text = '{"a": ' * 25 + "[" * 25 + "1" + "]" * 25 + "}" * 25
    assert json.dumps(parse_parameters(text)) == text


def test_a_byte_order_mark_is_fine(tmp_path):
    (tmp_path / "x.json").write_bytes(b"\xef\xbb\xbf" + b'{"a": 1}')
    assert read_parameter_file(tmp_path / "x.json") == {"a": 1}


def test_of_an_endless_file_only_the_beginning_is_read():
    with pytest.raises(ParameterError, match=r"larger than"):
        read_parameter_file(Path("/dev/zero"))


def test_for_a_pipe_nobody_waits(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ParameterError, match=r"cannot read it: it is a pipe; expected a JSON file"):
        read_parameter_file(tmp_path / "pipe")


@pytest.mark.parametrize("piece", ["/* ", '\\"', '"\\', "{", "[,", '"#', ", "], ids=repr)
def test_a_hostile_file_of_a_megabyte_is_answered(tmp_path, piece):
    (tmp_path / "x.json").write_text('{"a": ' + piece * (1_000_000 // len(piece)))
    code = (
        "import sys; from pathlib import Path; from utils.parameter_file import read_parameter_file as r; r(Path(sys.argv[1]))"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "x.json")], cwd=ROOT, capture_output=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (3, 3)),
    )  # fmt: skip
    assert child.returncode == 1, f"ended by signal {-child.returncode} after 3 seconds of CPU"
    assert re.search(r"ParameterError: .*x\.json: 1 error", child.stderr.decode())


def test_the_files_in_params_are_read():
    for path in sorted((ROOT / "params").glob("*.json")):
        assert isinstance(read_parameter_file(path)["sub_dir"], str), os.fspath(path)
