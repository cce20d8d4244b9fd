"""Word numbers of Keras' IMDB and Reuters: as they stand in the file, with words where there is an index."""

import json
import os
import tracemalloc

import numpy as np
import pytest

from utils.data.source import SourceRequest, sources
from utils.errors import DataError

TEXTS = {"train": [[1, 2, 300], [2, 2, 5], [9]], "test": [[1, 300, 70_000], [5]]}
LABELS = {"train": [0, 1, 1], "test": [1, 0]}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty folder in the place of ~/.keras."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))


def lists(texts):
    array = np.empty(len(texts), object)
    array[:] = texts
    return array


def imdb(folder, index=None, **changes):
    arrays = {f"x_{part}": lists(texts) for part, texts in TEXTS.items()}
    arrays |= {f"y_{part}": np.array(labels) for part, labels in LABELS.items()}
    np.savez(folder / "imdb.npz", **(arrays | changes))
    if index is not None:
        (folder / "imdb_word_index.json").write_text(index if isinstance(index, str) else json.dumps(index))


def source(folder, name="keras_imdb", class_names=None, **options):
    return sources.get(name)(SourceRequest(folder, class_names=class_names, max_bad_files=0.2), **options)


def load(folder, *arguments, **options):
    return source(folder, *arguments, **options).load(folder / "cache", lambda *_: None)


def texts_of(words):
    return [words.flat[start:stop].tolist() for start, stop in zip(words.offsets[:-1], words.offsets[1:], strict=True)]


def test_imdb(tmp_path):
    imdb(tmp_path)
    data = load(tmp_path)
    assert (data.table.class_names, data.table.labels.tolist()) == (("neg", "pos"), [0, 1, 1, 1, 0])
    assert data.table.names.tolist() == ["train 0", "train 1", "train 2", "test 0", "test 1"]
    assert data.table.test.tolist() == [False, False, False, True, True]
    assert texts_of(data.words) == TEXTS["train"] + TEXTS["test"]
    table = source(tmp_path).scan()
    assert (table.labels.tolist(), table.test.tolist()) == (data.table.labels.tolist(), data.table.test.tolist())


def test_vocabulary_of_ranks_and_of_words(tmp_path):
    imdb(tmp_path)
    prepared = load(tmp_path, vocabulary=5, length=4).prepared(np.array([0, 1]))
    assert prepared.preparation["vocabulary.txt"] == "2\n1\n5\n"
    assert prepared.features[np.array([1, 0, 3])].tolist() == [[2, 2, 4, 0], [3, 2, 1, 0], [3, 1, 1, 0]]
    imdb(tmp_path, {"the": 1, "and": 2, "film": 5, "é": 300, "never": 80_000})
    prepared = load(tmp_path, vocabulary=6).prepared(np.arange(5))
    assert prepared.preparation["vocabulary.txt"] == "and\nthe\nfilm\né\n"
    assert load(tmp_path, vocabulary=8).prepared(np.array([2, 3])).preparation["vocabulary.txt"] == "the\n#9\né\n#70000\n"


def test_multi_hot(tmp_path):
    imdb(tmp_path)
    data = load(tmp_path, vectorise="multi_hot", vocabulary=3)
    assert (data.kind, source(tmp_path, vectorise="multi_hot").default_model) == ("table", "dense")
    assert data.prepared(np.array([0, 1])).features[np.array([0, 1, 2])].tolist() == [[1, 1, 1], [1, 1, 0], [1, 0, 0]]


def test_a_class_alone_and_a_second_time_from_the_cache(tmp_path, monkeypatch):
    imdb(tmp_path)
    whole = load(tmp_path)
    monkeypatch.setattr("utils.data.keras_words._flat", None)
    assert load(tmp_path).fingerprint == whole.fingerprint
    chosen = load(tmp_path, "keras_imdb", ("pos",))
    assert texts_of(chosen.words) == [[2, 2, 5], [9], [1, 300, 70_000]]
    assert chosen.table.names.tolist() == ["train 1", "train 2", "test 0"]
    monkeypatch.undo()
    imdb(tmp_path, x_train=lists([[1], [2], [3]]))
    assert texts_of(load(tmp_path).words)[:3] == [[1], [2], [3]]


def test_an_empty_text_is_rejected(tmp_path):
    imdb(tmp_path, x_test=lists([[], [5]]))
    data = load(tmp_path)
    assert data.rejected == (("test 0", "it holds no word; write some, or remove it"),)
    assert texts_of(data.words) == [*TEXTS["train"], [5]]


def test_reuters_with_the_test_part_of_keras(tmp_path):
    count = 40
    texts = [[number + 1, 7] for number in range(count)]
    np.savez(tmp_path / "reuters.npz", x=lists(texts), y=np.arange(count) % 46)
    data = load(tmp_path, "keras_reuters")
    assert (len(data.table.class_names), data.table.class_names[:4]) == (46, ("cocoa", "grain", "veg-oil", "earn"))
    assert (data.table.class_names[-1], data.table.labels.tolist()) == ("lead", list(range(count)))
    assert texts_of(data.words) == texts
    random = np.random.RandomState(seed=113)
    shuffled = np.arange(count)
    random.shuffle(shuffled)
    assert sorted(shuffled[int(count * 0.8) :].tolist()) == np.flatnonzero(data.table.test).tolist()


def test_reuters_has_the_topics_of_keras(tmp_path):
    from keras.datasets.reuters import get_label_names

    np.savez(tmp_path / "reuters.npz", x=lists([[1]] * 50), y=np.arange(50) % 46)
    assert source(tmp_path, "keras_reuters").scan().class_names == get_label_names()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"y_train": np.array([0, 1])}, r"imdb\.npz: has 5 texts but 4 labels; get the file again"),
        ({"y_train": np.array([0, 1, 1, 1])}, r"imdb\.npz: has 5 texts but 6 labels; get the file again"),
        (
            {"y_test": np.array([0, 2])},
            r"imdb\.npz: labels of test: expected numbers from 0 to 1, received 0 to 2; get the file",
        ),
        ({"y_test": np.array([0, -1])}, r"labels of test: expected numbers from 0 to 1, received -1 to 0"),
        ({"y_test": np.array([0.0, 1])}, r"labels of test: expected whole numbers, received shape \(2,\) of float64"),
        ({"y_test": np.array([[0, 1]])}, r"labels of test: expected whole numbers, received shape \(1, 2\) of int64"),
        ({"x_test": lists([[1], ["a"]])}, r"imdb\.npz: text 4 is not a list of whole numbers; get the file again"),
        ({"x_test": lists([[1], [1.5]])}, r"imdb\.npz: text 4 is not a list of whole numbers"),
        ({"x_test": lists([[1], 7])}, r"imdb\.npz: text 4 is not a list of whole numbers"),
        ({"x_test": lists([[1], [[1]]])}, r"imdb\.npz: text 4 is not a list of whole numbers"),
        ({"x_test": np.zeros((2, 3))}, r"imdb\.npz: text 3 is not a list of whole numbers"),
        ({"x_test": np.zeros(())}, r"imdb\.npz: texts of test: expected a list for each text"),
        ({"x_test": np.zeros((2, 3, 0))}, r"texts of test: expected a list for each text, received shape \(2, 3, 0\)"),
        ({"x_test": lists([[1], [2**22]])}, r"imdb\.npz: holds a word number that is not from 0 to 4,194,303; get the file"),
        ({"x_test": lists([[1], [2**70]])}, r"holds a word number that is not from 0"),
        ({"x_test": lists([[1], [-1]])}, r"holds a word number that is not from 0"),
    ],
)
def test_archives_of_another_form(tmp_path, changes, words):
    imdb(tmp_path, **changes)
    with pytest.raises(DataError, match=words):
        load(tmp_path)


@pytest.mark.parametrize(
    ("index", "words"),
    [
        ("{", r"imdb_word_index\.json: cannot be read as JSON \(.*\); get the file again, or remove it"),
        ("[" * 100_000, r"imdb_word_index\.json: cannot be read as JSON"),
        ([1, 2], r"imdb_word_index\.json: expected an object of word → number; get the file again, or remove it"),
        ({"a": "b"}, r"expected an object of word → number"),
        ({"a": 1.5}, r"expected an object of word → number"),
        ({"a b": 1}, r"imdb_word_index\.json: 'a b' is not a single word; get the file again, or remove it"),
        ({"": 1}, r"'' is not a single word"),
        ({"a\fb": 1}, r"'a\\x0cb' is not a single word"),
        ({"a\ud800": 1}, r"'a\\ud800' is not a single word"),
    ],
)
def test_an_index_of_another_form(tmp_path, index, words):
    imdb(tmp_path, index)
    with pytest.raises(DataError, match=words):
        load(tmp_path)


def test_an_index_that_claims_more_than_one_holds_is_not_read(tmp_path):
    imdb(tmp_path, {"a": 1})
    with (tmp_path / "imdb_word_index.json").open("r+b") as file:
        file.truncate(40 << 30)
    with pytest.raises(DataError, match=r"imdb_word_index\.json: cannot be read as JSON \(.*larger than 64 MiB"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["imdb", "reuters"])
def test_a_set_that_is_nowhere(tmp_path, name):
    with pytest.raises(DataError, match=rf"there is no {name}\.npz, nor in .*/home/datasets\. Download https://.*/{name}\.npz"):
        source(tmp_path, f"keras_{name}").scan()
    assert f"keras.datasets.{name}.load_data()" in source(tmp_path, f"keras_{name}").how_to_get
    with pytest.raises(DataError, match=f"keras_{name}: the labels of this data set are classes"):
        sources.get(f"keras_{name}")(SourceRequest(tmp_path, regression=True))


def test_white_space_of_unicode_stands_inside_words_of_keras(tmp_path):
    imdb(tmp_path, {"one\xa0two": 1, "\x85": 2, "\u2028a": 5})
    data = load(tmp_path)
    assert data.words.dictionary[:6] == ("#0", "one\xa0two", "\x85", "#3", "#4", "\u2028a")
    assert data.prepared(np.array([1, 3])).features.shape[0] == 5


def test_names_of_numbers_without_a_word_are_no_words(tmp_path):
    imdb(tmp_path, {"9": 1, "#9": 2, "##5": 300})
    dictionary = load(tmp_path).words.dictionary
    assert (dictionary[1], dictionary[2], dictionary[5], dictionary[9]) == ("9", "#9", "#5", "##9")
    assert len(set(dictionary)) == len(dictionary) == 70_001


def test_one_text_repeated_without_end_is_refused_before_memory_is_taken(tmp_path, monkeypatch):
    monkeypatch.setattr("utils.data.keras_words._LONGEST_SET", 1_000)
    imdb(tmp_path, x_train=lists([[1, 2, 3] * 100] * 3), x_test=lists([[7] * 100, [8]]))
    with pytest.raises(DataError, match=r"imdb\.npz: holds more than 1,000 words, which is none of Keras' sets; get the file"):
        load(tmp_path)
    imdb(tmp_path, x_train=np.empty(1_001, object))
    with pytest.raises(DataError, match=r"holds more than 1,000 words"):
        load(tmp_path)


def test_empty_texts_without_end_are_counted_before_memory_is_taken(tmp_path):
    imdb(tmp_path, x_train=np.zeros((10**5, 0)))
    texts = source(tmp_path)
    texts.scan()
    tracemalloc.start()
    try:
        with pytest.raises(DataError, match=r"imdb\.npz: has 100,002 texts but 5 labels; get the file again"):
            texts.load(tmp_path / "cache", lambda *_: None)
        assert tracemalloc.get_traced_memory()[1] < 10**6
    finally:
        tracemalloc.stop()


def test_texts_of_one_length_may_be_rows(tmp_path):
    imdb(tmp_path, x_test=np.array([[3, 4], [5, 6]]))
    assert texts_of(load(tmp_path).words)[3:] == [[3, 4], [5, 6]]


def test_the_same_file_in_another_folder_is_read_itself(tmp_path):
    stamps = []
    for name, word in (("a", 3), ("b", 4)):
        (tmp_path / name).mkdir()
        imdb(tmp_path / name, x_test=lists([[word], [word]]))
        stamps.append((tmp_path / name / "imdb.npz").stat())
        os.utime(tmp_path / name / "imdb.npz", ns=(0, 0))
    assert stamps[0].st_size == stamps[1].st_size
    texts = [texts_of(source(tmp_path / name).load(tmp_path / "cache", lambda *_: None).words)[3] for name in "ab"]
    assert texts == [[3], [4]]
