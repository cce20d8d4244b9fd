"""What lies in a run's folder is believed only where it is of this run; what people are shown holds no number that is none."""

import json

import numpy as np
import pytest

from tests.utils.oracles.listener import Listener
from utils.annotation.annotation import Annotation
from utils.annotation.ledger import FOLDER, LOG, annotation_record, closed_record, run_record
from utils.annotation.questions import Question, Questions
from utils.annotation.shown import FOLDER as MEDIA
from utils.annotation.shown import Shown
from utils.errors import DamagedRunError, ParameterError
from utils.journal import Journal
from utils.oracles.base import Asked, Label
from utils.oracles.collected import Collected
from utils.oracles.task import Task

NOON = "2026-01-01T12:00:00Z"


class Said(Collected):
    """Somebody who gives the answers `labels` when he is asked."""

    def __init__(self, of):
        super().__init__(of)
        self.labels = {}

    def _ask(self, questions):
        self.seen = questions

    def _answers(self):
        asked = {question.id for question in Questions.read(self.folder).asked}
        return [said(sample, label) for sample, label in self.labels.items() if sample in asked]

    def _pause(self, done, total):
        raise InterruptedError


def said(sample, label, by="ann"):
    return Annotation(sample, label, by, NOON, None, f"key-{sample}-{label}-{by}")


def task(title="a run", count=5, **more):
    options = {"numbers": False, "may_add": False, "per_sample": 1, "show_guess": True, "last_round": 3} | more
    names = np.array([f"name {number}" for number in range(count)])
    return Task(title, names, lambda sample: Shown("text", text="x"), () if options["numbers"] else ("a", "b"), **options)


def answered(folder, labels=None, of=None, ids=(0,), answers=None):
    oracle = Said(of or task())
    oracle.labels = labels or {}
    with oracle.at_work(folder, Listener()):
        return list(oracle.label(Asked(1, np.array(ids), answers)))


def altered(folder, *records, of=None):
    """Leaves a log with these records of the run in `folder`."""
    with Said(of or task()).at_work(folder, Listener()) as _:
        pass
    oracle = Said(of or task())
    with oracle.at_work(folder, Listener()):
        digest = oracle.run_digest
    Journal(folder / FOLDER / LOG).append(run_record(digest), *records)


def test_a_run_goes_on_with_its_own_log(tmp_path):
    assert answered(tmp_path, {0: "b"}) == [Label(0, 1, "ann")]
    assert answered(tmp_path, of=task(may_add=True, per_sample=2, last_round=9)) == [Label(0, 1, "ann")]
    assert [record["type"] for record in Journal(tmp_path / FOLDER / LOG).records] == ["run", "annotation", "closed"]


@pytest.mark.parametrize("other", [{"title": "another run"}, {"count": 6}, {"numbers": True}], ids=str)
def test_the_log_of_another_run_is_refused(tmp_path, other):
    answered(tmp_path, {0: "b"})
    with pytest.raises(DamagedRunError, match=r"labelling/annotations\.log: holds what people said in another run; put"):
        answered(tmp_path, of=task(**other))


def test_the_log_of_another_seed_is_refused(tmp_path):
    answered(tmp_path / "run_1", {0: "b"})
    (tmp_path / "run_1").rename(tmp_path / "run_2")
    with pytest.raises(DamagedRunError, match="in another run"):
        answered(tmp_path / "run_2")


@pytest.mark.parametrize(
    ("records", "numbers", "problem"),
    [
        ([said(77, "a")], False, r"holds an answer to the sample 77, and there are only 5; put the log of this run back, or"),
        (
            [said(0, "zebra")],
            False,
            r"says 'zebra' of the sample 0, which is none of the classes; put the log of this run",
        ),
        ([said(0, "many")], True, r"holds the answer 'many' to the sample 0, and answers of this run are numbers; put the log"),
    ],
)
def test_answers_that_cannot_be_are_refused(tmp_path, records, numbers, problem):
    of = task(numbers=numbers)
    altered(tmp_path, *map(annotation_record, records), closed_record(1, [records[0].id], ahead=False), of=of)
    with pytest.raises(DamagedRunError, match=rf"annotations\.log: {problem}"):
        answered(tmp_path, of=of)


def test_a_class_may_be_new_where_new_ones_are_allowed(tmp_path):
    of = task(may_add=True)
    altered(tmp_path, annotation_record(said(0, "zebra")), closed_record(1, [0], ahead=False), of=of)
    assert answered(tmp_path, of=of) == [Label(0, 2, "ann")]


def test_guesses_that_are_no_numbers_are_none(tmp_path):
    for numbers, answers in ((False, [[np.nan, 0.5], [0.25, 0.75]]), (True, [[np.inf], [0.25]])):
        with pytest.raises(InterruptedError):
            answered(tmp_path / str(numbers), of=task(numbers=numbers), ids=(1, 2), answers=np.array(answers, np.float32))
        asked = Questions.read(tmp_path / str(numbers) / FOLDER).asked
        guess = Question(2, "name 2", "0.25") if numbers else Question(2, "name 2", "b", 0.75)
        assert asked == (Question(1, "name 1"), guess)


def test_what_else_lies_among_the_media_is_left_or_refused(tmp_path):
    media = tmp_path / FOLDER / MEDIA
    (media / "a folder").mkdir(parents=True)
    (media / "7.json").write_text("of an earlier round")
    answered(tmp_path, {0: "b"})
    assert sorted(path.name for path in media.iterdir()) == ["0.json", "a folder"]
    media.rename(tmp_path / "elsewhere")
    media.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ParameterError, match="a symbolic link on the way points elsewhere; remove it"):
        answered(tmp_path, ids=(1,))


def test_samples_offered_ahead_stay_to_be_seen_while_the_next_round_begins(tmp_path):
    oracle = Said(task())
    oracle.labels = {0: "b", 1: "a"}
    with oracle.at_work(tmp_path, Listener()):
        list(oracle.label(Asked(1, np.array([0]))))
        oracle.go_on_with(Asked(1, np.array([3, 4])))
        assert list(oracle.given_ahead(2, 2)) == []
        list(oracle.label(Asked(2, np.array([1]))))
        media = tmp_path / FOLDER / MEDIA
        assert sorted(path.stem for path in media.iterdir()) == ["1", "3", "4"]
        oracle.go_on_with(Asked(2, np.array([2])))
        assert sorted(path.stem for path in media.iterdir()) == ["2"]


def test_damaged_questions_are_said(tmp_path):
    answered(tmp_path, {0: "b"})
    path = tmp_path / FOLDER / "questions.json"
    path.write_text(json.dumps([]))
    with pytest.raises(DamagedRunError, match=r"questions\.json: cannot be read .* remove it, then run the same command again"):
        answered(tmp_path)
    path.unlink()
    assert answered(tmp_path) == [Label(0, 1, "ann")]


@pytest.mark.parametrize("place", ["asked", "ahead"])
@pytest.mark.parametrize(("number", "name"), [(99999, "x"), (5, "name 5"), (-1, "name 4"), (3, "name 2")])
def test_questions_for_samples_that_are_not_there_are_refused(tmp_path, place, number, name):
    answered(tmp_path, {0: "b"})
    path = tmp_path / FOLDER / "questions.json"
    values = json.loads(path.read_text()) | {place: [{"id": number, "name": name}]}
    path.write_text(json.dumps(values))
    with pytest.raises(DamagedRunError) as caught:
        answered(tmp_path)
    assert str(caught.value) == (
        f"{path}: asks for the sample {number}, {name!r}, and there is none of this number and name; remove it, then run the "
        "same command again: what people said stands in the annotation log"
    )
    path.unlink()
    assert answered(tmp_path) == [Label(0, 1, "ann")]
