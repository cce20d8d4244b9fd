"""Texts cut into numbered words: what a word is, which number it has, and which words count as the commonest."""

import string
from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from utils.data.words import PUNCTUATION, WordCollector, Words, split_words

texts_of_few_words = st.lists(st.lists(st.sampled_from(["a", "b", "c", "ab", "é", "zz"]), max_size=8).map(" ".join), max_size=6)


def words_of(*texts):
    collector = WordCollector()
    for text in texts:
        collector.add(split_words(text))
    return collector.words()


def texts_in(words):
    return [
        [words.dictionary[number] for number in words.flat[start:stop]]
        for start, stop in zip(words.offsets[:-1], words.offsets[1:], strict=True)
    ]


def test_a_word_is_in_lower_case_without_punctuation():
    text = "Don't \"stop\", O'Hara: it's snake_case (10/10)…<br />ÉCOLE\tété\n"
    assert [word.decode() for word in split_words(text)] == [
        "dont", "stop", "ohara", "its", "snakecase", "1010…br", "école", "été",
    ]  # fmt: skip
    assert split_words(" \t\n\r\v\f-- ! ") == []


def test_the_punctuation_is_that_of_ascii():
    assert sorted(PUNCTUATION.decode()) == sorted(string.punctuation)


@given(texts_of_few_words)
def test_nothing_is_lost_and_numbers_fall_with_the_words(texts):
    words = words_of(*texts)
    assert texts_in(words) == [text.split() for text in texts]
    assert list(words.dictionary) == sorted({word for text in texts for word in text.split()}, reverse=True)
    assert len(words) == len(texts)
    assert words.lengths.tolist() == [len(text.split()) for text in texts]
    assert words.flat.dtype == np.int32


@given(texts_of_few_words, st.data())
def test_the_commonest_are_those_that_a_counter_finds_and_ties_go_to_the_later_in_the_alphabet(texts, data):
    ids = data.draw(st.lists(st.integers(0, len(texts) - 1), unique=True)) if texts else []
    count = data.draw(st.integers(0, 5))
    counted = Counter(word for text in ids for word in texts[text].split())
    expected = sorted(sorted(counted, reverse=True), key=lambda word: -counted[word])[:count]
    words = words_of(*texts)
    assert [words.word(number) for number in words.commonest(np.array(ids, np.int64), count)] == expected


@given(texts_of_few_words, st.data())
def test_taking_texts(texts, data):
    ids = data.draw(st.lists(st.integers(0, len(texts) - 1))) if texts else []
    taken = words_of(*texts).take(np.array(ids, np.int64))
    assert texts_in(taken) == [texts[text].split() for text in ids]
    assert taken.offsets.dtype == np.int64


def test_words_without_a_dictionary_stand_for_themselves():
    words = Words(np.array([7, 3, 7, 5, 3, 9], np.int32), np.array([0, 4, 6]))
    assert words.num_different == 10
    assert words.commonest(np.array([0, 1]), 3).tolist() == [3, 7, 5]
    assert words.word(7) == "7"
    assert Words(np.empty(0, np.int32), np.array([0])).num_different == 0


def test_the_digest_covers_numbers_texts_and_words():
    words = words_of("a b", "c")
    others = [words_of("a", "b c"), words_of("b a", "c"), words_of("a b", "d"), Words(words.flat, words.offsets)]
    assert words_of("A b!", "c").sha256() == words.sha256()
    assert len({words.sha256(), *(other.sha256() for other in others)}) == 5
