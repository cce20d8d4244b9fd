"""Weights out of a `.weights.h5` or `.keras` file, whichever backend wrote it: only arrays are read, nothing is executed.

Keras files layers by class and order (`layers/dense_1/vars/0`), so that a model with the same layers and other names fits,
models_tf by name (`hidden/kernel`). HDF5 can point into other files, and a `.keras` file says how to build objects, code
among them: the former is refused, the latter never looked at.
"""

from __future__ import annotations

import contextlib
import io
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.errors import DataError
from utils.learning_engine import Weights

_MEMBER = "model.weights.h5"
_PLACES = (("vars",), ("cell", "vars"), ("forward_layer", "cell", "vars"), ("backward_layer", "cell", "vars"))
"""Where in a layer's group Keras files its weights, in the order of `layer.weights`: of most, of a recurrent layer, of two."""
_KNOWN_PARTS = {place[0] for place in _PLACES} | {"seed_generator"}


@dataclass(frozen=True)
class ExpectedLayer:
    """A layer of the model whose weights are to be read."""

    name: str
    kind: str
    """Its class as Keras writes it in files: dense, conv2d, batch_normalization, embedding, bidirectional, …"""
    shapes: dict[str, tuple[int, ...]]
    """Of each weight, in the order in which Keras lists them."""
    otherwise: tuple[NDArray[np.float32], ...] = ()
    """The weights where the file has no such layer; empty where it must have it."""


def read(path: Path, architecture: str, layers: Sequence[ExpectedLayer]) -> Weights:
    """The weights of all `layers` out of the file at `path`, in their order; those of an optimiser are left there.

    Raises:
        DataError: not such a file, or not of these layers; names the first that differs. `architecture` is what the message
            calls the model.
    """
    try:
        with _opened(path) as file:
            return list(_values(file, layers))
    except (OSError, EOFError, RuntimeError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path}: not the weights of a {architecture}: {error}; it must have been saved by the same model, with the same "
            "model_params, for samples of the same shape"
        ) from None


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The HDF5 file at `path`, or the one in the archive there."""
    import h5py

    source: Path | io.BytesIO = io.BytesIO(_member(path)) if path.suffix == ".keras" else path
    with h5py.File(source, "r") as file:
        yield file


def _member(path: Path) -> bytes:
    """The file of weights in the archive at `path`. It is read into memory, so it may not be larger than it is there."""
    with zipfile.ZipFile(path) as archive:
        if _MEMBER not in archive.namelist():
            raise ValueError(f"it holds no {_MEMBER}, which Keras 3 puts there with model.save")
        if archive.getinfo(_MEMBER).compress_type != zipfile.ZIP_STORED:
            raise ValueError(f"its {_MEMBER} is compressed, which Keras never does: save it again with model.save")
        return archive.read(_MEMBER)


def _inside(group: Any, *names: str) -> Any:
    """What lies under `names` in `group`, or None; raises ValueError where HDF5 points to another place or file instead."""
    import h5py

    for name in names:
        link = group.get(name, getlink=True) if isinstance(group, h5py.Group) else None
        if link is not None and not isinstance(link, h5py.HardLink):
            raise ValueError(f"its {'/'.join(names)!r} points elsewhere, which is not followed")
        group = group[name] if link else None
    return group


def _names(group: Any) -> list[str]:
    """The names in `group`, numbers in their order; none where it is no group."""
    import h5py

    names = [str(name) for name in group] if isinstance(group, h5py.Group) else []
    return sorted(names, key=lambda name: (len(name) if name.isdecimal() else 0, name))


def _values(file: Any, layers: Sequence[ExpectedLayer]) -> Iterator[NDArray[np.float32]]:
    """The weights of `layers`; raises ValueError at the first layer that is not there, or differs, or is too many."""
    of_keras = _inside(file, "layers") is not None
    root, weights_of = (file["layers"], _weights_by_order) if of_keras else (file, _weights_by_name)
    seen: Counter[str] = Counter()
    left = set(_names(root))
    for layer in layers:
        number = f"_{seen[layer.kind]}" if seen[layer.kind] else ""
        seen[layer.kind] += 1
        key = f"{layer.kind}{number}" if of_keras else layer.name
        where = f"layer {layer.name}" + (f" ({key} in files of Keras)" if of_keras else "")
        if key not in left and layer.otherwise:
            yield from layer.otherwise
            continue
        if key not in left:
            raise ValueError(f"{where} is not there")
        left.remove(key)
        yield from _arrays(layer.shapes, weights_of(_inside(root, key), list(layer.shapes)), where)
    for key in sorted(left):
        if weights_of(_inside(root, key), []):
            raise ValueError(f"it has a layer {key!r}, which the model has not")


def _weights_by_name(group: Any, _expected: list[str]) -> dict[str, Any]:
    return {name: _inside(group, name) for name in _names(group)}


def _weights_by_order(group: Any, expected: list[str]) -> dict[str, Any]:
    """What the weights of a layer lie in, by the names `expected` of them, and by their place where there are more."""
    for part in set(_names(group)) - _KNOWN_PARTS:
        inner = _inside(group, part)
        if _names(inner) != ["vars"] or _names(_inside(inner, "vars")):
            raise ValueError(f"its layer {group.name} has a part {part!r}, which no layer of the model has")
    parts = {"/".join(place): _inside(group, *place) for place in _PLACES}
    held = {f"{place}/{name}": _inside(part, name) for place, part in parts.items() for name in _names(part)}
    names = [*expected[: len(held)], *list(held)[len(expected) :]]
    return dict(zip(names, held.values(), strict=True))


def _arrays(shapes: dict[str, tuple[int, ...]], weights: dict[str, Any], where: str) -> Iterator[NDArray[np.float32]]:
    """The weights of one layer; raises ValueError where they differ from what is expected."""
    for name, shape in shapes.items():
        yield _array(weights.get(name), f"{where}: {name}", shape)
    if strangers := weights.keys() - shapes.keys():
        raise ValueError(f"{where} has a weight {min(strangers)!r}, which the model has not")


def _array(found: Any, what: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
    import h5py

    if not isinstance(found, h5py.Dataset):
        raise ValueError(f"{what} is missing")
    if found.external or found.is_virtual:
        raise ValueError(f"{what} lies in another file, which is not followed")
    if found.shape != shape or found.dtype != np.float32:
        raise ValueError(f"{what} must be float32 of shape {shape}, received {found.dtype} of {found.shape}")
    if any(piece > length for piece, length in zip(found.chunks or (), shape, strict=False)):
        raise ValueError(f"{what} is stored in pieces of {found.chunks}, larger than it is")
    values = np.asarray(found)
    if not np.isfinite(values).all():
        raise ValueError(f"{what} holds NaN or infinite numbers, as of a model that diverged")
    return values
