"""The learning engine on Keras 3: one compiled graph per run, reset and trained again every round.

An epoch runs inside one `tf.function` that gathers its own batches, in calls of about half a second so that a signal is
answered soon. Of the six ways that `make bench` measures none is faster on a CPU, and for small models this takes half of
the time of Keras' own `fit`; XLA takes several times as long and has no deterministic gradient for max-pooling.
Shapes of batches are left open, so nothing is traced after the first round.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models_keras.dropout_passes import DropoutPasses, head_of
from models_keras.head import EMBEDDING, LOGITS
from utils import files
from utils.errors import DamagedRunError, DivergenceError, ParameterError
from utils.inference import Inference
from utils.learning_engine import Epoch, FitReport, LearningEngine, Need, Sampling, TrainingSettings, Weights
from utils.rows import Rows
from utils.seeds import rng_for, seed_for

_BLOCK = 128
_SECONDS_PER_CALL = 0.5
_PLAIN = (Need.PROBABILITIES, Need.EMBEDDINGS, Need.LAST_INPUTS)
_ALWAYS = frozenset({*_PLAIN, Need.HEAD})
_BY_PASS = {Need.STOCHASTIC, Need.AUGMENTED}


class BaseModel(LearningEngine):
    """Any architecture of `models_keras`, trained with Adam on (binary) cross-entropy."""

    def __init__(
        self,
        build: Callable[..., keras.Model],
        input_shape: tuple[int, ...],
        num_outputs: int,
        model_params: Mapping[str, Any],
        settings: TrainingSettings,
        sampling: Sampling,
    ) -> None:
        """Builds `build(input_shape, num_outputs, **model_params)`; `num_outputs` 1 is one sigmoid output."""
        self._settings = settings
        self._sampling = sampling
        self._num_outputs = num_outputs
        try:
            self._model = build(input_shape, num_outputs, **model_params)
        except ValueError as error:
            raise ParameterError(
                f"model: {build.__name__} cannot be built for samples of shape {input_shape} with model_params "
                f"{dict(model_params)}: {str(error).splitlines()[0]}"
            ) from None
        logits = self._model.get_layer(LOGITS)
        named = [layer for layer in self._model.layers if layer.name == EMBEDDING]
        embedding = named[0].output if named else logits.input
        flat = keras.layers.Flatten()
        self._network = keras.Model(self._model.inputs, [logits.output, flat(embedding), flat(logits.input)])
        self._dropout_passes = DropoutPasses(self._model, sampling.passes)
        self.provides = _ALWAYS | self._sampled()
        self._optimizer = keras.optimizers.Adam(settings.learning_rate)
        self._optimizer.build(self._network.trainable_variables)
        self._fresh_optimizer = [variable.numpy() for variable in self._optimizer.variables]
        self._generators = [variable for variable in self._network.variables if variable.path.endswith("seed_generator_state")]
        self._batches_per_call = 1
        self._trace(input_shape)

    def _sampled(self) -> frozenset[Need]:
        offered = {Need.STOCHASTIC: self._dropout_passes.available, Need.AUGMENTED: self._sampling.augmenter is not None}
        return frozenset(need for need, there in offered.items() if there)

    def _trace(self, input_shape: tuple[int, ...]) -> None:
        samples = tf.TensorSpec([None, *input_shape], tf.float32)
        vector, ids = tf.TensorSpec([None], tf.float32), tf.TensorSpec([None], tf.int64)
        self._infer = tf.function(self._infer_block, input_signature=[samples])
        self._pass = tf.function(self._pass_block, reduce_retracing=True)
        self._train = tf.function(self._train_steps, input_signature=[samples, ids, vector, ids, ids])

    def _infer_block(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        logits, embeddings, last_inputs = self._network(x, training=False)
        return self._activated(logits), embeddings, last_inputs

    def _pass_block(self, x: tf.Tensor, *masks: tf.Tensor) -> tf.Tensor:
        return self._activated(self._dropout_passes.logits(x, *masks))

    def _activated(self, logits: tf.Tensor) -> tf.Tensor:
        """(…, C) probabilities; one sigmoid output gives two columns."""
        if self._num_outputs == 1:
            probability = tf.sigmoid(logits)
            return tf.concat([1 - probability, probability], axis=-1)
        return tf.nn.softmax(logits)

    def _train_steps(self, x: tf.Tensor, y: tf.Tensor, weight: tf.Tensor, order: tf.Tensor, bounds: tf.Tensor) -> tf.Tensor:
        """Trains batch after batch on the samples order[bounds[b]:bounds[b + 1]]; (batches,) the loss of each."""
        batches = tf.size(bounds) - 1
        losses = tf.TensorArray(tf.float32, size=batches)
        for batch in tf.range(batches):
            ids = order[bounds[batch] : bounds[batch + 1]]
            loss = self._train_batch(tf.gather(x, ids), tf.gather(y, ids), tf.gather(weight, ids))
            losses = losses.write(batch, loss)
        return losses.stack()

    def _train_batch(self, x: tf.Tensor, y: tf.Tensor, weight: tf.Tensor) -> tf.Tensor:
        variables = self._network.trainable_variables
        with tf.GradientTape() as tape:
            logits, *_ = self._network(x, training=True)
            loss = tf.reduce_mean(weight * self._cross_entropy(y, logits))
            if self._network.losses:
                loss += tf.add_n(self._network.losses)
        # a word that stands in a batch twice has one gradient, the sum, not two
        gradients = [tf.convert_to_tensor(gradient) for gradient in tape.gradient(loss, variables)]
        self._optimizer.apply(gradients, variables)
        return loss

    def _cross_entropy(self, y: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        if self._num_outputs == 1:
            return tf.nn.sigmoid_cross_entropy_with_logits(tf.cast(y, tf.float32), logits[:, 0])
        return tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits)

    def reset(self, seed: int) -> None:
        """Sets untrained weights; see LearningEngine."""
        fresh = keras.Model.from_config(_with_seeds(self._model.get_config(), seed))
        self.set_weights([np.asarray(weight) for weight in fresh.get_weights()])

    def fit(
        self,
        x: Rows,
        y: NDArray[np.int64],
        *,
        sample_weight: NDArray[np.float32],
        validation: tuple[Rows, NDArray[np.int64]] | None,
        seed: int,
    ) -> FitReport:
        """Trains on from the present weights; see LearningEngine."""
        self._reset_training(seed)
        data = tf.constant(x.take()), tf.constant(y), tf.constant(sample_weight)
        epochs: list[Epoch] = []
        best, kept, best_weights = (-np.inf, -np.inf), 0, None
        for number in range(self._settings.num_epochs):
            order = rng_for(seed, "batches", number).permutation(len(x))
            loss = self._train_epoch(data, order, x.ids, number)
            if validation is None:
                epochs.append(Epoch(loss))
                kept = number
                continue
            epochs.append(self._validated(loss, *validation))
            reached = (epochs[-1].valid_metric or 0.0, -(epochs[-1].valid_loss or 0.0))
            if reached > best:
                best, kept, best_weights = reached, number, self.get_weights()
            elif self._settings.early_stopping and number - kept >= self._settings.early_stopping:
                break
        if best_weights is not None and kept < len(epochs) - 1:
            self.set_weights(best_weights)
        return FitReport(tuple(epochs), kept)

    def _reset_training(self, seed: int) -> None:
        for variable, value in zip(self._optimizer.variables, self._fresh_optimizer, strict=True):
            variable.assign(value)
        for number, generator in enumerate(self._generators):
            generator.assign(np.array([seed_for(seed, "dropout", number), 0], dtype=np.uint32))

    def _train_epoch(self, data: tuple[tf.Tensor, ...], order: NDArray[np.int64], ids: NDArray[np.int64], epoch: int) -> float:
        """One pass over the samples in `order`; the mean loss of its batches.

        The samples are spread evenly over as few batches as `batch_size` allows. A remainder of one or two samples would make
        a whole step on them, with batch statistics of them alone: visible as a dip in the learning curve of such rounds.
        """
        batches = -(-len(order) // self._settings.batch_size)
        bounds = np.arange(batches + 1) * len(order) // batches
        losses: list[float] = []
        while len(losses) < batches:
            done = len(losses)
            part = bounds[done : done + self._batches_per_call + 1]
            begun = time.perf_counter()
            losses += self._train(*data, tf.constant(order), tf.constant(part)).numpy().tolist()
            seconds_per_batch = (time.perf_counter() - begun) / (len(losses) - done)
            self._batches_per_call = max(1, min(2 * self._batches_per_call, int(_SECONDS_PER_CALL / seconds_per_batch)))
            for batch, loss in enumerate(losses[done:], start=done):
                if not math.isfinite(loss):
                    samples = ids[order[bounds[batch] : bounds[batch + 1]]]
                    raise DivergenceError(
                        f"the training loss became {loss} in epoch {epoch + 1}, batch {batch + 1} "
                        f"(samples {', '.join(map(str, samples.tolist()))}): lower learning_rate, or look at them"
                    )
        return float(np.mean(losses))

    def _validated(self, loss: float, x: Rows, y: NDArray[np.int64]) -> Epoch:
        probabilities = self._inferred(x, frozenset({Need.PROBABILITIES}), 0)[Need.PROBABILITIES]
        right = probabilities[np.arange(len(y)), y]
        return Epoch(loss, float(-np.log(np.maximum(right, 1e-7)).mean()), float((probabilities.argmax(axis=1) == y).mean()))

    def _inferred(self, x: Rows, needs: frozenset[Need], seed: int) -> dict[Need, NDArray[np.float32]]:
        """One pass in blocks of one size, the last one padded, so that no sample's values depend on how many there are."""
        found: dict[Need, NDArray[np.float32]] = {}
        masks = self._dropout_passes.masks(seed) if Need.STOCHASTIC in needs else []
        for part, block in x.blocks(_BLOCK):
            padded = np.pad(block, [(0, _BLOCK - len(block))] + [(0, 0)] * (block.ndim - 1))
            for need, values in self._of_block(padded, needs, masks, seed).items():
                axis = int(need in _BY_PASS)
                shape = (*values.shape[:axis], len(x), *values.shape[axis + 1 :])
                filled = found.setdefault(need, np.empty(shape, dtype=np.float32))
                filled.swapaxes(0, axis)[part] = values.swapaxes(0, axis)[: len(block)]
        return found

    def _of_block(
        self, block: NDArray[np.float32], needs: frozenset[Need], masks: list[tf.Tensor], seed: int
    ) -> dict[Need, NDArray[np.float32]]:
        x = tf.constant(block)
        values = dict(zip(_PLAIN, (tensor.numpy() for tensor in self._infer(x)), strict=True))
        if masks:
            values[Need.STOCHASTIC] = self._pass(x, *masks).numpy()
        if Need.AUGMENTED in needs and self._sampling.augmenter is not None:
            copies = self._sampling.augmenter.copies(block, seed)
            of_copies = self._infer(tf.constant(copies.reshape(-1, *block.shape[1:])))[0].numpy()
            values[Need.AUGMENTED] = of_copies.reshape(*copies.shape[:2], -1)
        return {need: array for need, array in values.items() if need in needs}

    def infer(self, x: Rows, needs: frozenset[Need], seed: int = 0) -> Inference:
        """Everything in `needs` in one pass; see LearningEngine."""
        found = self._inferred(x, needs, seed)
        head = head_of(self._model) if Need.HEAD in needs else None
        inference = Inference(head=head, **{need.value: values for need, values in found.items()})
        for values in inference.of_samples().values():
            finite = np.isfinite(values).reshape(len(x), -1).all(axis=1)
            if not finite.all():
                raise DivergenceError(
                    f"the model's output for sample {x.ids[int(np.argmin(finite))]} is NaN or infinite: the model diverged; "
                    "lower learning_rate, or look at that sample"
                )
        return inference

    def get_weights(self) -> Weights:
        """A copy of all weights."""
        return [np.asarray(weight) for weight in self._model.get_weights()]

    def set_weights(self, weights: Weights) -> None:
        """Sets all weights."""
        self._model.set_weights(weights)

    def save_weights(self, path: Path) -> None:
        """Writes a `.weights.h5` file."""
        with files.replacing(path) as temporary:
            self._model.save_weights(temporary)

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

    def export(self, path: Path) -> None:
        """Writes a `.keras` file."""
        with files.replacing(path) as temporary:
            self._model.save(temporary)


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
