"""Many image files → one memory-mapped array of pixels, decoded once.

Files are decoded in blocks, by one process with limits per core, and the result is kept in the cache folder under a key that
covers the folder, every file's name, size and time and every setting: `<key>.npy` is written block by block, and `<key>.json`,
written last, makes it valid. The bytes do not depend on the number of processes. A damaged file is left out with a reason; too
many of them are an error. While a file is left out because it cannot be read at the moment, all are decoded again the next
time.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from utils import files
from utils.data.audio_extraction import core_count
from utils.data.bad_files import refuse_if_too_many
from utils.data.cache_record import read_record, write_record
from utils.data.image_files import Channels, ImageForm
from utils.data.mapped_array import header, mapped_array
from utils.data.passing_error import PassingError
from utils.data.source import Progress
from utils.decoding.crew import batched, in_turn
from utils.decoding.pictures import PictureDecoder
from utils.errors import DataError

_FORMAT = 2
"""Version of the cache; to be raised whenever other pixels come out of the same files and settings."""
_BYTES_PER_BLOCK = 8_000_000
_FILES_PER_BLOCK = 64
_HEADERS_PER_BLOCK = 1_000
_AXES = 4
"""Of the features."""

Block = tuple[NDArray[np.float32], list[DataError | None]]
"""Pixels (n, height, width, channels) of the good files of a block, and for each file why it cannot be used, or None."""


@dataclass(frozen=True)
class ImageSettings:
    """How pictures become features."""

    size: tuple[int, int] | None = None
    """Height and width in pixels that all are scaled to; None: all must have one size."""
    channels: Channels | None = None
    """None: grey where all images are grey, otherwise rgb."""


@dataclass(frozen=True)
class Images:
    """The pixels of a list of files; n = number of files that could be read."""

    features: NDArray[np.float32]
    """(n, height, width, 1 or 3), read-only and memory-mapped, in the order of the files."""
    reasons: tuple[str | None, ...]
    """(number of files,) why each was left out; None where it was not."""
    sha256: str
    """Hexadecimal digest over the bytes of the features."""
    passing: bool
    """Whether a file was left out, or its size was not known, that may be readable another time."""


def extract_images(
    base: Path, names: Sequence[str], settings: ImageSettings, cache: Path, progress: Progress, max_bad_files: float
) -> Images:
    """The pixels of the files `names` below `base`, taken from the folder `cache` when they were decoded before.

    Args:
        base: folder that `names` are relative to.
        names: at least one.
        settings: of the features.
        cache: created if missing.
        progress: called after each block with the files done and in all.
        max_bad_files: share of the files, 0 to 1, that may be unreadable.

    Raises:
        DataError: images of several sizes, or more unreadable files than allowed.
        DiskError: the cache cannot be written.
    """
    array = cache / f"{_key(base, names, settings)}.npy"
    images = _read_cache(array, len(names))
    if images is None or images.passing:
        forms = _forms(base, names)
        _refuse_if_too_many([str(form) if isinstance(form, DataError) else None for form in forms], names, max_bad_files)
        size, channels = _common_form(base, names, forms, settings)
        shape = (*size, 1 if channels == "grey" else 3)
        blocks = _decoded_blocks(base, names, size, channels)
        passing = any(isinstance(form, PassingError) for form in forms)
        _write_cache(array, blocks, shape, names, progress, max_bad_files, passing)
        images = _read_cache(array, len(names))
        if images is None:
            raise DataError(f"{array}: the pixels written a moment ago cannot be read back; run again")
    _refuse_if_too_many(images.reasons, names, max_bad_files)
    return images


def _key(base: Path, names: Sequence[str], settings: ImageSettings) -> str:
    from PIL import __version__ as pillow_version

    facts = [[name, *_facts(base / name)] for name in names]
    covered = [_FORMAT, pillow_version, settings.size, settings.channels, str(base.resolve()), facts]
    return hashlib.sha256(json.dumps(covered).encode()).hexdigest()[:32]


def _facts(path: Path) -> tuple[int, int, int]:
    """Size in bytes, times of the last change and of the last change of anything, in nanoseconds; only the first can be set."""
    try:
        status = path.stat()
    except OSError:
        return -1, -1, -1
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _forms(base: Path, names: Sequence[str]) -> list[ImageForm | DataError]:
    """What each file's header tells, or why it tells nothing."""

    def read(decoder: PictureDecoder, block: Sequence[str]) -> list[ImageForm | DataError]:
        return list(decoder.forms([base / name for name in block]))

    blocks = batched(names, _HEADERS_PER_BLOCK)
    return [form for block in in_turn(PictureDecoder, core_count(), blocks, read) for form in block]


def _common_form(
    base: Path, names: Sequence[str], forms: Sequence[ImageForm | DataError], settings: ImageSettings
) -> tuple[tuple[int, int], Channels]:
    """Height and width, and channels, of all images.

    Raises:
        DataError: they are of several sizes and no size was set.
    """
    read = [(name, form) for name, form in zip(names, forms, strict=True) if isinstance(form, ImageForm)]
    channels: Channels = settings.channels or ("grey" if all(form.grey for _, form in read) else "rgb")
    if settings.size is not None:
        return settings.size, channels
    sizes = Counter((form.height, form.width) for _, form in read)
    (size, count), *others = sizes.most_common()
    if others:
        name, odd = next((name, form) for name, form in read if (form.height, form.width) != size)
        raise DataError(
            f"{base / name}: is {odd.height} × {odd.width} pixels (height × width), but {count:,} of {len(read):,} images are "
            f"{size[0]} × {size[1]}, and all must have one size; set image_size in data_params, such as "
            f"[{size[0]}, {size[1]}], to scale them, or remove it"
        )
    return size, channels


def _decoded_blocks(
    base: Path, names: Sequence[str], size: tuple[int, int], channels: Channels
) -> Generator[Block, None, None]:
    """Yields the blocks in the order of the files."""
    shape = (*size, 1 if channels == "grey" else 3)
    together = max(1, min(_FILES_PER_BLOCK, _BYTES_PER_BLOCK // (4 * int(np.prod(shape)))))

    def decoded(decoder: PictureDecoder, block: Sequence[str]) -> Block:
        answers = list(decoder.pixels([base / name for name in block], size, channels))
        pixels = [answer[np.newaxis] for answer in answers if not isinstance(answer, DataError)]
        errors = [answer if isinstance(answer, DataError) else None for answer in answers]
        return np.concatenate([np.empty((0, *shape), np.float32), *pixels]), errors

    return in_turn(PictureDecoder, core_count(), batched(names, together), decoded)


def _write_cache(
    array: Path,
    blocks: Generator[Block, None, None],
    shape: tuple[int, ...],
    names: Sequence[str],
    progress: Progress,
    max_bad_files: float,
    passing: bool,
) -> None:
    """Streams the blocks into `array`, then writes the record that makes it valid; keeps nothing when that fails."""
    digest = hashlib.sha256()
    reasons: list[str | None] = []
    with files.replacing(array) as temporary:
        with temporary.open("wb") as file, contextlib.closing(blocks) as taken:
            file.write(header((0, *shape), np.float32))
            for pixels, errors in taken:
                data = pixels.tobytes()
                file.write(data)
                digest.update(data)
                reasons += [None if error is None else str(error) for error in errors]
                passing |= any(isinstance(error, PassingError) for error in errors)
                progress("decoding images", len(reasons), len(names))
            file.seek(0)
            file.write(header((reasons.count(None), *shape), np.float32))
        _refuse_if_too_many(reasons, names, max_bad_files)
    record = {"format": _FORMAT, "sha256": digest.hexdigest(), "shape": shape, "reasons": reasons, "passing": passing}
    write_record(array.with_suffix(".json"), record)


def _read_cache(array: Path, total: int) -> Images | None:
    """What stands in the cache, or None where nothing stands or it is damaged."""
    record = read_record(array.with_suffix(".json"))
    if record is None:
        return None
    try:
        reasons = tuple(None if reason is None else str(reason) for reason in record["reasons"])
        shape, digest = (reasons.count(None), *record["shape"]), str(record["sha256"])
        passing = bool(record["passing"])
    except (KeyError, TypeError):
        return None
    features = mapped_array(array, shape, np.float32)
    if features is None or len(reasons) != total or len(shape) != _AXES:
        return None
    if hashlib.sha256(features.data).hexdigest() != digest:
        return None
    return Images(features, reasons, digest, passing)


def _refuse_if_too_many(reasons: Sequence[str | None], names: Sequence[str], max_bad_files: float) -> None:
    """Also refuses when no image is left: nothing else tells the size of the features."""
    rejected = [(name, reason) for name, reason in zip(names, reasons, strict=True) if reason is not None]
    refuse_if_too_many(rejected, len(names), max_bad_files, "images", one_must_be_left=True)
