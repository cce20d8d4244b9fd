"""What another process writes is read once, in order, and only when it is whole."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.journal import Journal
from utils.journal_tail import JournalTail


def test_there_is_no_news_before_the_journal_begins(tmp_path):
    tail = JournalTail(tmp_path / "log")
    assert tail.news() == []
    Journal(tmp_path / "log").append({"a": 1})
    assert tail.news() == [{"a": 1}]
    assert tail.news() == []


@given(st.lists(st.integers(0, 400), max_size=6))
def test_wherever_the_writer_stands_whole_records_come_once_and_in_order(tmp_path_factory, cuts):
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal(folder / "whole")
    for number in range(4):
        journal.append({"number": number, "text": "ä\n" * number})
    content, tail, found = (folder / "whole").read_bytes(), JournalTail(folder / "log"), []
    for end in [*sorted(min(cut, len(content)) for cut in cuts), len(content)]:
        (folder / "log").write_bytes(content[:end])
        found += tail.news()
    assert found == journal.records


def test_a_line_that_was_altered_ends_the_reading(tmp_path):
    journal = Journal(tmp_path / "log")
    for number in range(3):
        journal.append({"number": number})
    content = (tmp_path / "log").read_bytes().replace(b'"number":1', b'"number":7')
    (tmp_path / "log").write_bytes(content)
    assert JournalTail(tmp_path / "log").news() == [{"number": 0}]


def test_a_half_line_that_the_writer_cut_off_is_read_when_it_is_written_anew(tmp_path):
    journal, tail = Journal(tmp_path / "log"), JournalTail(tmp_path / "log")
    journal.append({"number": 0})
    whole = (tmp_path / "log").read_bytes()
    (tmp_path / "log").write_bytes(whole + b"0123 {")
    assert tail.news() == [{"number": 0}]
    Journal(tmp_path / "log").append({"number": 1})
    assert tail.news() == [{"number": 1}]


def test_a_journal_larger_than_any_is_not_read(tmp_path):
    (tmp_path / "log").touch()
    os.truncate(tmp_path / "log", 1 << 40)
    with pytest.raises(OSError, match="it is larger than 4,096 MiB"):
        JournalTail(tmp_path / "log").news()
