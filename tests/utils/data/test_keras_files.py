"""Where Keras' files are looked for, what is told to whoever has none, and archives whose objects are read as data."""

import os
import pickle
import zipfile

import numpy as np
import pytest

from utils.data import keras_files
from utils.data.image_source import ImageArrays
from utils.data.keras_files import KerasSet, check_images, keras_folder, read_keras_archive, refuse_regression
from utils.data.source import SourceRequest
from utils.errors import DataError

SET = KerasSet("things", ("a.npz", "b.gz"), "https://example.org/sets", "inner")


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder in the place of ~/.keras."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def put(folder, *names):
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"")
    return folder


def test_keras_own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    assert keras_folder() == tmp_path / "datasets"
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "me"))
    assert keras_folder() == tmp_path / "me" / ".keras" / "datasets"


def test_a_set_lies_in_its_folder_or_in_that_of_keras(tmp_path, home):
    own, kept = tmp_path / "own", put(home / "datasets" / "inner", "a.npz", "b.gz")
    assert SET.find(own) == kept
    put(own, "a.npz")
    assert SET.find(own) == kept
    put(own, "b.gz")
    assert SET.find(own) == SET.find(own / "b.gz") == own


def test_a_set_that_is_nowhere(tmp_path, home):
    own = put(tmp_path / "own", "a.npz")
    with pytest.raises(DataError) as error:
        SET.find(own)
    assert str(error.value) == (
        f"{own}: there is no b.gz, nor in {home}/datasets/inner. Download https://example.org/sets/a.npz and "
        f"https://example.org/sets/b.gz into data_dir, or let Python fetch the set into {home}/datasets/inner, where it is "
        "found too: keras.datasets.things.load_data()."
    )


def test_classes_are_no_numbers_to_predict(tmp_path):
    refuse_regression(SourceRequest(tmp_path), "things")
    words = "things: the labels of this data set are classes, not numbers to predict; leave task out, or set it to multiclass"
    with pytest.raises(DataError, match=words):
        refuse_regression(SourceRequest(tmp_path, regression=True), "things")


def images_of(images, labels):
    return ImageArrays(images, np.array(labels), np.array(["a", "b"]))


@pytest.mark.parametrize(
    ("images", "labels", "words"),
    [
        (np.zeros((2, 3, 4), np.uint8), [0, 1], r"things: expected images of 3 × 3 bytes, received uint8 of shape \(2, 3, 4\)"),
        (
            np.zeros((2, 3, 3)),
            [0, 1],
            r"things: expected images of 3 × 3 bytes, received float64 of shape \(2, 3, 3\); get the",
        ),
        (np.zeros((2, 3, 3), np.uint8), [0, 2], r"things: expected labels from 0 to 1, received 0 to 2; get the file again"),
        (np.zeros((2, 3, 3), np.uint8), [-1, 1], r"things: expected labels from 0 to 1, received -1 to 1"),
    ],
)
def test_images_that_are_none_of_the_set(images, labels, words):
    with pytest.raises(DataError, match=words):
        check_images(images_of(images, labels), (3, 3), 2, "things")
    good = images_of(np.zeros((2, 3, 3), np.uint8), [0, 1])
    assert check_images(good, (3, 3), 2, "things") is good


def lists(*texts):
    array = np.empty(len(texts), object)
    array[:] = texts
    return array


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_arrays_of_lists_are_read_without_being_unpickled(tmp_path, save, monkeypatch):
    save(tmp_path / "a.npz", x=lists([1, 300], []), y=np.array([1, 0]), z=np.zeros((2, 2), ">f4"))
    monkeypatch.setattr(pickle, "load", None)
    x, y, z = read_keras_archive(tmp_path / "a.npz", ["x", "y", "z"])
    assert (x.tolist(), y.tolist(), z.shape) == ([[1, 300], []], [1, 0], (2, 2))


def member(array, protocol):
    """A .npy file as NumPy of old wrote it, with a pickle of that protocol."""
    header = f"{{'descr': '|O', 'fortran_order': False, 'shape': {array.shape}, }}".ljust(117).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + pickle.dumps(array, protocol)


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_archives_of_older_versions_of_numpy(tmp_path, protocol):
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("x.npy", member(lists([1, 2], [70_000]), protocol))
    assert read_keras_archive(tmp_path / "a.npz", ["x"])[0].tolist() == [[1, 2], [70_000]]


class Touch:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


def test_an_archive_that_would_run_code(tmp_path):
    np.savez(tmp_path / "a.npz", x=lists(Touch(str(tmp_path / "touched")), [1]))
    words = r"a\.npz: x: byte \d+: names (posix|nt)\.mkdir, which is not plain data; .*; pickles are read as plain data alone"
    with pytest.raises(DataError, match=words):
        read_keras_archive(tmp_path / "a.npz", ["x"])
    assert not (tmp_path / "touched").exists()


def test_other_archives(tmp_path, monkeypatch):
    path = tmp_path / "a.npz"
    np.savez(path, x=np.zeros(3))
    with pytest.raises(DataError, match=r"a\.npz: has no array y and no array z; get the file again"):
        read_keras_archive(path, ["x", "y", "z"])
    monkeypatch.setattr(keras_files, "_MOST_BYTES", 100)
    with pytest.raises(DataError, match=r"a\.npz: x would take 152 bytes, expected 100 at most; get the file again"):
        read_keras_archive(path, ["x"])
    monkeypatch.undo()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", member(lists([1], [2]), 2).replace(b"(2,), }", b"(3,), }"))
    with pytest.raises(DataError, match=r"a\.npz: x: expected an array of shape \(3,\), received another object"):
        read_keras_archive(path, ["x"])


@pytest.mark.parametrize("content", [b"", b"text", b"PK\x03\x04", "cut", "flipped", "no array"])
def test_damaged_archives(tmp_path, content):
    path = tmp_path / "a.npz"
    np.savez(path, x=lists([1, 2, 3]), y=np.arange(100))
    whole = path.read_bytes()
    flipped = whole[:200] + bytes([whole[200] ^ 1]) + whole[201:]
    path.write_bytes({"cut": whole[:-30], "flipped": flipped}.get(content, b"" if content == "no array" else content))
    if content == "no array":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("x.npy", b"text")
            archive.writestr("y.npy", b"text")
    with pytest.raises(DataError, match=r"a\.npz: cannot be read as an archive of arrays \(.*\); get the file again"):
        read_keras_archive(path, ["x", "y"])
