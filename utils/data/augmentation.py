"""Augmented copies of samples, for engines that ask how steady a prediction is under changes that keep the label.

A copy is one set of random changes, drawn from the seed and its number alone and the same for every sample. So a sample's
copies do not depend on the samples beside it nor on how a pool is cut into blocks, and what differs between two samples'
copies is the samples. Each change has a random stream of its own: leaving one out does not alter the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from utils.data.words import NO_WORD, UNKNOWN_WORD
from utils.errors import ParameterError
from utils.registry import did_you_mean
from utils.seeds import rng_for

Block = NDArray[np.float32]
"""(b, height or bands, width or frames, channels); of texts (b, words), numbers as in sequences."""
Change = Callable[[Block, np.random.Generator, float], Block]

LONGEST_TIME_SHIFT = 0.2
"""Share of the frames, either way."""
WIDEST_MASK = 0.2
"""Share of the frames, or of the bands."""
LARGEST_GAIN = 6.0
"""Decibels, either way."""
STRONGEST_NOISE = 0.2
"""Of a sample's own standard deviation in that channel."""
LONGEST_SHIFT = 0.1
"""Share of the height and of the width, either way."""
LARGEST_ROTATION = 15.0
"""Degrees, either way."""
DROPPED_WORDS = 0.1
"""Share of the words."""
_HEIGHT, _WIDTH = 1, 2
"""Axes of a block of images; bands and frames of a block of spectrograms."""


@dataclass(frozen=True)
class Augmenter:
    """Makes the copies of samples of one kind."""

    kind: str
    """One of `AUGMENTATIONS`."""
    number: int
    """Copies of each sample, A."""
    names: tuple[str, ...] | None = None
    """Which changes, of `AUGMENTATIONS[kind]`; None for all but flip. Each copy goes through all of them, in that order."""
    strength: float = 1.0
    """Factor on every range; 0 leaves samples as they are."""

    def __post_init__(self) -> None:
        """Refuses names that do not suit the kind.

        Raises:
            ParameterError: one sentence for each.
        """
        if found := problems(self.kind, self.names):
            raise ParameterError(found)

    def copies(self, block: Block, seed: int) -> NDArray[np.float32]:
        """(A, b, …) copies of `block` (b, …), which is not changed: spectrograms in decibels, images of any scale, words.

        Raises:
            ValueError: the samples have not as many axes as this kind has.
        """
        expected = "one axis, (b, words)" if self.kind == "text" else "three axes, (b, …, …, channels)"
        if block.ndim != (2 if self.kind == "text" else 4):
            raise ValueError(f"Augmenter: expected {self.kind} samples of {expected}, got {block.shape}")
        copies = np.empty((self.number, *block.shape), np.float32)
        for number, copy in enumerate(copies):
            changed = block
            for name, change in AUGMENTATIONS[self.kind].items():
                if name in self.names if self.names else name != "flip":
                    changed = change(changed, rng_for(seed, f"augmentation {name}", number), self.strength)
            copy[...] = changed
        return copies


def problems(kind: str, names: Sequence[str] | None) -> list[str]:
    """What is wrong with the parameter `augmentations` for data of `kind`, one sentence each; empty when all is well."""
    if names is None:
        return []
    if kind not in AUGMENTATIONS:
        return [f"augmentations: there are none for data of the kind {kind!r}, only for {', '.join(AUGMENTATIONS)} data"]
    known = list(AUGMENTATIONS[kind])
    if not names:
        return [f"augmentations: received an empty list; expected some of {', '.join(known)}, or null for all but flip"]
    return [
        f"augmentations: there is no {name!r} for {kind} data{did_you_mean(name, known)}; known: {', '.join(known)}"
        for name in names
        if name not in known
    ]


def _time_shift(block: Block, rng: np.random.Generator, strength: float) -> Block:
    """Moves the sound to an earlier or later time; the frame at the edge is repeated: nothing comes in from the other end."""
    return _moved(block, _WIDTH, _distance(block.shape[_WIDTH], LONGEST_TIME_SHIFT * strength, rng))


def _time_mask(block: Block, rng: np.random.Generator, strength: float) -> Block:
    """Hides some successive frames."""
    return _masked(block, _WIDTH, rng, strength)


def _frequency_mask(block: Block, rng: np.random.Generator, strength: float) -> Block:
    """Hides some neighbouring bands."""
    return _masked(block, _HEIGHT, rng, strength)


def _gain(block: Block, rng: np.random.Generator, strength: float) -> Block:
    """Louder or softer: decibels added to the first channel alone, since the slope in the second does not change by it."""
    louder = block.copy()
    louder[..., 0] += np.float32(rng.uniform(-1, 1) * LARGEST_GAIN * strength)
    return louder


def _noise(block: Block, rng: np.random.Generator, strength: float) -> Block:
    """Adds one normal pattern to all samples, in proportion to each one's own standard deviation."""
    amount = np.float32(rng.uniform() * STRONGEST_NOISE * strength)
    pattern = rng.standard_normal(block.shape[1:], np.float32)
    return block + np.einsum("bc,hwc->bhwc", amount * _values(block).std(axis=2), pattern)


def _shift(block: Block, rng: np.random.Generator, strength: float) -> Block:
    """Moves the image by whole pixels in both directions; pixels at the edge are repeated."""
    for axis in (_HEIGHT, _WIDTH):
        block = _moved(block, axis, _distance(block.shape[axis], LONGEST_SHIFT * strength, rng))
    return block


def _rotation(block: Block, rng: np.random.Generator, strength: float) -> Block:
    """Turns the image about its centre, linearly interpolated; pixels at the edge are repeated."""
    from scipy import ndimage

    angle = rng.uniform(-1, 1) * LARGEST_ROTATION * strength
    return ndimage.rotate(block, angle, axes=(_HEIGHT, _WIDTH), reshape=False, order=1, mode="nearest")


def _flip(block: Block, rng: np.random.Generator, strength: float) -> Block:
    """Mirrors left and right in every other copy; digits, letters and other things with a handedness do not survive it."""
    return block[:, :, ::-1] if rng.uniform() < strength / 2 else block


def _word_dropout(block: Block, rng: np.random.Generator, strength: float) -> Block:
    """Makes the words at some places unknown ones; what only fills up a short text stays as it is."""
    dropped = rng.uniform(size=block.shape[1]) < DROPPED_WORDS * strength
    return np.where(dropped & (block != NO_WORD), np.float32(UNKNOWN_WORD), block)


def _distance(length: int, share: float, rng: np.random.Generator) -> int:
    """A whole number of steps, either way, at most `share` of `length`."""
    longest = round(share * length)
    return int(rng.integers(-longest, longest + 1))


def _moved(block: Block, axis: int, distance: int) -> Block:
    places = np.arange(block.shape[axis]) - distance
    return block.take(places.clip(0, block.shape[axis] - 1), axis=axis)


def _masked(block: Block, axis: int, rng: np.random.Generator, strength: float) -> Block:
    """Fills a random stretch along `axis` with each sample's mean of that channel, as SpecAugment does (Park et al. 2019)."""
    length = block.shape[axis]
    width = round(rng.uniform() * WIDEST_MASK * strength * length)
    start = int(rng.integers(length - width + 1))
    masked = block.copy()
    masked[(slice(None),) * axis + (slice(start, start + width),)] = _values(block).mean(axis=2)[:, np.newaxis, np.newaxis]
    return masked


def _values(block: Block) -> NDArray[np.float32]:
    """(b, channels, values), a copy in one layout whatever the block's: so that sums do not depend on the number of samples."""
    count, height, width, channels = block.shape
    return np.ascontiguousarray(block.reshape(count, height * width, channels).swapaxes(1, 2))


AUGMENTATIONS: dict[str, dict[str, Change]] = {
    "audio": {
        "time_shift": _time_shift,
        "time_mask": _time_mask,
        "frequency_mask": _frequency_mask,
        "gain": _gain,
        "noise": _noise,
    },
    "image": {"shift": _shift, "rotation": _rotation, "flip": _flip},
    "text": {"word_dropout": _word_dropout},
}
"""Kind of data → name → change, in the order in which a copy goes through them."""
