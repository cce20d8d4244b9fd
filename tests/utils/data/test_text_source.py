"""What all sets of texts share: classes and their order, targets, what is left out, and what models are told."""

import numpy as np
import pytest

from utils.data.given_texts import GivenTexts
from utils.data.source import SourceRequest
from utils.data.text_data import TextOptions
from utils.data.text_source import TextSamples, TextSource
from utils.errors import DataError

TEXTS = ["a b", "c", "?!", "d d", "e"]
LABELS = ["pos", "neg", "neg", "odd", "pos"]


def quiet(what, done, total):
    """Takes progress and says nothing."""


def source(path, labels=LABELS, texts=TEXTS, options=TextOptions(), unusable=None, classes=None, **request):  # noqa: B008
    names = [f"row {number}" for number in range(len(texts))]
    samples = TextSamples(names, labels, {"group": names}, [name < "row 2" for name in names], classes, unusable or {})
    reader = GivenTexts("reviews", "Write some.", lambda: (samples, texts))
    return TextSource(SourceRequest(path, **request), options, reader)


def rows(table):
    """(name, class name) of each sample."""
    return [(str(name), table.class_names[label]) for name, label in zip(table.names, table.labels, strict=True)]


def test_classes_are_sorted_and_a_text_without_a_word_is_left_out(tmp_path):
    texts = source(tmp_path, max_bad_files=0.2)
    scanned, loaded = texts.scan(), texts.load(tmp_path, quiet)
    assert scanned.class_names == ("neg", "odd", "pos")
    assert scanned.labels.dtype == np.int64
    assert rows(scanned) == [(f"row {number}", label) for number, label in enumerate(LABELS)]
    assert rows(loaded.table) == [row for row in rows(scanned) if row[0] != "row 2"]
    assert loaded.table.groups["group"].tolist() == ["row 0", "row 1", "row 3", "row 4"]
    assert loaded.table.test.tolist() == [True, True, False, False]
    assert loaded.words.lengths.tolist() == [2, 1, 2, 1]
    assert loaded.rejected == (("row 2", "it holds no word; write some, or remove it"),)


def test_what_is_known_to_be_unusable_is_missing_from_scan_and_load_alike(tmp_path):
    texts = source(tmp_path, max_bad_files=0.5, unusable={2: "it is empty", 3: "it is too long"})
    loaded = texts.load(tmp_path, quiet)
    assert rows(texts.scan()) == rows(loaded.table) == [("row 0", "pos"), ("row 1", "neg"), ("row 4", "pos")]
    assert loaded.rejected == (("row 2", "it is empty"), ("row 3", "it is too long"))
    assert loaded.words.dictionary == ("e", "c", "b", "a")


def test_class_names_choose_and_order_the_classes(tmp_path):
    texts = source(tmp_path, class_names=("pos", "odd"))
    loaded = texts.load(tmp_path, quiet)
    assert rows(texts.scan()) == rows(loaded.table) == [("row 0", "pos"), ("row 3", "odd"), ("row 4", "pos")]
    assert loaded.table.labels.tolist() == [0, 1, 0]
    assert loaded.rejected == ()


def test_a_set_may_bring_its_own_order_of_classes(tmp_path):
    assert source(tmp_path, classes=("pos", "odd", "neg")).scan().class_names == ("pos", "odd", "neg")
    assert source(tmp_path, labels=["10", "9", "9", "2", "10"]).scan().class_names == ("2", "9", "10")


def test_a_named_class_without_texts(tmp_path):
    with pytest.raises(DataError) as error:
        source(tmp_path, class_names=("pos", "nge")).scan()
    assert str(error.value) == (
        "reviews: the class 'nge' of class_names has no text; did you mean neg?; there are texts of: neg, odd, pos"
    )


def test_in_regression_labels_are_numbers(tmp_path):
    texts = source(tmp_path, labels=["1", "-2.5", "0", "1e3", "4"], max_bad_files=0.2, regression=True)
    loaded = texts.load(tmp_path, quiet)
    assert texts.scan().labels.tolist() == [1, -2.5, 0, 1000, 4]
    assert texts.scan().class_names == ()
    assert loaded.table.labels.dtype == np.float32
    assert loaded.table.labels.tolist() == [1, -2.5, 1000, 4]


@pytest.mark.parametrize("label", ["good", "nan", "inf", "1e39"])
def test_a_label_that_is_no_number(tmp_path, label):
    with pytest.raises(DataError) as error:
        source(tmp_path, labels=["1", "2", "3", label, "5"], regression=True).scan()
    assert str(error.value) == (
        f"reviews: row 3: the label {label!r} is no number that regression could predict; correct it, or set task to multiclass"
    )


def test_too_many_unusable_texts(tmp_path):
    with pytest.raises(DataError) as error:
        source(tmp_path, texts=["a", "", ".", "", "?"], max_bad_files=0.5).load(tmp_path, quiet)
    line = "it holds no word; write some, or remove it"
    assert str(error.value) == (
        "reviews: 4 of 5 texts cannot be used (80.00%), at most 50.00% may be; repair or remove them, or raise max_bad_files:\n"
        f"  row 1: {line}\n  row 2: {line}\n  row 3: {line}\n  … and 1 more"
    )


def test_nothing_left(tmp_path):
    unusable = dict.fromkeys(range(5), "it is empty")
    for act in (source(tmp_path, unusable=unusable).scan, lambda: source(tmp_path, texts=[], labels=[]).scan()):
        with pytest.raises(DataError, match=r"^reviews: no text is left that can be used(; row 0: it is empty)?$"):
            act()
    with pytest.raises(DataError, match=r"^reviews: no text is left that can be used$"):
        source(tmp_path, texts=["", "."], labels=["x", "y"], max_bad_files=1).load(tmp_path, quiet)


def test_models_are_told_how_many_words_there_are(tmp_path):
    sequences, columns = source(tmp_path), source(tmp_path, options=TextOptions("multi_hot", 77))
    assert (sequences.kind, sequences.default_model, sequences.model_params) == ("text", "bilstm", {"vocabulary": 3000})
    assert (columns.kind, columns.default_model, columns.model_params) == ("table", "dense", {})
    assert sequences.how_to_get == "Write some."
