"""Questions and samples are read as they were written."""

import json
import math
import os

import pytest

from utils.annotation.annotation import Annotation
from utils.annotation.labels_csv import labels_csv
from utils.annotation.questions import FILE, Question, Questions
from utils.annotation.shown import Shown
from utils.errors import DamagedRunError


def test_questions_come_back_as_they_were_written(tmp_path):
    asked = (Question(3, "a <b>'\"ä\u2028.wav#0", "cat", 0.25), Question(4, "b"))
    questions = Questions(
        "margin/seed 1", 2, 9, "labelling", asked, (Question(5, "c"),), 4, ("cat", "dog"), False, True, 3, True,
        ((10, None), (20, 0.5)), "why", "digest",
    )  # fmt: skip
    questions.write(tmp_path)
    assert Questions.read(tmp_path) == questions
    assert Questions("run", 0, 1, "ended").asked == ()


def test_a_sample_is_written_as_files_of_its_own(tmp_path):
    shown = Shown("audio", sound=b"wave", picture=b"image", note="0–1 s", seconds=(0.0, 1.0), hertz=(0.0, 4000.0))
    shown.write(tmp_path, 7)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.suffix != ".json"} == {
        "7.wav": b"wave", "7.png": b"image",
    }  # fmt: skip
    about = json.loads((tmp_path / "7.json").read_text(encoding="utf-8"))
    assert (about["kind"], about["note"], about["seconds"], about["hertz"]) == ("audio", "0–1 s", [0, 1], [0, 4000])
    assert not set(about) & {"sound", "recording", "picture"} or all(
        about.get(name) is None for name in ("sound", "recording", "picture")
    )
    assert set(Shown("audio", recording=b"x").files()) == {"_whole.wav"}


def test_the_table_of_labels_by_hand():
    said = [
        Annotation(3, "cat", "ann", "2026-01-01T00:00:00Z", 1.5, "k"),
        Annotation(4, None, "bo, jr.", "2026-01-01T00:00:01Z", None, "l"),
    ]  # fmt: skip
    assert labels_csv(said, "clip {}".format, {3: 2}) == (
        "id,name,label,annotator,round,when,seconds\n"
        "3,clip 3,cat,ann,2,2026-01-01T00:00:00Z,1.5\n"
        '4,clip 4,,"bo, jr.",,2026-01-01T00:00:01Z,\n'
    )


def test_what_is_not_finite_is_left_out(tmp_path):
    asked = tuple(Question(number, "a", "cat", value) for number, value in enumerate([math.nan, math.inf, 0.5]))
    Questions("run", 0, 1, "labelling", asked, asked, curve=((1, math.nan), (2, 0.5))).write(tmp_path)
    read = Questions.read(tmp_path)
    assert [one.certainty for one in (*read.asked, *read.ahead)] == [None, None, 0.5] * 2
    assert read.curve == ((1, None), (2, 0.5))
    assert "NaN" not in (tmp_path / FILE).read_text()


@pytest.mark.parametrize(
    "change",
    [
        {"asked": None}, {"asked": [{}]}, {"asked": [{"id": "1", "name": "a"}]}, {"ahead": [{"id": 1, "name": None}]},
        {"stage": "lunch"}, {"round": "1"}, {"curve": [1]}, {"classes": [1]}, {"classes": None}, {"unknown": 1}, {"may_add": 1},
        {"curve": [["1", 0.5]]}, {"curve": [[1, "x"]]}, {"asked": [{"id": 1, "name": "a", "guess": 3}]},
        {"ahead": [{"id": 1, "name": "a", "certainty": [0.5]}]},
    ],
    ids=str,
)  # fmt: skip
def test_questions_of_another_make_are_refused(tmp_path, change):
    Questions("run", 0, 1, "labelling").write(tmp_path)
    path = tmp_path / FILE
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(DamagedRunError, match=r"questions\.json: cannot be read \(.*\); remove it, then run the same command"):
        Questions.read(tmp_path)


def test_questions_that_are_no_file_or_no_json_are_refused(tmp_path):
    with pytest.raises(FileNotFoundError):
        Questions.read(tmp_path)
    path = tmp_path / FILE
    for make in (lambda: path.write_text('{"run":'), lambda: path.write_bytes(b"\xff"), lambda: path.write_text("[]")):
        make()
        with pytest.raises(DamagedRunError, match="cannot be read"):
            Questions.read(tmp_path)
    os.truncate(path, 1 << 40)
    with pytest.raises(DamagedRunError, match="it is larger than 1,024 MiB"):
        Questions.read(tmp_path)
    path.unlink()
    for make in (path.mkdir, lambda: (path.rmdir(), os.mkfifo(path))):
        make()
        with pytest.raises(DamagedRunError, match="it is no file"):
            Questions.read(tmp_path)


def test_what_a_spreadsheet_would_compute_is_inert_but_numbers_are_numbers():
    said = [Annotation(1, label, by, "w", None, "k") for label, by in [("=1+1", "@ann"), ("-0.5", "'bo"), ("-x", "'=c")]]
    assert labels_csv(said, lambda _: "=cmd|x", {}).splitlines()[1:] == [
        "1,'=cmd|x,'=1+1,'@ann,,w,", "1,'=cmd|x,-0.5,'bo,,w,", "1,'=cmd|x,'-x,''=c,,w,",
    ]  # fmt: skip
