"""The learning engine on bare TensorFlow: one graph per run, its variables reset and trained again every round.

An epoch runs inside one `tf.function` that gathers its own batches, in calls of about half a second so that a signal is
answered soon. A `tf.data` pipeline in its place was no faster for vggish and BiLSTM, and took two to eight times as long for
dense networks. Shapes of batches are left open, so nothing is traced after the first round.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from models_tf import saved_model, weights_file
from models_tf.adam import Adam
from models_tf.dropout_passes import DropoutPasses
from models_tf.layers import Embedding
from models_tf.network import Network
from utils.errors import DataError, DivergenceError, ParameterError
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
    """Any architecture of `models_tf`, trained with Adam on (binary) cross-entropy."""

    def __init__(
        self,
        build: Callable[..., Network],
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
            self._network = build(input_shape, num_outputs, **model_params)
        except ValueError as error:
            raise ParameterError(
                f"model: {build.__name__} cannot be built for samples of shape {input_shape} with model_params "
                f"{dict(model_params)}: {error}"
            ) from None
        self._dropout_passes = DropoutPasses(self._network, sampling.passes)
        offered = {Need.STOCHASTIC: self._dropout_passes.available, Need.AUGMENTED: sampling.augmenter is not None}
        self.provides = _ALWAYS | {need for need, there in offered.items() if there}
        self._trained = self._network.trained()
        self._optimizer = Adam(self._trained, settings.learning_rate)
        self._resting = self._network.resting()
        self._batches_per_call = 1
        self._trace()

    def _trace(self) -> None:
        samples, before = (tf.TensorSpec([None, *self._network.shapes[start]], tf.float32) for start in (0, self._resting))
        vector, ids, number = tf.TensorSpec([None], tf.float32), tf.TensorSpec([None], tf.int64), tf.TensorSpec([], tf.int64)
        self._infer = tf.function(self._infer_block, input_signature=[samples])
        self._pass = tf.function(self._pass_block, input_signature=[samples, *self._dropout_passes.signature])
        self._rest = tf.function(self._rest_block, input_signature=[samples])
        self._train = tf.function(self._train_steps, input_signature=[before, ids, vector, ids, ids, number])

    def _infer_block(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
        logits, embeddings, last_inputs = self._network(x)
        return self._activated(logits), embeddings, last_inputs

    def _pass_block(self, x: tf.Tensor, *masks: tf.Tensor) -> tf.Tensor:
        return self._activated(self._dropout_passes.logits(x, *masks))

    def _rest_block(self, x: tf.Tensor) -> tf.Tensor:
        for layer in self._network.layers[: self._resting]:
            x = layer(x)
        return x

    def _activated(self, logits: tf.Tensor) -> tf.Tensor:
        """(…, C) probabilities; one sigmoid output gives two columns."""
        if self._num_outputs == 1:
            probability = tf.sigmoid(logits)
            return tf.concat([1 - probability, probability], axis=-1)
        return tf.nn.softmax(logits)

    def _train_steps(
        self, x: tf.Tensor, y: tf.Tensor, weight: tf.Tensor, order: tf.Tensor, bounds: tf.Tensor, seed: tf.Tensor
    ) -> tf.Tensor:
        """Trains batch after batch on the samples order[bounds[b]:bounds[b + 1]]; (batches,) the loss of each."""
        batches = tf.size(bounds) - 1
        losses = tf.TensorArray(tf.float32, size=batches)
        for batch in tf.range(batches):
            ids = order[bounds[batch] : bounds[batch + 1]]
            draw = tf.stack([seed, self._optimizer.step])
            loss = self._train_batch(tf.gather(x, ids), tf.gather(y, ids), tf.gather(weight, ids), draw)
            losses = losses.write(batch, loss)
        return losses.stack()

    def _train_batch(self, x: tf.Tensor, y: tf.Tensor, weight: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self._trained)
            logits, *_ = self._network(x, seed, self._resting)
            loss = tf.reduce_mean(weight * self._cross_entropy(y, logits)) + self._network.penalty()
        gradients = [tf.convert_to_tensor(gradient) for gradient in tape.gradient(loss, self._trained)]
        if self._network.clip_norm is not None:
            gradients, _ = tf.clip_by_global_norm(gradients, self._network.clip_norm)
        self._optimizer.apply(gradients)
        return loss

    def _cross_entropy(self, y: tf.Tensor, logits: tf.Tensor) -> tf.Tensor:
        if self._num_outputs == 1:
            return tf.nn.sigmoid_cross_entropy_with_logits(tf.cast(y, tf.float32), logits[:, 0])
        return tf.nn.sparse_softmax_cross_entropy_with_logits(y, logits)

    def reset(self, seed: int) -> None:
        """Sets untrained weights; see LearningEngine."""
        for number, layer in enumerate(self._network.layers):
            for variable, value in layer.initial(rng_for(seed, "weights", number)):
                variable.assign(value)

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
        self._optimizer.restart()
        drawn = tf.constant(seed_for(seed, "dropout"), tf.int64)
        data = self._to_train_on(x), tf.constant(y), tf.constant(sample_weight)
        epochs: list[Epoch] = []
        best, kept, best_weights = (-np.inf, -np.inf), 0, None
        for number in range(self._settings.num_epochs):
            order = rng_for(seed, "batches", number).permutation(len(x))
            loss = self._train_epoch(data, order, x.ids, number, drawn)
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

    def _to_train_on(self, x: Rows) -> tf.Tensor:
        """The samples, as far as the layers that rest take them."""
        if self._resting == 0:
            return tf.constant(self._known(x.take(), x.ids))
        blocks = [self._rest(tf.constant(self._known(block, x.ids[part]))).numpy() for part, block in x.blocks(_BLOCK)]
        return tf.constant(np.concatenate(blocks))

    def _train_epoch(
        self, data: tuple[tf.Tensor, ...], order: NDArray[np.int64], ids: NDArray[np.int64], epoch: int, seed: tf.Tensor
    ) -> float:
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
            losses += self._train(*data, tf.constant(order), tf.constant(part), seed).numpy().tolist()
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

    def _known(self, samples: NDArray[np.float32], ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """`samples` as float32, their word numbers checked: on some devices TensorFlow takes unknown ones without a word."""
        samples = np.asarray(samples, np.float32)
        first = self._network.layers[0]
        if isinstance(first, Embedding):
            known = ((samples >= 0) & (samples < first.vocabulary)).all(axis=1)
            if not known.all():
                raise DataError(
                    f"sample {ids[int(np.argmin(known))]} holds a word whose number is not in 0 to {first.vocabulary - 1}: "
                    "set model_params vocabulary to that of the texts"
                )
        return samples

    def _inferred(self, x: Rows, needs: frozenset[Need], seed: int) -> dict[Need, NDArray[np.float32]]:
        """One pass in blocks of one size, the last one padded, so that no sample's values depend on how many there are."""
        found: dict[Need, NDArray[np.float32]] = {}
        masks = self._dropout_passes.masks(seed) if Need.STOCHASTIC in needs else []
        for part, block in x.blocks(_BLOCK):
            padded = np.pad(self._known(block, x.ids[part]), [(0, _BLOCK - len(block))] + [(0, 0)] * (block.ndim - 1))
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
        inference = Inference(
            head=self._head() if Need.HEAD in needs else None, **{need.value: values for need, values in found.items()}
        )
        for values in inference.of_samples().values():
            finite = np.isfinite(values).reshape(len(x), -1).all(axis=1)
            if not finite.all():
                raise DivergenceError(
                    f"the model's output for sample {x.ids[int(np.argmin(finite))]} is NaN or infinite: the model diverged; "
                    "lower learning_rate, or look at that sample"
                )
        return inference

    def _head(self) -> NDArray[np.float32]:
        """(e + 1, C) kernel and bias of the last layer; one output gives a first column of zeros."""
        last = self._network.layers[-1].weights
        head: NDArray[np.float32] = np.concatenate([last["kernel"].numpy(), last["bias"].numpy()[np.newaxis]])
        return np.concatenate([np.zeros_like(head), head], axis=1) if self._num_outputs == 1 else head

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

    def export(self, path: Path) -> None:
        """Writes a SavedModel, which is a folder: `model.savedmodel/` where `path` is `model.keras`; see `saved_model.py`."""

        def serve(x: tf.Tensor) -> dict[str, tf.Tensor]:
            probabilities, embeddings, _ = self._infer_block(x)
            return {"probabilities": probabilities, "embeddings": embeddings}

        saved_model.write(path.with_suffix(".savedmodel"), self._network, serve)
