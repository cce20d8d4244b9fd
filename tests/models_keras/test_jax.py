"""On JAX each architecture computes what it computes on TensorFlow, and keeps what every engine promises.

Keras runs on one library in a process: a second process, this file as a program, answers on JAX what is asked here.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import framework
import models_keras
from hparams import HParams
from models_keras import device
from tests.contract.test_engines import ALL, NO_DROPOUT, make, samples, train
from utils import files
from utils.errors import ParameterError
from utils.learning_engine import Need, TrainingSettings
from utils.rows import Rows

ROOT = Path(__file__).parents[2]
ARCHITECTURES = models_keras.models.names()
STEP = TrainingSettings(num_epochs=1, batch_size=30, learning_rate=0.01)
VARIANTS: dict[str, dict[str, Any]] = {
    "sigmoid": {"outputs": 1},
    "smoothed": {"settings": replace(STEP, optimizer="rmsprop", loss="mse", label_smoothing=0.2)},
    "clipped": {"settings": replace(STEP, optimizer="rmsprop", clip_norm=0.01)},
    "regression": {"outputs": 1, "settings": replace(STEP, regression=True)},
    "frozen": {"settings": replace(STEP, batch_size=140, frozen="extractor"), "count": 140},
}
"""Other trainings than softmax with cross-entropy, each of one step."""
VARIED = {"dense": ["sigmoid", "smoothed", "clipped", "regression"], "vggish": ["frozen"]}
STEPS = [(name, variant) for name in ARCHITECTURES for variant in ["plain", *VARIED.get(name, [])]]
BEFORE_NORMALISATION = "vggish", 7
"""The bias of conv_2: its gradient is all but zero, and Adam makes a step of its rounding."""
PARAMS = {
    "sub_dir": "jax", "dataset": "digits", "framework_type": "margin", "random_seed": 1, "test_percent": 0.3,
    "labeled_percent": 0.016, "num_select_per_round": 10, "model": "cnn", "model_params": {"filters": [4], "dropout": 0.2},
    "num_epochs": 2, "batch_size": 16, "learning_rate": 0.002, "warm_start": True, "threads": 1, "tensorboard": True,
}  # fmt: skip


def step(name: str, variant: str, weights: Path) -> dict[str, np.ndarray]:
    """Loss, metric and weights after one step of training from `weights`; in regression also what is predicted then."""
    options = {"outputs": 3, "settings": STEP, "count": 30} | VARIANTS.get(variant, {})
    model, count = f"keras-{name}", options.pop("count")
    engine, (x, y) = make(model, **options, **NO_DROPOUT[model]), samples(model, count, max(options["outputs"], 2))
    start(engine, weights)
    regression = engine._settings.regression
    weight = np.linspace(0.5, 2, count).astype(np.float32)
    (epoch,) = train(engine, x, (50 + 7 * y).astype(np.float32) if regression else y, sample_weight=weight).epochs
    arrays = dict(enumerate(engine.get_weights())) | {"epoch": np.array([epoch.loss, epoch.metric])}
    if regression:
        arrays["predictions"] = engine.infer(x, frozenset({Need.PREDICTIONS})).predictions
    return {str(key): values for key, values in arrays.items() if (name, key) != BEFORE_NORMALISATION}


def start(engine: Any, weights: Path) -> None:
    """Sets the weights in the file, which the first process makes."""
    if not weights.exists():
        engine.reset(1)
        engine.save_weights(weights)
    engine.load_weights(weights)


def inferred(name: str, weights: Path) -> dict[str, np.ndarray]:
    """All that the weights say."""
    engine = make(f"keras-{name}")
    start(engine, weights)
    x, _ = samples(f"keras-{name}", 140)
    found = engine.infer(x, ALL, 5)
    return found.of_samples() | {"head": found.head}


def answer(folder: Path) -> None:
    """Writes into `folder` what this process computes of everything."""
    library = os.environ["KERAS_BACKEND"]
    for name in ARCHITECTURES:
        np.savez(folder / f"{library}-inferred-{name}.npz", **inferred(name, folder / f"{name}.weights.h5"))
    for name, variant in STEPS:
        found = step(name, variant, folder / f"{name}-{variant}.weights.h5")
        np.savez(folder / f"{library}-step-{name}-{variant}.npz", **found)


def rounds(name: str) -> dict[str, list[np.ndarray] | int]:
    """The weights after a round alone, after another one and with another seed; and how often JAX traced a step for each."""
    engine, (x, y) = make(f"keras-{name}"), samples(f"keras-{name}", 32)
    traced, original = [], engine._steps._objective
    engine._steps._objective = lambda *batch: traced.append(batch) or original(*batch)
    found: dict[str, Any] = {}
    for what, seed, count in (("first", 1, 32), ("fewer", 2, 16), ("again", 1, 32), ("other", 2, 32)):
        before = len(traced)
        engine.reset(1)
        train(engine, Rows(x.features, x.ids[:count]), y[:count], seed=seed)
        found |= {what: engine.get_weights(), f"traced_{what}": len(traced) - before}
    return found


def in_jax(folder: Path) -> None:
    """The work of the second process."""
    environment, refused = device.set_up(1), list[str]()
    try:
        device.set_up(2)
    except ParameterError as error:
        refused = error.problems
    (folder / "told.json").write_text(json.dumps({"environment": environment, "refused": refused}))
    answer(folder)
    for name in ARCHITECTURES:
        flat = {}
        for what, values in rounds(name).items():
            flat |= {what: values} if isinstance(values, int) else {f"{what}_{i}": array for i, array in enumerate(values)}
        np.savez(folder / f"rounds-{name}.npz", **flat)
    for where, max_round in (("whole", 2), ("stopped", 1)):
        framework.OUTPUTS = folder / where / "outputs"
        framework.run(HParams(**PARAMS, max_round=max_round))


def on_jax(command: list[str], folder: Path) -> None:
    environment = os.environ | {"KERAS_BACKEND": "jax", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "oneDNN" not in done.stderr


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with all answers."""
    pytest.importorskip("jax", reason="jax is not installed: pip install '.[jax]'")
    folder = tmp_path_factory.mktemp("jax")
    device.set_up(1)
    answer(folder)
    on_jax(["-m", "tests.models_keras.test_jax", str(folder)], folder)
    return folder


def both(folder: Path, what: str) -> list[tuple[np.ndarray, np.ndarray]]:
    with np.load(folder / f"tensorflow-{what}.npz") as expected, np.load(folder / f"jax-{what}.npz") as received:
        assert list(expected) == list(received)
        return [(expected[key], received[key]) for key in expected]


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_what_it_infers_agrees_with_tensorflow(found: Path, name: str) -> None:
    for expected, received in both(found, f"inferred-{name}"):
        np.testing.assert_allclose(received, expected, atol=1e-5)


@pytest.mark.parametrize(("name", "variant"), STEPS)
def test_a_step_of_training_agrees_with_tensorflow(found: Path, name: str, variant: str) -> None:
    for expected, received in both(found, f"step-{name}-{variant}"):
        np.testing.assert_allclose(received, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_a_round_is_a_function_of_its_seed_and_compiled_once(found: Path, name: str) -> None:
    with np.load(found / f"rounds-{name}.npz") as of_rounds:
        weights = {what: [of_rounds[key] for key in of_rounds if key.startswith(f"{what}_")] for what in ("first", "again")}
        assert all(np.array_equal(*pair) for pair in zip(*weights.values(), strict=True))
        others = [of_rounds[key] for key in of_rounds if key.startswith("other_")]
        assert not all(np.array_equal(*pair) for pair in zip(weights["first"], others, strict=True))
        assert [int(of_rounds[f"traced_{what}"]) for what in ("first", "fewer", "again", "other")] == [1, 0, 0, 0]


def test_a_run_continues_in_another_process_to_the_same_bytes(found: Path) -> None:
    files.write_text(found / "params.json", json.dumps(PARAMS | {"max_round": 2}))
    on_jax([str(ROOT / "framework.py"), f"--param_file={found / 'params.json'}"], found / "stopped")
    roots = found / "whole", found / "stopped"
    whole, continued = ({path.relative_to(root): path for path in root.rglob("*")} for root in roots)
    alike = [path for path in whole if path.suffix in {".csv", ".h5"} and path.name != "timing.csv"]
    assert {path.name for path in alike} >= {"al_stats_1.csv", "selections.csv", "best.weights.h5"}
    for path in alike:
        assert continued[path].read_bytes() == whole[path].read_bytes(), path
    assert any("tfevents" in path.name for path in whole)


def test_the_fingerprint_names_jax_and_another_number_of_threads_is_refused(found: Path) -> None:
    import jax

    told = json.loads((found / "told.json").read_text())
    assert told["environment"].keys() == {"jax", "jaxlib", "keras", "threads", "xla_flags", "device"}
    assert told["environment"]["jax"] == jax.__version__
    assert told["environment"]["threads"] == 1
    assert told["refused"] == [
        "threads: received 2, but JAX already runs in this process with 1; set it before the first run, or start a new process"
    ]


def test_another_library_is_refused_naming_those_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    with pytest.raises(ParameterError, match="KERAS_BACKEND: received 'torch'; possible are tensorflow and jax"):
        device.set_up(1)


def test_jax_that_is_not_installed_is_told_how_to_get(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    monkeypatch.setitem(sys.modules, "jax", None)
    with pytest.raises(ParameterError, match=r"'jax', which is not installed: pip install '\.\[jax\]', or unset"):
        device.set_up(1)


def test_a_change_of_mind_after_keras_was_loaded_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("jax", reason="jax is not installed: pip install '.[jax]'")
    device.set_up(1)
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(ParameterError, match="received 'jax', but Keras already runs in this process on tensorflow; set it"):
        device.set_up(1)


if __name__ == "__main__":
    in_jax(Path(sys.argv[1]))
