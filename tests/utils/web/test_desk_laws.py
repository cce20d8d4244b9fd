"""Whatever annotators, the run and crashes do in whatever order: no answer is lost, none counts twice, what is final stays."""

import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.utils.web.fakes import Clock, ask, ledger
from utils.annotation.refused import Refused
from utils.web.desk import Desk

PEOPLE = ["Anna", "Bob", "Eve"]
people = st.sampled_from(PEOPLE)
samples = st.integers(0, 11)
answers = st.sampled_from(["dog", "cat", None])


class DeskMachine(RuleBasedStateMachine):
    """Compares the desk with plain lists of what was acknowledged."""

    @initialize(per_sample=st.integers(1, 2))
    def begin(self, per_sample):
        self.folder, self.clock, self.per_sample = Path(tempfile.mkdtemp()), Clock(), per_sample
        self.round, self.keys, self.said, self.final = 1, 0, {}, {}
        self.ask([0, 1, 2], [3, 4], "labelling")
        self.desk = Desk(self.folder, 1.0, 50.0, self.clock)

    def teardown(self):
        shutil.rmtree(self.folder)

    def ask(self, asked, ahead, stage):
        self.stage = stage
        ask(self.folder, asked, ahead, stage, round=self.round, per_sample=self.per_sample, take=2)

    def key(self):
        self.keys += 1
        return f"key-{self.keys:06d}"

    @rule(by=people)
    def glance(self, by):
        self.look(by)

    def look(self, by):
        """Whoever gets a sample anew is needed for it: others do not suffice, and he did not answer it."""
        before = self.desk._leases.of(by)[0]
        question = self.desk.view(by).question
        if question:
            assert (question.id, by) not in self.said
        if question and question.id != before:
            others = sum(1 for other in PEOPLE if other != by and self.desk._leases.of(other)[0] == question.id)
            assert others + sum(1 for one, _ in self.said if one == question.id) < self.per_sample
        return question

    @rule(by=people, label=answers)
    def answer_what_is_shown(self, by, label):
        question = self.look(by)
        if question:
            self.answer(by, question.id, label)

    @rule(by=people, sample=samples, label=answers)
    def answer_anything(self, by, sample, label):
        try:
            self.answer(by, sample, label)
        except Refused:
            return

    def answer(self, by, sample, label):
        key = self.key()
        self.desk.annotate(by, sample, label, key)
        assert (sample, by) not in self.said
        self.said[sample, by] = (label, key)

    @rule(by=people, sample=samples)
    def send_an_old_answer_again(self, by, sample):
        if (sample, by) in self.said:
            self.desk.annotate(by, sample, *self.said[sample, by])

    @rule(by=people)
    def skip(self, by):
        question = self.look(by)
        if question:
            self.desk.skip(by, question.id, self.key())

    @rule(by=people)
    def undo(self, by):
        done = self.desk.view(by).undoable
        if done:
            self.desk.undo(by, done.id, self.key())
            assert done.id not in self.final
            if not any(self.desk._leases.of(other)[0] == done.id for other in PEOPLE if other != by):
                assert self.desk.view(by).question.id == done.id
            if not done.is_skip:
                del self.said[done.id, by]

    @rule(seconds=st.sampled_from([0.6, 60.0]))
    def wait(self, seconds):
        self.clock.now += seconds
        self.desk.settle()

    @rule()
    def restart(self):
        figures = [self.figures(by) for by in PEOPLE]
        self.desk = Desk(self.folder, 1.0, 50.0, self.clock)
        assert [self.figures(by) for by in PEOPLE] == figures

    def figures(self, by):
        view = self.desk.view(by)
        return view.done, view.answered_ahead, view.mine, view.agreement, view.undoable, view.is_closed

    @rule()
    def next_stage(self):
        """What the run does next, once the desk has made the answers final that it waits for."""
        closed = ledger(self.folder).closed
        free = [one for one in range(12) if not any(one in ids for ids in closed.values())]
        if self.stage == "labelling" and (self.round, False) in closed:
            self.ask([], free[:4], "training")
        elif self.stage == "training":
            self.round += 1
            self.ask([], free[:4], "collecting")
        elif self.stage == "collecting" and (self.round, True) in closed:
            self.ask(free[1:3], free[3:5], "labelling")

    @invariant()
    def the_log_says_what_was_acknowledged(self):
        written = ledger(self.folder)
        assert {(one.id, one.by): (one.label, one.key) for one in written.all()} == self.said
        assert all(len(written.annotations(one)) <= self.per_sample for one in range(12))

    @invariant()
    def final_stays_final(self):
        written = ledger(self.folder)
        now = {one: tuple(written.annotations(one)) for ids in written.closed.values() for one in ids}
        assert now.items() >= self.final.items()
        assert all(len(said) == self.per_sample for said in now.values())
        everything = [one for ids in written.closed.values() for one in ids]
        assert len(everything) == len(set(everything))
        self.final = now


TestDeskMachine = DeskMachine.TestCase
TestDeskMachine.settings = settings(
    max_examples=100, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
