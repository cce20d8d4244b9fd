"""What a run's numbers depend on is set here, not in a file of the user."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
TELL = """
from models_keras import device, models
device.set_up(1)
import keras
config = keras.config
print(config.floatx(), config.epsilon(), config.image_data_format())
model = models.get("cnn")((8, 8, 3), 3, filters=[4], embedding_units=6)
print({weight.dtype for weight in model.weights}, model.get_layer("conv_1").kernel.shape)
"""


def test_a_keras_json_changes_nothing(tmp_path: Path) -> None:
    other = {"floatx": "float64", "epsilon": 1e-3, "image_data_format": "channels_first", "backend": "torch"}
    (tmp_path / "keras.json").write_text(json.dumps(other))
    environment = os.environ | {"KERAS_HOME": str(tmp_path), "KERAS_BACKEND": "", "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", TELL], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == ["float32 1e-07 channels_last", "{'float32'} (3, 3, 3, 4)"]
