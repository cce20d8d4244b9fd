"""Damaged files: each is used in the length that it was written in, or left out with a reason; none ends or holds up the run.

The files are small honest ones in every form that is read, changed in the ways of `mutants.py`, or put under another's name.
They go the way that the files of an experiment go: through the extraction, with its decoding processes.
"""

from __future__ import annotations

import io
import shutil
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile
from PIL import Image

from tests.torture.mutants import mutant
from tests.torture.sweep import Sweep
from utils.data.array_archive import read_array_archive
from utils.data.audio_extraction import extract
from utils.data.audio_features import AudioSettings
from utils.data.image_extraction import ImageSettings, extract_images
from utils.data.table_file import read_cells
from utils.data.text_decoding import decoded
from utils.errors import DataError

_RATE = 8_000
_FRAMES = 1_501
_SETTINGS = AudioSettings(sample_rate=_RATE, num_bands=8, num_frames=9, hop_length=64, fft_length=128, max_seconds=5)
_SOUNDS = {
    "8 bit.wav": ("WAV", "PCM_U8", 1), "16 bit.wav": ("WAV", "PCM_16", 1), "16 bit stereo.wav": ("WAV", "PCM_16", 2),
    "24 bit.wav": ("WAV", "PCM_24", 1), "32 bit.wav": ("WAV", "PCM_32", 2), "float.wav": ("WAV", "FLOAT", 1),
    "double.wav": ("WAV", "DOUBLE", 1), "law.wav": ("WAV", "ULAW", 1), "extensible.wav": ("WAVEX", "PCM_16", 2),
    "16 bit.aiff": ("AIFF", "PCM_16", 1), "float.aiff": ("AIFF", "FLOAT", 2),
    "16 bit.flac": ("FLAC", "PCM_16", 1), "24 bit stereo.flac": ("FLAC", "PCM_24", 2),
    "vorbis.ogg": ("OGG", "VORBIS", 1), "stereo.ogg": ("OGG", "VORBIS", 2), "layer 3.mp3": ("MP3", "MPEG_LAYER_III", 1),
}  # fmt: skip
_PICTURES = {"a.png": "PNG", "a.jpg": "JPEG", "a.bmp": "BMP", "a.gif": "GIF", "a.tif": "TIFF", "a.webp": "WEBP", "a.ppm": "PPM"}
_TOGETHER = 500
_MP3 = 0.01
"""Share of its length that an MP3, whose header tells an estimate, may lose."""
_ONE_BYTE = {"8 bit.wav", "law.wav"}
"""Sounds of samples of a byte: here the byte that fills a WAV up to an even length is one sample more."""
_FILLED = {_FRAMES + 1, 0x7FFFFFFF, 0xFFFFFFFF}
"""Lengths that count it: told as such, or marked as unknown, so that all of the file is sound."""


@dataclass
class Tally:
    """What came of the mutants of each kind of file."""

    used: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)

    def sentence(self) -> str:
        """With the numbers of each kind."""
        kinds = sorted(self.used.keys() | self.rejected.keys())
        each = ", ".join(f"{kind} {self.used[kind]:,}/{self.rejected[kind]:,}" for kind in kinds)
        total, used = self.used.total() + self.rejected.total(), self.used.total()
        return f"{total:,} damaged files: {used:,} used in full length, {total - used:,} rejected with a reason ({each})"


@dataclass(frozen=True)
class Mutant:
    """A file that may be damaged."""

    name: str
    original: str
    """Whose content it has."""
    how: str
    content: bytes


def torture(folder: Path, sounds: int, pictures: int, others: int, seed: int) -> Tally:
    """Puts so many damaged files of each kind through, in the empty `folder`; raises AssertionError at the first fault."""
    rng, tally = np.random.default_rng(seed), Tally()
    _check_honest(folder)
    _in_parts(rng, folder, honest_sounds(), sounds, tally, _try_sounds)
    _in_parts(rng, folder, honest_pictures(), pictures, tally, _try_pictures)
    _try_others(rng, folder, others, tally)
    return tally


def _check_honest(folder: Path) -> None:
    """Nothing is wrong with a file before it is damaged."""
    for name, content in {**honest_sounds(), **honest_pictures()}.items():
        (folder / name).write_bytes(content)
    sounds = extract(folder, list(honest_sounds()), _SETTINGS, folder / "cache", _quiet, max_bad_files=0)
    assert set(sounds.lengths.tolist()) == {_FRAMES}, sounds.lengths
    extract_images(folder, list(honest_pictures()), ImageSettings((9, 7), "rgb"), folder / "cache", _quiet, 0)
    for path in [path for path in folder.iterdir() if path.is_file()]:
        path.unlink()
    shutil.rmtree(folder / "cache")


def honest_sounds() -> dict[str, bytes]:
    """Undamaged recordings of `_FRAMES` samples at `_RATE` Hz, each in another form; some with a chunk behind the sound."""
    rng, found = np.random.default_rng(7), {}
    for name, (form, kind, channels) in _SOUNDS.items():
        file = io.BytesIO()
        soundfile.write(file, rng.standard_normal((_FRAMES, channels)) * 0.1, _RATE, format=form, subtype=kind)
        found[name] = file.getvalue()
        if name in {"16 bit.wav", "16 bit stereo.wav"}:
            content = found[name] + b"LIST\x1a\0\0\0INFOISFT\x0e\0\0\0some program\0\0"
            found[f"list {name}"] = content[:4] + (len(content) - 8).to_bytes(4, "little") + content[8:]
    return found


def honest_pictures() -> dict[str, bytes]:
    """Undamaged pictures of 24 × 20 pixels, each in another form."""
    rng, found = np.random.default_rng(7), {}
    for name, form in _PICTURES.items():
        file = io.BytesIO()
        Image.fromarray(rng.integers(0, 256, (20, 24, 3), np.uint8)).save(file, form)
        found[name] = file.getvalue()
    return found


def _in_parts(
    rng: np.random.Generator,
    folder: Path,
    honest: dict[str, bytes],
    count: int,
    tally: Tally,
    attempt: Callable[[Path, Sequence[Mutant], dict[str, bytes], Tally], None],
) -> None:
    names = list(honest)
    for start in range(0, count, _TOGETHER):
        part = folder / f"part {start}"
        part.mkdir()
        mutants = []
        for number in range(start, min(count, start + _TOGETHER)):
            name = names[number % len(names)]
            if rng.random() < 0.03:
                other = names[rng.integers(len(names))]
                mutants.append(Mutant(f"{number} {name}", other, "swap", honest[other]))
            else:
                mutants.append(Mutant(f"{number} {name}", name, *mutant(rng, honest[name])))
            (part / mutants[-1].name).write_bytes(mutants[-1].content)
        attempt(part, mutants, honest, tally)
        shutil.rmtree(part)


def _quiet(*_: object) -> None:
    """Takes progress and says nothing."""


def _try_sounds(folder: Path, mutants: Sequence[Mutant], honest: dict[str, bytes], tally: Tally) -> None:
    names = [one.name for one in mutants]
    found = extract(folder, names, _SETTINGS, folder / "cache", _quiet, max_bad_files=1.0)
    reasons = dict(found.rejected)
    assert np.isfinite(found.features).all(), f"features that are not finite from one of the files in {folder}"
    for one, length in zip(mutants, found.lengths.tolist(), strict=True):
        kind = one.original.rpartition(".")[2]
        where = f"{folder / one.name} ({one.how} of {one.original!r})"
        if one.name in reasons:
            assert reasons[one.name], f"{where}: no reason"
            tally.rejected[kind] += 1
            continue
        whole = _honest_length(one, honest)
        assert length == whole or (kind == "mp3" and abs(length - whole) <= _MP3 * whole), (
            f"{where}: {length}, expected {whole}"
        )
        tally.used[kind] += 1
    if len(reasons) > 0.01 * len(names):
        _refused(lambda: extract(folder, names, _SETTINGS, folder / "cache", _quiet, max_bad_files=0.01))


def _honest_length(one: Mutant, honest: dict[str, bytes]) -> int:
    """Samples at `_RATE` that the sound has; what stands in a file once, as the rate of an AIFF, contradicts nothing."""
    if one.original in _ONE_BYTE:
        place = one.content.find(b"data") + 4
        return _FRAMES + (int.from_bytes(one.content[place : place + 4], "little") in _FILLED)
    if one.original.endswith("aiff"):
        place = one.content.find(b"COMM") + 16
        rate = one.content[place : place + 10]
        if rate != honest[one.original][place : place + 10]:
            exponent, mantissa = int.from_bytes(rate[:2], "big"), int.from_bytes(rate[2:], "big")
            return int(-(-_FRAMES * _RATE // (mantissa * 2.0 ** (exponent - 16_446))))
    return _FRAMES


def _try_pictures(folder: Path, mutants: Sequence[Mutant], honest: dict[str, bytes], tally: Tally) -> None:
    names, settings = [one.name for one in mutants], ImageSettings((9, 7), "rgb")
    found = extract_images(folder, names, settings, folder / "cache", _quiet, 1.0)
    assert found.features.shape == (found.reasons.count(None), 9, 7, 3), f"{folder}: {found.features.shape}"
    assert 0 <= found.features.min() <= found.features.max() <= 1, f"{folder}: pixels beyond 0 to 1"
    for one, reason in zip(mutants, found.reasons, strict=True):
        assert reason != "", f"{folder / one.name}: no reason"
        (tally.used if reason is None else tally.rejected)[one.original.rpartition(".")[2]] += 1
    if len(names) - found.reasons.count(None) > 0.01 * len(names):
        _refused(lambda: extract_images(folder, names, settings, folder / "cache", _quiet, 0.01))
    assert set(honest) >= {one.original for one in mutants}


def _refused(work: Callable[[], object]) -> None:
    """Does what more damaged files than are allowed must refuse."""
    try:
        work()
    except DataError as error:
        assert error.exit_code == 65
        assert "cannot be used" in str(error)
    else:
        raise AssertionError("more damaged files than max_bad_files allows, and no error")


def _try_others(rng: np.random.Generator, folder: Path, count: int, tally: Tally) -> None:
    table = "".join(f"{number},{number / 7:.4f},{'ab'[number % 2]}\n" for number in range(40))
    arrays = {"x_train": rng.integers(0, 256, (12, 5, 5), np.uint8), "y_train": np.arange(12) % 3}
    archive = io.BytesIO()
    np.savez_compressed(archive, **arrays)
    honest = {"csv": f"one,two,label\n{table}".encode(), "npz": archive.getvalue(), "txt": ("a word, größer — " * 40).encode()}
    for number in range(count):
        kind = list(honest)[number % len(honest)]
        how, content = mutant(rng, honest[kind])
        path = folder / f"{number}.{kind}"
        path.write_bytes(content)
        try:
            _check_other(kind, path, content, arrays)
        except DataError as error:
            assert str(error), f"{path} ({how}): no reason"
            tally.rejected[kind] += 1
        else:
            tally.used[kind] += 1
        path.unlink()


def _check_other(kind: str, path: Path, content: bytes, arrays: dict[str, np.ndarray]) -> None:
    """Reads the file; what comes out has to be all that stands in it."""
    if kind == "txt":
        assert decoded(content).encode() == content.removeprefix(b"\xef\xbb\xbf"), path
    elif kind == "npz":
        found = read_array_archive(path)
        np.testing.assert_array_equal(found.images, arrays["x_train"], err_msg=str(path))
        assert len(found.labels) == 12, path
    else:
        columns = read_cells(path).columns
        rows = {len(cells) for cells in columns.values()}
        lines = [line for line in content.decode("utf-8-sig").replace("\r", "\n").split("\n") if line]
        assert len(rows) == 1, path
        assert '"' in content.decode("utf-8-sig") or rows == {len(lines) - 1}, f"{path}: {rows} of {len(lines) - 1} rows"


def _all(seed: int, folder: Path) -> str:
    return torture(folder, sounds=12_000, pictures=4_000, others=3_000, seed=seed).sentence()


SWEEPS = (Sweep("media", "G11", _all),)
