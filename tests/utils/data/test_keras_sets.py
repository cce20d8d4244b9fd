"""MNIST and Fashion-MNIST by the files that Keras downloads, and what is answered when their content is another."""

import gzip
import re
import struct

import numpy as np
import pytest

from utils.data.source import SourceRequest, sources
from utils.errors import DataError

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (12, 28, 28)).astype(np.uint8)
LABELS = np.array([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 9], np.uint8)
FASHION = ("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot")


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty folder in the place of ~/.keras."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "datasets"


def idx(array):
    """The array as an idx file holds it: see yann.lecun.com/exdb/mnist."""
    return b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


def fashion(folder, **changes):
    folder.mkdir(parents=True, exist_ok=True)
    files = {
        "train-images-idx3-ubyte": idx(IMAGES[:10]),
        "train-labels-idx1-ubyte": idx(LABELS[:10]),
        "t10k-images-idx3-ubyte": idx(IMAGES[10:]),
        "t10k-labels-idx1-ubyte": idx(LABELS[10:]),
    }
    for name, content in (files | {name.replace("_", "-"): content for name, content in changes.items()}).items():
        (folder / f"{name}.gz").write_bytes(gzip.compress(content))


def mnist(folder, **changes):
    arrays = {"x_train": IMAGES[:10], "y_train": LABELS[:10], "x_test": IMAGES[10:], "y_test": LABELS[10:]}
    np.savez(folder / "mnist.npz", **(arrays | changes))


def load(name, folder, class_names=None):
    source = sources.get(name)(SourceRequest(folder, class_names=class_names))
    data = source.load(folder / "cache", lambda *_: None)
    assert (source.kind, source.scan().labels.tolist()) == ("image", data.table.labels.tolist())
    return data


@pytest.mark.parametrize(("name", "write"), [("keras_mnist", mnist), ("keras_fashion_mnist", fashion)])
def test_pixels_labels_and_test_part(tmp_path, name, write):
    write(tmp_path)
    data = load(name, tmp_path)
    np.testing.assert_allclose(data.features[..., 0], IMAGES / 255, rtol=1e-6)
    assert (data.table.labels.tolist(), data.table.labels.dtype) == (LABELS.tolist(), np.int64)
    assert data.table.test.tolist() == [False] * 10 + [True] * 2
    assert data.table.names[[0, 9, 10, 11]].tolist() == ["train 0", "train 9", "test 0", "test 1"]
    assert data.table.class_names == (FASHION if write is fashion else tuple("0123456789"))


def test_in_the_folders_of_keras(tmp_path, home):
    home.mkdir(parents=True)
    mnist(home)
    fashion(home / "fashion-mnist")
    for name in ("keras_mnist", "keras_fashion_mnist"):
        assert len(load(name, tmp_path).table) == 12


def test_classes_are_chosen_by_their_names(tmp_path):
    mnist(tmp_path)
    fashion(tmp_path)
    assert load("keras_mnist", tmp_path, ("9", "0")).table.labels.tolist() == [1, 0, 1, 0]
    table = load("keras_fashion_mnist", tmp_path, ("Bag", "Ankle boot")).table
    assert (table.class_names, table.labels.tolist()) == (("Bag", "Ankle boot"), [0, 1, 1])
    with pytest.raises(
        DataError, match=r"the class 'Bags' of class_names has no image; did you mean Bag\?; there are images of: T-shirt"
    ):
        load("keras_fashion_mnist", tmp_path, ("Bags", "Coat"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"x_train": IMAGES[:10, :27], "x_test": IMAGES[10:, :27]}, r"mnist\.npz: expected images of 28 × 28 bytes, received"),
        ({"y_train": np.arange(10) + 1}, r"mnist\.npz: expected labels from 0 to 9, received 0 to 10; get the file again"),
        ({"y_train": LABELS[:9]}, r"mnist\.npz: y_train: expected 10 whole numbers from 0"),
    ],
)
def test_an_mnist_of_another_form(tmp_path, changes, words):
    mnist(tmp_path, **changes)
    with pytest.raises(DataError, match=words):
        load("keras_mnist", tmp_path)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"train_images_idx3_ubyte": idx(IMAGES[:9])}, r": the train part has 9 images but 10 labels; get its files again"),
        ({"t10k_images_idx3_ubyte": idx(IMAGES[10:, :27])}, r": the images of train and test are of two sizes, \(28, 28\) and"),
        (
            {"t10k_labels_idx1_ubyte": idx(LABELS[:2] + 10)},
            r": expected labels from 0 to 9, received 0 to 11; get the file again",
        ),
        ({"t10k_labels_idx1_ubyte": idx(IMAGES[10:])}, r"t10k-labels-idx1-ubyte\.gz: expected bytes with 1 axes, as idx files"),
        ({"t10k_images_idx3_ubyte": idx(IMAGES[10:])[:-1]}, r"t10k-images-idx3-ubyte\.gz: expected bytes with 3 axes, as idx"),
        ({"t10k_images_idx3_ubyte": idx(IMAGES[10:])[:9]}, r"t10k-images-idx3-ubyte\.gz: expected bytes with 3 axes, as idx"),
        ({"t10k_images_idx3_ubyte": b""}, r"t10k-images-idx3-ubyte\.gz: expected bytes with 3 axes, as idx files"),
        ({"t10k_images_idx3_ubyte": b"\0\0\x08\x03" + b"\xff" * 12}, r"t10k-images-idx3-ubyte\.gz: expected bytes with 3 axes"),
    ],
)
def test_a_fashion_mnist_of_another_form(tmp_path, changes, words):
    fashion(tmp_path, **changes)
    with pytest.raises(DataError, match=words):
        load("keras_fashion_mnist", tmp_path)


def test_a_fashion_mnist_larger_than_the_set(tmp_path):
    fashion(tmp_path)
    count = 2**26 // 28**2 + 1
    with gzip.open(tmp_path / "train-images-idx3-ubyte.gz", "wb", compresslevel=1) as file:
        file.write(struct.pack(">4I", 0x803, count, 28, 28))
        file.write(bytes(count * 28**2))
    with pytest.raises(
        DataError, match=r"train-images-idx3-ubyte\.gz: expected bytes with 3 axes, .* another beginning or length"
    ):
        load("keras_fashion_mnist", tmp_path)


@pytest.mark.parametrize("content", [b"", b"text", gzip.compress(idx(IMAGES))[:-100]])
def test_files_that_cannot_be_unpacked(tmp_path, content):
    fashion(tmp_path)
    (tmp_path / "train-images-idx3-ubyte.gz").write_bytes(content)
    with pytest.raises(DataError, match=r"train-images-idx3-ubyte\.gz: (cannot be unpacked \(.*\); get|expected bytes with 3)"):
        load("keras_fashion_mnist", tmp_path)


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "cifar10", "cifar100"])
def test_whoever_has_no_files_is_told_where_they_are(tmp_path, home, name):
    source = sources.get(f"keras_{name}")(SourceRequest(tmp_path))
    with pytest.raises(DataError) as error:
        source.scan()
    assert str(error.value).startswith(f"{tmp_path}: there is ")
    assert str(error.value).endswith(source.how_to_get)
    assert re.search(
        rf"Download https://\S+ .*{re.escape(str(home))}.*keras\.datasets\.{name}\.load_data\(\)", source.how_to_get
    )
    with pytest.raises(DataError, match=f"keras_{name}: the labels of this data set are classes"):
        sources.get(f"keras_{name}")(SourceRequest(tmp_path, regression=True))
