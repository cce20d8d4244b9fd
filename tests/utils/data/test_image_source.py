"""Pixels in [0, 1], and a DataError for whatever is no set of images."""

import hashlib
import re

import numpy as np
import pytest

from utils.data.image_source import ImageArrays, ImageSource
from utils.data.sets.digits import digits
from utils.data.source import SourceRequest
from utils.errors import DataError


def arrays_of(images, labels=None):
    count = len(images)
    labels = np.arange(count) % 2 if labels is None else np.array(labels)
    return ImageArrays(images, labels, np.array([f"image {number}" for number in range(count)], dtype=np.str_))


def load(tmp_path, arrays, class_names=None):
    return ImageSource("the set", lambda: arrays, class_names).load(tmp_path, lambda *_: None)


@pytest.mark.parametrize(
    ("dtype", "largest", "divisor"),
    [
        *(("u1", 255, 255), ("u1", 200, 255), ("u1", 1, 255), ("u1", 0, 255), ("i1", 127, 255), ("i8", 255, 255)),
        *(("i4", 16, 255), ("u2", 65535, 65535), (">u2", 4095, 65535)),
    ],
)
def test_integers_are_divided_by_what_their_type_says_whatever_the_samples_hold(tmp_path, dtype, largest, divisor):
    images = np.linspace(0, largest, 2 * 3 * 4).astype(dtype).reshape(2, 3, 4)
    features = load(tmp_path, arrays_of(images)).features
    assert (features.shape, features.dtype) == ((2, 3, 4, 1), np.float32)
    np.testing.assert_allclose(features[..., 0], images / divisor, rtol=1e-6)


@pytest.mark.parametrize(
    ("dtype", "pixels", "received"),
    [("i4", [0, 300, 65535, 1000], "0 to 65,535"), ("u8", [7, 8, 9, 256], "7 to 256"), ("i2", [-1, 0, 1, 2], "-1 to 2")],
)
def test_integers_that_could_mean_anything_are_refused(tmp_path, dtype, pixels, received):
    words = rf"the set: expected pixels of \w+ from 0 to 255, received {received}; save them as uint8, as uint16, or as floats"
    with pytest.raises(DataError, match=words):
        load(tmp_path, arrays_of(np.array(pixels, dtype).reshape(2, 2, 1)))


@pytest.mark.parametrize("dtype", ["f2", "f4", "f8", "?"])
def test_floats_and_masks_stay_what_they_are(tmp_path, dtype):
    images = np.array([0, 1, 0.5, 0.25] * 6).astype(dtype).reshape(2, 2, 2, 3)
    np.testing.assert_array_equal(load(tmp_path, arrays_of(images)).features, images.astype(np.float32))


def test_features_are_read_only_and_the_fingerprint_is_theirs(tmp_path):
    images = np.arange(16, dtype=np.uint8).reshape(4, 2, 2)
    data = load(tmp_path, arrays_of(images))
    with pytest.raises(ValueError, match="read-only"):
        data.features[0] = 0
    assert data.fingerprint == hashlib.sha256(data.features.tobytes() + data.table.labels.tobytes()).hexdigest()
    assert data.fingerprint != load(tmp_path, arrays_of(images, [1, 0, 1, 0])).fingerprint
    assert data.fingerprint != load(tmp_path, arrays_of(images[::-1])).fingerprint


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (np.zeros((4, 2)), r"the set: expected images \(n, height, width\[, channels\]\), received shape \(4, 2\)"),
        (np.zeros((4, 2, 2, 1, 1)), r"received shape \(4, 2, 2, 1, 1\)"),
        (np.zeros((4, 0, 2)), r"received shape \(4, 0, 2\)"),
        (np.full((4, 2, 2), "x"), r"the set: "),
        (np.full((4, 2, 2), 1j), r"the set: "),
        (np.zeros((4, 2, 2), dtype=[("a", "f4"), ("b", "f4")]), r"the set: "),
        (np.zeros((4, 2, 2), dtype="M8[s]"), r"the set: "),
    ],
)
def test_what_is_no_image(tmp_path, images, words):
    with pytest.raises(DataError, match=words):
        load(tmp_path, arrays_of(images))


@pytest.mark.parametrize(
    ("bad", "words"),
    [(np.nan, "NaN or infinite pixels"), (np.inf, "NaN or infinite pixels"), (-1e39, r"pixels beyond ±3\.4e\+38")],
)
def test_a_pixel_that_is_no_number_names_the_image(tmp_path, bad, words):
    images = np.zeros((4, 2, 2))
    images[2, 1, 1] = bad
    with pytest.raises(DataError, match=rf"the set: image image 2 has {words}; remove or mend it"):
        load(tmp_path, arrays_of(images))


@pytest.mark.parametrize("action", ["scan", "load"])
def test_a_set_without_images_is_a_data_error(tmp_path, action):
    source = ImageSource("the set", lambda: arrays_of(np.zeros((0, 2, 2))), None)
    with pytest.raises(DataError, match="the set"):
        source.scan() if action == "scan" else source.load(tmp_path, lambda *_: None)


def test_class_names():
    images = np.zeros((3, 2, 2))
    assert ImageSource("x", lambda: arrays_of(images, [0, 2, 1]), None).scan().class_names == ("0", "1", "2")
    assert ImageSource("x", lambda: arrays_of(images), ("cat", "dog")).scan().class_names == ("cat", "dog")
    words = r"x: has the label 2, but class_names has 2 names; add the missing ones"
    with pytest.raises(DataError, match=words):
        ImageSource("x", lambda: arrays_of(images, [0, 2, 1]), ("cat", "dog")).scan()


def test_names_that_are_the_classes_own_numbers_choose_classes(tmp_path):
    images = np.arange(4 * 4, dtype=np.uint8).reshape(4, 2, 2)
    data = load(tmp_path, arrays_of(images, [0, 2, 1, 2]), ("2", "0"))
    assert (data.table.class_names, data.table.labels.tolist()) == (("2", "0"), [1, 0, 0])
    np.testing.assert_allclose(data.features[..., 0], images[[0, 1, 3]] / 255, rtol=1e-6)


def test_classes_with_names_of_their_own_get_no_others():
    arrays = ImageArrays(np.zeros((3, 2, 2)), np.array([0, 2, 1]), np.array(["a", "b", "c"]), class_names=("ant", "bee", "cat"))
    assert ImageSource("x", lambda: arrays, None).scan().class_names == ("ant", "bee", "cat")
    words = r"x: the class '0' of class_names has no image; there are images of: ant, bee, cat"
    with pytest.raises(DataError, match=words):
        ImageSource("x", lambda: arrays, ("0", "bee")).scan()


def test_digits_are_those_of_scikit_learn(tmp_path):
    data = digits(SourceRequest(tmp_path)).load(tmp_path, lambda *_: None)
    from sklearn.datasets import load_digits

    assert data.features.shape == (1797, 8, 8, 1)
    np.testing.assert_array_equal(data.features[..., 0], load_digits().images / 16)
    assert (data.features.min(), data.features.max()) == (0, 1)
    assert data.table.class_names == tuple("0123456789")
    assert re.fullmatch(r"[0-9a-f]{64}", data.fingerprint)
    table = digits(SourceRequest(tmp_path)).scan()
    np.testing.assert_array_equal(table.labels, data.table.labels)
    assert len(set(table.names.tolist())) == 1797
