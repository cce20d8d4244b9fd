"""Questions and samples are read as they were written."""

import json

from utils.annotation.annotation import Annotation
from utils.annotation.labels_csv import labels_csv
from utils.annotation.questions import Question, Questions
from utils.annotation.shown import Shown


def test_questions_come_back_as_they_were_written(tmp_path):
    asked = (Question(3, "a <b>'\"ä\u2028.wav#0", "cat", 0.25), Question(4, "b"))
    questions = Questions(
        "margin/seed 1", 2, 9, "labelling", asked, (Question(5, "c"),), 4, ("cat", "dog"), False, True, 3, True,
        ((10, None), (20, 0.5)), "why",
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
