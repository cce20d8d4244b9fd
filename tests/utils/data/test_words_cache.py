"""Words from the cache: the same as those that were made, and made anew when the cache is damaged."""

import hashlib
import json

import numpy as np
import pytest

from tests.utils.data.test_words import words_of
from utils.data.words import Words
from utils.data.words_cache import cached_words

REASONS = {1: "it is no text", 4: "„ß“"}


def parts_of(words, reasons):
    return words.flat.tolist(), words.offsets.tolist(), words.dictionary, dict(reasons)


def refuse():
    raise AssertionError("made again")


@pytest.mark.parametrize(
    "words",
    [
        words_of("b a\u2028 b", "", "é \x85"),
        words_of(),
        Words(np.array([7, 3, 7], np.int32), np.array([0, 1, 3])),
    ],
    ids=["with words", "empty", "numbers alone"],
)
def test_a_second_time_nothing_is_made(tmp_path, words):
    first = cached_words(tmp_path / "cache", ["x", 1], lambda: (words, REASONS))
    second = cached_words(tmp_path / "cache", ["x", 1], refuse)
    assert parts_of(*second) == parts_of(*first) == parts_of(words, REASONS)
    assert second[0].flat.dtype == np.int32
    assert second[0].sha256() == words.sha256()


def test_other_texts_have_another_key(tmp_path):
    cached_words(tmp_path, ["x", 1], lambda: (words_of("a"), {}))
    assert cached_words(tmp_path, ["x", 2], lambda: (words_of("b"), {}))[0].dictionary == ("b",)
    assert cached_words(tmp_path, ["x", 1], refuse)[0].dictionary == ("a",)


@pytest.mark.parametrize("suffix", [".npy", ".words"])
def test_a_damaged_cache_is_made_anew(tmp_path, suffix):
    cached_words(tmp_path, "x", lambda: (words_of("a b", "b"), REASONS))
    path = next(tmp_path.glob(f"*{suffix}"))
    whole = path.read_bytes()
    damages = [b"", whole[:-1], whole + b"\n"]
    damages += [whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :] for place in range(len(whole))]
    for damage in damages:
        path.write_bytes(damage)
        made = []

        def make(made=made):
            made.append(1)
            return words_of("a b", "b"), REASONS

        again = cached_words(tmp_path, "x", make)
        assert parts_of(*again) == parts_of(words_of("a b", "b"), REASONS)
        assert made == [1]
        assert path.read_bytes() == whole
    assert parts_of(*cached_words(tmp_path, "x", refuse)) == parts_of(words_of("a b", "b"), REASONS)


def test_half_a_cache_is_none(tmp_path):
    cached_words(tmp_path, "x", lambda: (words_of("a"), {}))
    next(tmp_path.glob("*.npy")).unlink()
    assert cached_words(tmp_path, "x", lambda: (words_of("b"), {}))[0].dictionary == ("b",)


def test_what_is_not_to_be_kept_is_made_again(tmp_path):
    first = cached_words(tmp_path, "x", lambda: (words_of("a", ""), {1: "disk"}), lambda: False)
    assert parts_of(*first) == parts_of(words_of("a", ""), {1: "disk"})
    assert cached_words(tmp_path, "x", lambda: (words_of("a", "b"), {}))[0].dictionary == ("b", "a")


def seal(folder, body, array=None):
    """Puts `body`, and the content of the array, into the cache with the digest that belongs to them."""
    path = next(folder.glob("*.words"))
    numbers = path.with_suffix(".npy")
    numbers.write_bytes(numbers.read_bytes() if array is None else array)
    seal = hashlib.sha256(hashlib.sha256(numbers.read_bytes()).hexdigest().encode() + body)
    path.write_bytes(seal.hexdigest().encode() + b"\n" + body)


BODIES = {
    "nested": b"[" * 100_000,
    "list": b"[]",
    "no JSON": b"\xff",
    "nothing": b"{}",
    "short dictionary": {"dictionary": ["b"]},
    "numbers for words": {"dictionary": [1, 2]},
    "half of a pair": {"dictionary": ["b", "\ud800"]},
    "no offsets": {"offsets": []},
    "offsets in texts": {"offsets": ["0", "2", "3"]},
    "offsets that fall": {"offsets": [0, 4, 3]},
    "offsets from 1": {"offsets": [1, 2, 3]},
    "offsets beyond": {"offsets": [0, 2, 4]},
    "huge offsets": {"offsets": [0, 10**30, 3]},
    "fewer texts": {"offsets": [0, 3]},
    "no pairs": {"reasons": [[1]]},
    "reason of no text": {"reasons": [[2, "x"]]},
    "negative": {"reasons": [[-1, "x"]]},
}


def in_cache(folder):
    made = []

    def make():
        made.append(1)
        return words_of("a b", "b"), {1: "x"}

    words = cached_words(folder, "x", make, texts=2)
    assert parts_of(*words) == parts_of(words_of("a b", "b"), {1: "x"})
    return not made


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_digest_does_not_make_nonsense_a_cache(tmp_path, body):
    in_cache(tmp_path)
    whole = next(tmp_path.glob("*.words")).read_bytes().partition(b"\n")[2]
    seal(tmp_path, whole)
    assert in_cache(tmp_path)
    seal(tmp_path, body if isinstance(body, bytes) else json.dumps(json.loads(whole) | body).encode())
    assert not in_cache(tmp_path)
    assert in_cache(tmp_path)


@pytest.mark.parametrize("change", [lambda content: b"xx", lambda content: content[:-4] + b"\xff" * 4, lambda content: b""])
def test_a_digest_does_not_make_nonsense_an_array(tmp_path, change):
    in_cache(tmp_path)
    path = next(tmp_path.glob("*.words"))
    seal(tmp_path, path.read_bytes().partition(b"\n")[2], change(path.with_suffix(".npy").read_bytes()))
    assert not in_cache(tmp_path)
