"""Bytes that are no text: where, and what to do."""

import pytest

from utils.data.text_decoding import LONGEST_TEXT, decoded, too_long
from utils.errors import DataError


def test_utf8_with_and_without_a_mark():
    assert decoded("é\r\nß".encode()) == "é\r\nß"
    assert decoded("é".encode("utf-8-sig")) == "é"
    assert decoded(b"") == ""


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (b"abc\n\ndef \xe9 ghi", "byte 10 (in line 3) is 0xe9"),
        (b"\xff\xfea\x00", "byte 1 (in line 1) is 0xff"),
        (b"abc \xc3", "byte 5 (in line 1) is 0xc3"),
        ("\ufeffa".encode() + b"\x80", "byte 5 (in line 1) is 0x80"),
    ],
)
def test_what_is_not_utf8(content, place):
    with pytest.raises(DataError) as error:
        decoded(content)
    assert str(error.value) == f"it is not UTF-8: {place}; save it as UTF-8"


def test_a_text_has_ten_megabytes_at_most():
    assert LONGEST_TEXT == 10_000_000
    assert too_long(LONGEST_TEXT) is None
    assert too_long(12_345_678) == "it has 12.3 MB, at most 10 MB are read as one text; cut it into several"
