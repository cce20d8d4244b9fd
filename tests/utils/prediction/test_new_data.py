"""Files that are named, and what is said of those that cannot be read."""

import os

import pytest

from utils.errors import DataError, ParameterError
from utils.prediction.new_data import NewData, checked, find_files


class Files(NewData):
    def batches(self):
        yield from ()


def test_files_lie_in_the_order_of_their_names_hidden_ones_apart(tmp_path):
    for name in ("b/2.txt", "b/1.TXT", "a.txt", ".git/x.txt", "b/.x.txt", "c.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert find_files(tmp_path, (".txt",)) == [(name, tmp_path / name) for name in ("a.txt", "b/1.TXT", "b/2.txt")]
    assert find_files(tmp_path / "c.md", (".txt",)) == [("c.md", tmp_path / "c.md")]


def test_each_that_cannot_be_read_has_its_reason(tmp_path):
    def read(path):
        if path.name == "secret":
            raise PermissionError(13, "Permission denied")
        if path.name == "odd":
            raise DataError("it is odd")
        return path.name

    for name in ("good", "odd", "secret"):
        (tmp_path / name).touch()
    os.mkfifo(tmp_path / "pipe")
    data = Files()
    found = [(name, tmp_path / name) for name in ("secret", "good", "pipe", "odd", "none")]
    assert list(data.read_each(found, read)) == [("good", "good")]
    no_file = "there is no such file, or none that can be read to its end"
    assert data.rejected == [
        ("secret", "it cannot be read (Permission denied)"), ("pipe", no_file), ("odd", "it is odd"), ("none", no_file),
    ]  # fmt: skip


@pytest.mark.parametrize("suffixes", [(".wav",), (".txt", ".md")])
def test_a_folder_without_any_is_refused(tmp_path, suffixes):
    with pytest.raises(DataError) as caught:
        find_files(tmp_path, suffixes)
    assert str(caught.value) == (
        f"{tmp_path}: no file found that the model could judge; expected {', '.join(suffixes)} in or below it"
    )


def test_a_pipe_is_refused_as_what_is_not_there(tmp_path):
    os.mkfifo(tmp_path / "x.npz")
    for name in ("x.npz", "none.npz"):
        with pytest.raises(ParameterError) as caught:
            checked(tmp_path / name)
        assert f"there is no file or folder {tmp_path / name}: name the new files, or their folder" in str(caught.value)
    assert checked(tmp_path) == tmp_path
