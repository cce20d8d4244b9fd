"""Files of a kind, hidden ones passed over, and names that no table could tell."""

import inspect
import os
import sys

import pytest

from utils.data.files_below import entries_below, files_below, names_below
from utils.data.text_files import text_files
from utils.errors import DataError
from utils.prediction.new_data import find_files


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


@pytest.fixture
def small_stack():
    """Room for 150 calls, so that a tree need not be a thousand folders deep, which nothing could remove again."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(len(inspect.stack()) + 150)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.usefixtures("small_stack")
def test_folders_in_folders_in_folders(tmp_path):
    below, parent = "/".join(["d"] * 300), tmp_path
    for _ in range(300):
        parent /= "d"
        parent.mkdir()
    for name in ("a.wav", "b.txt"):
        (parent / name).touch()
    assert files_below(tmp_path, (".wav",)) == [f"{below}/a.wav"]
    assert find_files(tmp_path, (".wav",)) == [(f"{below}/a.wav", parent / "a.wav")]
    assert [file.name for file in text_files(tmp_path)] == [f"{below}/b.txt"]


def test_links_to_folders_are_neither_files_nor_followed(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "a.wav").touch()
    for name, target in {"up": tmp_path, "b.wav": "real", "c.wav": "nothing", "d.wav": "d.wav", "e.wav": "real/a.wav"}.items():
        (tmp_path / name).symlink_to(target)
    assert files_below(tmp_path, (".wav",)) == ["c.wav", "d.wav", "e.wav", "real/a.wav"]
    assert sorted(name for name, _ in entries_below(tmp_path)) == ["b.wav", "c.wav", "d.wav", "e.wav", "real/a.wav", "up"]
    assert [name for name, _ in entries_below(tmp_path, "real")] == ["real/a.wav"]


def test_a_folder_that_cannot_be_read(tmp_path):
    with pytest.raises(DataError) as error:
        list(entries_below(tmp_path, "gone"))
    assert str(error.value) == (
        f"{tmp_path}/gone: the folder cannot be read (No such file or directory); make it readable, or move it away"
    )
    assert names_below(tmp_path / "gone", (".wav",)) == []
