"""Folders of pictures: classes, the set's own test part, and a sentence for every other form."""

import numpy as np
import pytest
from PIL import Image

from utils.data.source import SourceRequest, sources
from utils.errors import DataError


def picture(path, shade=100, size=(4, 4)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full(size, shade, np.uint8)).save(path)


def source(folder, class_names=None, max_bad_files=0.01, **options):
    return sources.get("image_folders")(SourceRequest(folder, class_names=class_names, max_bad_files=max_bad_files), **options)


def load(folder, *arguments, **options):
    return source(folder, *arguments, **options).load(folder.parent / "cache", lambda *_: None)


def refused(folder, *arguments):
    with pytest.raises(DataError) as error:
        source(folder, *arguments).scan()
    with pytest.raises(DataError) as again:
        load(folder, *arguments)
    assert str(again.value) == str(error.value)
    return str(error.value)


@pytest.fixture
def pets(tmp_path):
    """Five pictures in two classes, one of them in a folder within the class."""
    folder = tmp_path / "pets"
    for shade, name in enumerate(["dog/b.png", "cat/a.PNG", "cat/2.bmp", "dog/young/a.png", "dog/a.gif"]):
        picture(folder / name, 50 * shade)
    (folder / "cat" / "notes.txt").write_text("no picture")
    (folder / "cat" / ".hidden.png").write_text("no picture")
    (folder / ".thumbnails").mkdir()
    return folder


def test_a_folder_per_class(pets):
    data = load(pets)
    assert data.table.class_names == ("cat", "dog")
    assert data.table.names.tolist() == ["cat/2.bmp", "cat/a.PNG", "dog/a.gif", "dog/b.png", "dog/young/a.png"]
    assert (data.table.labels.tolist(), data.table.labels.dtype) == ([0, 0, 1, 1, 1], np.int64)
    assert (data.table.test, data.kind, data.rejected, data.features.shape) == (None, "image", (), (5, 4, 4, 1))
    np.testing.assert_allclose(data.features[:, 0, 0, 0], np.array([100, 50, 200, 0, 150]) / 255, rtol=1e-6)
    table = source(pets).scan()
    assert (table.names.tolist(), table.labels.tolist()) == (data.table.names.tolist(), data.table.labels.tolist())
    assert (source(pets).kind, source(pets).default_model) == ("image", "cnn")


def test_train_and_test_with_a_folder_per_class(tmp_path):
    for name in ["train/3/a.png", "train/10/b.png", "test/3/c.png"]:
        picture(tmp_path / "set" / name)
    table = load(tmp_path / "set").table
    assert table.names.tolist() == ["test/3/c.png", "train/10/b.png", "train/3/a.png"]
    assert (table.class_names, table.labels.tolist(), table.test.tolist()) == (("3", "10"), [0, 1, 0], [True, False, False])


@pytest.mark.parametrize("part", ["train", "test"])
def test_one_part_alone_is_no_test_part(tmp_path, part):
    for name in [f"{part}/a/1.png", f"{part}/b/1.png"]:
        picture(tmp_path / "set" / name)
    table = source(tmp_path / "set").scan()
    assert (table.class_names, table.test) == (("a", "b"), None)


def test_train_may_be_a_class(tmp_path):
    for name in ["car/1.png", "train/1.png"]:
        picture(tmp_path / "set" / name)
    assert source(tmp_path / "set").scan().class_names == ("car", "train")


def test_class_names_choose_and_order(pets):
    data = load(pets, ("dog",))
    assert (data.table.class_names, data.table.labels.tolist(), len(data.features)) == (("dog",), [0, 0, 0], 3)
    assert load(pets, ("dog", "cat")).table.labels.tolist() == [1, 1, 0, 0, 0]
    assert refused(pets, ("dogs", "cat")) == (
        f"{pets}: the class 'dogs' of class_names has no image; did you mean dog?; there are images of: cat, dog"
    )


def test_options_scale_and_colour(pets):
    picture(pets / "cat" / "large.png", 255, (40, 20))
    with pytest.raises(DataError, match=r"large\.png: is 40 × 20 pixels"):
        load(pets)
    assert load(pets, image_size=[2, 3], channels="rgb").features.shape == (6, 2, 3, 3)


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"image_size": [28]}, "image_size"),
        ({"image_size": [28, 0]}, "image_size"),
        ({"image_size": [28, 5000]}, "image_size"),
        ({"image_size": 28}, "image_size"),
        ({"channels": "gray"}, "channels"),
        ({"sizes": [28, 28]}, "has no parameter 'sizes'"),
    ],
)
def test_options_are_checked(options, word):
    assert sources.problems("image_folders", {"image_size": [28, 28], "channels": "grey"}) == []
    assert sources.problems("image_folders", {"image_size": None, "channels": None}) == []
    (problem,) = sources.problems("image_folders", options)
    assert word in problem


def test_unreadable_pictures_are_rejected(pets):
    (pets / "cat" / "2.bmp").write_bytes(b"text")
    data = load(pets, None, 0.2)
    assert data.rejected == (("cat/2.bmp", "not an image, or none of PNG, JPEG, BMP, GIF, TIFF, WEBP, PPM"),)
    assert data.table.names.tolist() == ["cat/a.PNG", "dog/a.gif", "dog/b.png", "dog/young/a.png"]
    assert (data.table.labels.tolist(), len(data.features)) == ([0, 1, 1, 1], 4)
    with pytest.raises(DataError, match="1 of 5 images cannot be used"):
        load(pets)


def test_the_fingerprint_is_that_of_pixels_and_labels(pets):
    first = load(pets).fingerprint
    (pets / "dog").rename(pets / "hound")
    assert load(pets).fingerprint == first
    assert load(pets, ("hound", "cat")).fingerprint != first
    picture(pets / "cat" / "2.bmp", 101)
    assert load(pets).fingerprint != first


def test_other_forms(tmp_path):
    folder = tmp_path / "set"
    expected = (
        "a folder for each class with its images (.png, .jpg, .jpeg, .bmp, .gif, .tif, .tiff, .webp, .pgm, .ppm), or train and "
        "test with such folders, is expected there. Sort your images into such folders."
    )
    assert refused(folder) == f"{folder}: there is no such folder; {expected}"
    folder.mkdir()
    assert refused(folder) == f"{folder}: no image found; {expected}"
    picture(folder / "a.png")
    assert refused(folder) == (
        f"{folder}/a.png: lies in no class folder, so it has no label; move it into the folder of its class"
    )
    (tmp_path / "file").write_text("")
    assert refused(tmp_path / "file") == f"{tmp_path}/file: it is a file; {expected}"


def test_a_part_that_is_not_known(tmp_path):
    folder = tmp_path / "set"
    for name in ["train/a/1.png", "train/b/1.png", "valid/a/1.png"]:
        picture(folder / name)
    assert refused(folder) == (
        f"{folder}/valid: lies beside train, so it is neither a class nor a part that is known; move it away, or into the part "
        "that it belongs to"
    )


def test_classes_are_no_numbers_to_predict(tmp_path):
    words = "image_folders: the labels of this data set are classes, not numbers to predict; leave task out"
    with pytest.raises(DataError, match=words):
        sources.get("image_folders")(SourceRequest(tmp_path, regression=True))
