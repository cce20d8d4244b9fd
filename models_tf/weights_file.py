"""Weights of a network in a file: HDF5, one dataset `layer/weight` each. Only arrays are read, nothing is executed."""

from __future__ import annotations

import io
from pathlib import Path

import h5py

from models_tf import layers
from models_tf.lstm import BidirectionalLSTM
from models_tf.network import Network
from models_tf.scale import Scale
from utils import files, weights_archive
from utils.errors import DamagedRunError, DataError
from utils.weights_archive import ExpectedLayer

_KINDS: dict[type[layers.Layer], str] = {
    layers.BatchNorm: "batch_normalization",
    layers.Conv2D: "conv2d",
    layers.Dense: "dense",
    layers.Embedding: "embedding",
    BidirectionalLSTM: "bidirectional",
    Scale: "dense",
}
"""What Keras calls these layers in its files."""


def write(path: Path, network: Network) -> None:
    """Writes all variables of `network`, all or nothing; the same values give the same bytes.

    HDF5 gets memory to write to: on a full disk it ends the process.
    """
    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        for layer, name, variable in network.weights():
            file.create_dataset(f"{layer}/{name}", data=variable.numpy())
    files.write_bytes(path, memory.getvalue())


def read(path: Path, network: Network) -> None:
    """Sets all variables of `network` to what `write` wrote, or none.

    Raises:
        DamagedRunError: no such file, or of another architecture; names the first layer that differs.
    """
    try:
        read_pretrained(path, network)
    except DataError as error:
        raise DamagedRunError(str(error)) from None


def read_pretrained(path: Path, network: Network) -> None:
    """Sets all variables of `network` to those in a `.weights.h5` or `.keras` file that either backend or Keras wrote, or none.

    Raises:
        DataError: not such a file, or of another architecture; names the first layer that differs.
    """
    expected = [
        ExpectedLayer(
            layer.name,
            _KINDS.get(type(layer), ""),
            {name: tuple(variable.shape) for name, variable in layer.weights.items()},
            layer.neutral() if isinstance(layer, Scale) else (),
        )
        for layer in network.all_layers()
        if layer.weights
    ]
    values = weights_archive.read(path, network.name, expected)
    for (_, _, variable), value in zip(network.weights(), values, strict=True):
        variable.assign(value)
