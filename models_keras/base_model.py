"""The learning engine on Keras 3: one compiled graph per run, reset and trained again every round.

All here is Keras' own API; what belongs to the library underneath stands in `tensorflow_steps.py` and `jax_steps.py`.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops
from numpy.typing import NDArray

from models_keras import objective, trainee, weights_file
from models_keras.dropout_passes import DropoutPasses
from models_keras.head import EMBEDDING, LOGITS, PREDICTIONS
from utils import files
from utils.batched_engine import BatchedEngine
from utils.errors import DamagedRunError, ParameterError
from utils.frozen import frozen_layers
from utils.learning_engine import Sampling, TrainingSettings, Weights
from utils.rows import Rows
from utils.seeds import seed_for


def _of_library() -> tuple[Any, Any]:
    """What compiles a function, and what makes the steps of training, in the library that Keras runs on."""
    if keras.backend.backend() == "jax":
        from models_keras import jax_steps

        return jax_steps.compiled, jax_steps.JaxTraining
    from models_keras import tensorflow_steps

    return tensorflow_steps.compiled, tensorflow_steps.TensorFlowTraining


_compiled, _Training = _of_library()
_OPTIMIZERS = {"adam": keras.optimizers.Adam, "rmsprop": keras.optimizers.RMSprop}


class BaseModel(BatchedEngine):
    """Any architecture of `models_keras`."""

    training_steps = _Training
    """What makes the steps of training."""

    def __init__(
        self,
        build: Callable[..., keras.Model],
        input_shape: tuple[int, ...],
        num_outputs: int,
        model_params: Mapping[str, Any],
        settings: TrainingSettings,
        sampling: Sampling,
    ) -> None:
        """Builds `build(input_shape, num_outputs, **model_params)`; `num_outputs` 1 is one sigmoid output.

        In regression it is the one target, and a layer after "logits" brings it into its unit.

        Raises:
            ParameterError: the architecture cannot be built so, or has not the layers to freeze.
        """
        try:
            self._model = build(input_shape, num_outputs, **model_params)
        except ValueError as error:
            raise ParameterError(
                f"model: {build.__name__} cannot be built for samples of shape {input_shape} with model_params "
                f"{dict(model_params)}: {str(error).splitlines()[0]}"
            ) from None
        if settings.regression:
            self._model = _predicting(self._model, num_outputs)
        names = [layer.name for layer in self._model.layers if not isinstance(layer, keras.layers.InputLayer)]
        self._resting, self._trainee = trainee.split(self._model, frozen_layers(self._model.name, names, settings.frozen))
        self._network = _with_embedding(self._model)
        self._vocabulary = _vocabulary(self._model)
        self._dropout_passes = DropoutPasses(self._model, sampling.passes)
        super().__init__(num_outputs, settings, sampling, has_dropout=self._dropout_passes.available)
        self._optimizer = _OPTIMIZERS[settings.optimizer](settings.learning_rate, global_clipnorm=settings.clip_norm)
        self._optimizer.build(self._trainee.trainable_variables)
        self._fresh_optimizer = [variable.numpy() for variable in self._optimizer.variables]
        self._generators = [variable for variable in self._network.variables if variable.path.endswith("seed_generator_state")]
        self._trace(input_shape)

    def _trace(self, input_shape: tuple[int, ...]) -> None:
        samples, variables = (None, *input_shape), self._model.variables
        self._infer = _compiled(self._infer_block, [samples], variables)
        self._pass = _compiled(self._pass_block, [samples, *self._dropout_passes.shapes], variables)
        resting = self._resting
        self._rest = _compiled(lambda x: resting(x, training=False), [samples], variables) if resting else None
        rested = self._trainee.input.shape
        self._after_rest = _compiled(lambda x: self._activated(self._trainee(x, training=False)), [rested], variables)
        self._steps = self.training_steps(
            self._objective, self._trainee, self._optimizer, self._num_outputs, regression=self._settings.regression
        )
        self._train = self._steps.run

    def _infer_block(self, x: keras.KerasTensor) -> tuple[keras.KerasTensor, ...]:
        logits, embeddings, last_inputs = self._network(x, training=False)
        return self._activated(logits), embeddings, last_inputs

    def _pass_block(self, x: keras.KerasTensor, *masks: keras.KerasTensor) -> keras.KerasTensor:
        return self._activated(self._dropout_passes.logits(x, *masks))

    def _activated(self, logits: keras.KerasTensor) -> keras.KerasTensor:
        """(…, C) probabilities, of one sigmoid output in two columns; in regression (…, t) predictions."""
        if self._settings.regression:
            return self._model.get_layer(PREDICTIONS)(logits)
        if self._num_outputs == 1:
            probability = ops.sigmoid(logits)
            return ops.concatenate([1 - probability, probability], axis=-1)
        return ops.softmax(logits)

    def _objective(
        self, x: keras.KerasTensor, y: keras.KerasTensor, weight: keras.KerasTensor
    ) -> tuple[keras.KerasTensor, keras.KerasTensor]:
        """Loss () of a batch with its penalties, and its logits (b, outputs)."""
        outputs = self._trainee(x, training=True)
        loss = ops.mean(weight * objective.losses(self._settings, y, outputs))
        for penalty in self._trainee.losses:
            loss += penalty
        return loss, outputs

    def _to_train_on(self, x: Rows, y: NDArray[Any], sample_weight: NDArray[np.float32], seed: int) -> tuple[Any, ...]:
        """See BatchedEngine."""
        for variable, value in zip(self._optimizer.variables, self._fresh_optimizer, strict=True):
            variable.assign(value)
        for number, generator in enumerate(self._generators):
            generator.assign(np.array([seed_for(seed, "dropout", number), 0], dtype=np.uint32))
        return tuple(map(ops.convert_to_tensor, (self._rested(x), y, sample_weight)))

    def _masks(self, seed: int) -> list[Any]:
        return [ops.convert_to_tensor(mask) for mask in self._dropout_passes.masks(seed)]

    def _kernel_and_bias(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        kernel, bias = map(np.asarray, self._model.get_layer(LOGITS).get_weights())
        return kernel, bias

    def _set_kernel_and_bias(self, kernel: NDArray[Any], bias: NDArray[Any]) -> None:
        self._model.get_layer(LOGITS).set_weights([kernel, bias])

    def _get_scale(self) -> tuple[float, float]:
        deviation, mean = self._model.get_layer(PREDICTIONS).get_weights()
        return float(mean[0]), float(deviation[0, 0])

    def _set_scale(self, mean: float, deviation: float) -> None:
        outputs = self._num_outputs
        self._model.get_layer(PREDICTIONS).set_weights([deviation * np.eye(outputs), np.full(outputs, mean)])

    def reset(self, seed: int) -> None:
        """Sets untrained weights; see LearningEngine."""
        fresh = keras.Model.from_config(_with_seeds(self._model.get_config(), seed))
        self.set_weights([np.asarray(weight) for weight in fresh.get_weights()])

    def get_weights(self) -> Weights:
        """A copy of all weights."""
        return [np.asarray(weight) for weight in self._model.get_weights()]

    def set_weights(self, weights: Weights) -> None:
        """Sets all weights."""
        self._model.set_weights(weights)

    def save_weights(self, path: Path) -> None:
        """Writes a `.weights.h5` file."""
        with files.replacing(path) as temporary:
            memory = _WeightsInMemory()
            self._model.save_weights(memory)
            temporary.write_bytes(memory.getvalue())

    def load_weights(self, path: Path) -> None:
        """Reads a `.weights.h5` file; only arrays are read.

        Raises:
            DamagedRunError: the weights are of another architecture.
        """
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                self._model.load_weights(path)
        except (UserWarning, ValueError, KeyError, OSError) as error:
            raise DamagedRunError(f"{path}: not the weights of a {self._model.name}: {error}") from None

    def load_pretrained(self, path: Path) -> None:
        """Reads the weights of the same architecture; see LearningEngine."""
        weights_file.read_pretrained(path, self._model)

    def export(self, path: Path) -> None:
        """Writes a `.keras` file."""
        with files.replacing(path) as temporary:
            self._model.save(temporary)


class _WeightsInMemory(io.BytesIO):
    """Where Keras writes a file of weights: HDF5 ends the process on a full disk, so it never writes there itself."""

    def __str__(self) -> str:
        """Of the form that Keras demands of a path."""
        return "memory.weights.h5"


def _predicting(model: keras.Model, num_outputs: int) -> keras.Model:
    """`model` up to its logits, and after them deviation · x + mean, a dense layer that training leaves as it is."""
    scale = keras.layers.Dense(num_outputs, kernel_initializer="identity", trainable=False, name=PREDICTIONS)
    return keras.Model(model.inputs, scale(model.get_layer(LOGITS).output), name=model.name)


def _with_embedding(model: keras.Model) -> keras.Model:
    """Samples → logits (b, outputs), embeddings (b, d), inputs of the last dense layer (b, e)."""
    logits = model.get_layer(LOGITS)
    named = [layer for layer in model.layers if layer.name == EMBEDDING]
    embedding = named[0].output if named else logits.input
    flat = keras.layers.Flatten(name="as_rows")
    return keras.Model(model.inputs, [logits.output, flat(embedding), flat(logits.input)])


def _vocabulary(model: keras.Model) -> int | None:
    """How many words a model knows that is fed word numbers."""
    first = model.layers[1]
    return first.input_dim if isinstance(first, keras.layers.Embedding) else None


def _with_seeds(config: Any, seed: int) -> Any:
    """A copy of a Keras configuration in which every initialiser and dropout layer has a seed of its own."""
    counter = iter(range(1 << 30))

    def visit(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: seed_for(seed, "weights", next(counter)) if key == "seed" else visit(item) for key, item in value.items()
            }
        return [visit(item) for item in value] if isinstance(value, list) else value

    return visit(config)
