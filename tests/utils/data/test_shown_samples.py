"""What people are shown of the sets that come in arrays, from libraries and as word numbers."""

import io
import json

import numpy as np
import pytest
from PIL import Image

from tests.utils.data.audio_files import quiet
from utils.annotation.shown import Shown
from utils.data.external_set import ExternalSet
from utils.data.external_source import ExternalOptions, external_source
from utils.data.source import SourceRequest, sources


def load(name, folder, **options):
    return sources.get(name)(SourceRequest(folder), **options).load(folder / "cache", quiet)


def pixels(shown, factor):
    with Image.open(io.BytesIO(shown.picture)) as image:
        return np.asarray(image)[::factor, ::factor]


def test_digits_are_drawn_from_their_features(tmp_path):
    data = load("digits", tmp_path)
    received = pixels(data.show(3), 32)
    np.testing.assert_array_equal(received, np.round(data.features[3, :, :, 0] * 255))
    assert data.prepared(np.arange(2)).show(3) == data.show(3)


@pytest.mark.parametrize(("values", "white"), [(np.uint8, 255), (np.float32, 1)])
def test_images_in_an_archive(tmp_path, values, white):
    x = np.zeros((2, 4, 5, 3), values)
    x[1, 0, 4] = white, 0, white
    np.savez(tmp_path / "set.npz", x_train=x, y_train=np.array([0, 1]))
    received = pixels(load("npz", tmp_path).show(1), 52)
    assert received.shape == (4, 5, 3)
    assert received[0, 4].tolist() == [255, 0, 255]
    assert received.sum() == 510


def test_rows_of_numbers_are_nothing_that_a_person_could_judge(tmp_path):
    np.savez(tmp_path / "set.npz", x_train=np.eye(3), y_train=np.arange(3))
    assert load("npz", tmp_path).show is None


def test_made_numbers_are_shown_with_their_columns(tmp_path):
    shown = load("imbalanced", tmp_path, samples=100).show(0)
    assert list(shown.cells) == [f"feature {number}" for number in range(1, 6)]


def imdb(folder, index):
    lists = np.empty(2, object)
    lists[:] = [[1, 2, 3], [3, 1]]
    np.savez(folder / "imdb.npz", x_train=lists, y_train=np.array([0, 1]), x_test=lists, y_test=np.array([0, 1]))
    if index:
        (folder / "imdb_word_index.json").write_text(json.dumps(index))
    return load("keras_imdb", folder)


def test_word_numbers_are_shown_as_words_where_there_is_an_index(tmp_path):
    data = imdb(tmp_path, {"the": 1, "film": 2, "<br>": 3})
    assert data.show(0) == Shown("text", text="the film <br>", note="the set tells words alone")
    assert data.show(3).text == "<br> the"


def test_word_numbers_without_an_index_are_not_shown(tmp_path):
    assert imdb(tmp_path, None).show is None


def external(tmp_path, columns, unlabelled=False, **options):
    names = [f"train {row}" for row in range(len(columns["label"]))]
    given = ExternalSet("tiny", tuple(columns), columns.__getitem__, names)
    request = SourceRequest(tmp_path, unlabelled=unlabelled)
    return external_source(request, ExternalOptions(**options), "tiny", "Get it.", lambda: given).load(
        tmp_path / "cache", quiet
    )


def test_texts_of_a_library(tmp_path):
    columns = {"text": ["A <b>", "c\nd"], "label": ["x", "y"]}
    data = external(tmp_path, columns, text_column="text")
    assert [data.show(sample).text for sample in (1, 0)] == ["c\nd", "A <b>"]


def test_images_of_a_library(tmp_path):
    image = np.arange(12, dtype=np.uint8).reshape(3, 4) * 20
    columns = {"image": [image, 255 - image], "label": ["x", "y"]}
    data = external(tmp_path, columns, image_column="image")
    np.testing.assert_array_equal(pixels(data.show(1), 64), 255 - image)


def test_tables_of_a_library_without_columns_that_hold_no_text(tmp_path):
    columns = {"x": [1, 2], "picture": [[0], [1]], "label": ["a", "b"]}
    data = external(tmp_path, columns, unlabelled=True, ignore=["picture"])
    assert data.show(1) == Shown("table", cells={"x": "2"})
