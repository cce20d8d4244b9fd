"""Sets saved by Hugging Face's library, and what is said where the library or the set is not there."""

import builtins
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from utils.data.sets.hf import hf
from utils.data.source import SourceRequest, sources
from utils.errors import DataError, ParameterError


def quiet(what, done, total):
    """Takes progress and says nothing."""


def load(folder, **options):
    return hf(SourceRequest(folder), **options).load(folder / "cache", quiet)


@pytest.fixture
def library():
    return pytest.importorskip("datasets", reason="the optional package datasets is not installed: pip install .[hf]")


@pytest.fixture
def reviews(library, tmp_path):
    features = library.Features(
        {"text": library.Value("string"), "stars": library.Value("float32"), "label": library.ClassLabel(names=["neg", "pos"])}
    )
    parts = {
        "train": {"text": ["good film", "bad film"], "stars": [0.5, 2.25], "label": [1, 0]},
        "test": {"text": ["good"], "stars": [1.0], "label": [1]},
        "extra": {"text": ["bad"], "stars": [1.0], "label": [-1]},
    }
    made = {part: library.Dataset.from_dict(columns, features=features) for part, columns in parts.items()}
    library.DatasetDict(made).save_to_disk(tmp_path / "set")
    return tmp_path / "set"


def test_texts_with_their_test_part(reviews):
    data = load(reviews, text_column="text", length=2)
    assert (data.table.class_names, data.table.labels.tolist(), data.table.test.tolist()) == (
        ("neg", "pos"), [1, 0, 1], [False, False, True],
    )  # fmt: skip
    assert data.table.names.tolist() == ["train 0", "train 1", "test 0"]
    assert data.prepared(np.array([0])).features[np.arange(3)].tolist() == [[2, 3], [1, 3], [2, 0]]


def test_a_table_and_regression(reviews):
    data = load(reviews, columns=["stars"], label_column="label", test_split="test")
    assert (data.columns[0].values.tolist(), data.table.class_names) == ([0.5, 2.25, 1], ("neg", "pos"))
    prices = hf(SourceRequest(reviews, regression=True), columns=["label"], label_column="stars").scan()
    assert (prices.labels.tolist(), prices.labels.dtype) == ([0.5, 2.25, 1], np.float32)


def test_images_are_decoded_by_us(library, tmp_path):
    pixels = np.arange(24, dtype=np.uint8).reshape(3, 2, 4)
    features = library.Features({"image": library.Image(), "label": library.Value("string")})
    columns = {"image": [Image.fromarray(image) for image in pixels], "label": ["a", "b", "a"]}
    library.Dataset.from_dict(columns, features=features).save_to_disk(tmp_path / "set")
    data = load(tmp_path / "set", image_column="image")
    np.testing.assert_allclose(data.features[..., 0], pixels / 255, rtol=1e-6)
    assert (data.table.class_names, data.table.labels.tolist(), data.table.test) == (("a", "b"), [0, 1, 0], None)


def test_by_name(reviews, library, monkeypatch, tmp_path):
    asked = []
    saved = library.load_from_disk(reviews)
    monkeypatch.setattr(library, "load_dataset", lambda *names, **options: asked.append((names, options)) or saved)
    data = load(tmp_path / "none", name="imdb", config="plain", revision="abc", text_column="text")
    assert (len(data.table), asked) == (3, [(("imdb", "plain"), {"revision": "abc"})])


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        (
            {"split": "trian"},
            ParameterError,
            r"split: .*set has no split 'trian'; did you mean train.*it has train, test, extra",
        ),
        ({"test_split": "final"}, ParameterError, r"test_split: .*set has no split 'final'; it has train, test, extra"),
        ({"split": "extra"}, DataError, r"sample extra 0, column 'label': received the class number -1, expected 0 to 1"),
    ],
)
def test_splits_that_are_refused(reviews, options, error, words):
    with pytest.raises(error, match=words):
        load(reviews, text_column="text", **options)


def test_a_test_split_without_labels_can_be_left_out(reviews):
    with pytest.raises(
        DataError, match=r"sample extra 0, .*the split 'extra' cannot .*; set data_params\.test_split to another"
    ):
        load(reviews, text_column="text", test_split="extra")
    assert load(reviews, text_column="text", test_split="none").table.test is None


def test_a_set_without_splits_has_none_to_choose(library, tmp_path):
    library.Dataset.from_dict({"text": ["a", "b"], "label": ["x", "y"]}).save_to_disk(tmp_path / "set")
    assert load(tmp_path / "set", text_column="text").table.names.tolist() == ["train 0", "train 1"]
    with pytest.raises(ParameterError, match=r"split: .*set holds a single Dataset without splits, received 'train'; leave it"):
        load(tmp_path / "set", text_column="text", split="train")


def test_splits_of_other_columns(library, tmp_path):
    parts = {"train": {"text": ["a"], "label": ["x"]}, "test": {"text": ["b"]}}
    made = {part: library.Dataset.from_dict(columns) for part, columns in parts.items()}
    library.DatasetDict(made).save_to_disk(tmp_path / "set")
    with pytest.raises(DataError, match="the split 'test' has no column 'label', as 'train' has; choose another"):
        load(tmp_path / "set", text_column="text")


def test_a_damaged_set(reviews):
    for file in (reviews / "train").glob("*.arrow"):
        file.write_bytes(b"cut")
    with pytest.raises(DataError, match=r"set: Hugging Face's library cannot load it \(.*\); save it anew"):
        load(reviews, text_column="text")


def test_a_folder_without_a_set(library, tmp_path):
    with pytest.raises(DataError, match=r"holds no set of Hugging Face's library\. Save one there by the method save_to_disk"):
        load(tmp_path, text_column="text")


def test_a_name_that_cannot_be_loaded(library, tmp_path, monkeypatch):
    def offline(*names, **options):
        raise ConnectionError("couldn't reach the hub")

    monkeypatch.setattr(library, "load_dataset", offline)
    with pytest.raises(DataError, match=r"imdb: .* cannot load it \(couldn't reach the hub\); check data_params\.name, config"):
        load(tmp_path, name="imdb", text_column="text")


class Saved:
    """Stands in for a Dataset that was saved without splits."""

    features = {"text": None, "label": None}  # noqa: RUF012 - never changed

    def __len__(self):
        return 2

    def __getitem__(self, column):
        return {"text": ["good", "bad"], "label": ["x", "y"]}[column]


def test_a_split_is_asked_of_a_set_without_any(tmp_path, monkeypatch):
    (tmp_path / "state.json").touch()
    library = SimpleNamespace(load_from_disk=lambda path: Saved(), exceptions=SimpleNamespace(DatasetsError=RuntimeError))
    monkeypatch.setitem(sys.modules, "datasets", library)
    assert load(tmp_path, text_column="text", test_split="none").table.names.tolist() == ["train 0", "train 1"]
    with pytest.raises(
        ParameterError, match=r"split: .* holds a single Dataset without splits, received 'train'; leave it out"
    ):
        load(tmp_path, text_column="text", split="train")


def test_without_the_library(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(ParameterError, match=r"dataset: 'hf' needs the package datasets, .*; install it: pip install \.\[hf\]"):
        load(tmp_path, name="imdb")


def test_naming_the_set_imports_nothing(tmp_path, monkeypatch):
    imported = []
    original = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", lambda name, *rest: imported.append(name) or original(name, *rest))
    asked = hf(SourceRequest(tmp_path), name="imdb", text_column="text", vectorise="multi_hot")
    assert "datasets" not in imported
    assert (asked.kind, asked.default_model) == ("table", "dense")


def test_options():
    good = {"name": "imdb", "vectorise": "multi_hot", "vocabulary": 10_000, "image_size": [28, 28], "channels": "grey"}
    assert sources.problems("hf", good) == []
    assert len(sources.problems("hf", {"image_size": [28], "vocabulary": 0, "trust_remote_code": True})) == 3
