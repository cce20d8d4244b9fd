"""labels.csv comes back as it was written, and says what is wrong where it was altered."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.utils.annotation.answered import answers, group, said, table
from utils.annotation.cost_answers import Answers

HOSTILE = ['<script>alert("1")</script>', "a,b\nc\rd", "=1+1", "ü\u2028\x1b[31m", "None"]
HEAD = "id,name,label,annotator,round,when,seconds\n"
GOOD = "1,one,x,Ann,0,2026-01-01T10:00:00Z,2.5\n"


def read(text: str, folder: Path) -> Answers:
    path = folder / "labels.csv"
    path.write_text(text, encoding="utf-8", newline="")
    return Answers.read(path)


def test_what_was_written_comes_back(tmp_path: Path) -> None:
    written = answers(
        [
            group(1, "x?y", seconds=2.25),
            [said(2, name, f"by {name}", when=place) for place, name in enumerate(HOSTILE)],
            [said(7, None, "a", seconds=0.0)],
        ],
        {1: 0, 2: 3},
    )
    found = read(table(written), tmp_path)
    for one, other in zip(found.all, written.all, strict=True):
        assert (one.id, one.label, one.by, one.when, one.seconds) == (
            other.id,
            other.label,
            other.by,
            other.when,
            other.seconds,
        )
    assert found.rounds == {1: 0, 2: 3}
    assert [len(answered) for answered in found.by_sample] == [3, len(HOSTILE), 1]
    assert {number: {one.id for one in answered} for number, answered in found.by_round().items()} == {0: {1}, 3: {2}}
    assert list(answers(found.by_sample, {1: 5, 2: 0}).by_round()) == [0, 5]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (HEAD + GOOD.rstrip("\n"), "cut off in the middle of a row; run that seed again to restore it"),
        ("id,label\n1,x\n", "line 1 names no column name, annotator, round, when, seconds; expected id, name, label"),
        ("", "line 1 names no column id"),
        (HEAD + GOOD + "1,one,x\n", "line 3 has not the 7 fields of the first line"),
        (HEAD + GOOD.replace("2.5", "2.5,9"), "line 2 has not the 7 fields"),
        (HEAD + GOOD.replace("1,one", "-1,one"), "line 2: id is '-1', expected a whole number from 0 on"),
        (HEAD + GOOD.replace("1,one", "1e9,one"), "line 2: id is '1e9'"),
        (HEAD + GOOD.replace("1,one", "9" * 5000 + ",one"), "line 2: id is '999"),
        (HEAD + GOOD.replace(",0,", ",first,"), "line 2: round is 'first', expected a whole number"),
        (HEAD + GOOD.replace("2.5", "-2"), "line 2: seconds is '-2', expected a number from 0 on, or an empty cell"),
        (HEAD + GOOD.replace("2.5", "nan"), "line 2: seconds is 'nan'"),
        (HEAD + GOOD.replace("2.5", "1e300"), "line 2: seconds is '1e300'"),
        (HEAD + GOOD.replace("2.5", "soon"), "line 2: seconds is 'soon'"),
        (HEAD + '1,"one"two,x,Ann,0,,1\n', "line 2: .* expected"),
    ],
)
def test_what_was_altered_is_named(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=words):
        read(text, tmp_path)


def test_what_is_no_text_is_a_value_error_too(tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match="decode"):
        Answers.read(tmp_path / "labels.csv")


def test_what_was_made_inert_is_read_as_it_was(tmp_path):
    given = answers([[said(1, "=class", "@ann"), said(1, "-0.5", "'bo")]])
    path = tmp_path / "labels.csv"
    path.write_text(table(given), encoding="utf-8")
    assert [(one.label, one.by) for one in Answers.read(path).all] == [("=class", "@ann"), ("-0.5", "'bo")]
