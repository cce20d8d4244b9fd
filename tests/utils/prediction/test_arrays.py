"""New samples in an archive: scaled as the data set scales its own, and never unpickled."""

import os
import tracemalloc
import zipfile

import numpy as np
import pytest

from utils.errors import DataError
from utils.prediction.arrays import Arrays


def features(path, shape):
    (batch,) = Arrays(path, shape).batches()
    return batch.features


def save(path, **arrays):
    np.savez(path / "new.npz", **arrays)
    return path / "new.npz"


@pytest.mark.parametrize(("kind", "largest"), [(np.uint8, 255), (np.uint16, 65535), (np.float32, 1)])
def test_whole_numbers_are_divided_by_the_largest_of_their_type(tmp_path, kind, largest):
    pixels = np.arange(24).reshape(2, 3, 4).astype(kind)
    found = features(save(tmp_path, x=pixels, y=np.zeros(2)), (3, 4, 1))
    assert np.array_equal(found[..., 0], (pixels.astype(np.float32) / np.float32(largest)))


def test_rows_are_fed_as_they_are(tmp_path):
    assert features(save(tmp_path, anything=np.uint8([[1, 255]])), (2,)).tolist() == [[1, 255]]


@pytest.mark.parametrize(
    ("arrays", "sentence"),
    [
        ({"x": np.zeros((2, 3))}, r"expected samples of shape \(2,\), which the model was trained on, received \(3,\)"),
        ({"x": np.zeros((2, 2), "V0")}, r"expected samples of numbers, received \|V0"),
        ({"x": np.array([[1.0, np.nan]])}, "row x 0 has NaN or infinite numbers; remove or mend it"),
        ({"a": np.zeros(2), "b": np.zeros(2)}, "expected an array x, received a, b"),
        ({}, "expected an array x, received none"),
        ({"x": np.zeros((0, 2))}, "holds no samples"),
        ({"x": np.float64(3)}, "holds no samples"),
        ({"x": np.array([[{}, {}]], dtype=object)}, "not an archive of plain arrays .*; objects are never unpickled"),
    ],
)
def test_what_the_model_cannot_be_fed_is_refused(tmp_path, arrays, sentence):
    with pytest.raises(DataError, match=sentence):
        features(save(tmp_path, **arrays), (2,))


def test_samples_without_a_single_number_are_refused_before_they_are_named(tmp_path):
    path = save(tmp_path, x=np.zeros((10**5, 0)))
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"expected samples of shape \(2,\), .*, received \(0,\)"):
            features(path, (2,))
        assert tracemalloc.get_traced_memory()[1] < 10**6
    finally:
        tracemalloc.stop()


def test_more_than_memory_holds_is_refused_before_it_is_unpacked(tmp_path, monkeypatch):
    path = save(tmp_path, x=np.zeros((100, 2)))
    assert len(features(path, (2,))) == 100
    monkeypatch.setattr("utils.data.array_archive._MOST_BYTES", 1000)
    with pytest.raises(DataError, match=r"new\.npz: its arrays would take 1,728 bytes, expected 1,000 at most; store fewer"):
        features(path, (2,))


def test_more_samples_than_have_names_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("utils.data.most_samples.MOST_SAMPLES", 1)
    with pytest.raises(DataError, match=r"new\.npz: holds 2 samples, expected 1 at most; store fewer"):
        features(save(tmp_path, x=np.zeros((2, 2))), (2,))


def test_a_file_that_is_no_archive_is_refused(tmp_path):
    np.save(tmp_path / "alone.npy", np.zeros((1, 2)))
    (tmp_path / "text.npz").write_text("text")
    with zipfile.ZipFile(tmp_path / "member.npz", "w") as archive:
        archive.writestr("x.npy", "hello")
    for name in ("alone.npy", "text.npz", "member.npz"):
        with pytest.raises(DataError, match="not an archive of plain arrays"):
            features(tmp_path / name, (2,))


def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path):
    path = save(tmp_path, x=np.zeros((1, 2)))
    new = Arrays(path, (2,))
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(DataError, match="it is no plain file"):
        next(new.batches())
