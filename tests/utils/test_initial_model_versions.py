"""A record of a stored initial model that is not of this version is never taken for one."""

import hashlib
import json

import numpy as np
import pytest

from tests.utils.test_trainer import NumpyEngine
from utils.errors import DamagedRunError
from utils.initial_model import InitialModel

KEY = {"seed": 1}


def written(tmp_path, outcome):
    """An initial model with `outcome` in its record."""
    folder = tmp_path / hashlib.sha256(json.dumps(KEY, sort_keys=True).encode()).hexdigest()[:16]
    folder.mkdir()
    weights = np.float32(0.75).tobytes()
    (folder / "initial.weights.h5").write_bytes(weights)
    text = json.dumps({"sha256": hashlib.sha256(weights).hexdigest(), "outcome": outcome}) + "\n"
    (folder / "initial.json").write_text(f"{hashlib.sha256(text.encode()).hexdigest()} {text}")


@pytest.mark.parametrize(
    "outcome",
    [
        {"epochs": 50, "valid_accuracy": 0.5, "has_best": True},
        {"epochs": 50, "valid_metric": 0.5, "valid_loss": 0.5, "has_best": True},
        {"epochs": 50, "valid_metric": 0.5, "valid_loss": 0.5, "has_best": True, "curve": [{"x": 1}]},
        {"epochs": 50, "valid_metric": 0.5, "valid_loss": 0.5, "has_best": True, "curve": [], "later": 1},
    ],
)
def test_a_record_of_no_version_says_what_to_remove(tmp_path, outcome):
    written(tmp_path, outcome)
    with pytest.raises(DamagedRunError, match=r"initial\.json: cannot be read \(.*\); remove .* and it is made anew"):
        InitialModel(tmp_path, KEY).load(NumpyEngine())


def test_a_record_without_its_key_is_used(tmp_path):
    written(tmp_path, {"epochs": 50, "valid_metric": 0.5, "valid_loss": 0.5, "has_best": True, "curve": []})
    engine = NumpyEngine()
    assert InitialModel(tmp_path, KEY).load(engine) is not None
    assert engine.weight == np.float32(0.75)
