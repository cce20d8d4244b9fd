"""The project's way from files of reviews to word numbers beside Keras' TextVectorization, on the same 25,000 reviews.

Both read every file, learn the vocabulary of half of the reviews and turn all of them into sequences. They take turns, and what
they give is compared. The reviews are real ones where shared/data has them, otherwise as many made-up ones of that length.
"""

from __future__ import annotations

import tarfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.report import Report
from utils.data.source import SourceRequest, sources
from utils.data.text_data import TextOptions

_ARCHIVE = Path(__file__).parents[3] / "shared" / "data" / "aclImdb_train.tar.gz"
_REVIEWS = 25_000
_WORDS = 233
"""Of a made-up review, on average as in the real ones."""
_DIFFERENT = 120_000
_ROUNDS = 3
_MOST = 10.0
"""Seconds."""
_MOST_WARM = 1.0
"""Seconds."""
_LABELLED = np.arange(0, _REVIEWS, 2)
_OPTIONS = TextOptions()

T = TypeVar("T")
Vectorised = tuple[NDArray[np.float32], list[str]]
"""(reviews, words) features, and the vocabulary."""


def run(scratch: Path) -> Iterator[Report]:
    """Yields the one report."""
    folder = scratch / "reviews"
    kind = _unpack(scratch, folder) if _ARCHIVE.is_file() else _make(folder)
    _ours(folder, scratch / "cache of the warm-up")
    _keras(folder)
    cold, warm, keras, same = [], [], [], True
    for number in range(_ROUNDS):
        cache = scratch / f"cache {number}"
        seconds, ours = _timed(lambda cache=cache: _ours(folder, cache))
        cold.append(seconds)
        seconds, theirs = _timed(lambda: _keras(folder))
        keras.append(seconds)
        warm.append(_timed(lambda cache=cache: _ours(folder, cache))[0])
        same = same and ours[1] == theirs[1] and bool((ours[0] == theirs[0]).all())
    yield _report(kind, cold, warm, keras, same)


def _report(kind: str, cold: list[float], warm: list[float], keras: list[float], same: bool) -> Report:
    rows = [
        (name, f"{median(times):.2f}", f"{min(times):.2f}", f"{max(times):.2f}", f"{median(keras) / median(times):.1f}")
        for name, times in (
            ("plain loop and keras.layers.TextVectorization", keras),
            ("text_folders", cold),
            ("from the cache", warm),
        )
    ]
    return Report(
        f"{_REVIEWS:,} {kind} reviews from files to sequences of {_OPTIONS.length} words, vocabulary {_OPTIONS.vocabulary:,}",
        ("way", "s (median)", "fastest", "slowest", "× faster"),
        rows,
        f"at most {_MOST:.0f} s, and {_MOST_WARM:.0f} s from the cache, on two cores",
        f"{median(cold):.2f} s, and {median(warm):.2f} s from the cache",
        median(cold) <= _MOST and median(warm) <= _MOST_WARM,
        (f"vocabulary and all features are {'' if same else 'NOT '}equal in all {_ROUNDS} turns",),
    )


def _ours(folder: Path, cache: Path) -> Vectorised:
    data = sources.get("text_folders")(SourceRequest(folder)).load(cache, lambda *_: None).prepared(_LABELLED)
    return data.features[np.arange(_REVIEWS)], data.preparation["vocabulary.txt"].split("\n")[:-1]


def _keras(folder: Path) -> Vectorised:
    import keras

    texts = [path.read_text(encoding="utf-8").lower() for path in sorted(folder.glob("*/*.txt"))]
    layer = keras.layers.TextVectorization(max_tokens=_OPTIONS.vocabulary, output_sequence_length=_OPTIONS.length)
    layer.adapt([texts[number] for number in _LABELLED])
    return np.asarray(layer(texts), np.float32), [str(word) for word in layer.get_vocabulary(include_special_tokens=False)]


def _unpack(scratch: Path, folder: Path) -> str:
    with tarfile.open(_ARCHIVE) as archive:
        archive.extractall(scratch, filter="data")
    (scratch / "aclImdb" / "train").rename(folder)
    return "real"


def _make(folder: Path) -> str:
    """Writes reviews whose words are as unequally common as those of a language."""
    rng = np.random.default_rng(0)
    words = np.array([f"{'etaoin'[number % 6]}{number}" for number in range(_DIFFERENT)])
    for number, length in enumerate(rng.poisson(_WORDS, _REVIEWS).tolist()):
        path = folder / ("neg", "pos")[number % 2] / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(" ".join(words[np.minimum(rng.zipf(1.2, length), _DIFFERENT) - 1]), encoding="utf-8")
    return "made-up"


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    """Seconds that `work` takes, and its result."""
    begun = time.perf_counter()
    result = work()
    return time.perf_counter() - begun, result
