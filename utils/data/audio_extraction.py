"""Many audio files → one memory-mapped array of features, extracted once.

Decoding dominates the start of an experiment, so files go through all cores in blocks, each core with a decoding process of
its own beside the thread that makes the features. The result is kept in the cache folder under a key that covers every file's
name, size and time and every setting: `<key>.npy` is written block by block, and `<key>.json`, written last, makes it valid.
The bytes do not depend on the number of threads or the size of a block. A damaged file is left out with a reason; too many of
them are an error.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from utils import files
from utils.data.audio_features import AudioSettings, count_windows, cut_windows, log_mel, windows_together
from utils.data.bad_files import refuse_if_too_many
from utils.data.cache_record import read_record, write_record
from utils.data.mapped_array import header, mapped_array
from utils.data.most_samples import MOST_SAMPLES
from utils.data.passing_error import PassingError
from utils.data.source import Progress
from utils.decoding.crew import in_turn
from utils.decoding.sounds import SoundDecoder
from utils.errors import DataError

_FORMAT = 1
"""Version of the cache; to be raised whenever other features come out of the same files and settings."""
_FILES_PER_BLOCK = 32
_BYTES_PER_BLOCK = 4_000_000
_WINDOWS_TOGETHER = 64
_MOST_NUMBERS = 2**30
"""Features of a block: 4 GiB, more than a day at the default settings; kilobytes of silence can be cut into more."""
FEWER_WINDOWS = "give a greater hop_length or more num_frames, which make fewer windows"


@dataclass(frozen=True)
class Extraction:
    """The features of a list of files; n = number of windows."""

    features: NDArray[np.float32]
    """(n, num_bands, num_frames, 1 or 2), read-only and memory-mapped, in the order of the files."""
    counts: NDArray[np.int64]
    """(number of files,) windows of each file; 0 where it was rejected, or too short and dropped."""
    lengths: NDArray[np.int64]
    """(number of files,) samples of each file at the rate of the settings; 0 where it was rejected."""
    rejected: tuple[tuple[str, str], ...]
    """(file, reason) of each file that was left out."""
    sha256: str
    """Hexadecimal digest over the bytes of the features."""
    passing: bool = False
    """Whether a file was rejected that may be readable another time; then all are decoded again the next time."""


@dataclass(frozen=True)
class _Block:
    """What one block of files gave."""

    features: list[NDArray[np.float32]]
    counts: list[int]
    lengths: list[int]
    rejected: list[tuple[str, str]]
    passing: bool
    """Whether a file was rejected that may be readable another time."""


def extract(
    base: Path,
    names: Sequence[str],
    settings: AudioSettings,
    cache: Path,
    progress: Progress,
    max_bad_files: float = 0.01,
    threads: int | None = None,
) -> Extraction:
    """The features of the files `names` below `base`, taken from the folder `cache` when they were extracted before.

    Args:
        base: folder that `names` are relative to.
        names: at least one.
        settings: of the features.
        cache: folder for the extracted features; created if missing.
        progress: called after each block with the files done and in all.
        max_bad_files: share of the files, 0 to 1, that may be rejected.
        threads: decoding at the same time; by default one per core. No bit of the result depends on it.

    Raises:
        DataError: more files than allowed were rejected, or all that is left is shorter than a window.
        DiskError: the cache cannot be written.
    """
    facts = [_facts(base / name) for name in names]
    array = cache / f"{_key(names, facts, settings)}.npy"
    extraction = _read_cache(array, len(names), settings)
    if extraction is None or extraction.passing:
        blocks = _extracted_blocks(base, names, [size for size, *_ in facts], settings, threads or core_count())
        _write_cache(array, blocks, len(names), settings, progress, max_bad_files)
        extraction = _read_cache(array, len(names), settings)
        if extraction is None:
            raise DataError(f"{array}: the features written a moment ago cannot be read back; run again")
    refuse_if_too_many(extraction.rejected, len(names), max_bad_files)
    return extraction


def read_lengths(base: Path, names: Sequence[str], settings: AudioSettings) -> list[int | str]:
    """Samples after resampling that each file's header tells of, or the reason why the file cannot be used."""
    with SoundDecoder() as decoder:
        told = decoder.lengths([base / name for name in names], settings)
        return [str(length) if isinstance(length, DataError) else length for length in told]


def core_count() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _facts(path: Path) -> tuple[int, int, int, bool]:
    """Size in bytes, times of the last change and of the last change of anything, in nanoseconds, and whether it may be read.

    The second time is the system's alone to set: copies and archives may give two recordings the same first one.
    """
    try:
        status = path.stat()
    except OSError:
        return -1, -1, -1, False
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, os.access(path, os.R_OK)


def _key(names: Sequence[str], facts: Sequence[tuple[int, int, int, bool]], settings: AudioSettings) -> str:
    import soundfile  # costs 0.2 seconds, and tells here no more than its version
    import soxr

    covered = {
        "format": _FORMAT,
        "decoders": [soundfile.__libsndfile_version__, soxr.__version__],
        "settings": asdict(settings),
        "files": [[name, *fact] for name, fact in zip(names, facts, strict=True)],
    }
    return hashlib.sha256(json.dumps(covered, sort_keys=True).encode()).hexdigest()[:32]


def _extracted_blocks(
    base: Path, names: Sequence[str], sizes: Sequence[int], settings: AudioSettings, threads: int
) -> Generator[_Block, None, None]:
    """Yields the blocks in the order of the files."""

    def extracted(decoder: SoundDecoder, block: list[str]) -> _Block:
        return _extract_block(block, decoder.samples([base / name for name in block], settings), settings)

    return in_turn(SoundDecoder, threads, list(_blocks(names, sizes)), extracted)


def _blocks(names: Sequence[str], sizes: Sequence[int]) -> Iterator[list[str]]:
    block: list[str] = []
    total = 0
    for name, size in zip(names, sizes, strict=True):
        if block and (len(block) == _FILES_PER_BLOCK or total + size > _BYTES_PER_BLOCK):
            yield block
            block, total = [], 0
        block.append(name)
        total += size
    if block:
        yield block


def _extract_block(names: list[str], decoded: Iterable[NDArray[np.float32] | DataError], settings: AudioSettings) -> _Block:
    parts: list[NDArray[np.float32]] = []
    together, numbers = windows_together(settings, _WINDOWS_TOGETHER), math.prod(settings.feature_shape)
    counts: list[int] = []
    lengths: list[int] = []
    rejected: list[tuple[str, str]] = []
    passing = False
    windows: list[NDArray[np.float32]] = []
    for name, samples in zip(names, decoded, strict=True):
        if isinstance(samples, DataError):
            rejected.append((name, str(samples)))
            passing |= isinstance(samples, PassingError)
            counts.append(0)
            lengths.append(0)
            continue
        counts.append(count_windows(len(samples), settings))
        lengths.append(len(samples))
        if sum(counts) > min(MOST_SAMPLES, _MOST_NUMBERS // numbers):
            raise DataError(
                f"{name}: with those before it gives {sum(counts):,} windows of {numbers:,} numbers, more than go through the "
                f"memory together; {FEWER_WINDOWS}, or fewer num_bands"
            )
        windows.append(cut_windows(samples, settings))
        if sum(map(len, windows)) >= together:
            parts.append(log_mel(_joined(windows), settings))
            windows = []
    if windows:
        parts.append(log_mel(_joined(windows), settings))
    return _Block(parts, counts, lengths, rejected, passing)


def _joined(windows: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """All windows in one array; those of one long recording stay a view of its samples."""
    return windows[0] if len(windows) == 1 else np.concatenate(windows)


def _write_cache(
    array: Path,
    blocks: Generator[_Block, None, None],
    total: int,
    settings: AudioSettings,
    progress: Progress,
    max_bad_files: float,
) -> None:
    """Streams the blocks into `array`, then writes the record that makes it valid; keeps nothing when that fails."""
    digest = hashlib.sha256()
    counts: list[int] = []
    lengths: list[int] = []
    rejected: list[tuple[str, str]] = []
    passing = False
    with files.replacing(array) as temporary:
        with temporary.open("wb") as file, contextlib.closing(blocks) as taken:
            file.write(header((0, *settings.feature_shape), np.float32))
            for block in taken:
                for features in block.features:
                    file.write(features.data)
                    digest.update(features.data)
                counts += block.counts
                lengths += block.lengths
                rejected += block.rejected
                passing |= block.passing
                progress("extracting features", len(counts), total)
            file.seek(0)
            file.write(header((sum(counts), *settings.feature_shape), np.float32))
        refuse_if_too_many(rejected, total, max_bad_files)
        if not any(counts):
            raise DataError(
                f"no sample is left: of {total:,} files none is both undamaged and as long as one window, "
                f'{settings.window_length / settings.sample_rate:.2f} seconds; use fewer num_frames, or short_clips "pad"'
            )
    record = {"format": _FORMAT, "sha256": digest.hexdigest(), "counts": counts, "lengths": lengths, "rejected": rejected}
    if passing:
        record["passing"] = True
    write_record(array.with_suffix(".json"), record)


def _read_cache(array: Path, total: int, settings: AudioSettings) -> Extraction | None:
    """What stands in the cache, or None where nothing stands or it is damaged."""
    record = read_record(array.with_suffix(".json"))
    if record is None:
        return None
    try:
        counts = np.asarray(record["counts"], np.int64)
        lengths = np.asarray(record["lengths"], np.int64)
        rejected = tuple((str(name), str(reason)) for name, reason in record["rejected"])
        digest, passing = str(record["sha256"]), bool(record.get("passing", False))
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
    if counts.shape != (total,) or lengths.shape != (total,) or (counts < 0).any() or (lengths < 0).any():
        return None
    features = mapped_array(array, (int(counts.sum()), *settings.feature_shape), np.float32)
    if features is None or hashlib.sha256(features.data).hexdigest() != digest:
        return None
    return Extraction(features, counts, lengths, rejected, digest, passing)
