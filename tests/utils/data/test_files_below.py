"""Files of a kind, hidden ones passed over, and names that no table could tell."""

import os

import pytest

from utils.data.files_below import files_below
from utils.errors import DataError


def test_files_of_a_kind_in_and_below_sorted(tmp_path):
    for name in ["b.WAV", "a.wav", "sub/deep/c.wav", "sub/.hidden.wav", ".git/d.wav", "e.txt", "x.wav/f.wav"]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    assert files_below(tmp_path, (".wav",)) == ["a.wav", "b.WAV", "sub/deep/c.wav", "x.wav/f.wav"]


@pytest.mark.parametrize("name", [b"caf\xe9.wav", b"caf\xe9/a.wav"])
def test_a_name_that_is_not_utf8(tmp_path, name):
    path = tmp_path / os.fsdecode(name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"")
    with pytest.raises(DataError) as error:
        files_below(tmp_path, (".wav",))
    shown = name.decode("utf-8", "backslashreplace")
    assert str(error.value) == (
        f"{tmp_path}: the name of the file '{shown}' is not UTF-8, so that no table and no page can tell it; rename it, such "
        "as by convmv -f latin1 -t utf8 --notest"
    )
    assert files_below(tmp_path, (".txt",)) == []
