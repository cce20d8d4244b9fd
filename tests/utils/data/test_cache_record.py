"""A cached record is whole or not there."""

import json

import pytest

from utils.data.cache_record import read_record, write_record

RECORD = {"sha256": "ab", "counts": [1, 0, 2], "rejected": [["ß.wav", "it is \ud800 empty"]], "shape": [3, 0.1]}


def test_what_was_written_comes_back(tmp_path):
    write_record(tmp_path / "x.json", RECORD)
    assert read_record(tmp_path / "x.json") == RECORD


def test_no_altered_byte_goes_unnoticed(tmp_path):
    path = tmp_path / "x.json"
    write_record(path, RECORD)
    whole = path.read_bytes()
    for place in range(len(whole)):
        for bit in range(8):
            path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << bit]) + whole[place + 1 :])
            assert read_record(path) in (None, RECORD)


@pytest.mark.parametrize("text", ["", "[]", "1", "{}", "[" * 100_000, json.dumps(RECORD), "\ufeff{}"])
def test_what_is_no_record_is_none(text, tmp_path):
    (tmp_path / "x.json").write_text(text, encoding="utf-8")
    assert read_record(tmp_path / "x.json") is None


def test_a_record_that_is_not_there_is_none(tmp_path):
    assert read_record(tmp_path / "x.json") is None
