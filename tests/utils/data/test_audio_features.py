"""Windows and features against plain librosa, and every reason for which a file is refused."""

import struct
from dataclasses import replace
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile

from utils.data.audio_features import AudioSettings, count_windows, cut_windows, log_mel
from utils.decoding import sound_file
from utils.decoding.sound_file import decode, read_length
from utils.errors import DataError, ParameterError

SETTINGS = AudioSettings()
WINDOW = 512 * 40


def write(path, samples, rate, **options):
    soundfile.write(path, samples, rate, format={".aif": "AIFF"}.get(path.suffix), **options)


def noise(length, seed=0, channels=None):
    shape = length if channels is None else (length, channels)
    return (np.random.default_rng(seed).standard_normal(shape) * 0.1).astype(np.float32)


def plain_librosa(window, num_bands=60):
    power = librosa.feature.melspectrogram(y=window, sr=22050, n_fft=2048, hop_length=512, n_mels=num_bands)
    decibels = librosa.power_to_db(power)
    return np.stack([decibels, librosa.feature.delta(decibels)], axis=-1)


def awkward_windows():
    time = np.arange(WINDOW) / 22050
    click = np.zeros(WINDOW)
    click[5000] = 1
    half = noise(WINDOW, 3)
    half[WINDOW // 3 :] = 0
    windows = [np.sin(2 * np.pi * 440 * time), 1e-4 * np.sin(2 * np.pi * 9000 * time), click, half, np.zeros(WINDOW)]
    return np.array([*windows, *(noise(WINDOW, seed) for seed in range(6))], np.float32)


@pytest.mark.parametrize("length, expected", [(0, 0), (1, 1), (WINDOW - 1, 1), (WINDOW, 1), (WINDOW + 10239, 1)])
def test_window_count_of_short_recordings(length, expected):
    assert count_windows(length, SETTINGS) == expected


@pytest.mark.parametrize("length, expected", [(WINDOW + 10240, 2), (2 * WINDOW - 1, 2), (2 * WINDOW, 3), (88200, 7)])
def test_window_count_of_longer_recordings(length, expected):
    assert count_windows(length, SETTINGS) == expected


@pytest.mark.parametrize("length, expected", [(0, 0), (1, 0), (WINDOW - 1, 0), (WINDOW, 1), (WINDOW + 10240, 2)])
def test_window_count_without_short_clips(length, expected):
    assert count_windows(length, replace(SETTINGS, short_clips="drop")) == expected


@pytest.mark.parametrize("short_clips", ["pad", "drop"])
@pytest.mark.parametrize("length", [0, 1, WINDOW - 1, WINDOW, WINDOW + 10239, WINDOW + 10240, 5 * WINDOW + 3])
def test_as_many_windows_are_cut_as_counted_and_they_hold_the_samples(length, short_clips):
    settings = replace(SETTINGS, short_clips=short_clips)
    samples = noise(length)
    windows = cut_windows(samples, settings)
    assert windows.shape == (count_windows(length, settings), WINDOW)
    for number, window in enumerate(windows):
        part = samples[number * 10240 :][:WINDOW]
        np.testing.assert_array_equal(window[: len(part)], part)
        assert not window[len(part) :].any()


def test_features_equal_plain_librosa():
    windows = awkward_windows()
    expected = np.array([plain_librosa(window) for window in windows])
    received = log_mel(windows, SETTINGS)
    assert received.dtype == np.float32
    assert received.shape == (len(windows), 60, 41, 2)
    np.testing.assert_allclose(received, expected, rtol=0, atol=1e-4)


def test_features_of_other_shapes_equal_plain_librosa():
    settings = AudioSettings(num_bands=62, num_frames=62)
    window = noise(settings.window_length)
    np.testing.assert_allclose(log_mel(window[np.newaxis], settings)[0], plain_librosa(window, 62), rtol=0, atol=1e-4)


def test_without_delta_there_is_one_channel_of_the_same_values():
    windows = awkward_windows()
    single = log_mel(windows, replace(SETTINGS, delta=False))
    assert single.shape == (len(windows), 60, 41, 1)
    np.testing.assert_array_equal(single[..., 0], log_mel(windows, SETTINGS)[..., 0])


def test_a_window_has_the_same_bits_in_any_company():
    windows = awkward_windows()
    together = log_mel(windows, SETTINGS)
    for number, window in enumerate(windows):
        assert log_mel(window[np.newaxis], SETTINGS).tobytes() == together[number].tobytes()
    assert log_mel(windows[::-1], SETTINGS)[::-1].tobytes() == together.tobytes()


def test_no_windows_give_no_features():
    assert log_mel(np.empty((0, WINDOW), np.float32), SETTINGS).shape == (0, 60, 41, 2)


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "aiff", "aif", "mp3"])
@pytest.mark.parametrize("rate, channels", [(8000, 1), (22050, 1), (44100, 2), (48000, 2)])
def test_decoding_equals_librosa(tmp_path, suffix, rate, channels):
    path = tmp_path / f"clip.{suffix}"
    write(path, noise(15001, channels=channels), rate)
    expected, _ = librosa.load(path, sr=22050)
    received = decode(path, SETTINGS)
    assert len(received) == read_length(path, SETTINGS) == -(-15001 * 22050 // rate)
    assert received.dtype == np.float32
    assert abs(len(expected) - len(received)) <= 1
    shared = min(len(expected), len(received))
    np.testing.assert_allclose(received[:shared], expected[:shared], rtol=0, atol=1e-6)


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3"])
def test_decoding_in_small_blocks_gives_the_same_samples(tmp_path, monkeypatch, suffix):
    path = tmp_path / f"clip.{suffix}"
    soundfile.write(path, noise(60_000, channels=2), 44100)
    whole = decode(path, SETTINGS)
    monkeypatch.setattr(sound_file, "_VALUES_AT_A_TIME", 10_000)
    np.testing.assert_allclose(decode(path, SETTINGS), whole, rtol=0, atol=1e-6)


def refused(path, settings=SETTINGS):
    with pytest.raises(DataError) as error:
        decode(path, settings)
    return str(error.value)


@pytest.mark.parametrize("content", [b"", b"RIFF", b"no sound at all" * 100])
def test_no_audio_file(tmp_path, content):
    path = tmp_path / "clip.wav"
    path.write_bytes(content)
    assert refused(path).startswith("it cannot be decoded: the decoder says '")


def test_missing_file(tmp_path):
    assert refused(tmp_path / "clip.wav").startswith("it cannot be decoded: the decoder says 'System error'")


def test_samples_without_any_header(tmp_path):
    path = tmp_path / "clip.raw"
    path.write_bytes(bytes(8000))
    assert refused(path).startswith("it cannot be decoded: the decoder says '")


def test_no_samples(tmp_path):
    path = tmp_path / "clip.wav"
    soundfile.write(path, np.empty(0), 8000)
    assert refused(path) == "it is empty: it holds no sound"


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_samples_that_are_no_numbers(tmp_path, value):
    path = tmp_path / "clip.wav"
    samples = noise(4000)
    samples[1234] = value
    soundfile.write(path, samples, 8000, subtype="FLOAT")
    assert refused(path) == "it holds samples that are NaN or infinite"


def test_samples_beyond_all_scales(tmp_path):
    path = tmp_path / "clip.wav"
    samples = noise(4000)
    samples[1234] = 1e20
    soundfile.write(path, samples, 8000, subtype="FLOAT")
    assert refused(path) == "it holds samples up to 1e+20, expected −1 to 1 (at most 4.29e+09 either way)"


def test_samples_on_the_scale_of_integers_give_finite_features(tmp_path):
    path = tmp_path / "clip.wav"
    soundfile.write(path, noise(8000) * 2**31, 8000, subtype="FLOAT")
    assert np.isfinite(log_mel(cut_windows(decode(path, SETTINGS), SETTINGS), SETTINGS)).all()


def test_too_long(tmp_path):
    path = tmp_path / "clip.wav"
    soundfile.write(path, noise(16001), 8000)
    reason = "it is too long: 2.0 seconds, at most 2 are read; cut it, or raise max_seconds"
    assert refused(path, replace(SETTINGS, max_seconds=2)) == reason
    assert len(decode(path, replace(SETTINGS, max_seconds=2.01))) == 44103


@pytest.mark.parametrize("rate", [100, 1_000_000])
def test_absurd_rate(tmp_path, rate):
    path = tmp_path / "clip.wav"
    soundfile.write(path, noise(4000), rate)
    assert refused(path) == f"its sample rate is {rate:,} Hz, expected 1,000 to 768,000 Hz"


def test_too_many_channels(tmp_path):
    path = tmp_path / "clip.wav"
    soundfile.write(path, noise(4000, channels=65), 8000)
    assert refused(path) == "it has 65 channels, expected 1 to 64"


def cut(path, keep=2 / 3):
    soundfile.write(path, noise(30_000), 44100)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * keep)])
    return path


@pytest.mark.parametrize("suffix", ["wav", "aiff"])
def test_a_cut_wav_or_aiff(tmp_path, suffix):
    reason = refused(cut(tmp_path / f"clip.{suffix}"))
    assert reason.startswith("it is cut off: its header tells of 60,0")
    assert "bytes of sound, 39,9" in reason


def test_a_cut_ogg(tmp_path):
    assert refused(cut(tmp_path / "clip.ogg")) == "it is cut off: the Ogg stream ends without its last page"


def test_a_cut_flac(tmp_path):
    assert "lost sync" in refused(cut(tmp_path / "clip.flac"))


def test_a_cut_mp3(tmp_path):
    assert refused(cut(tmp_path / "clip.mp3")).startswith("it is cut off: its header tells of 30,000 frames, 1")


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFFFFF])
def test_a_wav_streamed_with_unknown_length_is_read_to_its_end(tmp_path, size):
    path = tmp_path / "clip.wav"
    soundfile.write(path, noise(22_050), 22050)
    content = path.read_bytes()
    path.write_bytes(content[:40] + struct.pack("<I", size) + content[44:])
    assert len(decode(path, SETTINGS)) == 22_050


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"sample_rate": 999}, "sample_rate: received 999, expected 1000 or more"),
        ({"num_bands": 0}, "num_bands: received 0, expected 1 or more"),
        ({"num_frames": 1}, "num_frames: received 1, expected 2 or more"),
        ({"hop_length": 0}, "hop_length: received 0, expected 1 or more"),
        ({"fft_length": 2047}, "fft_length: received 2047, expected an even number"),
        (
            {"num_frames": 4096, "hop_length": 65536},
            (
                "num_frames, hop_length: received 4096 and 65536, which make 268,369,920 samples a window, expected "
                "16,777,216 at most; make one of them smaller"
            ),
        ),
        (
            {"num_frames": 4096, "fft_length": 65536},
            (
                "num_frames, fft_length: received 4096 and 65536, which make 268,435,456 samples in overlapping frames a "
                "window, expected 16,777,216 at most; make one of them smaller"
            ),
        ),
        ({"max_seconds": float("nan")}, "max_seconds: received nan, expected 0 or more"),
        ({"num_frames": 8}, "num_frames: received 8, expected 9 or more with delta; use more frames, or delta false"),
        ({"short_clips": "keep"}, "short_clips: received 'keep', expected 'pad' or 'drop'"),
    ],
)
def test_settings_that_give_no_features(wrong, message):
    with pytest.raises(ParameterError) as error:
        AudioSettings(**wrong)
    assert message in error.value.problems


def test_the_real_recordings_equal_plain_librosa():
    folder = Path(__file__).parents[4] / "shared" / "data" / "fsdd" / "recordings"
    if not folder.is_dir():
        pytest.skip(f"the Free Spoken Digit Dataset is not in {folder}")
    for path in sorted(folder.glob("*.wav"))[::100]:
        samples, _ = librosa.load(path, sr=22050)
        expected = plain_librosa(np.pad(samples[:WINDOW], (0, max(0, WINDOW - len(samples)))))
        received = log_mel(cut_windows(decode(path, SETTINGS), SETTINGS), SETTINGS)
        np.testing.assert_allclose(received[0], expected, rtol=0, atol=1e-4)
