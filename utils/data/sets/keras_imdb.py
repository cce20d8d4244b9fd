"""Film reviews as word numbers, from the file that Keras downloads."""

from __future__ import annotations

from collections.abc import Sequence

from utils.data.keras_files import KerasSet, refuse_regression
from utils.data.keras_words import KerasWords, WordNumbers
from utils.data.source import DataSource, SourceRequest, sources
from utils.data.text_data import Length, TextOptions, Vectorise, VocabularySize
from utils.data.text_source import TextSource


def _test_part(sizes: Sequence[int]) -> Sequence[bool]:
    return [False] * sizes[0] + [True] * sizes[1]


_LAYOUT = WordNumbers(
    KerasSet("imdb", ("imdb.npz",)),
    {"train": ("x_train", "y_train"), "test": ("x_test", "y_test")},
    classes=("neg", "pos"),
    index="imdb_word_index.json",
    test=_test_part,
)


@sources.register("keras_imdb")
def keras_imdb(
    request: SourceRequest,
    *,
    vectorise: Vectorise = TextOptions.vectorise,
    vocabulary: VocabularySize = TextOptions.vocabulary,
    length: Length = TextOptions.length,
) -> DataSource:
    """Keras' IMDB: 25,000 film reviews and its own test part of 25,000, in imdb.npz; the classes are neg and pos."""
    refuse_regression(request, "keras_imdb")
    return TextSource(request, TextOptions(vectorise, vocabulary, length), KerasWords(request.folder, _LAYOUT))
