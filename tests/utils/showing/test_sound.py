"""Sounds as browsers take them: read back by another library."""

import io

import numpy as np
import pytest
import soundfile

from utils.showing.sound import wav


def read(data):
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        return file.read(dtype="int16"), file.samplerate, file.channels, file.format, file.subtype


def test_a_signal_within_one_is_kept():
    samples = np.sin(np.arange(800) / 5).astype(np.float32) * np.float32(0.5)
    received, *facts = read(wav(samples, 44_100))
    assert facts == [44_100, 1, "WAV", "PCM_16"]
    np.testing.assert_allclose(received, samples * 32_767, atol=0.51)


def test_a_louder_one_is_made_quieter_and_not_cut():
    received, *_ = read(wav(np.array([0, 1, -4, 2], np.float32), 8000))
    assert received.tolist() == [0, 8192, -32_767, 16_384]


@pytest.mark.parametrize("samples", [[], [0.0], [1.0], [-1.0]])
def test_short_ones(samples):
    received, *_ = read(wav(np.array(samples, np.float32), 768_000))
    assert received.tolist() == [round(32_767 * sample) for sample in samples]
