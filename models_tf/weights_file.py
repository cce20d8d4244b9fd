"""Weights of a network in a file: HDF5, one dataset `layer/weight` each. Only arrays are read, nothing is executed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from models_tf.network import Network
from utils import files
from utils.errors import DamagedRunError


def write(path: Path, network: Network) -> None:
    """Writes all variables of `network`, all or nothing; the same values give the same bytes."""
    with files.replacing(path) as temporary, h5py.File(temporary, "w") as file:
        for layer, name, variable in network.weights():
            file.create_dataset(f"{layer}/{name}", data=variable.numpy())


def read(path: Path, network: Network) -> None:
    """Sets all variables of `network` to what `write` wrote, or none.

    Raises:
        DamagedRunError: no such file, or of another architecture; names the first layer that differs.
    """
    try:
        with h5py.File(path) as file:
            values = [_array(file, f"{layer}/{name}", tuple(variable.shape)) for layer, name, variable in network.weights()]
            strangers = set(file) - {layer for layer, _, _ in network.weights()}
        if strangers:
            raise ValueError(f"it has a layer {min(strangers)}, which the model has not")
    except (ValueError, OSError, RuntimeError) as error:
        raise DamagedRunError(f"{path}: not the weights of a {network.name}: {error}") from None
    for (_, _, variable), value in zip(network.weights(), values, strict=True):
        variable.assign(value)


def _array(file: h5py.File, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """The dataset `name`, which must lie in the file itself: HDF5 can also point into other files."""
    layer, _, weight = name.partition("/")
    found: Any = file
    for part in (layer, weight):
        inside = isinstance(found, h5py.Group) and isinstance(found.get(part, getlink=True), h5py.HardLink)
        found = found[part] if inside else None
    if not isinstance(found, h5py.Dataset) or found.external or found.is_virtual:
        raise ValueError(f"layer {layer} has no {weight}")
    if found.shape != shape or found.dtype != np.float32:
        raise ValueError(f"layer {layer}: {weight} must be float32 of shape {shape}, received {found.dtype} of {found.shape}")
    return np.asarray(found)
