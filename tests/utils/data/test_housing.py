"""Keras' house prices: found, checked, never unpickled, and split as Keras splits them."""

import re
from pathlib import Path

import numpy as np
import pytest

from utils.data.sets.boston_housing import boston_housing
from utils.data.sets.california_housing import california_housing
from utils.data.source import SourceRequest
from utils.errors import DataError, ParameterError

RNG = np.random.default_rng(0)
X, Y = RNG.normal(size=(23, 13)), RNG.normal(20, 5, 23)


def boston(folder, x=X, y=Y, **others):
    np.savez(folder / "boston_housing.npz", x=x, y=y, **others)
    return boston_housing(SourceRequest(folder, regression=True))


def load(source):
    return source.load(None, None)


@pytest.fixture(autouse=True)
def no_own_datasets(tmp_path_factory, monkeypatch):
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("KERAS_HOME", str(home))
    return home


def test_prices_and_numbers(tmp_path):
    data = load(boston(tmp_path))
    np.testing.assert_array_equal(data.table.labels, Y.astype(np.float32))
    np.testing.assert_array_equal(np.stack([column.values for column in data.columns], axis=1), X)
    assert [column.name for column in data.columns][-2:] == ["B", "LSTAT"]
    assert (data.kind, data.sample_shape, data.table.class_names, data.table.names[3]) == ("table", (13,), (), "row 3")


def test_the_same_test_part_as_in_keras(tmp_path, monkeypatch):
    from keras.src.datasets import boston_housing as theirs

    table = boston(tmp_path).scan()
    monkeypatch.setattr(theirs, "get_file", lambda path, **_: tmp_path / path)
    (_, train), (_, test) = theirs.load_data()
    assert sorted(table.labels[table.test]) == sorted(test.astype(np.float32))
    assert sorted(table.labels[~table.test]) == sorted(train.astype(np.float32))


def test_california(tmp_path):
    np.savez(tmp_path / "california_housing.npz", x=X[:, :8].astype(np.float32), y=(Y * 1e4).astype(np.float32))
    for place in (tmp_path, tmp_path / "california_housing.npz"):
        data = load(california_housing(SourceRequest(place, regression=True)))
        assert (len(data.table), data.sample_shape, data.table.test.sum()) == (23, (8,), 5)


def test_where_keras_keeps_it(tmp_path, no_own_datasets):
    (no_own_datasets / "datasets").mkdir()
    boston(no_own_datasets / "datasets")
    assert len(boston_housing(SourceRequest(tmp_path, regression=True)).scan()) == 23


def test_a_set_that_is_not_there(tmp_path, no_own_datasets):
    with pytest.raises(DataError) as error:
        boston_housing(SourceRequest(tmp_path, regression=True)).scan()
    assert str(error.value).startswith(
        f"{tmp_path}: there is no boston_housing.npz, nor in {no_own_datasets}/datasets. Download "
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/boston_housing.npz into data_dir"
    )


@pytest.mark.parametrize("name", [boston_housing, california_housing])
def test_prices_are_no_classes(tmp_path, name):
    with pytest.raises(
        ParameterError, match=r"task: data set '\w+_housing' has prices .* and no classes; set task to regression"
    ):
        name(SourceRequest(tmp_path))


def with_nan(array):
    array = array.copy()
    array[4] = np.nan
    return array


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x": X[:, :8]}, "expected arrays x (n, 13) and y (n,) of finite numbers, received x (23, 8) of float64 and y (23,)"),
        ({"y": Y[:4]}, "received x (23, 13) of float64 and y (4,) of float64"),
        ({"y": Y.astype(str)}, "and y (23,) of <U"),
        ({"x": np.float64(1)}, "received x () of float64"),
        ({"x": with_nan(X)}, "boston_housing.npz: row 4: expected arrays x"),
        ({"y": with_nan(Y)}, "boston_housing.npz: row 4: expected arrays x"),
        ({"y": Y * 1e38}, "boston_housing.npz: row 0: expected"),
        ({"x": X[:1], "y": Y[:1]}, "received x (1, 13) of float64 and y (1,)"),
        ({"x": np.array([[1], [2, 3]], dtype=object)}, "received x (2,) of object"),
        ({"x": np.array([Path()], dtype=object)}, "pickles are read as plain data alone"),
    ],
)
def test_arrays_that_are_refused(tmp_path, arrays, words):
    with pytest.raises(DataError, match=re.escape(words)):
        load(boston(tmp_path, **arrays))


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 cut", b"\x93NUMPY", b"{}"])
def test_files_that_are_no_archives(tmp_path, content):
    (tmp_path / "boston_housing.npz").write_bytes(content)
    with pytest.raises(DataError, match=r"boston_housing\.npz: cannot be read as an archive of arrays"):
        boston_housing(SourceRequest(tmp_path, regression=True)).scan()


def test_an_archive_of_other_arrays(tmp_path):
    np.savez(tmp_path / "boston_housing.npz", z=X)
    with pytest.raises(DataError, match=r"boston_housing\.npz: has no array x and no array y; get the file again"):
        boston_housing(SourceRequest(tmp_path, regression=True)).scan()
