"""People who label in Label Studio: the run puts its picks there as tasks, waits for annotations, and takes them over."""

from __future__ import annotations

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator, Sequence

from utils.annotation.annotation import Annotation
from utils.annotation.questions import Questions
from utils.oracles.base import Asked
from utils.oracles.collected import Collected
from utils.oracles.label_studio_project import KEY, LabelStudioProject
from utils.oracles.label_studio_server import LabelStudioServer
from utils.oracles.task import Task

_SHORTEST_PAUSE, _LONGEST_PAUSE = 3.0, 60.0
_SHARE_OF_WAITING = 10
"""A pause is as many times as long as the look before it took: a busy server is looked at less often."""


class LabelStudioOracle(Collected):
    """Asks in a project of its own; see `Collected`."""

    def __init__(self, task: Task, url: str, *, sleep: Callable[[float], None] = time.sleep) -> None:
        """`url` is the server's; `sleep` waits so many seconds. The token comes from the environment."""
        super().__init__(task)
        self._url, self._sleep = url, sleep
        self._told = False
        self._seconds_to_look = 0.0

    @contextlib.contextmanager
    def _connected(self) -> Iterator[None]:
        server = LabelStudioServer(self._url, self.listener, sleep=self._sleep)
        self._project = LabelStudioProject(server, self.folder, self.task.title)
        yield

    def go_on_with(self, asked: Asked) -> None:
        """Offers these samples too; what of them is not labelled when the round begins stays open behind what was there."""
        super().go_on_with(asked)
        if self._ahead:
            self._ask(Questions.read(self.folder))

    def _collect(self, round_number: int) -> None:
        self._ask(Questions.read(self.folder))
        super()._collect(round_number)

    def _ask(self, questions: Questions) -> None:
        asked = {question.id for question in questions.asked}
        open_still = tuple(one for one in self._ahead if one.id not in asked and not self.ledger.is_final(one.id))
        self._project.ask(dataclasses.replace(questions, ahead=open_still), self.task.show)
        if not self._told:
            self.listener.say(f"label at {self._project.address}")
        self._told = True

    def _answers(self) -> list[Annotation]:
        began = time.monotonic()
        answers = self._project.answers()
        self._seconds_to_look = time.monotonic() - began
        return answers

    def _withdrawn(self, answers: Sequence[Annotation]) -> list[Annotation]:
        """What was deleted or cancelled there, alone or with its task: while a round is open, what Label Studio has counts."""
        there = {(said.id, said.by) for said in answers}
        known = [said for sample in self._project.looked_at for said in self.ledger.annotations(sample)]
        return [
            said
            for said in known
            # what people said elsewhere, before the run was moved to Label Studio, was never there
            if said.key.startswith(KEY) and (said.id, said.by) not in there and not self.ledger.is_final(said.id)
        ]

    def _pause(self, done: int, total: int) -> None:
        self._sleep(min(max(_SHORTEST_PAUSE, _SHARE_OF_WAITING * self._seconds_to_look), _LONGEST_PAUSE))
