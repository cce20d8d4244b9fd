"""Whether a sheet holds labels; what else it may look like is tested where the run reads it."""

import pytest

from utils.annotation.sheet import is_filled


@pytest.mark.parametrize(
    ("content", "filled"),
    [
        ("id,name,label\n1,x,\n2,y, \n", False),
        ("id,name,label\n1,x,\n2,y,?\n", True),
        ("\ufeffid;label\r\n1;a\r\n", True),
        ("id,name,label\n", False),
        ("number;answer\n1;a\n", True),
    ],
)
def test_one_label_makes_it_the_work_of_people(tmp_path, content, filled):
    path = tmp_path / "to_label.csv"
    assert not is_filled(path)
    path.write_text(content, encoding="utf-8", newline="")
    assert is_filled(path) == filled


def test_what_cannot_be_read_may_hold_labels(tmp_path):
    (tmp_path / "to_label.csv").write_bytes(b"PK\x03\x04\xff")
    assert is_filled(tmp_path / "to_label.csv")
