"""The model whole for use elsewhere: a SavedModel, the folder that TensorFlow Serving and other languages load.

TensorFlow writes into memory; from there each file replaces the one before it, `saved_model.pb` last. A folder without it is
no SavedModel, so a crash leaves one that nothing loads.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import tensorflow as tf

from models_tf.network import Network
from utils import files

_GRAPH = "saved_model.pb"


def write(folder: Path, network: Network, serve: Callable[[tf.Tensor], dict[str, tf.Tensor]]) -> None:
    """Writes `network` with one signature, `serving_default`: x (b, …) → what `serve` gives by name."""
    module = tf.Module()
    module.network = network
    module.serve = tf.function(serve, input_signature=[tf.TensorSpec([None, *network.shapes[0]], name="x")])
    memory = f"ram://{secrets.token_hex(8)}"
    variables = folder / "variables"
    for place in (folder, variables):
        files.remove_temporaries(files.make_folder(place))
    files.remove(folder / _GRAPH)
    with files.replacing(folder / _GRAPH) as temporary:
        try:
            tf.saved_model.save(module, memory, signatures={"serving_default": module.serve})
            for name in tf.io.gfile.listdir(f"{memory}/variables"):
                files.write_bytes(variables / PurePosixPath(name).name, _content(f"{memory}/variables/{name}"))
            temporary.write_bytes(_content(f"{memory}/{_GRAPH}"))
        finally:
            tf.io.gfile.rmtree(memory)


def _content(path: str) -> bytes:
    with tf.io.gfile.GFile(path, "rb") as file:
        return file.read()
