"""Files of a kind, hidden ones passed over, and names that no table could tell."""

import inspect
import os
import sys

import pytest

from utils.data.files_below import entries_below, files_below, folders_in, names_below
from utils.data.source import SourceRequest, sources
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


@pytest.fixture
def linked(tmp_path):
    """A set, itself behind a link, with links within it; beside it lies what is none of its files."""
    for name in ("set/b/x.wav", "set/b/x.txt", "secret/x.wav", "secret/x.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    folder = tmp_path / "set"
    for name, target in {"c": "b", "b/y.wav": "x.wav", "b/y.txt": folder / "b" / "x.txt"}.items():
        (folder / name).symlink_to(target)
    (tmp_path / "pointer").symlink_to("set")
    return tmp_path / "pointer"


def test_links_within_a_set_are_as_good_as_files(linked):
    assert folders_in(linked) == ["b", "c"]
    assert files_below(linked, (".wav",)) == ["b/x.wav", "b/y.wav"]
    assert files_below(linked, (".wav",), "c") == ["c/x.wav", "c/y.wav"]
    assert sorted(file.name for file in text_files(linked, "c")) == ["c/x.txt", "c/y.txt"]


@pytest.mark.parametrize("target", ["../secret/x.txt", "/dev/zero", "../nothing"])
def test_a_link_that_leads_out_of_a_set_is_refused(linked, target):
    for suffix in (".wav", ".txt"):
        (linked / f"a{suffix}").symlink_to(target)
    (linked / "pictures.png").symlink_to("../secret")
    message = f"leads out of {linked} through a symbolic link; put the file itself there"
    for name, walk in {"a.wav": lambda: files_below(linked, (".wav",)), "a.txt": lambda: list(text_files(linked))}.items():
        with pytest.raises(DataError) as error:
            walk()
        assert str(error.value) == f"{linked / name}: {message}"
    assert files_below(linked, (".png",)) == []


def test_so_is_one_to_a_folder_that_would_be_walked(linked):
    (linked / "b" / "a").symlink_to("../../secret")
    assert folders_in(linked) == ["b", "c"]
    assert files_below(linked, (".wav",)) == ["b/x.wav", "b/y.wav"]
    with pytest.raises(DataError) as error:
        folders_in(linked, "b")
    assert str(error.value) == (
        f"{linked / 'b' / 'a'}: leads out of {linked} through a symbolic link; put the file itself there"
    )


@pytest.mark.parametrize("name", ["audio_files", "audio_folders", "image_files", "image_folders", "text_files", "text_folders"])
def test_no_set_of_files_shows_what_lies_elsewhere(tmp_path, name):
    suffix = {"audio": ".wav", "image": ".png", "text": ".txt"}[name.partition("_")[0]]
    (tmp_path / "secret").write_text("secret", encoding="utf-8")
    for folder in ("a", "b"):
        (tmp_path / "set" / folder).mkdir(parents=True)
        (tmp_path / "set" / folder / f"1{suffix}").symlink_to("../../secret")
    with pytest.raises(DataError, match=r"leads out of .*/set through a symbolic link"):
        sources.get(name)(SourceRequest(tmp_path / "set", unlabelled=True)).scan()


def test_texts_that_were_unpacked_elsewhere(tmp_path):
    (tmp_path / "elsewhere" / "a").mkdir(parents=True)
    (tmp_path / "elsewhere" / "a" / "1.txt").touch()
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "aclImdb").symlink_to("../elsewhere")
    with pytest.raises(DataError, match=r"/set/aclImdb: leads out of .*/set through a symbolic link"):
        sources.get("text_folders")(SourceRequest(tmp_path / "set")).scan()
