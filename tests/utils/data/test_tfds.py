"""Sets prepared by TensorFlow Datasets, read without TensorFlow, and what is said where that cannot be."""

import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from utils.data.sets.tfds import tfds
from utils.data.source import SourceRequest, sources
from utils.errors import DataError, ParameterError

ROOT = Path(__file__).parents[3]


def quiet(what, done, total):
    """Takes progress and says nothing."""


def load(folder, **options):
    return tfds(SourceRequest(folder), **{"name": "tiny", **options}).load(folder / "cache", quiet)


@pytest.fixture(scope="module")
def library():
    return pytest.importorskip(
        "tensorflow_datasets", reason="the optional package tensorflow-datasets is not installed: pip install .[tfds]"
    )


def sample(number):
    label = (number + 1) % 2
    pixels = np.full((2, 3, 1), number, np.uint8)
    return number, {"text": ("bad", "góod")[label], "label": label, "x": number / 4, "image": pixels}


@pytest.fixture(scope="module")
def prepared(library, tmp_path_factory):
    return prepare(library, tmp_path_factory.mktemp("tfds"), "array_record")


def prepare(library, folder, file_format):
    kinds = library.features
    features = {
        "text": kinds.Text(),
        "label": kinds.ClassLabel(names=["neg", "pos"]),
        "x": np.float32,
        "image": kinds.Image(shape=(None, None, 1)),
    }
    library.dataset_builders.store_as_tfds_dataset(
        name="tiny", version="1.0.0", features=kinds.FeaturesDict(features), data_dir=str(folder), file_format=file_format,
        split_datasets={"train": map(sample, range(3)), "test": map(sample, range(3, 5))}, disable_shuffling=True,
    )  # fmt: skip
    return folder


def test_texts_with_their_test_part(prepared):
    data = load(prepared, text_column="text", length=2)
    assert (data.table.class_names, data.table.labels.tolist()) == (("neg", "pos"), [1, 0, 1, 0, 1])
    assert (data.table.test.tolist(), data.table.names[3]) == ([False] * 3 + [True] * 2, "test 0")
    assert data.prepared(np.array([0])).features[np.arange(2)].tolist() == [[2, 0], [1, 0]]
    assert data.prepared(np.array([0])).preparation["vocabulary.txt"] == "góod\n"


def test_images(prepared):
    data = load(prepared, image_column="image")
    np.testing.assert_allclose(data.features[:, 1, 2, 0], np.arange(5) / 255, rtol=1e-6)
    assert data.features.shape == (5, 2, 3, 1)


def test_a_table(prepared):
    data = load(prepared, columns=["x"], label_column="label")
    assert (data.columns[0].values.tolist(), data.table.class_names) == ([0, 0.25, 0.5, 0.75, 1], ("neg", "pos"))


def test_reading_starts_no_tensorflow(prepared):
    code = (
        "import sys\nsys.path[:0] = sys.argv[2:]\nfrom pathlib import Path\nfrom utils.data.sets.tfds import tfds\n"
        "from utils.data.source import SourceRequest\n"
        "print(len(tfds(SourceRequest(Path(sys.argv[1])), name='tiny', image_column='image').scan()),"
        " 'tensorflow' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(prepared), *sys.path]
    assert subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout == "5 False\n"


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        (
            {"name": "tinny"},
            DataError,
            r"tinny: TensorFlow Datasets cannot load it \(Dataset tinny not found\.\); check",
        ),
        ({"split": "trian"}, ParameterError, r"split: tiny has no split 'trian'; did you mean train\?; it has "),
        ({"text_column": "txt"}, ParameterError, r"text_column: tiny has no column 'txt'"),
        (
            {"ignore": ["text"]},
            DataError,
            r"tiny: sample train 0, column 'image': expected a text or a number, received a ndarray",
        ),
    ],
)
def test_what_is_refused(prepared, options, error, words):
    with pytest.raises(error, match=words):
        load(prepared, **options)


def test_a_form_that_only_tensorflow_reads(library, tmp_path):
    prepare(library, tmp_path, "tfrecord")
    with pytest.raises(
        DataError, match="tiny: is stored in a form that only TensorFlow reads; convert it: tfds convert_format"
    ):
        load(tmp_path)


def test_a_damaged_set(library, tmp_path):
    for file in prepare(library, tmp_path, "array_record").rglob("*train*"):
        file.write_bytes(b"cut")
    with pytest.raises(DataError, match=r"tiny: TensorFlow Datasets cannot load it \(.+\); check data_params\.name"):
        load(tmp_path)


class Stored:
    """Stands in for one split of the library, and counts the samples that are read."""

    def __init__(self, samples):
        self.samples, self.reads = samples, 0

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, position):
        self.reads += 1
        if self.samples[position] is None:
            raise ValueError("cut\nshort")
        return self.samples[position]


def stand_in(monkeypatch, stored):
    """Puts a library in place that has one set of one split."""
    label = SimpleNamespace(names=["neg", "pos"])
    info = SimpleNamespace(features={"text": None, "image": None, "label": label}, splits={"train": stored})
    builder = SimpleNamespace(info=info, is_prepared=lambda: True, as_data_source=lambda split, decoders: stored)
    module = SimpleNamespace(
        builder=lambda name, data_dir: builder,
        decode=SimpleNamespace(SkipDecoding=object),
        features=SimpleNamespace(ClassLabel=SimpleNamespace),
    )
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", module)


def test_what_is_read_of_a_set(monkeypatch, tmp_path):
    stored = Stored([sample(number)[1] for number in range(3)])
    stand_in(monkeypatch, stored)
    pictures = tfds(SourceRequest(tmp_path), name="tiny", image_column="image")
    assert (pictures.scan().labels.tolist(), stored.reads) == ([1, 0, 1], 3)
    assert load(tmp_path, image_column="image").features[:, 0, 0, 0].tolist() == pytest.approx([0, 1 / 255, 2 / 255])
    stored.reads = 0
    assert load(tmp_path, text_column="text").table.labels.tolist() == [1, 0, 1]
    assert stored.reads == 3


@pytest.mark.parametrize("column", ["text_column", "image_column"])
def test_a_sample_that_the_library_cannot_read(monkeypatch, tmp_path, column):
    stand_in(monkeypatch, Stored([sample(0)[1], None]))
    with pytest.raises(DataError, match=r"tiny: TensorFlow Datasets cannot load it \(cut\); check data_params\.name"):
        load(tmp_path, **{column: column.removesuffix("_column")})


def test_without_the_library(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorflow_datasets", None)
    with pytest.raises(
        ParameterError, match=r"'tfds' needs the package tensorflow-datasets, .*; install it: pip install \.\[tfds\]"
    ):
        load(tmp_path)


def test_options():
    for name in ("mnist", "glue/sst2", "glue/sst2:2.0.0", "cats_vs_dogs:4.0.1"):
        assert sources.problems("tfds", {"name": name}) == []
    assert sources.problems("tfds", {}) == ["data set 'tfds', name: missing"]
    for name in ("huggingface:mnist", "../x", ""):
        assert len(sources.problems("tfds", {"name": name})) == 1
