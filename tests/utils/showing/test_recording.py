"""Windows of recordings: the very samples of the file, at its own rate, with words about what they are."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from utils.data.audio_features import AudioSettings, count_windows
from utils.data.source import SourceRequest, sources
from utils.errors import DataError
from utils.showing.recording import show_window

SETTINGS = AudioSettings()
WINDOW = 512 * 40 / 22_050
FSDD = Path(__file__).parents[4] / "shared" / "data" / "fsdd" / "recordings"


def recording(path, seconds, rate=8000, channels=1):
    samples = np.random.default_rng(1).normal(size=(int(seconds * rate), channels)) * 0.1
    soundfile.write(path, samples, rate)
    return soundfile.read(path, dtype="float32", always_2d=True)[0].mean(axis=1)


def sound(data):
    return soundfile.read(io.BytesIO(data), dtype="float32")


@pytest.mark.parametrize(("rate", "channels"), [(8000, 1), (22_050, 1), (44_100, 2)])
def test_a_window_of_a_longer_recording(tmp_path, rate, channels):
    samples = recording(tmp_path / "a.wav", 2.4, rate, channels)
    shown = show_window(tmp_path / "a.wav", 1, 4, SETTINGS)
    received, own_rate = sound(shown.sound)
    start, end = WINDOW / 2, WINDOW * 1.5
    assert own_rate == rate
    np.testing.assert_allclose(received, samples[round(start * rate) : round(end * rate)], atol=1e-4)
    np.testing.assert_allclose(sound(shown.recording)[0], samples, atol=1e-4)
    assert shown.kind == "audio"
    assert shown.note == "window 2 of 4: 0.46–1.39 s of a recording of 2.40 s"
    assert shown.seconds == pytest.approx((start, end), abs=1 / rate)
    assert (shown.hertz[0], shown.hertz[-1]) == (0, rate // 2)
    with Image.open(io.BytesIO(shown.picture)) as image:
        assert image.format == "PNG"


def test_all_windows_that_a_recording_has(tmp_path):
    """Also the last, which ends with the recording or a little before it."""
    samples = recording(tmp_path / "a.wav", 3.3)
    count = count_windows(int(np.ceil(len(samples) * 22_050 / 8000)), SETTINGS)
    notes = [show_window(tmp_path / "a.wav", number, count, SETTINGS) for number in range(count)]
    assert all(len(sound(shown.sound)[0]) == pytest.approx(WINDOW * 8000, abs=1) for shown in notes)


@pytest.mark.parametrize(
    ("seconds", "note", "whole"),
    [
        (0.3, "0.30 s", False),
        (1.2, "0.00–0.93 s of a recording of 1.20 s", True),
        (60.0, "window 1 of 128: 0.00–0.93 s of a recording of 60.00 s", True),
        (60.5, "window 1 of 129: 0.00–0.93 s of a recording of 60.50 s", False),
    ],
)
def test_short_and_long_recordings(tmp_path, seconds, note, whole):
    recording(tmp_path / "a.wav", seconds)
    count = count_windows(int(seconds * 22_050), SETTINGS)
    shown = show_window(tmp_path / "a.wav", 0, count, SETTINGS)
    assert (shown.note, shown.recording is not None) == (note, whole)
    assert shown == show_window(tmp_path / "a.wav", 0, count, SETTINGS)


def test_what_cannot_be_shown(tmp_path):
    path = tmp_path / "a.wav"
    recording(path, 0.4)
    with pytest.raises(DataError) as error:
        show_window(path, 1, 2, SETTINGS)
    assert str(error.value) == (
        f"{path}: cannot be shown: it has 0.40 seconds, and the window begins at 0.46; put the file back as it was, or start "
        "the run again"
    )
    path.write_bytes(b"no sound")
    with pytest.raises(DataError) as error:
        show_window(path, 0, 1, SETTINGS)
    assert str(error.value) == f"{path}: cannot be shown: it cannot be decoded: the decoder says 'Format not recognised'"


def test_the_real_spoken_digits(tmp_path):
    """A voice: most of it between 100 and 3,000 Hz, with pauses of the recording darker than the word."""
    if not FSDD.is_dir():
        pytest.skip(f"the Free Spoken Digit Dataset is not in {FSDD}")
    data = sources.get("audio_files")(SourceRequest(FSDD, unlabelled=True)).load(tmp_path, lambda *_: None)
    assert (len(data.table), data.table.known.any()) == (2000, False)
    sample = data.table.names.tolist().index("7_jackson_0.wav#0")
    shown = data.show(sample)
    np.testing.assert_allclose(
        sound(shown.sound)[0],
        soundfile.read(FSDD / "7_jackson_0.wav", dtype="float32")[0][: len(sound(shown.sound)[0])],
        atol=1e-4,
    )
    with Image.open(io.BytesIO(shown.picture)) as image:
        rows = np.asarray(image).mean(axis=1)[::-1]
    places = np.interp([100, 1000, 3500, 4000], shown.hertz, np.linspace(0, 255, 5)).astype(int)
    assert rows[places[0] : places[1]].mean() > rows[places[2] : places[3]].mean()
