"""The project of a run: nothing lost and nothing doubled, wherever a run or an answer of the server breaks off."""

import json

import pytest

from tests.label_studio.fake_server import TOKEN
from utils.annotation.annotation import Annotation
from utils.annotation.questions import Question, Questions
from utils.annotation.shown import Shown
from utils.errors import DamagedRunError
from utils.oracles.label_studio_project import LabelStudioProject
from utils.oracles.label_studio_server import LabelStudioServer

pytestmark = pytest.mark.usefixtures("token")

IDS = (7, 3, 11, 5, 2)


class CrashError(Exception):
    pass


def show(sample):
    return Shown("text", text=f"text {sample}")


def questions(ids=IDS, classes=("dog", "cat"), **more):
    return Questions(
        "run", 1, 3, "labelling", tuple(Question(sample, f"name {sample}") for sample in ids), classes=classes, **more
    )


def opened(fake, folder, title="quickstart"):
    return LabelStudioProject(LabelStudioServer(fake.url, fake.listener, sleep=lambda seconds: None), folder, title)


def asked(fake, folder, *args, **more):
    project = opened(fake, folder)
    project.ask(questions(*args, **more), show)
    return project


def test_each_sample_asked_for_is_one_task_in_the_order_of_asking(fake, tmp_path):
    project = asked(fake, tmp_path)
    project.ask(questions(), show)
    project.ask(questions((7, 9)), show)
    assert fake.samples() == [*IDS, 9]
    assert len(fake.projects) == 1
    assert project.address == f"{fake.url}/projects/{next(iter(fake.projects))}"


def test_nothing_is_made_before_something_is_asked(fake, tmp_path):
    asked(fake, tmp_path, ())
    assert not fake.projects


def test_the_project_says_what_it_is(fake, tmp_path):
    LabelStudioProject(LabelStudioServer(fake.url, fake.listener), tmp_path, "x" * 60).ask(questions(per_sample=3), show)
    (project,) = fake.projects.values()
    assert project["title"] == "x" * 49 + "…"
    assert project["maximum_annotations"] == 3
    assert project["description"].startswith("x" * 60)
    assert "$text" in project["label_config"]


@pytest.mark.parametrize("title", ["", "ab"])
def test_a_title_has_at_least_three_characters(fake, tmp_path, title):
    opened(fake, tmp_path, title).ask(questions(), show)
    (project,) = fake.projects.values()
    assert project["title"] == title.ljust(3, ".")


def test_another_call_finds_the_project_and_its_tasks(fake, tmp_path):
    asked(fake, tmp_path)
    asked(fake, tmp_path)
    assert fake.samples() == list(IDS)
    assert len(fake.projects) == 1


def test_the_token_is_in_no_file(fake, tmp_path):
    asked(fake, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["label_studio.json"]
    assert TOKEN not in (tmp_path / "label_studio.json").read_text()


@pytest.mark.parametrize(
    "broken", ["POST /api/projects/", "POST .*import", "GET /api/tasks/", "PATCH .*", "GET /api/projects/.*"]
)
def test_a_lost_answer_doubles_nothing(fake, tmp_path, broken):
    fake.faults[broken] = ["lost", 502, "lost", None]
    asked(fake, tmp_path)
    assert fake.samples() == list(IDS)
    assert len(fake.projects) == 1


@pytest.mark.parametrize("request_number", range(1, 12))
def test_a_crash_at_any_request_loses_and_doubles_nothing(fake, tmp_path, request_number, monkeypatch):
    monkeypatch.setattr("utils.oracles.label_studio_project._TASKS_AT_ONCE", 2)
    answer, count = fake.answer, iter(range(10_000))

    def crashing(*args):
        answered = answer(*args)
        if next(count) == request_number:
            fake.everything = 400
        return answered

    fake.answer = crashing
    fake.faults[".*"] = [None] * request_number + ["lost"]
    with pytest.raises(Exception, match="refused a request"):
        asked(fake, tmp_path)
    fake.everything, fake.answer = None, answer
    asked(fake, tmp_path)
    assert fake.samples() == list(IDS)
    assert len(fake.projects) == 1


def test_a_crash_between_making_and_writing_down_is_mended_by_the_key(fake, tmp_path):
    asked(fake, tmp_path)
    state = json.loads((tmp_path / "label_studio.json").read_text())
    (tmp_path / "label_studio.json").write_text(json.dumps({"key": state["key"], "project": None, "tasks": {}}))
    asked(fake, tmp_path)
    assert json.loads((tmp_path / "label_studio.json").read_text()) == state
    assert fake.samples() == list(IDS)
    assert len(fake.projects) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"key": ""}, {"key": 3}, {"key": None}, {"project": "1"}, {"project": [1]}, {"tasks": []}, {"tasks": {"a": [1]}},
        {"tasks": {"1": 2}}, {"tasks": {"1": ["2"]}}, {"tasks": None},
    ],
)  # fmt: skip
def test_what_it_remembers_is_believed_in_its_own_form_alone(fake, tmp_path, change):
    asked(fake, tmp_path)
    path = tmp_path / "label_studio.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(
        DamagedRunError, match=r"label_studio\.json: cannot be read \(\w+: .*\); restore the file: it says which"
    ):
        asked(fake, tmp_path)


@pytest.mark.parametrize("content", [b"", b"\xff", b"[]", b"3", b"[" * 100_000])
def test_other_content_is_refused(fake, tmp_path, content):
    (tmp_path / "label_studio.json").write_bytes(content)
    with pytest.raises(DamagedRunError, match=r"label_studio\.json: cannot be read"):
        asked(fake, tmp_path)


def test_a_crash_while_pushing_goes_on_where_it_was(fake, tmp_path, monkeypatch):
    monkeypatch.setattr("utils.oracles.label_studio_project._TASKS_AT_ONCE", 2)

    def crashing(sample):
        if sample == 5:
            raise CrashError
        return show(sample)

    with pytest.raises(CrashError):
        opened(fake, tmp_path).ask(questions(), crashing)
    assert fake.samples() == [7, 3]
    asked(fake, tmp_path)
    assert fake.samples() == list(IDS)


def test_large_tasks_go_in_several_requests(fake, tmp_path, monkeypatch):
    monkeypatch.setattr("utils.oracles.label_studio_project._CHARACTERS_AT_ONCE", 100)
    opened(fake, tmp_path).ask(questions(), lambda sample: Shown("text", text="x" * 90))
    assert sum(request.endswith("/import") for request in fake.requests) == len(IDS)
    assert fake.samples() == list(IDS)


def test_a_task_that_was_doubled_after_all_is_removed_unless_somebody_labelled_it(fake, tmp_path):
    asked(fake, tmp_path)
    tasks = list(fake.tasks.values())
    first, second = (dict(task) for task in tasks[:2])
    first["id"], second["id"], second["total_annotations"] = 501, 502, 1
    fake.tasks |= {501: first, 502: second}
    fake.annotate(3, "2. cat", 2)
    fake.annotations[max(fake.annotations)]["task"] = 502
    project = asked(fake, tmp_path, (*IDS, 1))
    assert fake.samples() == [*IDS, 3, 1]
    assert [(said.id, said.label, said.by) for said in project.answers()] == [(3, "cat", "bob@example.org")]


def test_tasks_and_projects_of_others_are_left_alone(fake, tmp_path):
    fake.projects[1000] = {"id": 1000, "description": "somebody's", "title": "quickstart", "label_config": "<View/>"}
    project = asked(fake, tmp_path)
    fake.tasks[2000] = {"id": 2000, "total_annotations": 0, "data": {"text": "by hand"}}
    fake.tasks[2001] = {"id": 2001, "total_annotations": 0, "data": {"sample_id": 7, "run_key": "another"}}
    project.ask(questions((7, 1)), show)
    assert {1000, *fake.projects} == set(fake.projects)
    assert {2000, 2001} <= set(fake.tasks)
    assert fake.samples().count(7) == 2


def test_a_number_that_is_another_project_s_by_now_is_not_used(fake, tmp_path):
    asked(fake, tmp_path)
    (number,) = fake.projects
    fake.projects[number]["description"] = "another server's"
    fake.tasks.clear()
    project = asked(fake, tmp_path)
    assert len(fake.projects) == 2
    assert str(number) not in project.address.rpartition("/")[2]
    assert fake.samples() == list(IDS)


def test_a_removed_project_is_made_again(fake, tmp_path):
    asked(fake, tmp_path)
    fake.projects.clear()
    fake.tasks.clear()
    asked(fake, tmp_path)
    assert fake.samples() == list(IDS)


def test_a_removed_task_is_made_again(fake, tmp_path):
    project = asked(fake, tmp_path)
    fake.tasks.pop(next(number for number, task in fake.tasks.items() if task["data"]["sample_id"] == 11))
    assert project.answers() == []
    project.ask(questions(), show)
    assert sorted(fake.samples()) == sorted(IDS)


def test_new_classes_reach_the_page(fake, tmp_path):
    project = asked(fake, tmp_path)
    project.ask(questions(classes=("dog", "cat", "heron")), show)
    (shown,) = fake.projects.values()
    assert 'alias="3. heron"' in shown["label_config"]


def test_the_page_has_room_for_recordings_where_a_sample_has_one(fake, tmp_path):
    def sound(sample):
        return Shown("audio", sound=b"s", picture=b"p", recording=b"whole" if sample == 11 else None)

    for _ in range(2):
        opened(fake, tmp_path).ask(questions(), sound)
        (project,) = fake.projects.values()
        assert "$recording" in project["label_config"]


def said(project):
    return [(one.id, one.label, one.by, one.key) for one in project.answers()]


def test_annotations_come_back_as_answers_in_the_order_of_time(fake, tmp_path):
    project = asked(fake, tmp_path)
    later = fake.annotate(7, "2. cat", 1, "2026-11-22T08:31:07.9+01:00")
    sooner = fake.annotate(2, "unusable", 2, "2026-11-22T07:30:00Z")
    assert project.answers() == [
        Annotation(2, None, "bob@example.org", "2026-11-22T07:30:00Z", 2.5, f"label-studio-{sooner}"),
        Annotation(7, "cat", "ann@example.org", "2026-11-22T07:31:07Z", 2.5, f"label-studio-{later}"),
    ]


def test_skipped_and_empty_annotations_are_no_answers_and_the_empty_one_is_said_once(fake, tmp_path):
    project = asked(fake, tmp_path)
    fake.annotate(7, "1. dog", cancelled=True)
    fake.annotate(3, None)
    assert project.answers() == project.answers() == []
    (text,) = fake.listener.said
    assert "what ann@example.org submitted holds no answer and does not count" in text


def test_an_annotation_that_is_edited_counts_in_its_last_form(fake, tmp_path):
    project = asked(fake, tmp_path)
    number = fake.annotate(7, "1. dog")
    assert said(project) == [(7, "dog", "ann@example.org", f"label-studio-{number}")]
    fake.annotations[number]["result"][0]["value"]["choices"] = ["2. cat"]
    assert said(project) == [(7, "cat", "ann@example.org", f"label-studio-{number}")]


def test_of_several_annotations_of_one_person_the_last_counts(fake, tmp_path):
    project = asked(fake, tmp_path)
    fake.annotate(7, "1. dog")
    last = fake.annotate(7, "2. cat")
    other = fake.annotate(7, "1. dog", 2)
    assert sorted(said(project)) == [
        (7, "cat", "ann@example.org", f"label-studio-{last}"),
        (7, "dog", "bob@example.org", f"label-studio-{other}"),
    ]


def test_only_what_is_asked_is_looked_at(fake, tmp_path):
    project = asked(fake, tmp_path)
    fake.annotate(7, "1. dog")
    project.ask(questions((3,)), show)
    assert project.answers() == []


def test_an_annotator_without_an_address_has_a_number(fake, tmp_path):
    project = asked(fake, tmp_path)
    fake.annotate(7, "1. dog", 44)
    fake.annotate(3, "1. dog", None)
    assert sorted(one[2] for one in said(project)) == ["somebody", "user 44"]


def test_the_guess_is_pushed_only_where_it_is_to_be_seen(fake, tmp_path):
    for seen in (True, False):
        folder = tmp_path / str(seen)
        one = Questions("run", 1, 3, "labelling", (Question(1, "n", "cat", 0.9),), classes=("dog", "cat"), show_guess=seen)
        opened(fake, folder).ask(one, show)
        assert list(fake.projects.values())[-1]["show_collab_predictions"] is seen
    assert ["predictions" in task for task in fake.tasks.values()] == [True, False]
