"""The annotation log, record by record: what counts, what was taken back, what is final."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.annotation.annotation import Annotation
from utils.annotation.ledger import (
    Ledger,
    annotation_record,
    closed_record,
    log_path,
    run_record,
    skip_record,
    undo_record,
)
from utils.errors import DamagedRunError


def annotation(sample, by="ann", label="cat", when="2026-01-01T00:00:00Z", key=None):
    return annotation_record(Annotation(sample, label, by, when, 1.5, key or f"{sample} {by} {label}"))


def test_annotations_come_back_as_they_were_given():
    ledger = Ledger([annotation(3), annotation(3, "bo", None)])
    assert ledger.annotations(3) == [
        Annotation(3, "cat", "ann", "2026-01-01T00:00:00Z", 1.5, "3 ann cat"),
        Annotation(3, None, "bo", "2026-01-01T00:00:00Z", 1.5, "3 bo None"),
    ]
    assert ledger.annotations(4) == []
    assert [ledger.is_complete(3, count) for count in (1, 2, 3)] == [True, True, False]
    assert ledger.keys == {"3 ann cat": ("annotation", 3, "ann"), "3 bo None": ("annotation", 3, "bo")}
    assert ledger.verdict(3).label == "cat"


def test_of_numbers_the_median_counts():
    ledger = Ledger([annotation(3, "ann", "50"), annotation(3, "bo", "100"), annotation(3, "cy", "1e2")])
    assert (ledger.verdict(3).label, ledger.verdict(3, numbers=True).label) == ("50", "100")


def test_what_was_taken_back_does_not_count():
    ledger = Ledger([annotation(3), annotation(3, "bo"), undo_record(3, "ann", "u")])
    assert [said.by for said in ledger.annotations(3)] == ["bo"]
    ledger.take(annotation(3, "ann", "dog"))
    assert [(said.by, said.label) for said in ledger.annotations(3)] == [("bo", "cat"), ("ann", "dog")]
    assert "u" in ledger.keys


def test_what_was_put_off_is_remembered_until_it_is_answered():
    ledger = Ledger(
        [skip_record(3, "ann", "a"), skip_record(5, "ann", "b"), skip_record(3, "ann", "c"), skip_record(3, "bo", "d")]
    )
    assert ledger.skipped == {"ann": [5, 3], "bo": [3]}
    ledger.take(annotation(3))
    assert ledger.skipped == {"ann": [5], "bo": [3]}
    ledger.take(undo_record(5, "ann", "e"))
    assert ledger.skipped["ann"] == []


def test_closed_answers_are_final_and_have_a_round():
    ledger = Ledger([annotation(3), annotation(4), annotation(5), closed_record(2, [3], ahead=True)])
    assert [ledger.is_final(sample) for sample in (3, 4)] == [True, False]
    ledger.take(closed_record(2, [4], ahead=False))
    ledger.take(closed_record(2, [5], ahead=False))
    assert ledger.closed == {(2, True): [3], (2, False): [4, 5]}
    assert ledger.round_of() == {3: 2, 4: 2, 5: 2}
    assert ledger.complete([5, 9, 3], 1) == [5, 3]


def test_all_annotations_in_the_order_of_their_samples():
    ledger = Ledger([annotation(3, when="2"), annotation(1, when="3"), annotation(2, when="1"), annotation(2, "bo")])
    assert [said.id for said in ledger.all()] == [3, 1, 2, 2]


records = st.one_of(
    st.builds(annotation, st.integers(0, 3), st.sampled_from("ab"), st.sampled_from(["x", None]), key=st.uuids().map(str)),
    st.builds(skip_record, st.integers(0, 3), st.sampled_from("ab"), st.uuids().map(str)),
    st.builds(undo_record, st.integers(0, 3), st.sampled_from("ab"), st.uuids().map(str)),
)


@given(st.lists(records, max_size=20), st.integers(0, 20))
def test_a_log_read_in_two_parts_leads_to_the_same(log, cut):
    whole, parts = Ledger(log), Ledger(log[:cut])
    for record in log[cut:]:
        parts.take(record)
    assert vars(whole) == vars(parts)


@pytest.mark.parametrize("kind", ["annotation", "undo", "skip"])
def test_records_have_their_type(kind):
    made = {"annotation": annotation(1), "undo": undo_record(1, "ann", "k"), "skip": skip_record(1, "ann", "k")}
    assert made[kind]["type"] == kind


ADVICE = "; restore the file, or move the folder away and start afresh"


@pytest.mark.parametrize(
    ("records", "problem"),
    [
        (
            [{"type": "annotation", "id": 0}],
            "line 1: a record of the type annotation with by, key, label, when, seconds",
        ),
        ([annotation(1), annotation(2) | {"id": "2"}], "line 2: a record of the type annotation with id missing or not as it"),
        ([annotation(1) | {"seconds": -1.0}], "a record of the type annotation with seconds missing or not as it should be"),
        ([skip_record(1, "ann", "k") | {"by": None}], "a record of the type skip with by missing or not as it should be"),
        ([closed_record(1, [], ahead=True) | {"ids": [True]}], "a record of the type closed with ids missing or not as it"),
        ([{"round": 1}], "a record of the type None, expected run, annotation, skip, undo, closed"),
        ([[]], "a record of the type None"),
        ([{"type": ["x"]}], "a record of the type ['x']"),
        (
            [annotation(1), closed_record(1, [1, 2], ahead=False)],
            "line 2: closes the sample 2, of which nobody has said",
        ),
        ([annotation(1), run_record("a")], "line 2: a record of the type run, which only the first one is"),
    ],
)
def test_what_nobody_here_wrote_is_refused_with_its_line(records, problem):
    with pytest.raises(DamagedRunError, match=re.escape(problem)) as caught:
        Ledger(records, "some.log")
    assert str(caught.value).startswith("some.log, line ")
    assert str(caught.value).endswith(ADVICE)


def test_a_log_belongs_to_one_run():
    Ledger().check_run("a")
    ledger = Ledger([run_record("a"), annotation(1)])
    assert ledger.run == "a"
    ledger.check_run("a")
    for other in (ledger, Ledger([annotation(1)])):
        with pytest.raises(DamagedRunError, match=r"^annotations\.log: holds what people said in another run; put the log of "):
            other.check_run("b")


def test_what_is_no_file_is_no_log(tmp_path):
    path = log_path(tmp_path)
    assert path.name == "annotations.log"
    path.mkdir()
    with pytest.raises(DamagedRunError, match=r"annotations\.log: is no file; move it away, and put the log of this run there"):
        log_path(tmp_path)
