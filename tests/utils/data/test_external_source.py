"""Sets that a library hands out take the paths of local files: texts, images, tables, and every sentence on the way."""

import io
import os
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from utils import hardware
from utils.data.external_pixels import GivenPictures
from utils.data.external_set import ExternalSet
from utils.data.external_source import ExternalOptions, external_source
from utils.data.image_extraction import ImageSettings
from utils.data.image_files import read_pixels
from utils.data.source import SourceRequest
from utils.errors import DataError, MemoryShortError, ParameterError


def quiet(what, done, total):
    """Takes progress and says nothing."""


def given(test=None, classes=None, **columns):
    count = len(next(iter(columns.values())))
    names = [f"train {row}" for row in range(count)]
    return ExternalSet(
        "tiny", tuple(columns), columns.__getitem__, names, None if test is None else np.array(test), classes or {}
    )


def source(tmp_path, handed, *, regression=False, class_names=None, max_bad_files=0.01, **options):
    request = SourceRequest(tmp_path, class_names=class_names, regression=regression, max_bad_files=max_bad_files)
    return external_source(request, ExternalOptions(**options), "tiny", "Get it.", lambda: handed)


def load(tmp_path, handed, **options):
    return source(tmp_path, handed, **options).load(tmp_path / "cache", quiet)


def encoded(pixels, form="PNG"):
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, form)
    return {"bytes": file.getvalue(), "path": None}


REVIEWS = {"text": ["good film", "bad", "good good"], "label": [1, 0, 1], "test": [False, False, True]}
CLASSES = {"label": ("neg", "pos")}


def test_texts(tmp_path):
    asked = source(tmp_path, given(classes=CLASSES, **REVIEWS), text_column="text", length=3)
    data = asked.load(tmp_path, quiet)
    assert (asked.kind, asked.default_model, data.table.class_names) == ("text", "bilstm", ("neg", "pos"))
    assert (data.table.labels.tolist(), data.table.test.tolist()) == ([1, 0, 1], [False, False, True])
    assert data.table.names.tolist() == ["train 0", "train 1", "train 2"]
    assert data.prepared(np.array([0, 2])).features[np.arange(3)].tolist() == [[2, 3, 0], [1, 0, 0], [2, 2, 0]]
    np.testing.assert_array_equal(asked.scan().labels, data.table.labels)


def test_texts_of_classes_in_the_order_of_the_set_and_bytes(tmp_path):
    handed = given(classes={"y": ("zebra", "emu", "ape")}, t=[b"a", b"b", b"caf\xc3\xa9"], y=[0, 2, 0])
    data = load(tmp_path, handed, text_column="t", label_column="y")
    assert (data.table.class_names, data.table.labels.tolist()) == (("zebra", "ape"), [0, 1, 0])


def test_a_table(tmp_path):
    handed = given(
        [False, False, True], {"kind": ("zebra", "emu")}, x=[1, 2.5, 4], flag=[True, False, True], kind=[0, 1, 0],
        y=["b", "a", "b"],
        picture=[[1], [2], [3]],
    )  # fmt: skip
    data = load(tmp_path, handed, label_column="y", ignore=["picture"])
    assert [(column.name, column.categories) for column in data.columns] == [
        ("x", None), ("flag", ("False", "True")), ("kind", ("emu", "zebra")),
    ]  # fmt: skip
    assert (data.table.labels.tolist(), data.table.class_names, data.table.test.tolist()) == (
        [1, 0, 1],
        ("a", "b"),
        [False, False, True],
    )
    chosen = load(tmp_path, handed, label_column="kind", columns=["x"])
    assert (chosen.table.class_names, chosen.table.labels.tolist(), chosen.sample_shape) == (("zebra", "emu"), [0, 1, 0], (1,))
    assert load(tmp_path, handed, label_column="x", regression=True, columns=["y"]).table.labels.tolist() == [1, 2.5, 4]


@pytest.mark.parametrize("stored", ["bytes", "pixels", "a file"])
def test_images(tmp_path, stored):
    pixels = np.arange(3 * 2 * 4, dtype=np.uint8).reshape(3, 2, 4)
    values = [encoded(image) for image in pixels] if stored == "bytes" else list(pixels[..., np.newaxis])
    if stored == "a file":
        (tmp_path / "a.png").write_bytes(encoded(pixels[0])["bytes"])
        values[0] = {"bytes": None, "path": str(tmp_path / "a.png")}
    handed = given(classes={"label": ("a", "b", "c")}, image=values, label=[2, 0, 2])
    data = load(tmp_path, handed, image_column="image")
    np.testing.assert_allclose(data.features[:, :, :, 0], pixels / 255, rtol=1e-6)
    assert (data.kind, data.table.class_names, data.table.labels.tolist()) == ("image", ("a", "c"), [1, 0, 1])
    assert load(tmp_path, handed, image_column="image", class_names=("c",)).features.shape == (2, 2, 4, 1)


def pictures(*values, folder=Path()):
    return GivenPictures("tiny", [str(place) for place in range(len(values))], values, folder)


def test_images_are_scaled_and_get_colours_on_demand():
    grey, colour = np.full((2, 2), 100, np.uint8), np.full((4, 4, 3), 50, np.uint8)
    made, reasons = pictures(encoded(grey), encoded(colour)).pixels(ImageSettings((3, 5)), quiet)
    assert (made.shape, made.dtype, reasons) == ((2, 3, 5, 3), np.float32, {})
    np.testing.assert_allclose([np.unique(made[0]), np.unique(made[1])], [[100 / 255], [50 / 255]], rtol=1e-6)
    assert pictures(encoded(colour)).pixels(ImageSettings(channels="grey"), quiet)[0].shape == (1, 4, 4, 1)
    assert pictures(encoded(grey)).pixels(ImageSettings(channels="rgb"), quiet)[0].shape == (1, 2, 2, 3)


@pytest.mark.parametrize(("kind", "shape"), [(np.uint8, (4, 6)), (np.uint8, (4, 6, 3)), (np.uint16, (4, 6))])
def test_images_are_read_as_those_in_files(tmp_path, kind, shape):
    values = np.random.default_rng(0).integers(0, np.iinfo(kind).max, shape).astype(kind)
    (tmp_path / "a.png").write_bytes(encoded(values)["bytes"])
    expected = read_pixels(tmp_path / "a.png", (3, 3), "rgb")
    for value in (values, encoded(values), encoded(values)["bytes"]):
        made, _ = pictures(value).pixels(ImageSettings((3, 3), "rgb"), quiet)
        np.testing.assert_array_equal(made[0], expected)


def test_lying_pictures_are_turned_upright(tmp_path):
    file, tags = io.BytesIO(), Image.Exif()
    tags[0x112] = 6
    Image.fromarray(np.array([[0, 255, 255]], np.uint8)).save(file, "PNG", exif=tags)
    assert pictures(file.getvalue()).pixels(ImageSettings(), quiet)[0][0, :, :, 0].tolist() == [[0], [1], [1]]


def test_progress_is_told_of():
    told = []
    pictures(SMALL, SMALL).pixels(ImageSettings(), lambda *said: told.append(said))
    assert told == [("decoding images", 2, 2)]


SMALL, LARGE = encoded(np.zeros((2, 3), np.uint8)), encoded(np.zeros((4, 5), np.uint8))
NO_IMAGE = {"bytes": b"no image", "path": None}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (NO_IMAGE, "not an image, or none of PNG"),
        (encoded(np.zeros((2, 2), np.uint8), "ICO"), "not an image, or none of PNG"),
        (encoded(np.zeros((2, 3), np.uint8), "BMP")["bytes"][:-4], "cannot be decoded"),
        (None, "holds object, expected an encoded picture or pixels of 8 or 16 bits"),
        (np.zeros((2, 2)), "holds float64, expected an encoded picture"),
        (np.zeros((2, 2, 2, 2), np.uint8), "pixels of shape (2, 2, 2, 2) are no picture"),
        ({"bytes": None, "path": None}, "has neither bytes nor a file"),
        ({"bytes": None, "path": "none.png"}, "names 'none.png', which is no file below"),
    ],
)
def test_images_that_cannot_be_used_are_left_out(tmp_path, value, words):
    handed = given([False, False, True], image=[SMALL, value, SMALL], label=["a", "b", "b"], by=["x", "y", "z"])
    data = load(tmp_path, handed, image_column="image", group="by", max_bad_files=0.5)
    assert (data.table.labels.tolist(), data.table.names.tolist()) == ([0, 1], ["train 0", "train 2"])
    assert (data.table.groups["group"].tolist(), data.table.test.tolist()) == (["x", "z"], [False, True])
    assert (data.features.shape, [name for name, _ in data.rejected]) == ((2, 2, 3, 1), ["train 1"])
    assert words in data.rejected[0][1]
    with pytest.raises(DataError, match=r"tiny: 1 of 3 images cannot be used \(33\.33%\), at most 1\.00% may be"):
        load(tmp_path, handed, image_column="image")


def test_all_images_cannot_be_left_out(tmp_path):
    with pytest.raises(DataError, match="tiny: 2 of 2 images cannot be used"):
        load(tmp_path, given(image=[NO_IMAGE] * 2, label=["a", "b"]), image_column="image", max_bad_files=1.0)


def test_no_file_is_read_outside_of_the_set(tmp_path, monkeypatch):
    inside, outside = tmp_path / "set", tmp_path / "secret.png"
    inside.mkdir()
    outside.write_bytes(SMALL["bytes"])
    (inside / "a.png").write_bytes(SMALL["bytes"])
    (inside / "link.png").symlink_to(outside)
    os.mkfifo(inside / "pipe.png")
    paths = ["a.png", str(inside / "a.png"), str(outside), "../secret.png", "link.png", "pipe.png", "", ".", "x" * 300, "\0"]
    given_paths = [{"bytes": None, "path": path} for path in paths]
    made, reasons = pictures(*given_paths, folder=inside).pixels(ImageSettings(), quiet)
    assert (len(made), sorted(reasons)) == (2, [2, 3, 4, 5, 6, 7, 8, 9])
    assert all("which is no file below" in reason for reason in reasons.values())
    monkeypatch.setattr("utils.data.external_pixels._LARGEST_FILE", 10)
    _, reasons = pictures(*given_paths[:1], folder=inside).pixels(ImageSettings(), quiet)
    assert reasons == {0: "names 'a.png', a file of more than 10 bytes; make the picture smaller"}


def test_images_of_several_sizes_are_refused(tmp_path):
    with pytest.raises(DataError, match=re.escape(
        "tiny: sample train 1: expected 2 × 3 pixels as train 0 has, received 4 × 5; give the size"
    )):  # fmt: skip
        load(tmp_path, given(image=[SMALL, LARGE], label=["a", "b"]), image_column="image")


def test_a_set_of_images_is_read_once_and_a_plan_needs_no_pixels(tmp_path):
    reads, columns = [], []
    handed = given(image=[SMALL, SMALL], label=["a", "b"])
    watched = replace(handed, read=lambda column: columns.append(column) or handed.read(column))
    asked = external_source(
        SourceRequest(tmp_path), ExternalOptions(image_column="image"), "tiny", "", lambda: reads.append(1) or watched
    )
    scanned = asked.scan()
    assert columns == ["label"]
    np.testing.assert_array_equal(asked.load(tmp_path, quiet).table.labels, scanned.labels)
    assert (len(reads), "image" in columns) == (1, True)


def test_images_with_numbers_to_predict(tmp_path):
    data = load(tmp_path, given(image=[SMALL, SMALL], label=[0.5, 2]), image_column="image", regression=True)
    assert (data.table.labels.tolist(), data.table.class_names) == ([0.5, 2], ())


def test_classes_that_look_like_numbers(tmp_path):
    handed = given(classes={"label": ("01", "02")}, x=[1, 2, 3], label=[0, 1, 0])
    data = load(tmp_path, handed, label_column="label")
    assert (data.table.class_names, data.table.labels.tolist()) == (("01", "02"), [0, 1, 0])


def test_groups_of_texts(tmp_path):
    handed = given(text=["a", "b", "c"], label=["x", "y", "x"], by=["one", None, "two"])
    assert load(tmp_path, handed, text_column="text", group="by").table.groups["group"].tolist() == ["one", "train 1", "two"]


TABLE, IMAGE, TEXT = {}, {"image_column": "image"}, {"text_column": "text"}


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        (TEXT, {"columns": ["a"]}, "columns: means nothing for a set of texts; leave it out, or leave out text_column"),
        (TEXT, {"ignore": []}, "ignore: means nothing for a set of texts"),
        (TEXT, {"image_size": [2, 2]}, "image_size: means nothing for a set of texts"),
        (IMAGE, {"categorical": ["a"]}, "categorical: means nothing for a set of images; leave it out, or leave out image_col"),
        (IMAGE, {"vocabulary": 3000}, "vocabulary: means nothing for a set of images"),
        (TABLE, {"length": 150}, "length: means nothing for a set of numbers and categories; leave it out, or name text_col"),
        (TABLE, {"channels": "grey"}, "channels: means nothing for a set of numbers and categories"),
    ],
)
def test_options_that_do_not_suit_the_set(tmp_path, kind, options, words):
    with pytest.raises(ParameterError, match=re.escape(words)):
        source(tmp_path, given(**REVIEWS), **kind, **options)


@pytest.mark.parametrize("options", [{"text_column": "text"}, {"label_column": "label"}])
@pytest.mark.parametrize("missing", [-1, None])
def test_a_test_split_without_labels(tmp_path, options, missing):
    handed = given([False, False, True], CLASSES, text=["a", "b", "c"], label=[0, 1, missing])
    named = replace(handed, names=["train 0", "train 1", "test 0"])
    with pytest.raises(DataError, match=re.escape(
        "the split 'test' cannot be used where it has no labels; set data_params.test_split to another, or to \"none\" to do"
    )):  # fmt: skip
        load(tmp_path, named, **options)


@pytest.mark.parametrize("options", [TEXT, {"label_column": "label"}, {"image_column": "text"}])
def test_an_empty_set(tmp_path, options):
    with pytest.raises(DataError, match=r"tiny: holds no samples; choose another split by data_params\.split"):
        load(tmp_path, given(text=[], label=[]), **options)


@pytest.mark.parametrize(
    ("handed", "options", "error", "words"),
    [
        (given(**REVIEWS), {"text_column": "txt"}, ParameterError, "text_column: tiny has no column 'txt'; did you mean text"),
        (given(**REVIEWS), {"text_column": "text", "label_column": "y"}, ParameterError, "label_column: tiny has no"),
        (given(**REVIEWS), {"image_column": "picture"}, ParameterError, "image_column: tiny has no column 'picture'"),
        (given(**REVIEWS), {"label_column": "y"}, ParameterError, "target: tiny has no column 'y'"),
        (given(classes=CLASSES, text=["a", "b"], label=[0, -1]), {"text_column": "text"}, DataError,
         "column 'label': received the class number -1, expected 0 to 1; the split 'train' cannot be used where it has no"),
        (given(text=["a", "b"], label=["x", None]), {"text_column": "text"}, DataError, "column 'label': has no label"),
        (given(text=["a", ["b"]], label=["x", "y"]), {"text_column": "text"}, DataError,
         "tiny: sample train 1, column 'text': expected a text or a number, received a list; leave the column out"),
        (given(x=[1.5, None], label=["x", "y"]), {}, DataError, "tiny: row 1, column 'x': is empty"),
    ],
)  # fmt: skip
def test_sets_and_options_that_are_refused(tmp_path, handed, options, error, words):
    with pytest.raises(error, match=re.escape(words)):
        load(tmp_path, handed, **options)


def test_a_sample_is_a_text_or_an_image(tmp_path):
    with pytest.raises(ParameterError, match="text_column, image_column: a sample is a text or an image; name one of them"):
        source(tmp_path, given(**REVIEWS), text_column="text", image_column="image")


def test_pictures_that_no_memory_holds_as_pixels_are_refused_before_they_are_decoded(tmp_path, monkeypatch):
    images = [encoded(np.zeros((4, 6), np.uint8)) for _ in range(3)]
    handed = given(image=images, label=[0, 1, 0], classes={"label": ("a", "b")})
    monkeypatch.setattr(hardware, "all_memory", lambda: 3 * 4 * 6 * 4 - 1)
    said = r"3 images of shape \(4, 6, 1\) in single precision need .*; choose a smaller size, or use a machine with more"
    with pytest.raises(MemoryShortError, match=said):
        load(tmp_path, handed, image_column="image")
    monkeypatch.setattr(hardware, "all_memory", lambda: 3 * 4 * 6 * 4)
    assert load(tmp_path, handed, image_column="image").features.shape == (3, 4, 6, 1)
