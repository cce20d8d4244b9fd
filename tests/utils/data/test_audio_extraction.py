"""The cache, the refusals, and that no bit depends on threads, blocks or a second run."""

import hashlib
import json
import os
from dataclasses import replace

import numpy as np
import pytest
import soundfile

from tests.utils.data.test_mapped_array import MANY_SIGNS
from utils.data import audio_extraction
from utils.data.audio_extraction import extract, read_lengths
from utils.data.audio_features import AudioSettings, cut_windows, log_mel
from utils.decoding.process import DecodingProcess
from utils.decoding.sound_file import decode
from utils.errors import DataError

SETTINGS = AudioSettings()


def quiet(what, done, total):
    """Takes progress and says nothing."""


@pytest.fixture
def recordings(tmp_path):
    """Thirteen recordings of uneven lengths, rates and forms: the folder and their names."""
    folder = tmp_path / "recordings"
    folder.mkdir()
    rng = np.random.default_rng(5)
    names = [f"{number}.{suffix}" for number, suffix in enumerate(["wav", "flac", "ogg", "aiff"] * 3 + ["wav"])]
    for number, name in enumerate(names):
        samples = rng.standard_normal(3000 + 9000 * (number % 5)) * 0.1
        soundfile.write(folder / name, samples, [8000, 22050, 44100][number % 3])
    return folder, names


def forbid_decoding(monkeypatch):
    def refuse(*arguments):
        raise AssertionError("a decoding process was started")

    monkeypatch.setattr(DecodingProcess, "start", refuse)


def test_features_are_those_of_each_file_in_order(recordings, tmp_path):
    folder, names = recordings
    seen = []
    result = extract(folder, names, SETTINGS, tmp_path / "cache", lambda *report: seen.append(report))
    expected = [log_mel(cut_windows(decode(folder / name, SETTINGS), SETTINGS), SETTINGS) for name in names]
    np.testing.assert_array_equal(result.features, np.concatenate(expected))
    np.testing.assert_array_equal(result.counts, [len(part) for part in expected])
    assert result.lengths.tolist() == [len(decode(folder / name, SETTINGS)) for name in names]
    assert result.rejected == ()
    assert result.sha256 == hashlib.sha256(np.concatenate(expected).tobytes()).hexdigest()
    assert seen[-1] == ("extracting features", 13, 13)


def test_features_are_read_only_and_memory_mapped(recordings, tmp_path):
    result = extract(*recordings, SETTINGS, tmp_path / "cache", quiet)
    assert isinstance(result.features, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        result.features[0] = 0


def test_a_second_time_nothing_is_decoded_and_the_bytes_are_the_same(recordings, tmp_path, monkeypatch):
    first = extract(*recordings, SETTINGS, tmp_path / "cache", quiet)
    forbid_decoding(monkeypatch)
    second = extract(*recordings, SETTINGS, tmp_path / "cache", quiet)
    assert second.features.tobytes() == first.features.tobytes()
    assert second.counts.tolist() == first.counts.tolist()
    assert second.lengths.tolist() == first.lengths.tolist()
    assert (second.sha256, second.rejected) == (first.sha256, first.rejected)


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_no_bit_depends_on_the_number_of_threads(recordings, tmp_path, threads):
    one = extract(*recordings, SETTINGS, tmp_path / "one", quiet, threads=1)
    many = extract(*recordings, SETTINGS, tmp_path / "many", quiet, threads=threads)
    assert many.sha256 == one.sha256
    assert many.features.tobytes() == one.features.tobytes()


@pytest.mark.parametrize("files, size, windows", [(1, 4_000_000, 64), (3, 4_000_000, 2), (32, 20_000, 5), (13, 1, 1)])
def test_no_bit_depends_on_the_block_boundaries(recordings, tmp_path, monkeypatch, files, size, windows):
    one = extract(*recordings, SETTINGS, tmp_path / "one", quiet)
    monkeypatch.setattr(audio_extraction, "_FILES_PER_BLOCK", files)
    monkeypatch.setattr(audio_extraction, "_BYTES_PER_BLOCK", size)
    monkeypatch.setattr(audio_extraction, "_WINDOWS_TOGETHER", windows)
    other = extract(*recordings, SETTINGS, tmp_path / "other", quiet)
    assert other.sha256 == one.sha256
    assert other.counts.tolist() == one.counts.tolist()


def test_more_windows_than_memory_holds_are_refused_before_they_are_made(recordings, tmp_path, monkeypatch):
    monkeypatch.setattr(audio_extraction, "log_mel", None)
    monkeypatch.setattr(audio_extraction, "_MOST_NUMBERS", 4920 * 3)
    words = r"3\.aiff: with those before it gives 10 windows of 4,920 numbers, .*; give a greater hop_length or more num_frames"
    with pytest.raises(DataError, match=words):
        extract(*recordings, SETTINGS, tmp_path / "cache", quiet)
    assert not list((tmp_path / "cache").iterdir())


def test_long_windows_are_worked_on_a_few_at_a_time(recordings, tmp_path, monkeypatch):
    settings, sizes = AudioSettings(num_frames=30_000, num_bands=1, fft_length=64, delta=False), []

    def noted(windows, settings):
        sizes.append(len(windows))
        return log_mel(windows, settings)

    monkeypatch.setattr(audio_extraction, "log_mel", noted)
    assert len(extract(*recordings, settings, tmp_path / "cache", quiet).features) == 13
    assert sizes == [1] * 13


def test_the_cache_holds_one_array_and_one_record(recordings, tmp_path):
    result = extract(*recordings, SETTINGS, tmp_path / "cache", quiet)
    array, record = sorted((tmp_path / "cache").iterdir(), key=lambda path: path.suffix, reverse=True)
    assert (array.suffix, record.suffix, array.stem) == (".npy", ".json", record.stem)
    assert np.load(array).tobytes() == result.features.tobytes()
    assert json.loads(record.read_text())["sha256"] == result.sha256


def test_a_record_from_before_lengths_were_kept_is_made_anew(recordings, tmp_path):
    first = extract(*recordings, SETTINGS, tmp_path / "cache", quiet)
    record = next((tmp_path / "cache").glob("*.json"))
    content = json.loads(record.read_text())
    del content["lengths"]
    record.write_text(json.dumps(content))
    second = extract(*recordings, SETTINGS, tmp_path / "cache", quiet)
    assert (second.sha256, second.lengths.tolist()) == (first.sha256, first.lengths.tolist())


SETTING_CHANGES = [
    {"sample_rate": 16_000},
    {"num_bands": 40},
    {"num_frames": 31},
    {"hop_length": 256},
    {"fft_length": 1024},
    {"delta": False},
    {"short_clips": "drop"},
    {"max_seconds": 60},
]


def test_every_setting_is_changed_in_turn():
    assert {name for change in SETTING_CHANGES for name in change} == set(vars(SETTINGS))


@pytest.mark.parametrize("change", SETTING_CHANGES)
def test_another_setting_is_another_entry(recordings, tmp_path, change):
    extract(*recordings, SETTINGS, tmp_path / "cache", quiet)
    extract(*recordings, replace(SETTINGS, **change), tmp_path / "cache", quiet)
    assert len(list((tmp_path / "cache").glob("*.npy"))) == 2


def test_another_time_size_name_or_order_is_another_entry(recordings, tmp_path):
    folder, names = recordings
    cache = tmp_path / "cache"
    extract(folder, names, SETTINGS, cache, quiet)
    os.utime(folder / names[0], ns=(1, 1))
    extract(folder, names, SETTINGS, cache, quiet)
    time = (folder / names[4]).stat().st_mtime_ns
    soundfile.write(folder / names[4], np.zeros(100), 8000)
    os.utime(folder / names[4], ns=(time, time))
    extract(folder, names, SETTINGS, cache, quiet)
    (folder / names[0]).rename(folder / "other.wav")
    extract(folder, ["other.wav", *names[1:]], SETTINGS, cache, quiet)
    extract(folder, [*names[1:], "other.wav"], SETTINGS, cache, quiet)
    assert len(list(cache.glob("*.npy"))) == 5


def test_the_same_files_elsewhere_are_the_same_entry(recordings, tmp_path, monkeypatch):
    folder, names = recordings
    extract(folder, names, SETTINGS, tmp_path / "cache", quiet)
    folder.rename(tmp_path / "moved")
    forbid_decoding(monkeypatch)
    extract(tmp_path / "moved", names, SETTINGS, tmp_path / "cache", quiet)


def test_other_recordings_of_the_same_name_size_and_time_are_another_entry(recordings, tmp_path):
    folder, other = recordings[0], tmp_path / "other"
    other.mkdir()
    for place, sound in ((folder, np.zeros(100)), (other, np.full(100, 0.5))):
        soundfile.write(place / "a.wav", sound, 8000)
        os.utime(place / "a.wav", ns=(1, 1))
    first, second = (extract(place, ["a.wav"], SETTINGS, tmp_path / "cache", quiet) for place in (folder, other))
    assert not np.array_equal(first.features[0], second.features[0])


@pytest.mark.parametrize("suffix", [".npy", ".json"])
@pytest.mark.parametrize("damage", ["cut", "empty", "missing", "nonsense", "pipe", "archive", "header"])
def test_a_damaged_entry_is_made_anew(recordings, tmp_path, suffix, damage):
    first = extract(*recordings, SETTINGS, tmp_path / "cache", quiet)
    content = first.features.tobytes()
    path = next((tmp_path / "cache").glob(f"*{suffix}"))
    whole = path.read_bytes()
    path.unlink()
    if damage == "pipe":
        os.mkfifo(path)
    elif damage != "missing":
        damages = {"empty": b"", "nonsense": b"[1, 2]", "archive": b"PK\x03\x04", "header": MANY_SIGNS}
        path.write_bytes(damages.get(damage, whole[: len(whole) // 2]))
    second = extract(*recordings, SETTINGS, tmp_path / "cache", quiet)
    assert second.features.tobytes() == content
    assert path.read_bytes() == whole


def test_damaged_files_are_left_out_with_their_reasons(recordings, tmp_path, monkeypatch):
    folder, names = recordings
    good = extract(folder, [names[0], names[2]], SETTINGS, tmp_path / "good", quiet)
    (folder / names[1]).write_bytes(b"")
    soundfile.write(folder / names[4], np.empty(0), 8000)
    listed = [names[0], names[1], names[2], names[4], "absent.wav"]
    result = extract(folder, listed, SETTINGS, tmp_path / "cache", quiet, max_bad_files=0.6)
    assert result.counts.tolist() == [good.counts[0], 0, good.counts[1], 0, 0]
    assert result.lengths.tolist() == [good.lengths[0], 0, good.lengths[1], 0, 0]
    assert result.features.tobytes() == good.features.tobytes()
    assert [name for name, _ in result.rejected] == [names[1], names[4], "absent.wav"]
    assert [reason.partition(":")[0] for _, reason in result.rejected] == [
        "it cannot be decoded",
        "it is empty",
        "it cannot be decoded",
    ]
    forbid_decoding(monkeypatch)
    assert extract(folder, listed, SETTINGS, tmp_path / "cache", quiet, max_bad_files=0.6).rejected == result.rejected


def test_too_many_damaged_files_are_an_error_that_leaves_nothing(recordings, tmp_path):
    folder, names = recordings
    for name in names[:5]:
        (folder / name).write_bytes(b"")
    with pytest.raises(DataError) as error:
        extract(folder, names, SETTINGS, tmp_path / "cache", quiet, max_bad_files=0.3)
    lines = str(error.value).splitlines()
    assert lines[0] == (
        "5 of 13 files cannot be used (38.46%), at most 30.00% may be; repair or remove them, or raise max_bad_files:"
    )
    assert lines[1].startswith("  0.wav: it cannot be decoded: the decoder says 'Format not recognised'")
    assert lines[-1] == "  … and 2 more"
    assert len(lines) == 5
    assert error.value.exit_code == 65
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_limit_holds_for_a_cached_start_too(recordings, tmp_path):
    folder, names = recordings
    (folder / names[0]).write_bytes(b"")
    extract(folder, names, SETTINGS, tmp_path / "cache", quiet, max_bad_files=0.1)
    with pytest.raises(DataError, match="1 of 13 files cannot be used"):
        extract(folder, names, SETTINGS, tmp_path / "cache", quiet, max_bad_files=0.05)


def test_exactly_the_allowed_share_is_allowed(recordings, tmp_path):
    folder, names = recordings
    (folder / names[0]).write_bytes(b"")
    result = extract(folder, names[:10], SETTINGS, tmp_path / "cache", quiet, max_bad_files=0.1)
    assert len(result.rejected) == 1


def test_nothing_but_short_clips(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.zeros(100), 8000)
    with pytest.raises(DataError) as error:
        extract(tmp_path, ["a.wav"], replace(SETTINGS, short_clips="drop"), tmp_path / "cache", quiet)
    assert str(error.value) == (
        "no sample is left: of 1 files none is both undamaged and as long as one window, 0.93 seconds; "
        'use fewer num_frames, or short_clips "pad"'
    )


def test_an_interruption_leaves_no_entry(recordings, tmp_path):
    def stop(*report):
        raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        extract(*recordings, SETTINGS, tmp_path / "cache", stop)
    assert list((tmp_path / "cache").iterdir()) == []


def test_lengths_from_headers_are_those_of_decoding(recordings):
    folder, names = recordings
    (folder / names[3]).write_bytes(b"")
    lengths = read_lengths(folder, names, SETTINGS)
    assert lengths.pop(3).startswith("it cannot be decoded")
    assert lengths == [len(decode(folder / name, SETTINGS)) for name in [*names[:3], *names[4:]]]
