"""What was appended is read back; a cut last record is dropped, any other damage refused."""

import hashlib
import os
import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from utils.errors import DamagedRunError
from utils.journal import Journal

RECORDS = [{"round": number, "accuracy": 0.1 * number, "names": ["ä", None, True]} for number in range(4)]
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
json_records = st.dictionaries(st.text(), json_values, max_size=4)


@pytest.fixture
def path(tmp_path):
    journal = Journal(tmp_path / "rounds.log")
    for record in RECORDS:
        journal.append(record)
    return tmp_path / "rounds.log"


@settings(deadline=None, max_examples=60)
@given(st.lists(json_records, max_size=4))
def test_round_trip(records):
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "rounds.log")
        for record in records:
            journal.append(record)
        assert Journal(Path(folder) / "rounds.log").records == journal.records == records


def test_no_file_is_an_empty_journal(tmp_path):
    assert Journal(tmp_path / "rounds.log").records == []
    assert not (tmp_path / "rounds.log").exists()


def test_each_line_is_hash_and_json(path):
    for line, record in zip(path.read_bytes().splitlines(), RECORDS, strict=True):
        digest, _, content = line.partition(b" ")
        assert digest == hashlib.sha256(content).hexdigest().encode()
        assert content.startswith(b'{"accuracy":')
        assert f'"round":{record["round"]}}}'.encode() in content


def test_cut_at_every_byte_of_the_last_record_it_is_dropped_and_done_again(path):
    data = path.read_bytes()
    last = data[:-1].rindex(b"\n") + 1
    for size in range(last, len(data)):
        path.write_bytes(data[:size])
        journal = Journal(path)
        assert journal.records == RECORDS[:-1]
        assert path.read_bytes() == data[:last]
        journal.append(RECORDS[-1])
        assert path.read_bytes() == data


@pytest.mark.parametrize("filling", [b"\0" * 40, b"\0" * 40 + b"\n", b"half a line\n"])
def test_a_last_line_of_which_only_the_length_reached_the_disk_is_dropped(path, filling):
    data = path.read_bytes()
    path.write_bytes(data + filling)
    assert Journal(path).records == RECORDS
    assert path.read_bytes() == data


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0), mask=st.integers(1, 255))
def test_any_byte_flipped_in_an_older_record_is_refused(path, position, mask):
    data = path.read_bytes()
    damaged = bytearray(data)
    damaged[position % (data[:-1].rindex(b"\n") + 1)] ^= mask
    other = path.with_name("damaged.log")
    other.write_bytes(damaged)
    with pytest.raises(DamagedRunError):
        Journal(other)
    assert other.read_bytes() == damaged


@pytest.mark.parametrize("line", [1, 2, 3])
def test_a_line_end_lost_between_two_records_is_refused(path, line):
    lines = path.read_bytes().splitlines(keepends=True)
    lines[line - 1] = lines[line - 1][:-1] + b" "
    path.write_bytes(b"".join(lines))
    with pytest.raises(DamagedRunError, match=rf"rounds\.log, line {line}: the record was altered"):
        Journal(path)


def test_the_message_names_file_line_and_both_hashes(path):
    lines = path.read_bytes().splitlines(keepends=True)
    said, content = lines[1].decode().rstrip("\n").split(" ", 1)
    altered = content.replace('"round":1', '"round":7')
    path.write_bytes(b"".join([lines[0], f"{said} {altered}\n".encode(), *lines[2:]]))
    received = hashlib.sha256(altered.encode()).hexdigest()
    words = (
        rf"{re.escape(str(path))}, line 2: .*SHA-256 is {received}, the line says {said}\); restore the file, or .*--overwrite"
    )
    with pytest.raises(DamagedRunError, match=words) as caught:
        Journal(path)
    assert caught.value.exit_code == 65


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_json_is_not_committed(path, value):
    before, journal = path.read_bytes(), Journal(path)
    with pytest.raises(ValueError, match="not JSON compliant"):
        journal.append({"accuracy": value})
    assert path.read_bytes() == before
    assert journal.records == RECORDS


def test_several_records_are_appended_in_one_go(tmp_path):
    one_by_one, together = Journal(tmp_path / "one.log"), Journal(tmp_path / "all.log")
    for record in RECORDS:
        one_by_one.append(record)
    together.append(*RECORDS)
    assert together.records == one_by_one.records
    assert (tmp_path / "all.log").read_bytes() == (tmp_path / "one.log").read_bytes()


def test_more_bytes_than_any_run_writes_are_refused(tmp_path):
    path = tmp_path / "rounds.log"
    path.touch()
    os.truncate(path, 1 << 40)
    with pytest.raises(DamagedRunError, match=r"rounds\.log: cannot be read \(it is larger than 4,096 MiB\); restore the file"):
        Journal(path)
