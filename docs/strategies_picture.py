"""The picture of what each selection engine picks from one and the same pool in the plane."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.colors import ListedColormap
from numpy.typing import NDArray
from scipy.special import softmax
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, WhiteKernel
from sklearn.linear_model import LogisticRegression

from strategies.base import strategies
from utils import canvas
from utils.appearance import appearance
from utils.inference import Array, Inference
from utils.pool_view import PoolView

PICKS = 8
_SEED = 4
_PASSES = 20
_LABELLED_PER_CLASS = 4
_COLUMNS = 4
PANEL = 4.3
"""Side of a panel in centimetres."""
_GRID = 300
_TINTS = ("#CFE0EE", "#FDF3E3", "#DCEBE1")
Predict = Callable[[Array], Array]


@dataclass(frozen=True)
class Scene:
    """A pool, what is known of it, and a model of it."""

    points: Array
    """(n, 2)"""
    targets: NDArray[Any]
    """(n,) classes, or (n, 1) numbers."""
    labelled: NDArray[np.int64]
    """(l,) ids."""
    validation: Array
    """(v, 2), empty in regression"""
    validation_labels: NDArray[np.int64]
    predict: Predict
    """(k, 2) points → (k, C) probabilities, or (k, 1) predictions."""
    variations: Sequence[Predict]
    """The same by models that differ from it a little, as dropout or earlier weights would make them."""
    head: Array | None
    """Of a linear model, see Inference."""

    def view(self) -> PoolView:
        """The round that every engine sees."""
        unlabelled = np.setdiff1d(np.arange(len(self.points)), self.labelled)
        classes = 1 if self.head is None else self.head.shape[1]
        return PoolView(
            unlabelled, self.labelled.copy(), self.targets[self.labelled], classes, 1,
            self._infer(self.points[unlabelled]), self._infer(self.points[self.labelled]),
            self.validation_labels.copy(), self._infer(self.validation), single_output=classes == 2,
        )  # fmt: skip

    def _infer(self, points: Array) -> Inference:
        if not len(points):
            return Inference()
        varied = np.stack([predict(points) for predict in self.variations])
        jitter = np.random.default_rng(_SEED).normal(0, 0.35, (10, *points.shape)).astype(np.float32)
        augmented = np.stack([self.predict(points + shift) for shift in jitter])
        outputs = self.predict(points)
        of_task = {"predictions": outputs} if self.head is None else {"probabilities": outputs, "augmented": augmented}
        shared = {"embeddings": points.copy(), "last_inputs": points.copy(), "features": points.copy(), "head": self.head}
        return Inference(**of_task, **shared, stochastic=varied, committee=varied[:5].copy())


def scene_of(tasks: frozenset[str]) -> Scene:
    """The pool for an engine that is for `tasks`: three classes, else two, else numbers."""
    if "multiclass" in tasks:
        return _classification(3)
    return _classification(2) if "binary" in tasks else _regression()


def _pool() -> tuple[Array, NDArray[np.int64]]:
    """400 points: three overlapping classes, of different size and density, and a few samples far from all others."""
    rng = np.random.default_rng(_SEED)
    parts = [
        (170, (-1.7, -0.7), (1.0, 0.75)),
        (130, (1.5, -0.9), (0.7, 0.7)),
        (90, (0.1, 1.9), (0.9, 0.5)),
        (4, (-3.7, 2.7), (0.25, 0.25)),
        (6, (3.6, 2.4), (0.35, 0.35)),
    ]
    points = np.concatenate([rng.normal(centre, spread, (count, 2)) for count, centre, spread in parts])
    classes = np.repeat([0, 1, 2, 0, 1], [count for count, _, _ in parts])
    order = rng.permutation(len(points))
    return points[order].astype(np.float32), classes[order]


def _some_of_each(classes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.sort(np.concatenate([np.flatnonzero(classes == label)[:_LABELLED_PER_CLASS] for label in range(3)]))


@cache
def _classification(count: int) -> Scene:
    points, three = _pool()
    labelled, classes = _some_of_each(three), np.minimum(three, count - 1)
    rng = np.random.default_rng(_SEED)
    model = LogisticRegression(C=3.0).fit(points[labelled], classes[labelled])
    kernel = np.concatenate([model.coef_.T, model.intercept_[np.newaxis]])
    head = (kernel if count > 2 else np.concatenate([np.zeros_like(kernel), kernel], axis=1)).astype(np.float32)
    varied = [head + (head != 0) * rng.normal(0, 0.45, head.shape).astype(np.float32) for _ in range(_PASSES)]
    others = rng.permutation(np.setdiff1d(np.arange(len(points)), labelled))[:60]
    validation = points[others] + rng.normal(0, 0.2, (60, 2)).astype(np.float32)
    predictors = [_linear(weights) for weights in [head, *varied]]
    return Scene(points, classes, labelled, validation, classes[others], predictors[0], predictors[1:], head)


def _linear(head: Array) -> Predict:
    return lambda points: softmax(points @ head[:-1] + head[-1], axis=1)


@cache
def _regression() -> Scene:
    points, classes = _pool()
    labelled = _some_of_each(classes)
    rng = np.random.default_rng(_SEED)
    targets = (np.sin(1.3 * points[:, :1]) + 0.6 * np.cos(1.7 * points[:, 1:])).astype(np.float32)
    parts = [labelled, *(rng.choice(labelled, len(labelled)) for _ in range(_PASSES))]
    predictors = [_smooth(points[part], targets[part]) for part in parts]
    nobody = points[:0], np.empty(0, np.int64)
    return Scene(points, targets, labelled, *nobody, predictors[0], predictors[1:], None)


def _smooth(points: Array, targets: Array) -> Predict:
    model = GaussianProcessRegressor(RBF(1.3) + WhiteKernel(0.05), optimizer=None, normalize_y=True).fit(points, targets[:, 0])
    return lambda places: model.predict(places).reshape(-1, 1).astype(np.float32)


def picks_of(name: str) -> tuple[Scene, NDArray[np.int64]]:
    """The scene that the engine `name` is shown, and the ids that it picks, best first."""
    engine = strategies.get(name)()
    scene = scene_of(engine.tasks)
    return scene, engine.select(scene.view(), PICKS, np.random.default_rng(_SEED)).ids


def draw(names: Sequence[str], path: Path) -> None:
    """Draws one panel for each engine, in the order of `names`, read row by row."""
    rows = -(-len(names) // _COLUMNS)
    width, height = _COLUMNS * PANEL + 0.2, rows * PANEL + 0.9
    with canvas.empty_figure(width, height) as figure:
        for number, name in enumerate(names):
            row, column = divmod(number, _COLUMNS)
            place = ((0.2 + column * PANEL) / width, (height - 0.9 - (row + 1) * PANEL + 0.2) / height)
            axes = figure.add_axes((*place, (PANEL - 0.2) / width, (PANEL - 0.65) / height))
            _draw_panel(axes, name)
        handles, labels = figure.axes[0].get_legend_handles_labels()
        figure.legend(handles, labels, loc="upper center", ncols=4, frameon=False, handletextpad=0.3)
        canvas.write(figure, path)


def _draw_panel(axes: Any, name: str) -> None:
    scene, picks = picks_of(name)
    low, high = scene.points.min(axis=0) - 0.3, scene.points.max(axis=0) + 0.3
    axes.set(xlim=(low[0], high[0]), ylim=(low[1], high[1]), xticks=[], yticks=[])
    axes.set_title(name, fontsize=8.5, pad=3)
    _draw_model(axes, scene, low, high)
    axes.scatter(*scene.points.T, s=3, color="0.55", linewidths=0, label="unlabelled", zorder=2)
    axes.scatter(*scene.points[scene.labelled].T, s=22, marker="x", color="black", linewidths=1.1, label="labelled", zorder=3)
    colour = appearance(name)[0]
    for number, (x, y) in reversed(list(enumerate(scene.points[picks], start=1))):
        settings = {"fontsize": 5.8, "color": "white" if _is_dark(colour) else "black", "fontweight": "bold"}
        label = "picks in order" if number == 1 else None
        axes.scatter(x, y, s=42, color=colour, edgecolors="black", linewidths=0.6, label=label, zorder=20 - number)
        axes.text(x, y, str(number), ha="center", va="center_baseline", zorder=20 - number, **settings)


def _draw_model(axes: Any, scene: Scene, low: Array, high: Array) -> None:
    """Shades the predicted classes, or draws the predicted values from light to dark."""
    x, y = (np.linspace(low[axis], high[axis], _GRID, dtype=np.float32) for axis in (0, 1))
    outputs = scene.predict(np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2))
    if scene.head is None:
        axes.contourf(x, y, outputs.reshape(_GRID, _GRID), levels=9, cmap="Greys", vmin=-2.2, vmax=9, zorder=0)
        return
    classes = outputs.argmax(axis=1).reshape(_GRID, _GRID)
    shades = ListedColormap(_TINTS[: outputs.shape[1]])
    axes.pcolormesh(x, y, classes, cmap=shades, vmin=0, vmax=outputs.shape[1] - 1, rasterized=True, zorder=0)


def _is_dark(colour: str) -> bool:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue < 135
