"""Samples of each kind that people are shown, and what they are asked about them."""

import io
import wave

import numpy as np
from PIL import Image

from utils.annotation.shown import Shown

IDS = (5, 0, 3, 1, 4, 2)
CLASSES = ('<b>"cat" & dog', "$audio", "日本語")
NAMES = np.array([f'rec "{number}" <script>alert(1)</script>' for number in range(6)])
KINDS = ("audio", "image", "text", "table")


def show(kind, sample):
    """A tone, a colour, a line or a row."""
    return {
        "audio": Shown("audio", sound=tone(200 * (sample + 1)), recording=tone(100), picture=colour(sample), note="1.00 s"),
        "image": Shown("image", picture=colour(sample)),
        "text": Shown("text", text=f"line {sample}\n<b>$text</b>" if sample else ""),
        "table": Shown("table", cells={"<i>height": str(sample), "$name": ""}),
    }[kind]


def tone(hertz, rate=8000):
    samples = (9000 * np.sin(2 * np.pi * hertz * np.arange(rate) / rate)).astype("<i2")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return buffer.getvalue()


def colour(number):
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), (40 * number, 90, 200)).save(buffer, "PNG")
    return buffer.getvalue()
