"""New recordings: the windows and features that the data set itself makes, and what is said of files that give none."""

import numpy as np
import pytest
import soundfile

from utils.data.audio_extraction import extract
from utils.data.audio_features import AudioSettings
from utils.errors import DataError, ParameterError
from utils.prediction.recordings import Recordings

SETTINGS = AudioSettings(sample_rate=4000, num_bands=4, num_frames=9, hop_length=64, fft_length=128)


def noise(path, length, rate=4000):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.random.default_rng(length).normal(scale=0.1, size=length), rate)


def test_features_are_those_of_the_data_set_whatever_files_stand_beside(tmp_path):
    for number, length in enumerate([300, 80_000, 5000, 60_000, 700]):
        noise(tmp_path / "new" / f"{number}.wav", length, 4000 + 1000 * (number % 2))
    names = [f"{number}.wav" for number in range(5)]
    expected = extract(tmp_path / "new", names, SETTINGS, tmp_path / "cache", lambda *_: None)
    batches = list(Recordings(tmp_path / "new", SETTINGS).batches())
    assert len(batches) > 1
    assert np.array_equal(np.concatenate([batch.features for batch in batches]), expected.features)
    files = [file for batch in batches for file in batch.files]
    assert files == np.repeat(names, expected.counts).tolist()
    assert [name for batch in batches for name in batch.names][:3] == ["0.wav#0", "1.wav#0", "1.wav#1"]


def test_what_gives_no_window_is_rejected_with_the_reason(tmp_path):
    noise(tmp_path / "a b" / "short.wav", 100)
    (tmp_path / "bad.WAV").write_bytes(b"no sound")
    (tmp_path / ".hidden.wav").write_bytes(b"no sound")
    (tmp_path / "notes.txt").write_bytes(b"no sound")
    data = Recordings(tmp_path, AudioSettings(**(vars(SETTINGS) | {"short_clips": "drop"})))
    assert list(data.batches()) == []
    assert [name for name, _ in data.rejected] == ["a b/short.wav", "bad.WAV"]
    assert data.rejected[0][1] == "it is shorter than one window, 0.13 seconds, and the run dropped such recordings"
    assert data.rejected[1][1].startswith("it cannot be decoded")


def test_a_name_that_is_not_utf8_can_be_written(tmp_path):
    noise(tmp_path / "new.wav", 600)
    try:
        (tmp_path / "new.wav").rename(tmp_path / "caf\udce9.wav")
    except (OSError, UnicodeEncodeError):
        pytest.skip("this file system takes UTF-8 alone")
    data = Recordings(tmp_path, SETTINGS)
    names = [name for batch in data.batches() for name in batch.files] + [name for name, _ in data.rejected]
    assert names == [r"caf\xe9.wav"]


def test_a_list_without_paths_is_refused(tmp_path):
    (tmp_path / "list.csv").write_text("file\na.wav\n")
    with pytest.raises(DataError, match="path"):
        Recordings(tmp_path / "list.csv", SETTINGS)


def test_nothing_there_is_refused(tmp_path):
    with pytest.raises(ParameterError, match=r"there is no file or folder .*none\.csv: name the new files, or their folder"):
        Recordings(tmp_path / "none.csv", SETTINGS)
    with pytest.raises(DataError, match=r"no file found that the model could judge; expected \.wav, \.flac"):
        Recordings(tmp_path, SETTINGS)
