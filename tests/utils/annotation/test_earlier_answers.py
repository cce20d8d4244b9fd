"""A run that begins anew keeps the answers of people, and gives none of them to samples of other data."""

import pytest

from utils.annotation.earlier_answers import forget_questions, refuse_for_other_data, refuse_to_remove
from utils.errors import OtherRunError, ParameterError

EMPTY, FILLED = "id,name,label\n4,b05.txt,\n", "id,name,label\n4,b05.txt,good\n"


@pytest.fixture
def folder(tmp_path):
    """Of a run that has asked and not heard anything."""
    media = tmp_path / "labelling" / "media"
    media.mkdir(parents=True)
    (media / "4.json").write_text("{}")
    (media.parent / "questions.json").write_text("{}")
    (tmp_path / "to_label.csv").write_text(EMPTY)
    return tmp_path


@pytest.mark.parametrize(
    ("more", "where", "they"),
    [
        ({"labelling/annotations.log": "an answer"}, "labelling/ and labels.csv", "both"),
        ({"to_label.csv": FILLED}, "to_label.csv", "it"),
        ({"to_label.csv": "what no table is"}, "to_label.csv", "it"),
        (
            {"labelling/annotations.log": "x", "labelling/label_studio.json": "{}", "to_label.csv": FILLED},
            "labelling/, labels.csv and to_label.csv",
            "all three",
        ),
        ({"labelling/label_studio.json": "{}"}, "labelling/label_studio.json", "it"),
        (
            {"labelling/label_studio.json": "{}", "to_label.csv": FILLED},
            "labelling/label_studio.json and to_label.csv",
            "both",
        ),
    ],
    ids=str,
)
def test_answers_are_of_the_data_they_were_given_for(folder, more, where, they):
    for name, content in more.items():
        (folder / name).write_text(content)
    with pytest.raises(OtherRunError) as caught:
        refuse_for_other_data(folder)
    assert str(caught.value) == (
        f"{folder}: 1 error\n  holds answers of people, in {where}, and the data have changed since; put the data back as they "
        f"were, move {they} elsewhere, or give another run_name"
    )


def test_questions_that_nobody_answered_bind_nobody(folder):
    (folder / "labelling" / "annotations.log").touch()
    refuse_for_other_data(folder)
    (folder / "to_label.csv").unlink()
    refuse_for_other_data(folder)


def test_what_was_asked_and_shown_goes_and_no_answer(folder):
    (folder / "labelling" / "annotations.log").write_text("an answer")
    forget_questions(folder)
    assert [path.name for path in (folder / "labelling").iterdir()] == ["annotations.log"]
    assert not (folder / "to_label.csv").exists()
    (folder / "to_label.csv").write_text(FILLED)
    forget_questions(folder)
    assert (folder / "to_label.csv").read_text() == FILLED


def test_nothing_is_removed_through_a_link(folder, tmp_path_factory):
    media, elsewhere = folder / "labelling" / "media", tmp_path_factory.mktemp("elsewhere")
    media.rename(folder / "kept")
    media.symlink_to(folder / "kept")
    forget_questions(folder)
    assert (folder / "kept" / "4.json").exists()
    media.unlink()
    media.symlink_to(elsewhere)
    with pytest.raises(ParameterError, match="a symbolic link on the way points elsewhere; remove it"):
        forget_questions(folder)


@pytest.mark.parametrize("answers", ["labelling/annotations.log", "to_label.csv"])
@pytest.mark.parametrize("below", [".", "stats/margin/run_1"])
def test_no_answers_are_removed_with_the_folder_that_they_lie_in(tmp_path, answers, below):
    place = tmp_path / below / answers
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("")
    if answers.endswith(".log"):
        refuse_to_remove(tmp_path)
    place.write_text(FILLED)
    with pytest.raises(
        OtherRunError, match=rf"^{tmp_path / below}: 1 error\n  holds answers of people, in (labelling/|to_label)"
    ):
        refuse_to_remove(tmp_path)
