"""Weights and whole models in files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import h5py
import numpy as np
import pytest

import models_keras
from tests.models_tf.small import PLAIN, SHAPES, make, same, samples, train
from utils import files, reading
from utils.errors import DamagedRunError

every_model = pytest.mark.parametrize("model", list(SHAPES))


@every_model
def test_weights_survive_a_file_and_the_same_weights_give_the_same_bytes(model: str, tmp_path: Path) -> None:
    engine = make(model)
    engine.reset(5)
    train(engine, *samples(model))
    weights = engine.get_weights()
    for name in ("a", "b"):
        engine.save_weights(tmp_path / f"{name}.weights.h5")
        engine.infer(samples(model)[0], PLAIN)
    assert reading.sha256_of(tmp_path / "a.weights.h5") == reading.sha256_of(tmp_path / "b.weights.h5")
    engine.reset(6)
    engine.load_weights(tmp_path / "a.weights.h5")
    assert same(weights, engine.get_weights())
    assert {path.name for path in tmp_path.iterdir()} == {"a.weights.h5", "b.weights.h5"}


@pytest.mark.parametrize(
    ("saved", "message"),
    [
        ({"model": "softmax"}, "layer norm_1 is not there"),
        (
            {"filters": [3, 5]},
            r"layer conv_2: kernel must be float32 of shape \(3, 3, 3, 4\), received float32 of \(3, 3, 3, 5\)",
        ),
    ],
)
def test_weights_of_another_architecture_are_refused_naming_the_layer(
    saved: dict[str, object], message: str, tmp_path: Path
) -> None:
    other, engine, path = make(**{"model": "vggish"} | saved), make("vggish"), tmp_path / "a.weights.h5"
    other.reset(1)
    other.save_weights(path)
    engine.reset(2)
    before = engine.get_weights()
    with pytest.raises(DamagedRunError, match=rf"a\.weights\.h5: not the weights of a vggish: {message}"):
        engine.load_weights(path)
    assert same(before, engine.get_weights())


def test_a_layer_too_many_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.weights.h5"
    make("dense").save_weights(path)
    with h5py.File(path, "a") as file:
        file["hidden_2/kernel"] = np.zeros(3)
    with pytest.raises(DamagedRunError, match="not the weights of a dense: it has a layer 'hidden_2', which the model has not"):
        make("dense").load_weights(path)


def elsewhere(file: h5py.File, folder: Path) -> None:
    file["logits/kernel"] = h5py.ExternalLink(str(folder / "true"), "/logits/kernel")


def another_group(file: h5py.File, folder: Path) -> None:
    bias = file["logits/bias"][:]
    del file["logits"]
    file["stored/kernel"], file["stored/bias"] = np.zeros((5, 3), np.float32), bias
    file["logits"] = h5py.SoftLink("/stored")


def bytes_of_another_file(file: h5py.File, folder: Path) -> None:
    (folder / "secret").write_bytes(bytes(60))
    file.create_dataset("logits/kernel", (5, 3), np.float32, external=[(str(folder / "secret"), 0, 60)])


def virtual(file: h5py.File, folder: Path) -> None:
    layout = h5py.VirtualLayout((5, 3), np.float32)
    layout[:] = h5py.VirtualSource(str(folder / "true"), "logits/kernel", (5, 3))
    file.create_virtual_dataset("logits/kernel", layout)


def of_doubles(file: h5py.File, folder: Path) -> None:
    file["logits/kernel"] = np.zeros((5, 3))


def a_folder(file: h5py.File, folder: Path) -> None:
    file.create_group("logits/kernel")


@pytest.mark.parametrize(
    ("forge", "message"),
    [
        (elsewhere, "its 'kernel' points elsewhere, which is not followed"),
        (another_group, "its 'logits' points elsewhere, which is not followed"),
        (bytes_of_another_file, "layer logits: kernel lies in another file, which is not followed"),
        (virtual, "layer logits: kernel lies in another file, which is not followed"),
        (of_doubles, r"layer logits: kernel must be float32 of shape \(5, 3\), received float64 of \(5, 3\)"),
        (a_folder, "layer logits: kernel is missing"),
    ],
)
def test_a_file_that_points_elsewhere_is_refused(
    forge: Callable[[h5py.File, Path], None], message: str, tmp_path: Path
) -> None:
    engine = make("softmax")
    engine.reset(1)
    engine.save_weights(tmp_path / "true")
    shutil.copy(tmp_path / "true", tmp_path / "forged")
    with h5py.File(tmp_path / "forged", "a") as file:
        del file["logits/kernel"]
        forge(file, tmp_path)
    with pytest.raises(DamagedRunError, match=f"forged: not the weights of a softmax: {message}"):
        engine.load_weights(tmp_path / "forged")


@pytest.mark.parametrize("content", [b"", b"no HDF5", None])
def test_a_file_that_is_none_of_weights_is_refused(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "a.weights.h5").write_bytes(content)
    with pytest.raises(DamagedRunError, match=r"a\.weights\.h5: not the weights of a softmax"):
        make("softmax").load_weights(tmp_path / "a.weights.h5")


def test_a_cut_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.weights.h5"
    make("vggish").save_weights(path)
    path.write_bytes(path.read_bytes()[:-500])
    with pytest.raises(DamagedRunError, match=r"a\.weights\.h5: not the weights of a vggish"):
        make("vggish").load_weights(path)


@every_model
def test_the_exported_model_gives_the_same_probabilities_and_embeddings(tf: ModuleType, model: str, tmp_path: Path) -> None:
    engine, (x, _) = make(model), samples(model)
    for seed in (1, 2):
        engine.reset(seed)
        engine.export(tmp_path / "model.keras")
    assert {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == {
        "model.savedmodel/saved_model.pb",
        "model.savedmodel/variables/variables.index",
        "model.savedmodel/variables/variables.data-00000-of-00001",
    }
    found = tf.saved_model.load(tmp_path / "model.savedmodel").signatures["serving_default"](x=tf.constant(x.take()))
    expected = engine.infer(x, PLAIN)
    np.testing.assert_allclose(found["probabilities"], expected.probabilities, atol=1e-6)
    np.testing.assert_allclose(found["embeddings"], expected.embeddings, atol=1e-6)


@every_model
@pytest.mark.parametrize("outputs", [3, 1])
def test_what_both_backends_export_of_the_same_weights_answers_the_same(
    tf: ModuleType, model: str, outputs: int, tmp_path: Path
) -> None:
    import keras

    in_keras, in_tensorflow = make(model, outputs, backend=models_keras), make(model, outputs)
    in_keras.reset(3)
    in_tensorflow.set_weights(in_keras.get_weights())
    x = samples(model)[0].take()
    for engine in (in_keras, in_tensorflow):
        engine.export(tmp_path / "model.keras")
    answers = keras.saving.load_model(tmp_path / "model.keras")(x, training=False)
    served = tf.saved_model.load(tmp_path / "model.savedmodel").signatures["serving_default"](x=tf.constant(x))
    np.testing.assert_allclose(served["probabilities"][:, -outputs:], answers, atol=1e-6)


def test_an_export_that_was_killed_leaves_nothing_that_loads(
    tf: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, write, written = make("softmax"), files.write_bytes, []
    engine.export(tmp_path / "model.keras")

    def killed(path: Path, data: bytes) -> None:
        if written:
            raise KeyboardInterrupt
        written.append(path)
        write(path, data)

    monkeypatch.setattr(files, "write_bytes", killed)
    with pytest.raises(KeyboardInterrupt):
        engine.export(tmp_path / "model.keras")
    assert not (tmp_path / "model.savedmodel" / "saved_model.pb").exists()
    monkeypatch.setattr(files, "write_bytes", write)
    engine.export(tmp_path / "model.keras")
    assert tf.saved_model.contains_saved_model(tmp_path / "model.savedmodel")
    assert not list(tmp_path.rglob(".tmp-*"))
