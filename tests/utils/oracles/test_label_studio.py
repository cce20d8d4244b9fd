"""People in Label Studio as an oracle: asked, waited for, interrupted, and asked again."""

import numpy as np
import pytest

from utils.annotation.annotation import Annotation
from utils.annotation.ledger import FOLDER, LOG, annotation_record
from utils.annotation.shown import Shown
from utils.journal import Journal
from utils.oracles.base import Asked, Label
from utils.oracles.label_studio import LabelStudioOracle
from utils.oracles.task import Task

pytestmark = pytest.mark.usefixtures("token")

IDS = [4, 1, 9]
BOTH = "ann@example.org+bob@example.org"


class StoppedError(Exception):
    pass


def task(per_sample=1, may_add=False):
    names = np.array([f"name {number}" for number in range(12)])
    return Task(
        "quickstart", names, lambda sample: Shown("text", text=f"text {sample}"), ("dog", "cat"), numbers=False,
        may_add=may_add, per_sample=per_sample, show_guess=False, last_round=3,
    )  # fmt: skip


def people(*doings):
    """A way to wait in which people do the next of `doings`."""
    left = list(doings)
    return lambda seconds: left.pop(0)()


def labels(fake, folder, sleep, task=None, ids=IDS, number=1):
    oracle = LabelStudioOracle(task or globals()["task"](), fake.url, sleep=sleep)
    with oracle.at_work(folder, fake.listener):
        return list(oracle.label(Asked(number, np.array(ids)))), oracle.classes


def stop():
    raise StoppedError


def test_it_waits_until_everything_is_labelled(fake, tmp_path):
    sleep = people(
        lambda: fake.annotate(1, "2. cat"),
        lambda: [fake.annotate(4, "1. dog", when="2026-11-22T08:31:00Z"), fake.annotate(9, "unusable")],
    )
    by = "ann@example.org"
    assert labels(fake, tmp_path, sleep)[0] == [Label(4, 0, by, 2.5), Label(1, 1, by, 2.5), Label(9, None, by, 2.5)]
    (address,) = [text for text in fake.listener.said if text.startswith("label at")]
    assert address == f"label at {fake.url}/projects/{next(iter(fake.projects))}"


def test_an_interrupted_run_goes_on_with_what_was_said(fake, tmp_path):
    with pytest.raises(StoppedError):
        labels(fake, tmp_path, people(lambda: [fake.annotate(4, "1. dog"), fake.annotate(1, "2. cat")], stop))
    fake.annotate(9, "2. cat")
    found, _ = labels(fake, tmp_path, people(stop))
    assert [label.value for label in found] == [0, 1, 1]
    assert fake.samples() == IDS
    records = Journal(tmp_path / FOLDER / LOG).records
    assert [record["id"] for record in records if record["type"] == "annotation"] == [4, 1, 9]
    assert [record["ids"] for record in records if record["type"] == "closed"] == [IDS]


def test_two_annotators_and_what_they_change_before_the_round_is_closed(fake, tmp_path):
    first = []
    sleep = people(
        lambda: first.append(fake.annotate(4, "1. dog")),
        lambda: fake.annotations[first[0]]["result"][0]["value"].update(choices=["2. cat"]),
        lambda: fake.annotate(4, "2. cat", 2, "2026-11-22T08:40:00Z"),
    )
    assert labels(fake, tmp_path, sleep, task(per_sample=2), [4])[0] == [Label(4, 1, BOTH, 5.0)]


def test_what_is_changed_after_the_round_is_closed_changes_nothing(fake, tmp_path):
    number = []
    labels(fake, tmp_path, people(lambda: number.append(fake.annotate(4, "1. dog"))), ids=[4])
    fake.annotations[number[0]]["result"][0]["value"].update(choices=["2. cat"])
    found, _ = labels(fake, tmp_path, people(lambda: fake.annotate(1, "2. cat")), ids=[4, 1], number=2)
    assert [label.value for label in found] == [0, 1]


def test_a_class_that_was_typed_becomes_one(fake, tmp_path):
    new = {"from_name": "new_class", "type": "textarea", "value": {"text": ["heron"]}}

    def name_it():
        fake.annotations[fake.annotate(4, "another class")]["result"].append(new)

    found, classes = labels(fake, tmp_path, people(name_it), task(may_add=True), [4])
    assert [label.value for label in found] == [2]
    assert classes == ("dog", "cat", "heron")


def test_what_is_labelled_while_the_model_trains_counts_for_the_next_rounds(fake, tmp_path):
    oracle = LabelStudioOracle(task(), fake.url, sleep=people(lambda: fake.annotate(4, "1. dog")))
    with oracle.at_work(tmp_path, fake.listener):
        list(oracle.label(Asked(0, np.array([4]))))
        oracle.go_on_with(Asked(0, np.array([7, 5, 6])))
    fake.annotate(5, "2. cat")
    oracle = LabelStudioOracle(task(), fake.url, sleep=people(lambda: fake.annotate(2, "2. cat")))
    with oracle.at_work(tmp_path, fake.listener):
        assert [(label.id, label.value) for label in oracle.given_ahead(1, 2)] == [(5, 1)]
        fake.annotate(7, "1. dog")
        assert [label.value for label in oracle.label(Asked(1, np.array([2])))] == [1]
        oracle.go_on_with(Asked(1, np.array([8])))
        assert [(label.id, label.value) for label in oracle.given_ahead(2, 2)] == [(7, 0)]
    assert fake.samples() == [4, 7, 5, 6, 2, 8]


def test_pauses_grow_with_what_a_look_takes_but_not_without_end(fake, tmp_path, monkeypatch):
    waited, clock = [], iter([0.0, 0.0, 10.0, 11.0, 20.0, 120.0, 200.0, 200.0])
    monkeypatch.setattr("utils.oracles.label_studio.time.monotonic", lambda: next(clock))

    def sleep(seconds):
        waited.append(seconds)
        if len(waited) == 3:
            fake.annotate(4, "1. dog")

    labels(fake, tmp_path, sleep, ids=[4])
    assert waited == [3.0, 10.0, 60.0]


@pytest.mark.parametrize("how", ["deleted", "cancelled", "with its task"])
def test_what_is_withdrawn_before_the_round_is_closed_does_not_count(fake, tmp_path, how):
    number = []

    def withdraw():
        answer = fake.annotations[number[0]]
        if how == "cancelled":
            answer["was_cancelled"] = True
        else:
            del fake.annotations[number[0]]
        if how == "with its task":
            del fake.tasks[answer["task"]]

    sleep = people(
        lambda: number.append(fake.annotate(4, "1. dog")),
        withdraw,
        lambda: None,
        lambda: [fake.annotate(4, "2. cat", 2), fake.annotate(1, "2. cat", 2)],
    )
    by = "bob@example.org"
    assert labels(fake, tmp_path, sleep, ids=[4, 1])[0] == [Label(4, 1, by, 2.5), Label(1, 1, by, 2.5)]
    assert [record["type"] for record in Journal(tmp_path / FOLDER / LOG).records] == [
        "run", "annotation", "undo", "annotation", "annotation", "closed",
    ]  # fmt: skip


def test_what_was_said_elsewhere_stays(fake, tmp_path):
    """The run was labelled on its page before."""
    with pytest.raises(StoppedError):
        labels(fake, tmp_path, people(stop))
    oracle = LabelStudioOracle(task(), fake.url)
    with oracle.at_work(tmp_path, fake.listener):
        said = Annotation(4, "dog", "Anna", "2026-11-22T08:30:00Z", 1.0, "key-of-the-page")
        oracle._append(annotation_record(said))
    sleep = people(lambda: [fake.annotate(sample, "2. cat") for sample in (1, 9)])
    assert [label.by for label in labels(fake, tmp_path, sleep)[0]] == ["Anna", "ann@example.org", "ann@example.org"]


def test_the_sign_between_names_is_in_none_of_them(fake, tmp_path):
    fake.users[0]["email"] = "ann+birds@example.org"
    found, _ = labels(fake, tmp_path, people(lambda: fake.annotate(4, "2. cat")), ids=[4])
    assert found == [Label(4, 1, "ann＋birds@example.org", 2.5)]


@pytest.mark.parametrize("typed", ["do\u200bg", " dog "])
def test_no_class_gets_a_twin(fake, tmp_path, typed):
    def name_it():
        new = {"from_name": "new_class", "type": "textarea", "value": {"text": [typed]}}
        fake.annotations[fake.annotate(4, "another class")]["result"].append(new)

    assert labels(fake, tmp_path, people(name_it), task(may_add=True), [4]) == (
        [Label(4, 0, "ann@example.org", 2.5)],
        ("dog", "cat"),
    )
