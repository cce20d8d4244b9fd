"""Spectrograms: tones lie at their ticks, silence is dark, colours are those of Matplotlib, bytes are the same again."""

import io

import numpy as np
import pytest
from matplotlib import colormaps
from PIL import Image

from utils.showing.spectrogram import HEIGHT, WIDTH, spectrogram

MAGMA = np.round(colormaps["magma"](np.arange(256))[:, :3] * 255)


def tone(hertz, rate, seconds=0.5):
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(int(rate * seconds)) / rate)).astype(np.float32)


def shades(found):
    """(HEIGHT, WIDTH) index in the map of each pixel, and its colours."""
    with Image.open(io.BytesIO(found.png)) as image:
        assert (image.format, image.size, image.mode) == ("PNG", (WIDTH, HEIGHT), "P")
        return np.asarray(image).astype(int), np.asarray(image.convert("RGB")).astype(int)


def librosas_ticks(rate):
    from librosa import hz_to_mel, mel_to_hz

    return mel_to_hz(np.linspace(0, hz_to_mel(rate / 2, htk=True), 5), htk=True)


@pytest.mark.parametrize("rate", [1000, 8000, 44_100, 96_000])
def test_a_tone_lies_where_the_ticks_say(rate):
    for share in (0.1, 0.5, 0.9):
        hertz = share * rate / 2
        found = spectrogram(tone(hertz, rate), rate)
        brightest = shades(found)[0].mean(axis=1).argmax()
        assert found.hertz == pytest.approx(librosas_ticks(rate), abs=0.5)
        height = np.interp(hertz, found.hertz, np.linspace(0, 1, 5))
        expected = np.interp(2595 * np.log10(1 + hertz / 700), [0, 2595 * np.log10(1 + rate / 1400)], [0, 1])
        assert 1 - brightest / HEIGHT == pytest.approx(expected, abs=0.03)
        assert height == pytest.approx(expected, abs=0.06)


def test_time_goes_from_left_to_right():
    signal = np.concatenate([np.zeros(4000, np.float32), tone(1000, 8000)])
    columns = shades(spectrogram(signal, 8000))[0].max(axis=0)
    assert columns[: WIDTH // 2 - 30].max() == 0
    assert columns[WIDTH // 2 + 30 :].min() > 200


def test_seventy_decibels_are_told_apart():
    signal = tone(1000, 8000)
    found, _ = shades(spectrogram(np.concatenate([signal, signal * np.float32(10 ** (-35 / 20))]), 8000))
    loud, quiet = found[:, WIDTH // 4].max(), found[:, 3 * WIDTH // 4].max()
    assert loud >= 254
    assert loud - quiet == pytest.approx(127.5, abs=3)


def test_silence_is_dark_and_so_is_what_nobody_hears():
    for signal in (np.zeros(4000, np.float32), np.full(4000, 1e-11, np.float32)):
        assert shades(spectrogram(signal, 8000))[0].max() == 0


def test_colours_are_those_of_magma():
    signal = np.random.default_rng(1).normal(size=20_000).astype(np.float32)
    signal *= np.geomspace(1e-4, 1, len(signal)).astype(np.float32)
    indices, colours = shades(spectrogram(signal, 16_000))
    assert len(np.unique(indices)) > 200
    assert np.abs(colours - MAGMA[indices]).max() <= 3


@pytest.mark.parametrize("length", [1, 2, 100, 30_000])
@pytest.mark.parametrize("rate", [1000, 768_000])
def test_any_length_and_rate(length, rate):
    signal = np.random.default_rng(length).normal(size=length).astype(np.float32)
    first, again = spectrogram(signal, rate), spectrogram(signal.copy(), rate)
    assert first == again
    assert shades(first)[0].max() >= 254
