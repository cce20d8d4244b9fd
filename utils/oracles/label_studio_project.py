"""The project that a run has in Label Studio: found again after a crash, its tasks neither lost nor doubled.

The project carries the run's key in its description, and every task carries it beside the id of its sample. What the file
`label_studio.json` says saves looking around; the server decides: whatever may have been made before a crash is looked for
there before it is made.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import re
import secrets
from collections.abc import Callable, Iterator
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Any

from utils import files, reading
from utils.annotation.annotation import Annotation
from utils.annotation.earlier_answers import PROJECT
from utils.annotation.questions import Question, Questions
from utils.annotation.shown import Shown
from utils.errors import DamagedRunError
from utils.oracles.label_studio_page import NO_ANSWER, RUN, SAMPLE, LabellingPage
from utils.oracles.label_studio_server import ONCE, LabelStudioServer

if TYPE_CHECKING:
    from label_studio_sdk import LabelStudio

KEY = "label-studio-"
"""How the keys of answers begin that come from here."""
Show = Callable[[int], Shown]
_KEY = re.compile("[0-9a-f]{32}")
_SHORTEST_TITLE, _LONGEST_TITLE = 3, 50
_CHARACTERS_AT_ONCE = 8_000_000
_TASKS_AT_ONCE = 100
_TASKS_PER_PAGE = 50
_SECONDS_TO_IMPORT, _LOOKS_FOR_TASKS = 60, 12
"""Some editions of Label Studio import in the background."""


class LabelStudioProject:
    """Puts samples before people, and fetches what they say."""

    def __init__(self, server: LabelStudioServer, folder: Path, title: str) -> None:
        """Sends nothing yet.

        Args:
            server: where the project is, or will be.
            folder: the folder `labelling` of the run, which keeps `label_studio.json`.
            title: of the run.

        Raises:
            DamagedRunError: `label_studio.json` is not what was written.
        """
        self._server, self._path, self._title = server, folder / PROJECT, title
        self._key, self._id, self._tasks = _remembered(self._path)
        self._page: LabellingPage | None = None
        self._asked: list[int] = []
        self._users: dict[int, str] = {}
        self._unclear: set[int] = set()

    @property
    def address(self) -> str:
        """Where people label."""
        return f"{self._server.url}/projects/{self._id}"

    @property
    def looked_at(self) -> list[int]:
        """The samples of which `answers` returned all that there is."""
        return self._asked if self._page is not None else []

    def ask(self, questions: Questions, show: Show) -> None:
        """Makes a task of each sample, asked for or offered ahead, that has none; they are all there when it returns.

        Raises:
            DataError: the server refuses a task.
            ParameterError: the token is refused.
        """
        self._asked = [question.id for question in _wanted(questions)]
        if not self._asked:
            return
        if self._page is None:
            self._page = self._opened(questions, show)
            self._turn_to(self._page, questions)
        elif self._page.classes != questions.classes:
            self._page = dataclasses.replace(self._page, classes=questions.classes)
            self._turn_to(self._page, questions)
        if self._missing(questions):
            self._server.ask(self._learn)
        for batch in self._batches(self._page, questions, show):
            self._server.ask(functools.partial(self._push, batch))

    def _missing(self, questions: Questions) -> list[Question]:
        return [question for question in _wanted(questions) if question.id not in self._tasks]

    def _opened(self, questions: Questions, show: Show) -> LabellingPage:
        """Finds the project, or makes it; returns the page for it."""
        self._save()
        found = self._server.ask(self._found)
        kind = show(self._asked[0]).kind
        if found is not None:
            recording = "$recording" in (found.label_config or "")
        else:
            recording = kind == "audio" and any(show(sample).recording is not None for sample in self._asked)
        page = LabellingPage.of(questions, kind, recording=recording)
        project = found.id if found is not None else self._server.ask(lambda sdk: self._made(sdk, page))
        if project != self._id:
            self._id, self._tasks = project, {}
        self._save()
        return page

    def _found(self, sdk: LabelStudio) -> Any:
        """The project with the run's key; None: there is none."""
        if self._id is not None:
            try:
                project = sdk.projects.get(self._id, request_options=ONCE)
            except Exception as error:
                if not self._server.is_missing(error):
                    raise
            else:
                if self._key in (project.description or ""):
                    return project
        ours = [project for project in sdk.projects.list(request_options=ONCE) if self._key in (project.description or "")]
        return min(ours, key=lambda project: project.id, default=None)

    def _made(self, sdk: LabelStudio, page: LabellingPage) -> int:
        """The id of a new project, or of the one that an earlier try made though its answer was lost."""
        project = self._found(sdk) or sdk.projects.create(
            title=_fitting(self._title),
            description=f"{self._title}\n\nMade by a run of active learning, which finds its project by this line: {self._key}",
            label_config=page.xml(),
            skip_queue="REQUEUE_FOR_ME",
            request_options=ONCE,
        )
        return int(project.id)

    def _turn_to(self, page: LabellingPage, questions: Questions) -> None:
        """Makes `page` that of the project."""
        self._server.ask(
            lambda sdk: sdk.projects.update(
                self._id,
                label_config=page.xml(),
                maximum_annotations=questions.per_sample,
                show_collab_predictions=questions.show_guess,
                request_options=ONCE,
            )
        )

    def _batches(self, page: LabellingPage, questions: Questions, show: Show) -> Iterator[list[dict[str, Any]]]:
        """The tasks that are missing, as many at once as a server takes without trouble."""
        batch, size = list[dict[str, Any]](), 0
        for question in self._missing(questions):
            task = page.task(question, show(question.id), self._key, show_guess=questions.show_guess)
            length = sum(len(str(value)) for value in task["data"].values())
            if batch and (size + length > _CHARACTERS_AT_ONCE or len(batch) == _TASKS_AT_ONCE):
                yield batch
                batch, size = [], 0
            batch.append(task)
            size += length
        if batch:
            yield batch

    def _push(self, tasks: list[dict[str, Any]], sdk: LabelStudio) -> None:
        """Imports those of `tasks` that are not there: an earlier try may have done so though its answer was lost."""
        self._learn(sdk)
        missing = [task for task in tasks if task["data"][SAMPLE] not in self._tasks]
        if missing:
            sdk.projects.import_tasks(self._id, request=missing, request_options=ONCE)
            self._learn(sdk)
        for _ in range(_LOOKS_FOR_TASKS):
            if all(task["data"][SAMPLE] in self._tasks for task in tasks):
                break
            self._server.pause(_SECONDS_TO_IMPORT / _LOOKS_FOR_TASKS)
            self._learn(sdk)

    def _learn(self, sdk: LabelStudio) -> None:
        """Takes note of the tasks made since the last one known; of a sample's second one only where somebody labelled it."""
        last = max((task for tasks in self._tasks.values() for task in tasks), default=0)
        newer = {"filter": "filter:tasks:id", "operator": "greater", "type": "Number", "value": last}
        query = json.dumps({"filters": {"conjunction": "and", "items": [newer]}})
        found = sdk.tasks.list(
            project=self._id, fields="task_only", query=query, page_size=_TASKS_PER_PAGE, request_options=ONCE
        )
        for task in sorted(found, key=lambda task: task.id):
            data = task.data or {}
            sample = data.get(SAMPLE)
            if data.get(RUN) != self._key or not isinstance(sample, int) or task.id in self._tasks.get(sample, ()):
                continue
            if sample in self._tasks and not task.total_annotations:
                sdk.tasks.delete(str(task.id), request_options=ONCE)
            else:
                self._tasks.setdefault(sample, []).append(task.id)
        self._save()

    def answers(self) -> list[Annotation]:
        """What was said so far of the samples asked for last, in the order of time; of what one annotator said the last."""
        return self._server.ask(self._answers)

    def _answers(self, sdk: LabelStudio) -> list[Annotation]:
        said: dict[tuple[int, str], Annotation] = {}
        for sample in self._asked:
            for task in list(self._tasks.get(sample, ())):
                for annotation in sorted(self._annotations(sdk, sample, task), key=lambda annotation: annotation.id):
                    by = self._user(sdk, annotation.completed_by)
                    label = self._label(annotation, by)
                    if label != NO_ANSWER:
                        key = f"{KEY}{annotation.id}"
                        said[sample, by] = Annotation(sample, label, by, _utc(annotation), annotation.lead_time, key)
        return sorted(said.values(), key=lambda one: one.when)

    def _annotations(self, sdk: LabelStudio, sample: int, task: int) -> list[Any]:
        """Those of a task that are not skipped; a task that somebody removed is forgotten, so that it is made again."""
        try:
            found = sdk.annotations.list(task, request_options=ONCE)
        except Exception as error:
            if not self._server.is_missing(error):
                raise
            self._tasks[sample].remove(task)
            if not self._tasks[sample]:
                del self._tasks[sample]
            self._save()
            return []
        return [annotation for annotation in found if not annotation.was_cancelled]

    def _label(self, annotation: Any, by: str) -> str | None:
        label = self._page.label(annotation.result or []) if self._page is not None else NO_ANSWER
        if label == NO_ANSWER and annotation.id not in self._unclear:
            self._unclear.add(annotation.id)
            self._server.say(
                f"Label Studio, task {annotation.task}: what {by} submitted holds no answer and does not count; "
                f"open it at {self.address}, choose one, and update it"
            )
        return label

    def _user(self, sdk: LabelStudio, number: int | None) -> str:
        """Who has this number on the server: the address by which he logs in, without the "+" that joins names elsewhere."""
        if number is None:
            return "somebody"
        if number not in self._users:
            self._users = {user.id: (user.email or "").replace("+", "＋") for user in sdk.users.list(request_options=ONCE)}
        return self._users.setdefault(number, "") or f"user {number}"

    def _save(self) -> None:
        state = {"key": self._key, "project": self._id, "tasks": self._tasks}
        files.write_text(self._path, json.dumps(state) + "\n")


def _wanted(questions: Questions) -> tuple[Question, ...]:
    """Of all samples that may be labelled now, the most wanted first."""
    return questions.asked + questions.ahead


def _utc(annotation: Any) -> str:
    return annotation.created_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _fitting(title: str) -> str:
    """`title` in the 3 to 50 characters that Label Studio takes."""
    return title.ljust(_SHORTEST_TITLE, ".") if len(title) <= _LONGEST_TITLE else f"{title[: _LONGEST_TITLE - 1]}…"


def _remembered(path: Path) -> tuple[str, int | None, dict[int, list[int]]]:
    """(key of the run, its project, sample → its tasks) as they stand in the file; a new key where there is none."""
    if not path.exists():
        return secrets.token_hex(16), None, {}
    try:
        state = json.loads(reading.read_text(path))
        key, project, tasks = state["key"], state["project"], {int(sample): tasks for sample, tasks in state["tasks"].items()}
        numbers = [project or 0, *(task for some in tasks.values() for task in some)]
        if not _KEY.fullmatch(key) or not all(type(number) is int for number in numbers):
            raise ValueError("it was altered")
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise DamagedRunError(
            f"{path}: cannot be read ({type(error).__name__}: {error}); restore the file: it says which project is this run's"
        ) from None
    return key, project, tasks
