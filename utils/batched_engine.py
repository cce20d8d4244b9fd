"""What learning engines that train batch after batch have in common, whatever library computes a batch.

Here are the epochs, the choice of the best one, the even batches, the blocks of inference and the checks of what comes out,
in NumPy; an engine adds three compiled functions and its weights. Training calls return after about half a second, so that
a signal is answered soon.
"""

from __future__ import annotations

import math
import time
from abc import abstractmethod
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from utils.errors import DataError, DivergenceError
from utils.inference import Inference
from utils.judgement import Judgement
from utils.learning_engine import Epoch, FitReport, LearningEngine, Need, Sampling, TrainingSettings
from utils.rows import Rows
from utils.seeds import rng_for

BLOCK = 128
"""Samples of which inference computes the values at once."""
_SECONDS_PER_CALL = 0.5
_BY_PASS = {Need.STOCHASTIC, Need.AUGMENTED}


class BatchedEngine(LearningEngine):
    """The loops around the batches; arrays that the three functions give are any that `np.asarray` takes."""

    _train: Callable[..., Any]
    """(*what `_to_train_on` gave, order (n,), bounds (b + 1,)) → losses (b,), logits (m, outputs): trains on the samples
    order[bounds[i]:bounds[i + 1]] of each batch in turn; the logits of these m samples, in their order, before each step."""
    _infer: Callable[[NDArray[np.float32]], tuple[Any, Any, Any]]
    """Samples (b, …) → probabilities (b, C) or predictions (b, t), embeddings (b, d), inputs of the last dense layer (b, e)."""
    _rest: Callable[[NDArray[np.float32]], Any] | None = None
    """Samples (b, …) → what the layers that rest in training give of them; None where none does."""
    _after_rest: Callable[[NDArray[np.float32]], Any]
    """What `_rest` gave (b, …) → probabilities (b, C) or predictions (b, t)."""
    _pass: Callable[..., Any]
    """(samples (b, …), *masks) → (K, b, C) probabilities or (K, b, t) predictions of K passes with dropout."""
    _vocabulary: int | None = None
    """How many words the model knows, where its samples are word numbers."""

    def __init__(self, num_outputs: int, settings: TrainingSettings, sampling: Sampling, *, has_dropout: bool) -> None:
        """`num_outputs` 1 is one sigmoid output, or in regression the target; the functions are set afterwards."""
        self._num_outputs = num_outputs
        self._settings = settings
        self._sampling = sampling
        self._plain = Need.PREDICTIONS if settings.regression else Need.PROBABILITIES, Need.EMBEDDINGS, Need.LAST_INPUTS
        offered = {Need.STOCHASTIC: has_dropout, Need.AUGMENTED: sampling.augmenter is not None}
        self.provides = frozenset({*self._plain, Need.HEAD, *(need for need, there in offered.items() if there)})
        self._batches_per_call = 1

    @abstractmethod
    def _to_train_on(self, x: Rows, y: NDArray[Any], sample_weight: NDArray[np.float32], seed: int) -> tuple[Any, ...]:
        """Starts a fresh optimiser and fresh dropout, and puts the data where `_train` reads them.

        Samples pass through `_rested`. In regression `y` (n, t) are the scaled targets, float32.
        """

    @abstractmethod
    def _kernel_and_bias(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """(e, outputs) and (outputs,) of the last dense layer."""

    @abstractmethod
    def _set_kernel_and_bias(self, kernel: NDArray[Any], bias: NDArray[Any]) -> None:
        """Sets both."""

    @abstractmethod
    def _masks(self, seed: int) -> list[Any]:
        """For each dropout layer (K, 1, …): 0, or 1/(1 − rate) where a unit is kept."""

    @abstractmethod
    def _get_scale(self) -> tuple[float, float]:
        """Mean and deviation of the targets, in regression; 0 and 1 where none were seen yet."""

    @abstractmethod
    def _set_scale(self, mean: float, deviation: float) -> None:
        """Sets both."""

    def fit(
        self,
        x: Rows,
        y: NDArray[Any],
        *,
        sample_weight: NDArray[np.float32],
        validation: tuple[Rows, NDArray[Any]] | None,
        seed: int,
    ) -> FitReport:
        """Trains on from the present weights; see LearningEngine."""
        y = self._scaled(y) if self._settings.regression else y
        data = self._to_train_on(x, y, sample_weight, seed)
        ids = x.ids if validation is None else validation[0].ids
        if validation is not None and self._rest is not None:
            validation = Rows(self._rested(validation[0]), np.arange(len(validation[0]))), validation[1]
        epochs: list[Epoch] = []
        best, kept, best_weights = (-np.inf, -np.inf), 0, None
        for number in range(self._settings.num_epochs):
            order = rng_for(seed, "batches", number).permutation(len(x))
            loss, metric = self._train_epoch(data, y, order, x.ids, number)
            if validation is None:
                epochs.append(Epoch(loss, metric=metric))
                continue
            judgement = self._validated(*validation, ids)
            epochs.append(Epoch(loss, judgement.loss, judgement.metric, metric))
            reached = judgement.rank("loss" if self._settings.regression else self._settings.monitor)
            if self._settings.keep == "last":
                continue
            if reached > best:
                best, kept, best_weights = reached, number, self.get_weights()
            elif self._settings.early_stopping and number - kept >= self._settings.early_stopping:
                break
        if best_weights is None:
            kept = len(epochs) - 1
        elif kept < len(epochs) - 1:
            self.set_weights(best_weights)
        return FitReport(tuple(epochs), kept)

    def _scaled(self, y: NDArray[Any]) -> NDArray[np.float32]:
        """(n, t) targets as the network learns them, after setting the scale by them.

        The scale is a weight like others, so that a round remains a function of the weights that it starts from.
        """
        targets = np.asarray(y, np.float64).reshape(len(y), -1)
        old_mean, old_deviation = self._get_scale()
        kernel, bias = (weight.astype(np.float64) for weight in self._kernel_and_bias())
        # nothing learnt yet: what an untrained network says means nothing in the unit of the targets
        untrained = (old_mean, old_deviation) == (0, 1) and not bias.any()
        self._set_scale(float(targets.mean()), float(targets.std()) if np.ptp(targets) else 1.0)
        mean, deviation = self._get_scale()
        if not untrained:
            ratio = old_deviation / deviation
            self._set_kernel_and_bias(kernel * ratio, bias * ratio + (old_mean - mean) / deviation)
        return ((targets - mean) / deviation).astype(np.float32)

    def _train_epoch(
        self, data: tuple[Any, ...], y: NDArray[Any], order: NDArray[np.int64], ids: NDArray[np.int64], epoch: int
    ) -> tuple[float, float]:
        """One pass over the samples in `order`; the mean loss of its batches and the mean metric of its samples.

        The samples are spread evenly over as few batches as `batch_size` allows. A remainder of one or two samples would make
        a whole step on them, with batch statistics of them alone: visible as a dip in the learning curve of such rounds.
        """
        batches = -(-len(order) // self._settings.batch_size)
        bounds = np.arange(batches + 1) * len(order) // batches
        losses, metric = list[float](), 0.0
        while (done := len(losses)) < batches:
            begun = time.perf_counter()
            part = bounds[done : done + self._batches_per_call + 1]
            of_batches, logits = map(np.asarray, self._train(*data, order, part))
            seconds_per_batch = (time.perf_counter() - begun) / len(of_batches)
            self._batches_per_call = max(1, min(2 * self._batches_per_call, int(_SECONDS_PER_CALL / seconds_per_batch)))
            losses += of_batches.tolist()
            metric += self._summed_metric(y[order[part[0] : part[-1]]], logits)
            for batch, loss in enumerate(losses[done:], start=done):
                if not math.isfinite(loss):
                    samples = ids[order[bounds[batch] : bounds[batch + 1]]]
                    raise DivergenceError(
                        f"the training loss became {loss} in epoch {epoch + 1}, batch {batch + 1} "
                        f"(samples {', '.join(map(str, samples.tolist()))}): lower learning_rate, or look at them"
                    )
        unit = self._get_scale()[1] if self._settings.regression else 1.0
        return float(np.mean(losses)) * unit**2, metric / len(order) * unit

    def _summed_metric(self, y: NDArray[Any], logits: NDArray[np.float32]) -> float:
        """How many samples are right; in regression the sum of their absolute errors, as the targets are scaled."""
        if self._settings.regression:
            return float(np.abs(logits - y).mean(axis=1).sum(dtype=np.float64))
        said = logits[:, 0] > 0 if self._num_outputs == 1 else logits.argmax(axis=1)
        return float((said == y).sum())

    def _validated(self, x: Rows, y: NDArray[Any], ids: NDArray[np.int64]) -> Judgement:
        """Of the present weights, from what the model says at rest of `x`, which `_rest` was given where there is one.

        The samples are called by their `ids` (v,).
        """
        need = self._plain[0]
        if self._rest is None:
            outputs = self._inferred(x, frozenset({need}), 0)[need]
        else:
            outputs = np.concatenate(
                [np.asarray(self._after_rest(_padded(block)))[: len(block)] for _, block in x.blocks(BLOCK)]
            )
        _check_outputs(outputs, ids)
        return Judgement.of(Inference(**{need.value: outputs}), y, self._settings.loss)

    def _rested(self, x: Rows) -> NDArray[np.float32]:
        """(n, …) the samples as far as the layers that rest take them, checked by `_known`."""
        if self._rest is None:
            return self._known(x.take(), x.ids)
        return np.concatenate([np.asarray(self._rest(self._known(block, x.ids[part]))) for part, block in x.blocks(BLOCK)])

    def _known(self, samples: NDArray[np.float32], ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """`samples` as float32, their word numbers checked: on some devices unknown ones are taken without a word."""
        samples = np.asarray(samples, np.float32)
        if self._vocabulary is not None:
            known = ((samples >= 0) & (samples < self._vocabulary)).all(axis=1)
            if not known.all():
                raise DataError(
                    f"sample {ids[int(np.argmin(known))]} holds a word whose number is not in 0 to {self._vocabulary - 1}: "
                    "set model_params vocabulary to that of the texts"
                )
        return samples

    def _inferred(self, x: Rows, needs: frozenset[Need], seed: int) -> dict[Need, NDArray[np.float32]]:
        """One pass in blocks of one size, the last one padded, so that no sample's values depend on how many there are."""
        found: dict[Need, NDArray[np.float32]] = {}
        masks = self._masks(seed) if Need.STOCHASTIC in needs & self.provides else []
        for part, block in x.blocks(BLOCK):
            padded = _padded(self._known(block, x.ids[part]))
            for need, values in self._of_block(padded, needs, masks, seed).items():
                axis = int(need in _BY_PASS)
                shape = (*values.shape[:axis], len(x), *values.shape[axis + 1 :])
                filled = found.setdefault(need, np.empty(shape, dtype=np.float32))
                filled.swapaxes(0, axis)[part] = values.swapaxes(0, axis)[: len(block)]
        return found

    def _of_block(
        self, block: NDArray[np.float32], needs: frozenset[Need], masks: list[Any], seed: int
    ) -> dict[Need, NDArray[np.float32]]:
        values = dict(zip(self._plain, map(np.asarray, self._infer(block)), strict=True))
        if masks:
            values[Need.STOCHASTIC] = np.asarray(self._pass(block, *masks))
        if Need.AUGMENTED in needs and self._sampling.augmenter is not None:
            copies = self._sampling.augmenter.copies(block, seed)
            of_copies = np.asarray(self._infer(copies.reshape(-1, *block.shape[1:]))[0])
            values[Need.AUGMENTED] = of_copies.reshape(*copies.shape[:2], -1)
        return {need: array for need, array in values.items() if need in needs}

    def infer(self, x: Rows, needs: frozenset[Need], seed: int = 0) -> Inference:
        """Everything in `needs` in one pass; see LearningEngine."""
        found = {need.value: values for need, values in self._inferred(x, needs, seed).items()}
        inference = Inference(head=self._head() if Need.HEAD in needs else None, **found)
        for values in inference.of_samples().values():
            _check_outputs(values, x.ids)
        return inference

    def _head(self) -> NDArray[np.float32]:
        """(e + 1, C) kernel and bias of the last layer; one sigmoid output gives a first column of zeros."""
        kernel, bias = self._kernel_and_bias()
        head: NDArray[np.float32] = np.concatenate([kernel, bias[np.newaxis]])
        if self._settings.regression:
            mean, deviation = self._get_scale()
            head = head * np.float32(deviation)
            head[-1] += np.float32(mean)
            return head
        return np.concatenate([np.zeros_like(head), head], axis=1) if self._num_outputs == 1 else head


def _padded(block: NDArray[np.float32]) -> NDArray[np.float32]:
    """`block` filled up with zeros to `BLOCK` samples."""
    return np.pad(block, [(0, BLOCK - len(block))] + [(0, 0)] * (block.ndim - 1))


def _check_outputs(values: NDArray[np.float32], ids: NDArray[np.int64]) -> None:
    """Raises DivergenceError, naming the first bad one of the samples `ids` (n,), when one of `values` (n, …) is not finite."""
    finite = np.isfinite(values).reshape(len(ids), -1).all(axis=1)
    if not finite.all():
        raise DivergenceError(
            f"the model's output for sample {ids[int(np.argmin(finite))]} is NaN or infinite: the model diverged; "
            "lower learning_rate, or look at that sample"
        )
