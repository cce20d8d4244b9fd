"""What every data source promises, and the two things it hands out.

A source answers twice. `scan` is cheap (file names, CSVs, headers) and is all that a plan needs; `load` does the costly
part, extracted once and cached, and returns the features that engines train on. Both describe the same samples in the same
order, except that `load` leaves out files that turn out to be unreadable and says which.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from utils.annotation.shown import Shown
from utils.data.audio_features import AudioSettings
from utils.registry import Registry
from utils.rows import Features

Kind = Literal["audio", "image", "text", "table"]
"""What a sample is: a spectrogram, an image, a row of word numbers, or of other numbers. The last has no augmentations; only
spectrograms and images can be drawn."""

Progress = Callable[[str, int, int], None]
"""Called as `progress(what, done, total)` while something long goes on."""


@dataclass(frozen=True)
class SampleTable:
    """The samples of a data set, one row each, without their features; n = number of samples."""

    labels: NDArray[Any]
    """(n,) class index of each sample, int64, -1 where no label is known; in regression its target, float32, NaN for none."""
    class_names: tuple[str, ...]
    """The classes in the order of their indices; none in regression."""
    names: NDArray[np.str_]
    """(n,) what a person would call the sample: its file, and the window in it."""
    groups: Mapping[str, NDArray[np.str_]] = field(default_factory=dict)
    """Group kind (such as "clip", "speaker", "fold") → (n,) the group that each sample belongs to."""
    test: NDArray[np.bool_] | None = None
    """(n,) the set's own test part, where it comes with one."""
    note: str = ""
    """What was taken for what, for the plan; "" where nothing was guessed."""
    lengths: NDArray[np.float64] | None = None
    """(n,) seconds of the recording that each sample is or is part of; None where samples have no length."""

    def __len__(self) -> int:
        """Number of samples."""
        return len(self.labels)

    @property
    def num_classes(self) -> int:
        """Number of classes, C; 0 in regression."""
        return len(self.class_names)

    @property
    def known(self) -> NDArray[np.bool_]:
        """(n,) whether a label is known."""
        return np.isfinite(self.labels) if self.labels.dtype.kind == "f" else self.labels >= 0

    def right(self, ids: NDArray[np.int64], labels: NDArray[np.int64]) -> NDArray[np.bool_]:
        """(k,) whether the labels (j,) of the samples `ids` (j,) are the true ones, of those whose true label is known."""
        known = self.known[ids]
        return (self.labels[ids] == labels)[known]

    def strata(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """(k,) what the samples `ids` (k,) are stratified by: their class, or in regression the tenth of them by target.

        Those without a label are a stratum of their own, after all others.
        """
        labels, known = self.labels[ids], self.known[ids]
        if labels.dtype.kind != "f":
            return np.where(known, labels, self.num_classes)
        targets = labels[known]
        borders = np.quantile(targets, np.linspace(0.1, 0.9, 9)) if len(targets) else targets
        return np.where(known, np.searchsorted(borders, labels), 10).astype(np.int64)


@dataclass(frozen=True)
class LoadedData(ABC):
    """A data set in memory. What a model is fed may depend on what is labelled: a vocabulary, a mean, a deviation."""

    table: SampleTable
    fingerprint: str
    """SHA-256 over all that features and labels come from: the same bytes, the same fingerprint, wherever the set lies."""
    kind: Kind
    """That of its source."""
    rejected: tuple[tuple[str, str], ...]
    """(file, reason) of each file that was left out."""
    show: Callable[[int], Shown] | None = field(default=None, kw_only=True, compare=False)
    """What a person is shown of the sample with an id, read anew from the set; raises DataError where that fails. None: the
    set has nothing that a person could judge, or its features are all there is."""

    @property
    @abstractmethod
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of what a model is fed of one sample."""

    @abstractmethod
    def prepared(self, ids: NDArray[np.int64]) -> DataSet:
        """The set with features, made by what the samples `ids` (l,) alone teach; the same for the same ids."""


@dataclass(frozen=True)
class DataSet(LoadedData):
    """A data set with its features, in the order of its table."""

    features: Features
    """(n, …) read-only; memory-mapped where it comes from the cache."""
    preparation: Mapping[str, str] = field(default_factory=dict)
    """File name → content, of what a user of the model needs to make features of new samples: a vocabulary, means."""

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """Shape of what a model is fed of one sample."""
        return self.features.shape[1:]

    def prepared(self, ids: NDArray[np.int64]) -> DataSet:
        """The set itself: its features depend on no other sample."""
        return self


class DataSource(ABC):
    """One data set in one place; made from the parameters, it holds no open file."""

    kind: Kind
    """What a sample is: decides how it can be augmented and drawn."""
    default_model: str
    """The model that suits this kind of data when the parameter file names none."""
    how_to_get: str = ""
    """One sentence for the user whose folder is empty: where the set comes from."""

    @property
    def model_params(self) -> Mapping[str, Any]:
        """Parameters of models that follow from the data, such as the size of a vocabulary; set where a model has them."""
        return {}

    @abstractmethod
    def scan(self) -> SampleTable:
        """The samples as file names, CSVs and headers tell them; no decoding.

        Raises:
            DataError: the set is missing or not in its documented form; says which path was looked at.
        """

    @abstractmethod
    def load(self, cache: Path, progress: Progress) -> LoadedData:
        """The samples with their features, taken from the folder `cache` when they were extracted before.

        Raises:
            DataError: the set is missing, or more files than allowed are damaged.
        """


@dataclass(frozen=True)
class SourceRequest:
    """What a data source is made from; each kind of data reads the part that concerns it."""

    folder: Path
    audio: AudioSettings = field(default_factory=AudioSettings)
    class_names: tuple[str, ...] | None = None
    """The classes to use, in the order of their labels; None for all, in the set's own order."""
    max_bad_files: float = 0.01
    """Share of the files, 0 to 1, that may be unusable."""
    regression: bool = False
    """Whether labels are numbers to predict rather than classes."""
    unlabelled: bool = False
    """Whether samples without a label are welcome, because people are there to label them."""


sources: Registry[Callable[..., DataSource]] = Registry("data set", "utils.data.sets", "active_learning.datasets")
