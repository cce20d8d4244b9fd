"""Whose turn which sample is, what is taken in, what is refused, and when answers are final."""

import errno
import re

import pytest

from tests.crash.faulty_disk import FaultyDisk
from tests.utils.web.fakes import Clock, ask, desk, ledger, shown
from utils import files
from utils.annotation.refused import Refused
from utils.errors import DamagedRunError, DiskError
from utils.web.desk import Desk


def key(number):
    return f"key-{number:06d}"


def labels(folder):
    return {said.id: (said.by, said.label) for said in ledger(folder).all()}


def test_samples_come_in_the_order_asked_and_answers_are_on_the_disk(tmp_path):
    at = desk(tmp_path, [7, 3])
    assert shown(at, "Anna") == 7
    at.annotate("Anna", 7, "dog", key(1), 2.5)
    assert labels(tmp_path) == {7: ("Anna", "dog")}
    [said] = ledger(tmp_path).all()
    assert (said.seconds, said.key) == (2.5, key(1))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", said.when)
    view = at.view("Anna")
    assert (view.question.id, view.done, view.mine, view.upcoming) == (3, 1, 1, None)


def test_unusable_is_an_answer_too(tmp_path):
    at = desk(tmp_path, [7])
    at.annotate("Anna", 7, None, key(1))
    assert labels(tmp_path) == {7: ("Anna", None)}


@pytest.mark.parametrize("seconds", [-1.0, float("inf"), float("nan"), 1e6])
def test_times_that_cannot_be_are_left_out(tmp_path, seconds):
    at = desk(tmp_path, [7])
    at.annotate("Anna", 7, "dog", key(1), seconds)
    assert ledger(tmp_path).all()[0].seconds is None


def test_each_sample_goes_to_one_annotator(tmp_path):
    at = desk(tmp_path, [1, 2, 3])
    assert [shown(at, by) for by in ("Anna", "Bob", "Eve", "Dan", "Anna")] == [1, 3, 2, None, 1]
    assert at.view("Dan").with_others == 3


def test_what_is_loaded_ahead_is_left_to_its_annotator_while_there_is_something_else(tmp_path):
    at = desk(tmp_path, [1, 2, 3, 4])
    assert at.view("Anna").upcoming.id == 2
    assert (shown(at, "Bob"), at.view("Bob").upcoming.id) == (3, 4)
    assert shown(at, "Eve") == 2
    at.annotate("Bob", 3, "dog", key(1))
    assert shown(at, "Bob") == 4


def test_several_annotators_for_each_sample(tmp_path):
    at = desk(tmp_path, [1, 2], per_sample=2)
    assert [shown(at, by) for by in ("Anna", "Bob")] == [1, 1]
    assert shown(at, "Eve") == 2
    at.annotate("Anna", 1, "dog", key(1))
    assert shown(at, "Anna") == 2
    at.annotate("Bob", 1, "cat", key(2))
    at.annotate("Anna", 2, "dog", key(3))
    at.annotate("Eve", 2, "dog", key(4))
    assert at.view("Anna").agreement == (1, 2)
    at.settle()
    assert ledger(tmp_path).closed == {(1, False): [1, 2]}


def test_a_lease_runs_out_without_a_sign_of_life(tmp_path):
    clock = Clock()
    at = desk(tmp_path, [1], clock=clock, lease=600.0)
    assert [shown(at, "Anna"), shown(at, "Bob")] == [1, None]
    clock.now += 500
    at.renew("Anna")
    clock.now += 500
    assert shown(at, "Bob") is None
    clock.now += 101
    assert [shown(at, "Bob"), shown(at, "Anna")] == [1, None]


def test_whoever_comes_back_late_may_still_answer_and_the_other_is_told(tmp_path):
    clock = Clock()
    at = desk(tmp_path, [1], clock=clock, lease=600.0)
    assert shown(at, "Anna") == 1
    clock.now += 601
    assert shown(at, "Bob") == 1
    at.annotate("Anna", 1, "dog", key(1))
    with pytest.raises(Refused, match=r"^Somebody else answered this sample meanwhile\.$"):
        at.annotate("Bob", 1, "cat", key(2))


def test_a_key_counts_once_also_after_a_restart(tmp_path):
    at = desk(tmp_path, [1, 2])
    for _ in range(2):
        at.annotate("Anna", 1, "dog", key(1))
    Desk(tmp_path).annotate("Anna", 1, "dog", key(1))
    assert len(ledger(tmp_path).annotations(1)) == 1


def test_what_was_put_off_comes_back_after_the_rest_of_its_round(tmp_path):
    at = desk(tmp_path, [1, 2], [3])
    for number, expected in enumerate([1, 2, 1]):
        assert shown(at, "Anna") == expected
        at.skip("Anna", expected, key(number))
    assert shown(at, "Anna") == 2
    assert shown(Desk(tmp_path), "Anna") == 2
    at.annotate("Anna", 2, "dog", key(10))
    at.annotate("Anna", 1, "dog", key(11))
    assert at.view("Anna").is_ahead
    assert shown(at, "Anna") == 3


def test_others_get_what_somebody_put_off(tmp_path):
    at = desk(tmp_path, [1, 2])
    assert shown(at, "Anna") == 1
    at.skip("Anna", 1, key(1))
    assert [shown(at, "Anna"), shown(at, "Bob")] == [2, 1]


def test_what_was_taken_back_comes_back_at_once(tmp_path):
    at = desk(tmp_path, [1, 2, 3])
    at.annotate("Anna", 1, "dog", key(1))
    assert shown(at, "Anna") == 2
    done = at.view("Anna").undoable
    assert (done.id, done.name, done.label, done.is_skip) == (1, "sample 1", "dog", False)
    for _ in range(2):
        at.undo("Anna", 1, key(2))
    assert [shown(at, "Anna"), shown(at, "Bob")] == [1, 3]
    assert labels(tmp_path) == {}
    at.annotate("Anna", 1, "dog", key(1))
    assert labels(tmp_path) == {}, "the answer that was taken back came late, again"


def test_a_sample_put_off_can_be_called_back(tmp_path):
    at = desk(tmp_path, [1, 2])
    at.annotate("Anna", 1, "dog", key(1))
    at.skip("Anna", 2, key(2))
    assert at.view("Anna").undoable.is_skip
    at.undo("Anna", 2, key(3))
    assert at.view("Anna").undoable.id == 1


def test_a_sample_that_somebody_else_looks_at_by_now_stays_with_him(tmp_path):
    at = desk(tmp_path, [1, 2])
    at.skip("Anna", 1, key(1))
    assert shown(at, "Bob") == 1
    at.undo("Anna", 1, key(2))
    assert [shown(at, "Bob"), shown(at, "Anna")] == [1, 2]


def test_nothing_else_is_taken_back_than_what_was_meant(tmp_path):
    at = desk(tmp_path, [1, 2])
    at.annotate("Anna", 1, "dog", key(1))
    at.skip("Anna", 2, key(2))
    at.annotate("Bob", 2, "cat", key(3))
    with pytest.raises(Refused, match=r"^This cannot be taken back any more; answers that the model learns from are final\.$"):
        at.undo("Anna", 2, key(4))
    assert at.view("Anna").undoable.id == 1


def test_answers_are_final_once_all_are_in_and_the_grace_is_over(tmp_path):
    clock = Clock()
    at = desk(tmp_path, [2, 1], clock=clock, grace=3.0)
    at.annotate("Anna", 2, "dog", key(1))
    clock.now += 60
    at.settle()
    at.annotate("Anna", 1, "dog", key(2))
    clock.now += 2.9
    at.settle()
    assert ledger(tmp_path).closed == {}
    at.undo("Anna", 1, key(3))
    clock.now += 60
    at.settle()
    at.annotate("Anna", 1, "cat", key(4))
    clock.now += 3
    for _ in range(2):
        at.settle()
    assert ledger(tmp_path).closed == {(1, False): [2, 1]}
    assert at.view("Anna").is_closed
    assert at.view("Anna").undoable is None
    with pytest.raises(Refused, match="cannot be taken back"):
        at.undo("Anna", 1, key(5))


def test_other_samples_of_a_round_that_was_closed_and_began_anew_become_final_too(tmp_path):
    for ids in ([2, 1], [1, 3, 4]):
        clock = Clock()
        at = desk(tmp_path, ids, clock=clock, grace=3.0)
        for sample in set(ids) - {1, 2} or ids:
            assert not at.view("Anna").is_closed
            at.annotate("Anna", sample, "dog", key(sample))
        clock.now += 3
        at.settle()
        assert at.view("Anna").is_closed
    assert ledger(tmp_path).closed == {(1, False): [2, 1, 3, 4]}


def test_answers_given_ahead_are_closed_when_the_run_collects(tmp_path):
    at = desk(tmp_path, [], [4, 5, 6, 7], stage="training", round=1)
    for number, sample in enumerate([7, 4, 6]):
        at.annotate("Anna", sample, "dog", key(number))
    at.settle()
    assert ledger(tmp_path).closed == {}
    ask(tmp_path, [], [4, 5, 6, 7], "collecting", round=2, take=2)
    for _ in range(2):
        at.settle()
    assert ledger(tmp_path).closed == {(2, True): [4, 6]}
    ask(tmp_path, [5, 7], [], round=2)
    assert shown(at, "Anna") == 5
    at.annotate("Anna", 5, "dog", key(9))
    at.settle()
    assert ledger(tmp_path).closed == {(2, True): [4, 6], (2, False): [5, 7]}


def test_nothing_ready_is_said_too(tmp_path):
    desk(tmp_path, [], [4], "collecting", take=3).settle()
    assert ledger(tmp_path).closed == {(1, True): []}


@pytest.mark.parametrize(
    ("sample", "label", "options", "message"),
    [
        (9, "dog", {}, r"This sample is not asked any more\."),
        (1, "dog", {}, r"You answered this sample already\."),
        (2, "bird", {}, r"“bird” is none of the classes, and no classes may be added\."),
        (2, " \t", {"may_add": True}, r"The name of the class is empty; write at least one character\."),
        (2, "x" * 101, {"may_add": True}, r"The name of the class has 101 characters; 100 at most are possible\."),
        (2, "a\x07b", {"may_add": True}, r"The name of the class holds control characters; write it anew by hand\."),
        (2, "three", {"numbers": True}, r"“three” is no number; write one such as 3, -0\.5 or 1e-3, with a point\."),
    ],
)
def test_refused(tmp_path, sample, label, options, message):
    at = desk(tmp_path, [1, 2], **options)
    at.annotate("Anna", 1, None, key(1))
    with pytest.raises(Refused, match=f"^{message}$") as caught:
        at.annotate("Anna", sample, label, key(2))
    assert not caught.value.is_for_now
    assert labels(tmp_path) == {1: ("Anna", None)}


def test_a_class_that_was_added_is_there_for_all(tmp_path):
    at = desk(tmp_path, [1, 2, 3], may_add=True)
    at.annotate("Anna", 1, "  Größe <b> ", key(1))
    assert at.view("Bob").classes == ("dog", "cat", "Größe <b>")
    at.undo("Anna", 1, key(2))
    assert at.view("Bob").classes == ("dog", "cat")


def test_a_class_with_an_odd_name_is_taken_as_it_is(tmp_path):
    at = desk(tmp_path, [1], classes=(" two\nlines ",))
    at.annotate("Anna", 1, " two\nlines ", key(1))
    assert labels(tmp_path) == {1: ("Anna", " two\nlines ")}


def test_numbers_stay_as_they_were_written(tmp_path):
    at = desk(tmp_path, [1], numbers=True, classes=())
    at.annotate("Anna", 1, " 3.50 ", key(1))
    assert labels(tmp_path) == {1: ("Anna", "3.50")}


@pytest.mark.parametrize("stage", ["stopped", None])
def test_while_the_run_is_away_answers_are_to_be_sent_again(tmp_path, stage):
    if stage:
        ask(tmp_path, [1], stage=stage)
    with pytest.raises(
        Refused, match=r"^The run is not at work; the answer is kept here and sent when it continues\.$"
    ) as caught:
        Desk(tmp_path).annotate("Anna", 1, "dog", key(1))
    assert caught.value.is_for_now
    assert Desk(tmp_path).view("Anna").question is None


def test_a_full_disk_loses_nothing_that_was_acknowledged(tmp_path, monkeypatch):
    at = desk(tmp_path, [1, 2])
    at.annotate("Anna", 1, "dog", key(1))
    with monkeypatch.context() as patch:
        patch.setattr(files, "_os", FaultyDisk(0, OSError(errno.ENOSPC, "no space")))
        with pytest.raises(DiskError):
            at.annotate("Anna", 2, "dog", key(2))
    # half a line stands in the log now
    at.annotate("Anna", 2, "dog", key(2))
    assert labels(tmp_path) == {1: ("Anna", "dog"), 2: ("Anna", "dog")}


def test_whoever_waited_for_a_write_that_failed_is_told(tmp_path):
    at = desk(tmp_path, [1, 2])
    at._faults = 1
    with pytest.raises(DiskError, match=r"annotations\.log could not be written; what was acknowledged is safe"):
        at._write(0)


@pytest.mark.parametrize("other", [("Anna", 2, "annotate"), ("Bob", 1, "annotate"), ("Anna", 1, "skip"), ("Anna", 1, "undo")])
def test_a_key_is_that_of_one_answer(tmp_path, other):
    at = desk(tmp_path, [1, 2], per_sample=2)
    at.annotate("Anna", 1, "dog", key(1))
    by, sample, what = other
    message = r"^This is not saved: it bears the key of another answer\. Load the page anew, then answer again\.$"
    with pytest.raises(Refused, match=message):
        getattr(at, what)(by, sample, *(["cat"] if what == "annotate" else []), key(1))
    assert labels(tmp_path) == {1: ("Anna", "dog")}


def test_no_class_gets_a_twin_and_none_means_unusable(tmp_path):
    at = desk(tmp_path, [1, 2, 3], classes=("Gro\u0308ße",), may_add=True)
    at.annotate("Anna", 1, "Gr\u00f6ße", key(1))
    assert at.view("Anna").classes == ("Gro\u0308ße",)
    with pytest.raises(Refused, match="stands for unusable samples"):
        at.annotate("Anna", 2, "?", key(2))


def test_what_somebody_has_in_hand_may_be_answered_when_the_next_round_begins(tmp_path):
    at = desk(tmp_path, [], [4, 5, 6], stage="training", per_sample=2)
    assert shown(at, "Anna") == 4
    ask(tmp_path, [], [4, 5, 6], "collecting", round=2, take=2, per_sample=2)
    at.settle()
    ask(tmp_path, [9], [], round=2, per_sample=2)
    view = at.view("Anna")
    assert (view.question.id, view.is_ahead, shown(at, "Bob")) == (4, True, 9)
    assert at.is_asked(4)
    at.annotate("Anna", 4, "dog", key(1))
    assert at.view("Anna").question.id == 9
    at.undo("Anna", 4, key(2))
    assert shown(at, "Anna") == 4
    at.annotate("Anna", 4, "cat", key(3))
    with pytest.raises(Refused, match=r"^This sample is not asked any more\.$"):
        at.annotate("Bob", 5, "cat", key(4))
    ask(tmp_path, [], [4, 7], "training", round=2, per_sample=2)
    at.annotate("Bob", 4, "cat", key(5))
    ask(tmp_path, [], [4, 7], "collecting", round=3, take=2, per_sample=2)
    at.settle()
    assert ledger(tmp_path).closed == {(2, True): [], (3, True): [4]}


def test_the_log_begins_with_its_run_and_is_taken_by_no_other(tmp_path):
    at = desk(tmp_path, [1, 2], run_digest="this run")
    at.annotate("Anna", 1, "dog", key(1))
    at.annotate("Anna", 2, "dog", key(2))
    assert ledger(tmp_path).run == "this run"
    assert Desk(tmp_path).view("Anna").done == 2
    ask(tmp_path, [1, 2], run_digest="another run")
    for look in (lambda: at.view("Anna"), lambda: Desk(tmp_path)):
        with pytest.raises(DamagedRunError, match=r"annotations\.log: holds what people said in another run"):
            look()
    assert len(ledger(tmp_path).all()) == 2


def test_what_was_on_the_screen_stays_there_after_a_restart(tmp_path):
    before = desk(tmp_path, [1, 2, 3])
    assert (shown(before, "Anna"), shown(before, "Bob")) == (1, 3)
    after = Desk(tmp_path, grace=0.0)
    after.keep("Bob", 3)
    after.keep("Anna", 1)
    assert (shown(after, "Bob"), shown(after, "Anna")) == (3, 1)


def test_what_somebody_else_has_by_now_cannot_be_kept(tmp_path):
    desk(tmp_path, [1, 2])
    after = Desk(tmp_path, grace=0.0)
    assert shown(after, "Bob") == 1
    after.keep("Anna", 1)
    after.keep("Anna", 10**6)
    assert (shown(after, "Anna"), shown(after, "Bob")) == (2, 1)
    after.keep("Bob", 2)
    assert shown(after, "Bob") == 1
