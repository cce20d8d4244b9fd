"""Features of texts: equal to those of keras.layers.TextVectorization, and taught by the labelled texts alone."""

import random
import tarfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models_keras.device import set_up
from tests.utils.data.test_words import words_of
from utils.data.source import SampleTable
from utils.data.text_data import TextOptions, text_data
from utils.data.words import Words

REVIEWS = Path(__file__).parents[4] / "shared" / "data" / "aclImdb_train.tar.gz"
BOTH = ("sequence", "multi_hot")
some_text = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), min_size=1, max_size=6).map(" ".join)


def data_of(texts, *options):
    words = texts if isinstance(texts, Words) else words_of(*texts)
    labels = np.arange(len(words)) % 2
    names = np.array([f"text {number}" for number in range(len(words))])
    return text_data(SampleTable(labels, ("0", "1"), names), (("bad", "why"),), words, TextOptions(*options))


def everything(data, ids):
    prepared = data.prepared(np.array(ids, np.int64))
    return prepared.features[np.arange(len(data.table))], prepared.preparation["vocabulary.txt"].split("\n")[:-1]


def keras_everything(texts, ids, vectorise, vocabulary, length):
    """(features, words with a number of their own) by Keras."""
    set_up(1)  # like all tests that may follow in this process
    import keras

    if vectorise == "sequence":
        layer = keras.layers.TextVectorization(max_tokens=vocabulary, output_sequence_length=length)
    else:
        layer = keras.layers.TextVectorization(max_tokens=vocabulary, output_mode="multi_hot", pad_to_max_tokens=True)
    layer.adapt([texts[text] for text in ids])
    return np.asarray(layer(texts)), [str(word) for word in layer.get_vocabulary(include_special_tokens=False)]


def many_ties(count=200):
    """Texts in whose words nearly every number of occurrences is that of several words."""
    rng = random.Random(0)
    words = ["".join(rng.choices("abyzéß١中'.-", k=rng.randint(1, 3))) for _ in range(300)]
    return [f" {rng.choice(words)}. " + "\t".join(rng.choices(words, k=rng.randint(0, 40))) for _ in range(count)]


@pytest.mark.parametrize("vectorise", BOTH)
@pytest.mark.parametrize("vocabulary", [3, 50, 5_000])
def test_vocabulary_and_features_are_those_of_keras(vectorise, vocabulary):
    texts, ids = many_ties(), list(range(0, 200, 3))
    features, words = everything(data_of(texts, vectorise, vocabulary, 12), ids)
    expected_features, expected_words = keras_everything(texts, ids, vectorise, vocabulary, 12)
    assert words == expected_words
    np.testing.assert_array_equal(features, expected_features)
    assert features.dtype == np.float32


@pytest.mark.parametrize("vectorise", BOTH)
def test_real_reviews_come_out_as_with_keras(vectorise):
    if not REVIEWS.is_file():
        pytest.skip(f"the reviews are not in {REVIEWS}")
    with tarfile.open(REVIEWS) as archive:
        members = [archive.next() for _ in range(600)]
        texts = [archive.extractfile(member).read().decode().lower() for member in members if member.isfile()]
    ids = list(range(0, len(texts), 2))
    features, words = everything(data_of(texts, vectorise, 3000, 150), ids)
    expected_features, expected_words = keras_everything(texts, ids, vectorise, 3000, 150)
    assert len(texts) > 500
    assert words == expected_words
    np.testing.assert_array_equal(features, expected_features)


@pytest.mark.parametrize("vectorise", BOTH)
def test_keras_reads_the_vocabulary_that_a_run_writes(vectorise, tmp_path):
    set_up(1)
    import keras

    texts = ["b\x85b\u2028 a a", "c a É", "d b\x85b\u2028"]
    prepared = data_of(texts, vectorise, 50, 4).prepared(np.array([0, 1]))
    path = tmp_path / "vocabulary.txt"
    path.write_bytes(prepared.preparation["vocabulary.txt"].encode())
    mode = {"output_sequence_length": 4} if vectorise == "sequence" else {"output_mode": "multi_hot", "pad_to_max_tokens": True}
    layer = keras.layers.TextVectorization(max_tokens=50, **mode)
    layer.set_vocabulary(str(path))
    lower = [text.lower() for text in texts]
    np.testing.assert_array_equal(prepared.features[np.arange(3)], np.asarray(layer(lower)))


def test_sequences_by_hand():
    features, words = everything(data_of(["b a b", "c a É a", "e é"], "sequence", 5, 3), [0, 1])
    assert words == ["a", "b", "é"]
    assert features.tolist() == [[3, 2, 3], [1, 2, 4], [1, 4, 0]]


def test_columns_by_hand():
    features, words = everything(data_of(["b a b", "c a É a", "e é"], "multi_hot", 5, 3), [0, 1])
    assert words == ["a", "b", "é", "c"]
    assert features.tolist() == [[0, 1, 1, 0, 0], [0, 1, 0, 1, 1], [1, 0, 0, 1, 0]]


@pytest.mark.parametrize("vectorise", BOTH)
def test_rows_come_in_the_order_that_is_asked_for(vectorise):
    prepared = data_of(many_ties(20), vectorise, 40, 9).prepared(np.arange(10))
    whole = prepared.features[np.arange(20)]
    ids = np.array([7, 3, 3, 19])
    np.testing.assert_array_equal(prepared.features[ids], whole[ids])
    assert prepared.features[np.empty(0, np.int64)].shape == (0, *prepared.sample_shape)
    assert prepared.features.shape == whole.shape


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(BOTH), st.lists(some_text, min_size=2, max_size=6), some_text, st.data())
def test_a_text_outside_the_labelled_ones_changes_no_other(vectorise, texts, other, data):
    """Its words may be new ones, which shift the numbers that all words have before a vocabulary is learnt."""
    changed = data.draw(st.integers(0, len(texts) - 1))
    ids = [text for text in range(len(texts)) if text != changed]
    ids = data.draw(st.lists(st.sampled_from(ids), unique=True, min_size=1))
    before, words_before = everything(data_of(texts, vectorise, 5, 4), ids)
    replaced = [*texts[:changed], f"aa {other} zz ba", *texts[changed + 1 :]]
    after, words_after = everything(data_of(replaced, vectorise, 5, 4), ids)
    assert words_after == words_before
    np.testing.assert_array_equal(np.delete(after, changed, 0), np.delete(before, changed, 0))


@pytest.mark.parametrize("vectorise", BOTH)
def test_what_was_prepared_is_remembered_for_the_last_few(vectorise):
    data = data_of(many_ties(20), vectorise, 40, 9)
    first = data.prepared(np.array([4, 1]))
    assert data.prepared(np.array([1, 4])) is first
    for text in range(4):
        data.prepared(np.array([text]))
    again = data.prepared(np.array([1, 4]))
    assert again is not first
    np.testing.assert_array_equal(again.features[np.arange(20)], first.features[np.arange(20)])
    assert again.preparation == first.preparation


def test_without_labelled_texts_all_words_are_unknown():
    features, words = everything(data_of(["a b", "c"], "sequence", 9, 3), [])
    assert words == []
    assert features.tolist() == [[1, 1, 0], [1, 0, 0]]


def test_words_that_are_numbers_only():
    data = data_of(Words(np.array([7, 3, 7, 5, 3, 9], np.int32), np.array([0, 4, 6])), "sequence", 4, 5)
    features, words = everything(data, [0, 1])
    assert words == ["3", "7"]
    assert features.tolist() == [[3, 2, 3, 1, 0], [2, 1, 0, 0, 0]]


def test_what_the_set_hands_on():
    sequences, columns = data_of(["a", "b"], "sequence", 9, 3), data_of(["a", "b"], "multi_hot", 9, 3)
    assert (sequences.kind, sequences.sample_shape) == ("text", (3,))
    assert (columns.kind, columns.sample_shape) == ("table", (9,))
    prepared = columns.prepared(np.array([0]))
    assert (prepared.kind, prepared.sample_shape, prepared.rejected) == ("table", (9,), (("bad", "why"),))
    assert prepared.table is columns.table
    assert prepared.fingerprint == columns.fingerprint
    assert prepared.prepared(np.array([1])) is prepared


def test_the_fingerprint_covers_words_labels_and_options():
    same = [data_of(["a b", "c"]), data_of(["A b.", "c"])]
    others = [data_of(["a b", "d"]), data_of(["a b", "c"], "multi_hot"), data_of(["a b", "c"], "sequence", 9)]
    relabelled = same[0].table.labels[::-1].copy()
    table = SampleTable(relabelled, ("0", "1"), same[0].table.names)
    others.append(text_data(table, (), same[0].words, TextOptions()))
    assert same[0].fingerprint == same[1].fingerprint
    assert len({data.fingerprint for data in (same[0], *others)}) == 5
