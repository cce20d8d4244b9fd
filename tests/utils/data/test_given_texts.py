"""Texts that are in memory: cut once, kept in the cache by what they say, and let go of."""

import numpy as np
import pytest

from utils.data import given_texts
from utils.data.given_texts import GivenTexts
from utils.data.text_source import TextSamples
from utils.errors import DataError


def reader(texts, calls=None, unusable=None):
    calls = [] if calls is None else calls

    def read():
        calls.append(1)
        return TextSamples([str(number) for number in range(len(texts))], ["x"] * len(texts), unusable=unusable or {}), texts

    return GivenTexts("here", "Write some.", read)


def words_in(texts, cache, ids=None, **more):
    words, reasons = reader(texts, **more).words(
        np.arange(len(texts)) if ids is None else np.array(ids), cache, lambda *_: None
    )
    assert reasons == {}
    return [[words.word(number) for number in words.take(np.array([text])).flat] for text in range(len(words))]


def test_the_texts_that_are_asked_for_are_cut(tmp_path):
    assert words_in(["a B", "c", "d-e"], tmp_path) == [["a", "b"], ["c"], ["de"]]
    assert words_in(["a B", "c", "d-e"], tmp_path, ids=[2, 0]) == [["de"], ["a", "b"]]
    assert words_in(["a B", "c", "d-e"], tmp_path, unusable={0: "too long"}) == [[], ["c"], ["de"]]


def test_the_same_texts_are_cut_once(tmp_path, monkeypatch):
    first = words_in(["a b", "c"], tmp_path)
    assert words_in(["a", "bc"], tmp_path) == [["a"], ["bc"]]
    assert words_in(["a bc", ""], tmp_path) == [["a", "bc"], []]
    monkeypatch.setattr(given_texts, "split_words", None)
    assert words_in(["a b", "c"], tmp_path) == first


def test_texts_are_read_once_for_a_scan_and_a_load_and_then_let_go_of(tmp_path):
    calls = []
    texts = reader(["a", "b"], calls)
    texts.samples()
    texts.samples()
    texts.words(np.arange(2), tmp_path, lambda *_: None)
    assert len(calls) == 1
    texts.samples()
    assert len(calls) == 2


def test_texts_are_read_once_more_when_people_look_at_them(tmp_path):
    calls = []
    texts = reader(["a <b>", "c"], calls)
    texts.samples()
    texts.words(np.array([1]), tmp_path, lambda *_: None)
    assert [texts.text(0), texts.text(1), texts.text(0)] == ["a <b>", "c", "a <b>"]
    assert len(calls) == 2


def test_texts_that_have_changed_are_not_shown(tmp_path):
    given = ["a", "b"]
    texts = reader(given)
    texts.words(np.arange(2), tmp_path, lambda *_: None)
    given[1] = "c"
    with pytest.raises(DataError) as error:
        texts.text(0)
    assert str(error.value) == (
        "here: its texts are others than when the run began, so that nobody can tell which of them was meant; put it back as "
        "it was"
    )


def test_progress_is_told_now_and_then_and_at_the_end(tmp_path):
    told = []
    reader(["a"] * 2_500).words(np.arange(2_500), tmp_path, lambda *what: told.append(what))
    assert told == [("cutting texts into words", done, 2_500) for done in (1_000, 2_000, 2_500)]
