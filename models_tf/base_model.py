"""The learning engine on bare TensorFlow: one graph per run, its variables reset and trained again every round.

An epoch runs inside one `tf.function` that gathers its own batches. A `tf.data` pipeline in its place was no faster for
vggish and BiLSTM, and took two to eight times as long for dense networks. Shapes of batches are left open, so nothing is
traced after the first round.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models_tf import objective, saved_model, weights_file
from models_tf.adam import Adam
from models_tf.dropout_passes import DropoutPasses
from models_tf.layers import Embedding
from models_tf.network import Network
from models_tf.optimizer import Optimizer
from models_tf.rmsprop import RMSprop
from utils.batched_engine import BatchedEngine
from utils.errors import ParameterError
from utils.frozen import frozen_layers
from utils.learning_engine import Sampling, TrainingSettings, Weights
from utils.rows import Rows
from utils.seeds import rng_for, seed_for

_OPTIMIZERS: dict[str, type[Optimizer]] = {"adam": Adam, "rmsprop": RMSprop}


class BaseModel(BatchedEngine):
    """Any architecture of `models_tf`."""

    def __init__(
        self,
        build: Callable[..., Network],
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
            self._network = build(input_shape, num_outputs, **model_params)
        except ValueError as error:
            raise ParameterError(
                f"model: {build.__name__} cannot be built for samples of shape {input_shape} with model_params "
                f"{dict(model_params)}: {error}"
            ) from None
        names = [layer.name for layer in self._network.layers]
        self._network.freeze(frozen_layers(self._network.name, names, settings.frozen))
        if settings.regression:
            self._network.predict_targets()
        first = self._network.layers[0]
        self._vocabulary = first.vocabulary if isinstance(first, Embedding) else None
        self._dropout_passes = DropoutPasses(self._network, sampling.passes)
        super().__init__(num_outputs, settings, sampling, has_dropout=self._dropout_passes.available)
        self._trained = self._network.trained()
        self._optimizer = _OPTIMIZERS[settings.optimizer](self._trained, settings.learning_rate)
        self._resting = self._network.resting()
        self._trace()

    def _trace(self) -> None:
        samples, before = (tf.TensorSpec([None, *self._network.shapes[start]], tf.float32) for start in (0, self._resting))
        vector, ids, number = tf.TensorSpec([None], tf.float32), tf.TensorSpec([None], tf.int64), tf.TensorSpec([], tf.int64)
        targets = tf.TensorSpec([None, self._num_outputs], tf.float32) if self._settings.regression else ids
        self._infer = tf.function(self._infer_block, input_signature=[samples])
        self._pass = tf.function(self._pass_block, input_signature=[samples, *self._dropout_passes.signature])
        self._rest = tf.function(self._rest_block, input_signature=[samples]) if self._resting else None
        self._after_rest = tf.function(self._after_rest_block, input_signature=[before])
        self._train = tf.function(self._train_steps, input_signature=[before, targets, vector, number, ids, ids])

    def _infer_block(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        logits, embeddings, last_inputs = self._network(x)
        return self._activated(logits), embeddings, last_inputs

    def _pass_block(self, x: tf.Tensor, *masks: tf.Tensor) -> tf.Tensor:
        return self._activated(self._dropout_passes.logits(x, *masks))

    def _rest_block(self, x: tf.Tensor) -> tf.Tensor:
        for layer in self._network.layers[: self._resting]:
            x = layer(x)
        return x

    def _after_rest_block(self, x: tf.Tensor) -> tf.Tensor:
        return self._activated(self._network(x, start=self._resting)[0])

    def _activated(self, logits: tf.Tensor) -> tf.Tensor:
        """(…, C) probabilities, of one sigmoid output in two columns; in regression (…, t) predictions."""
        if self._network.scale is not None:
            return self._network.scale(logits)
        if self._num_outputs == 1:
            probability = tf.sigmoid(logits)
            return tf.concat([1 - probability, probability], axis=-1)
        return tf.nn.softmax(logits)

    def _train_steps(
        self, x: tf.Tensor, y: tf.Tensor, weight: tf.Tensor, seed: tf.Tensor, order: tf.Tensor, bounds: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """Batch after batch; see BatchedEngine."""
        batches = tf.size(bounds) - 1
        losses = tf.TensorArray(tf.float32, size=batches, element_shape=[])
        outputs = tf.TensorArray(tf.float32, size=batches, element_shape=[None, self._num_outputs], infer_shape=False)
        for batch in tf.range(batches):
            ids = order[bounds[batch] : bounds[batch + 1]]
            draw = tf.stack([seed, self._optimizer.step])
            loss, logits = self._train_batch(tf.gather(x, ids), tf.gather(y, ids), tf.gather(weight, ids), draw)
            losses, outputs = losses.write(batch, loss), outputs.write(batch, logits)
        return losses.stack(), outputs.concat()

    def _train_batch(self, x: tf.Tensor, y: tf.Tensor, weight: tf.Tensor, seed: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Loss () of one batch, which the variables have then moved down, and its logits (b, outputs)."""
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self._trained)
            logits, *_ = self._network(x, seed, self._resting)
            losses = objective.losses(self._settings, y, logits)
            loss = tf.reduce_mean(weight * losses) + self._network.penalty()
        gradients = [tf.convert_to_tensor(gradient) for gradient in tape.gradient(loss, self._trained)]
        if self._settings.clip_norm is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, self._settings.clip_norm)
        self._optimizer.apply(gradients)
        return loss, logits

    def _to_train_on(self, x: Rows, y: NDArray[Any], sample_weight: NDArray[np.float32], seed: int) -> tuple[Any, ...]:
        """See BatchedEngine; the samples as far as the layers that rest take them."""
        self._optimizer.restart()
        drawn = tf.constant(seed_for(seed, "dropout"), tf.int64)
        return tf.constant(self._rested(x)), tf.constant(y), tf.constant(sample_weight), drawn

    def _masks(self, seed: int) -> list[Any]:
        return self._dropout_passes.masks(seed)

    def _kernel_and_bias(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        last = self._network.layers[-1].weights
        return last["kernel"].numpy(), last["bias"].numpy()

    def _set_kernel_and_bias(self, kernel: NDArray[Any], bias: NDArray[Any]) -> None:
        last = self._network.layers[-1].weights
        last["kernel"].assign(kernel.astype(np.float32))
        last["bias"].assign(bias.astype(np.float32))

    def _scale_weights(self) -> dict[str, tf.Variable]:
        return self._network.scale.weights if self._network.scale else {}

    def _get_scale(self) -> tuple[float, float]:
        scale = self._scale_weights()
        return float(scale["bias"][0]), float(scale["kernel"][0, 0])

    def _set_scale(self, mean: float, deviation: float) -> None:
        scale = self._scale_weights()
        scale["kernel"].assign(deviation * tf.eye(self._num_outputs))
        scale["bias"].assign(tf.fill([self._num_outputs], mean))

    def reset(self, seed: int) -> None:
        """Sets untrained weights; see LearningEngine."""
        for number, layer in enumerate(self._network.all_layers()):
            for variable, value in layer.initial(rng_for(seed, "weights", number)):
                variable.assign(value)

    def get_weights(self) -> Weights:
        """A copy of all weights, in the order in which Keras gives those of the same architecture."""
        return [variable.numpy() for _, _, variable in self._network.weights()]

    def set_weights(self, weights: Weights) -> None:
        """Sets all weights."""
        for (_, _, variable), value in zip(self._network.weights(), weights, strict=True):
            variable.assign(value)

    def save_weights(self, path: Path) -> None:
        """Writes an HDF5 file; see `weights_file.py`."""
        weights_file.write(path, self._network)

    def load_weights(self, path: Path) -> None:
        """Reads an HDF5 file; see `weights_file.py`."""
        weights_file.read(path, self._network)

    def load_pretrained(self, path: Path) -> None:
        """Reads the weights of the same architecture; see LearningEngine."""
        weights_file.read_pretrained(path, self._network)

    def export(self, path: Path) -> None:
        """Writes a SavedModel, which is a folder: `model.savedmodel/` where `path` is `model.keras`; see `saved_model.py`."""

        def serve(x: tf.Tensor) -> dict[str, tf.Tensor]:
            outputs, embeddings, _ = self._infer_block(x)
            return {self._plain[0].value: outputs, "embeddings": embeddings}

        saved_model.write(path.with_suffix(".savedmodel"), self._network, serve)
