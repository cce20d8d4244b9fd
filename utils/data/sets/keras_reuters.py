"""Newswires in 46 topics as word numbers, from the file that Keras downloads."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from utils.data.keras_files import KerasSet, refuse_regression
from utils.data.keras_words import KerasWords, WordNumbers
from utils.data.source import DataSource, SourceRequest, sources
from utils.data.text_data import Length, TextOptions, Vectorise, VocabularySize
from utils.data.text_source import TextSource

_TOPICS = (
    "cocoa grain veg-oil earn acq wheat copper housing money-supply coffee sugar trade reserves ship cotton carcass crude "
    "nat-gas cpi money-fx interest gnp meal-feed alum oilseed gold tin strategic-metal livestock retail ipi iron-steel rubber "
    "heat jobs lei bop zinc orange pet-chem dlr gas silver wpi hog lead"
)
"""In the order of the labels 0 to 45, as keras.datasets.reuters.get_label_names tells them."""
_KERAS_SEED = 113
_KERAS_TEST_SHARE = 0.2


def _test_part(sizes: Sequence[int]) -> Sequence[bool]:
    """The newswires that Keras' loader puts into its test part: the last of an order that it draws with its own seed.

    Published results are those of this very order.
    """
    count = sum(sizes)
    order = np.arange(count)
    np.random.RandomState(_KERAS_SEED).shuffle(order)
    test = np.zeros(count, bool)
    test[order[int(count * (1 - _KERAS_TEST_SHARE)) :]] = True
    return test.tolist()


_LAYOUT = WordNumbers(
    KerasSet("reuters", ("reuters.npz",)),
    {"newswire": ("x", "y")},
    classes=tuple(_TOPICS.split()),
    index="reuters_word_index.json",
    test=_test_part,
)


@sources.register("keras_reuters")
def keras_reuters(
    request: SourceRequest,
    *,
    vectorise: Vectorise = TextOptions.vectorise,
    vocabulary: VocabularySize = TextOptions.vocabulary,
    length: Length = TextOptions.length,
) -> DataSource:
    """Keras' Reuters: 11,228 newswires in 46 topics, in reuters.npz; the test part is the one that Keras' loader draws."""
    refuse_regression(request, "keras_reuters")
    return TextSource(request, TextOptions(vectorise, vocabulary, length), KerasWords(request.folder, _LAYOUT))
