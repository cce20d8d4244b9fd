"""Small recordings for tests."""

import hashlib

import numpy as np
import soundfile

from utils.data.audio_features import AudioSettings
from utils.data.source import SourceRequest, sources

SETTINGS = AudioSettings()


def quiet(what, done, total):
    """Takes progress and says nothing."""


def wav(path, seconds=0.5):
    path.parent.mkdir(parents=True, exist_ok=True)
    seed = int.from_bytes(hashlib.sha256(path.name.encode()).digest()[:4], "little")
    soundfile.write(path, np.random.default_rng(seed).standard_normal(int(8000 * seconds)) * 0.1, 8000)


def source(name, folder, class_names=None, max_bad_files=0.01, settings=SETTINGS):
    return sources.get(name)(SourceRequest(folder, settings, class_names, max_bad_files))


def rows(table):
    """(name, class name) of each sample."""
    return [(str(name), table.class_names[label]) for name, label in zip(table.names, table.labels, strict=True)]
