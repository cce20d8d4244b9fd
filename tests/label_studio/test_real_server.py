"""Against a real Label Studio server: four kinds of samples, two annotators, and runs that are killed on the way."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.label_studio.labelling_run import Quiet, labels
from tests.label_studio.real_server import OWNER, command, personal_access_token, real_label_studio
from tests.label_studio.samples import CLASSES, IDS, KINDS
from utils.annotation.ledger import FOLDER, LOG
from utils.errors import ParameterError
from utils.journal import Journal
from utils.oracles.label_studio_server import ONCE, LabelStudioServer

SECOND = "bob@example.org"
ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(
    command() is None, reason="no Label Studio server is installed: make label-studio, or name one in LABEL_STUDIO_COMMAND"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with real_label_studio(tmp_path_factory.mktemp("label-studio")) as url:
        yield url, personal_access_token(url, OWNER), personal_access_token(url, SECOND, new=True)


@pytest.fixture
def url(server, monkeypatch):
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", server[1])
    return server[0]


@pytest.fixture
def people(server, url, monkeypatch):
    """The two annotators' own connections."""
    found = []
    for token in server[1:]:
        monkeypatch.setenv("LABEL_STUDIO_API_KEY", token)
        found.append(LabelStudioServer(url, Quiet()).sdk)
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", server[1])
    return found


def killed(url, folder, kind, moment):
    """Runs until it dies by its own hand."""
    arguments = [sys.executable, "-m", "tests.label_studio.labelling_run", url, str(folder), kind, moment]
    finished = subprocess.run(arguments, cwd=ROOT, env=os.environ.copy(), capture_output=True, text=True, check=False)
    assert finished.returncode == -9, finished.stderr


def tasks(sdk, kind):
    """The tasks of the only project about a kind, in their order."""
    (project,) = [project for project in sdk.projects.list() if project.title == f"run about {kind}"]
    return sorted(sdk.tasks.list(project=project.id), key=lambda task: task.id)


def say(sdk, task, number, **more):
    alias = f"{number + 1}. {CLASSES[number].replace('$', '＄')}"
    result = [{"from_name": "answer", "to_name": "sample", "type": "choices", "value": {"choices": [alias]}}]
    return sdk.annotations.create(task.id, result=result, lead_time=1.5, request_options=ONCE, **more)


@pytest.mark.parametrize("kind", KINDS)
def test_two_people_label_while_the_run_is_killed_again_and_again(url, people, tmp_path, kind):
    ann, bob = people
    killed(url, tmp_path, kind, "pushing")
    assert len(tasks(ann, kind)) == 4
    killed(url, tmp_path, kind, "waiting")
    made = tasks(ann, kind)
    assert [task.data["sample_id"] for task in made] == list(IDS)
    assert all(task.overlap == 2 and task.total_predictions == 1 for task in made)
    for task in made[:3]:
        say(ann, task, task.data["sample_id"] % 3)
    killed(url, tmp_path, kind, "waiting")

    def work(_):
        edited = say(bob, made[0], 0)
        unusable = [{"from_name": "answer", "to_name": "sample", "type": "choices", "value": {"choices": ["unusable"]}}]
        bob.annotations.update(edited.id, result=unusable, request_options=ONCE)
        say(bob, made[1], 0, was_cancelled=True)
        for task in made[1:]:
            say(bob, task, task.data["sample_id"] % 3)
        for task in made[3:]:
            say(ann, task, task.data["sample_id"] % 3)

    found = labels(url, tmp_path, kind, sleep=work)
    assert [(label.id, label.value) for label in found] == [(sample, sample % 3) for sample in IDS]
    assert all(label.by in {f"{OWNER}+{SECOND}", f"{SECOND}+{OWNER}"} and label.seconds == 3 for label in found)
    records = [record for record in Journal(tmp_path / FOLDER / LOG).records if record["type"] == "annotation"]
    assert len(records) == len({(record["id"], record["by"]) for record in records}) == 12
    assert [record["label"] for record in records if record["id"] == IDS[0]] == [CLASSES[IDS[0] % 3], None]
    assert len(tasks(ann, kind)) == len(IDS)


def test_a_token_that_the_server_does_not_know_is_refused(url, monkeypatch):
    monkeypatch.setenv("LABEL_STUDIO_API_KEY", "0" * 40)
    with pytest.raises(ParameterError, match="refuses the token"):
        LabelStudioServer(url, Quiet())
