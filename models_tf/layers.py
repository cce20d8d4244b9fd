"""The layers that the architectures here are made of, each computing what its namesake in Keras computes.

A layer is made with its name and settings, then built for the shape of its input, which makes its variables; the values they
start from come later, drawn by `initial`, so that one built layer can be started afresh as often as a run has rounds. Shapes
of samples leave the batch out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

Shape = tuple[int, ...]
Array = NDArray[np.float32]
Initializer = Callable[[Shape, np.random.Generator], Array]
ACTIVATIONS: dict[str, Callable[[tf.Tensor], tf.Tensor]] = {
    "relu": tf.nn.relu,
    "tanh": tf.tanh,
    "sigmoid": tf.sigmoid,
    "elu": tf.nn.elu,
    "selu": tf.nn.selu,
    "gelu": tf.nn.gelu,
    "silu": tf.nn.silu,
    "softplus": tf.nn.softplus,
    "linear": tf.identity,
}


def zeros(shape: Shape, _rng: np.random.Generator) -> Array:
    """All 0."""
    return np.zeros(shape, np.float32)


def ones(shape: Shape, _rng: np.random.Generator) -> Array:
    """All 1."""
    return np.ones(shape, np.float32)


def uniform(limit: float) -> Initializer:
    """Even in [−limit, limit)."""

    def draw(shape: Shape, rng: np.random.Generator) -> Array:
        return (2 * rng.random(shape, np.float32) - 1) * np.float32(limit)

    return draw


def glorot_uniform(shape: Shape, rng: np.random.Generator) -> Array:
    """Even in ±√(6 / (fan in + fan out)) (Glorot and Bengio 2010)."""
    field = math.prod(shape[:-2])
    return uniform(math.sqrt(6 / (field * (shape[-2] + shape[-1]))))(shape, rng)


class Layer(tf.Module):  # type: ignore[misc] # TensorFlow has no types
    """One step of a network; `weights` holds its variables by name, in the order in which Keras lists them."""

    l2 = 0.0
    """Factor of the penalty on the squares of `kernel` in the loss."""

    def __init__(self, name: str) -> None:
        """`name` is unique in its network."""
        super().__init__(name)
        self.weights: dict[str, tf.Variable] = {}
        self._initializers: dict[str, Initializer] = {}

    def build(self, shape: Shape) -> Shape:
        """Makes the variables for samples of `shape`; the shape of what comes out.

        Raises:
            ValueError: the layer cannot be fed such samples.
        """
        return shape

    def __call__(self, x: tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
        """(b, …) what the layer makes of `x` (b, …); in training `seed` holds two whole numbers, otherwise it is None."""
        raise NotImplementedError

    def initial(self, rng: np.random.Generator) -> Iterator[tuple[tf.Variable, Array]]:
        """Each variable with an untrained value."""
        for name, variable in self.weights.items():
            yield variable, self._initializers[name](tuple(variable.shape), rng)

    def _add(self, name: str, shape: Shape, initializer: Initializer, *, trainable: bool = True) -> None:
        self.weights[name] = tf.Variable(np.zeros(shape, np.float32), trainable=trainable, name=name)
        self._initializers[name] = initializer

    def _needs(self, rank: int, shape: Shape) -> None:
        if len(shape) != rank:
            raise ValueError(f"layer {self.name} needs an input of {rank} dimension(s), received {shape}")


class Flatten(Layer):
    """(b, …) → (b, product of the rest)."""

    def build(self, shape: Shape) -> Shape:
        """See Layer."""
        self._size = math.prod(shape)
        return (self._size,)

    def __call__(self, x: tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
        """See Layer."""
        return tf.reshape(x, [-1, self._size])


class Dense(Layer):
    """activation(x · kernel + bias): (b, n) → (b, units)."""

    def __init__(self, name: str, units: int, activation: str = "linear", l2: float = 0.0) -> None:
        """`activation` is one of `ACTIVATIONS`."""
        super().__init__(name)
        self._units = units
        self._activation = ACTIVATIONS[activation]
        self.l2 = l2

    def build(self, shape: Shape) -> Shape:
        """See Layer."""
        self._needs(1, shape)
        self._add("kernel", (*shape, self._units), glorot_uniform)
        self._add("bias", (self._units,), zeros)
        return (self._units,)

    def __call__(self, x: tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
        """See Layer."""
        return self._activation(tf.nn.bias_add(tf.matmul(x, self.weights["kernel"]), self.weights["bias"]))


class Conv2D(Layer):
    """Convolution with a square kernel and stride 1, then rectified: (b, h, w, c) → (b, h', w', filters)."""

    def __init__(self, name: str, filters: int, size: int, padding: str) -> None:
        """`padding` is "same" (h' = h) or "valid" (h' = h − size + 1)."""
        super().__init__(name)
        self._filters, self._size, self._padding = filters, size, padding

    def build(self, shape: Shape) -> Shape:
        """See Layer."""
        self._needs(3, shape)
        self._add("kernel", (self._size, self._size, shape[2], self._filters), glorot_uniform)
        self._add("bias", (self._filters,), zeros)
        lost = self._size - 1 if self._padding == "valid" else 0
        if min(shape[:2]) <= lost:
            raise ValueError(f"layer {self.name} with kernels of {self._size} × {self._size} received only {shape}")
        return shape[0] - lost, shape[1] - lost, self._filters

    def __call__(self, x: tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
        """See Layer."""
        convolved = tf.nn.conv2d(x, self.weights["kernel"], 1, self._padding.upper())
        return tf.nn.relu(tf.nn.bias_add(convolved, self.weights["bias"]))


class MaxPool2D(Layer):
    """Largest value of each square without overlap, what is left at the edges dropped: (b, h, w, c) → (b, h', w', c)."""

    def __init__(self, name: str, size: int) -> None:
        """`size` is the side of a square."""
        super().__init__(name)
        self._size = size

    def build(self, shape: Shape) -> Shape:
        """See Layer."""
        self._needs(3, shape)
        if min(shape[:2]) < self._size:
            raise ValueError(f"layer {self.name} pools squares of {self._size} × {self._size}, received only {shape}")
        return shape[0] // self._size, shape[1] // self._size, shape[2]

    def __call__(self, x: tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
        """See Layer."""
        return tf.nn.max_pool2d(x, self._size, self._size, "VALID")


class GlobalMaxPool1D(Layer):
    """Largest value over time: (b, t, c) → (b, c)."""

    def build(self, shape: Shape) -> Shape:
        """See Layer."""
        self._needs(2, shape)
        return shape[1:]

    def __call__(self, x: tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
        """See Layer."""
        return tf.reduce_max(x, axis=1)


class BatchNorm(Layer):
    """γ · (x − mean) / √(variance + 0.001) + β over the last axis.

    In training with the mean and variance of the batch (divided by n, not n − 1), which also move those used otherwise:
    moving ← momentum · moving + (1 − momentum) · that of the batch.
    """

    _EPSILON = 1e-3

    def __init__(self, name: str, momentum: float) -> None:
        """`momentum` in [0, 1)."""
        super().__init__(name)
        self._momentum = momentum

    def build(self, shape: Shape) -> Shape:
        """See Layer."""
        self._add("gamma", shape[-1:], ones)
        self._add("beta", shape[-1:], zeros)
        self._add("moving_mean", shape[-1:], zeros, trainable=False)
        self._add("moving_variance", shape[-1:], ones, trainable=False)
        return shape

    def __call__(self, x: tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
        """See Layer."""
        moving = self.weights["moving_mean"], self.weights["moving_variance"]
        if seed is None:
            mean, variance = moving
        else:
            mean, variance = tf.nn.moments(x, list(range(len(x.shape) - 1)))
            for old, new in zip(moving, (mean, variance), strict=True):
                old.assign(self._momentum * old + (1 - self._momentum) * new)
        return tf.nn.batch_normalization(x, mean, variance, self.weights["beta"], self.weights["gamma"], self._EPSILON)


class Dropout(Layer):
    """In training sets a share `rate` of the values to 0 and divides the others by 1 − rate; otherwise does nothing."""

    def __init__(self, name: str, rate: float) -> None:
        """`rate` in [0, 1)."""
        super().__init__(name)
        self.rate = rate

    def __call__(self, x: tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
        """See Layer."""
        if seed is None or self.rate == 0:
            return x
        return tf.nn.experimental.stateless_dropout(x, self.rate, seed, rng_alg="philox")


class Embedding(Layer):
    """The vector of each word: (b, t) whole numbers, as floats → (b, t, units)."""

    def __init__(self, name: str, vocabulary: int, units: int) -> None:
        """Word numbers are 0 to `vocabulary` − 1; others must not be fed."""
        super().__init__(name)
        self.vocabulary, self._units = vocabulary, units

    def build(self, shape: Shape) -> Shape:
        """See Layer."""
        self._needs(1, shape)
        self._add("embeddings", (self.vocabulary, self._units), uniform(0.05))
        return (*shape, self._units)

    def __call__(self, x: tf.Tensor, seed: tf.Tensor | None = None) -> tf.Tensor:
        """See Layer."""
        return tf.gather(self.weights["embeddings"], tf.cast(x, tf.int32))
