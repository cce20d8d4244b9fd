"""Sets that a library hands out take the paths of local files: texts, images, tables, and every sentence on the way."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from utils.data.external_images import decode_images
from utils.data.external_set import ExternalSet
from utils.data.external_source import ExternalOptions, external_source
from utils.data.source import SourceRequest
from utils.data.table_options import TableOptions
from utils.data.text_data import TextOptions
from utils.errors import DataError, ParameterError


def quiet(what, done, total):
    """Takes progress and says nothing."""


def given(test=None, classes=None, **columns):
    count = len(next(iter(columns.values())))
    names = [f"train {row}" for row in range(count)]
    return ExternalSet(
        "tiny", tuple(columns), columns.__getitem__, names, None if test is None else np.array(test), classes or {}
    )


def source(tmp_path, handed, *, regression=False, class_names=None, **options):
    request = SourceRequest(tmp_path, class_names=class_names, regression=regression)
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
    asked = source(tmp_path, given(classes=CLASSES, **REVIEWS), text_column="text", text=TextOptions(length=3))
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
    data = load(tmp_path, handed, label_column="y", table=TableOptions(ignore=["picture"]))
    assert [(column.name, column.categories) for column in data.columns] == [
        ("x", None), ("flag", ("False", "True")), ("kind", ("emu", "zebra")),
    ]  # fmt: skip
    assert (data.table.labels.tolist(), data.table.class_names, data.table.test.tolist()) == (
        [1, 0, 1],
        ("a", "b"),
        [False, False, True],
    )
    chosen = load(tmp_path, handed, label_column="kind", table=TableOptions(columns=["x"]))
    assert (chosen.table.class_names, chosen.table.labels.tolist(), chosen.sample_shape) == (("zebra", "emu"), [0, 1, 0], (1,))
    assert load(
        tmp_path, handed, label_column="x", regression=True, table=TableOptions(columns=["y"])
    ).table.labels.tolist() == [1, 2.5, 4]


@pytest.mark.parametrize("stored", ["bytes", "pixels", "a file"])
def test_images(tmp_path, stored):
    pixels = np.arange(3 * 2 * 4, dtype=np.uint8).reshape(3, 2, 4)
    values = [encoded(image) for image in pixels] if stored == "bytes" else list(pixels[..., np.newaxis])
    if stored == "a file":
        (tmp_path / "a.png").write_bytes(encoded(pixels[0])["bytes"])
        values[0] = {"bytes": None, "path": str(tmp_path / "a.png")}
    handed = given(classes={"label": ("a", "b", "c")}, image=values, label=[2, 0, 2])
    data = load(tmp_path, handed, image_column="image")
    np.testing.assert_allclose(data.features[:, :, :, 0], pixels / 23, rtol=1e-6)
    assert (data.kind, data.table.class_names, data.table.labels.tolist()) == ("image", ("a", "c"), [1, 0, 1])
    assert load(tmp_path, handed, image_column="image", class_names=("c",)).features.shape == (2, 2, 4, 1)


def test_images_are_scaled_and_get_colours_on_demand():
    grey, colour = np.full((2, 2), 100, np.uint8), np.full((4, 4, 3), 50, np.uint8)
    made = decode_images([encoded(grey), encoded(colour)], ["0", "1"], "tiny", (3, 5), None)
    assert made.shape == (2, 3, 5, 3)
    assert (np.unique(made[0]).tolist(), np.unique(made[1]).tolist()) == ([100], [50])
    assert decode_images([encoded(colour)], ["0"], "tiny", None, "grey").shape == (1, 4, 4, 1)
    assert decode_images([encoded(grey)], ["0"], "tiny", None, "rgb").shape == (1, 2, 2, 3)


SMALL, LARGE = encoded(np.zeros((2, 3), np.uint8)), encoded(np.zeros((4, 5), np.uint8))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ([SMALL, LARGE], "tiny: sample train 1: expected 2 × 3 pixels as train 0 has, received 4 × 5; give the size"),
        ([SMALL, {"bytes": b"no image", "path": None}], "sample train 1: is no picture that can be decoded (cannot identify"),
        ([None, SMALL], "tiny: sample train 0: is no picture that can be decoded (pixels of object"),
        ([np.zeros((2, 2)), SMALL], "sample train 0: is no picture that can be decoded (pixels of float64, expected bytes)"),
        ([encoded(np.zeros((2, 2), np.uint16)), SMALL], "more than 8 bits in mode I;16"),
        ([encoded(np.zeros((2, 2), np.uint8), "ICO"), SMALL], "sample train 0: is no picture that can be decoded"),
        ([{"bytes": None, "path": "none.png"}, SMALL], "No such file or directory: 'none.png'"),
    ],
)  # fmt: skip
def test_images_that_are_refused(tmp_path, values, words):
    with pytest.raises(DataError, match=re.escape(words)):
        load(tmp_path, given(image=values, label=["a", "b"]), image_column="image")


@pytest.mark.parametrize(
    ("handed", "options", "error", "words"),
    [
        (given(**REVIEWS), {"text_column": "txt"}, ParameterError, "text_column: tiny has no column 'txt'; did you mean text"),
        (given(**REVIEWS), {"text_column": "text", "label_column": "y"}, ParameterError, "label_column: tiny has no"),
        (given(**REVIEWS), {"image_column": "picture"}, ParameterError, "image_column: tiny has no column 'picture'"),
        (given(**REVIEWS), {"label_column": "y"}, ParameterError, "target: tiny has no column 'y'"),
        (given(classes=CLASSES, text=["a", "b"], label=[0, -1]), {"text_column": "text"}, DataError,
         "tiny: sample train 1, column 'label': received the class number -1, expected 0 to 1; a split without labels"),
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
