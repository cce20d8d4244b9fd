"""Learning engines on bare TensorFlow 2: the engine itself in `base_model.py`, one architecture per file beside it.

To add an architecture, write a file with a build function: decorated with `@models.register("name")`, it takes the shape of a
sample and the number of outputs, and, as keyword-only arguments with defaults and types, what `model_params` may set. It
imports the layers inside, so that names and parameters are known in milliseconds, before TensorFlow loads, and returns a
`Network`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from utils.journal import Record
from utils.learning_engine import LearningEngine, Sampling, TrainingSettings
from utils.model_size import refuse_too_large_samples, refused_where_too_large
from utils.registry import Registry

if TYPE_CHECKING:
    from models_tf.network import Network

Rate = Annotated[float, Field(ge=0, lt=1)]
"""Share of the units that a dropout layer drops, or of the old value that a moving mean keeps."""
Factor = Annotated[float, Field(ge=0)]
"""Factor of a penalty in the loss."""

models: Registry[Callable[..., Network]] = Registry(
    "TensorFlow model",
    "models_tf",
    "active_learning.models_tf",
    leave_out=(
        "adam",
        "base_model",
        "device",
        "dropout_passes",
        "layers",
        "lstm",
        "network",
        "objective",
        "optimizer",
        "rmsprop",
        "saved_model",
        "scale",
        "tensorboard",
        "weights_file",
    ),
)


def make_engine(
    model: str,
    input_shape: tuple[int, ...],
    num_outputs: int,
    model_params: Mapping[str, Any],
    settings: TrainingSettings,
    sampling: Sampling,
    threads: int,
) -> tuple[LearningEngine, dict[str, str | int]]:
    """The engine around the architecture `model`, and what the bits of its results depend on; loads TensorFlow."""
    from models_tf.device import set_up

    environment = set_up(threads)
    from models_tf.base_model import BaseModel

    refuse_too_large_samples(input_shape)
    with refused_where_too_large(model, model_params):
        engine = BaseModel(models.get(model), input_shape, num_outputs, model_params, settings, sampling)
    refuse_too_large_samples(input_shape, engine)
    return engine, environment


def write_tensorboard(folder: Path, rounds: list[Record]) -> None:
    """Writes the logs of a run for TensorBoard into `folder`."""
    from models_tf.tensorboard import write_log

    write_log(folder, rounds)
