"""Pictures of what a selection engine saw and did: where its picks lie in the pool, and what the samples look like.

Numbers say whether an engine helped; these say why: picks that huddle on one border, centres that a decision graph does not
set apart, augmented copies in which nobody would recognise the sample. All are legible without colour, and a pool of 50,000
samples is drawn as pixels even in a vector picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from matplotlib.colors import Normalize
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from utils import canvas
from utils.appearance import VERMILLION, ink

MOST_FOR_TSNE = 5_000
"""Points that t-SNE places in about half a minute."""
_COMPONENTS_FOR_TSNE = 50
_PERPLEXITY = 30.0
_CELL = {"image": (2.0, 2.0), "audio": (2.7, 2.1)}
"""Width and height of one picture in a grid, in centimetres."""
_GAP = 0.15
_LONGEST_ROW_NAME = 14
_ROW_NAME_SIZE = 6.5


def decision_graph(rho: NDArray[np.float32], delta: NDArray[np.float32], centres: NDArray[np.intp], path: Path) -> None:
    """Draws the decision graph of density peaks (Rodriguez and Laio 2014): centres stand out at the upper right.

    Args:
        rho: (n,) local density of each sample.
        delta: (n,) distance of each to the nearest sample of higher density.
        centres: (k,) positions of the samples that were taken as centres.
        path: where to write; its suffix (.png or .svg) decides the format.

    Raises:
        ValueError: `rho` and `delta` differ in shape.
    """
    if rho.ndim != 1 or rho.shape != delta.shape:
        raise ValueError(f"decision_graph: expected rho and delta of one shape (n,), received {rho.shape} and {delta.shape}")
    others = np.ones(len(rho), np.bool_)
    others[centres] = False
    with canvas.empty_figure(11, 8.2) as figure:
        axes = canvas.add_axes(figure, left=1.5, right=0.4, bottom=1.1, top=1.0)
        _dots(axes, rho[others], delta[others], f"{others.sum():,} other samples", "0.55")
        marks: dict[str, Any] = {"marker": "p", "s": 60, "color": VERMILLION, "edgecolors": ink(VERMILLION), "linewidths": 0.7}
        axes.scatter(rho[centres], delta[centres], label=f"{len(centres):,} centres", zorder=3, **marks)
        axes.set_xlabel("local density ρ")
        axes.set_ylabel("distance δ to the nearest denser sample")
        axes.set_xlim(left=min(0, float(rho.min(initial=0))))
        axes.set_ylim(bottom=0)
        _legend_above(axes)
        canvas.write(figure, path)


def pool_map(
    points: NDArray[np.float32],
    rounds: NDArray[np.int64],
    next_picks: NDArray[np.bool_] | None,
    path: Path,
    axis_names: tuple[str, str] = ("first component", "second component"),
) -> None:
    """Draws where in the pool each round picked its samples.

    Args:
        points: (n, 2) places of the pool's samples, such as `project` gives them.
        rounds: (n,) the round in which each was picked: 0 for the initial labels, −1 while unlabelled.
        next_picks: (n,) which of them are asked next; None to mark none.
        path: where to write; its suffix (.png or .svg) decides the format.
        axis_names: what the two coordinates are.

    Raises:
        ValueError: the shapes do not fit.
    """
    if points.shape != (len(rounds), 2):
        raise ValueError(f"pool_map: {len(rounds):,} rounds need points ({len(rounds)}, 2), received {points.shape}")
    x, y = points.T
    asked = np.zeros(len(rounds), np.bool_) if next_picks is None else next_picks
    pool, initial, picked = (rounds < 0) & ~asked, rounds == 0, np.flatnonzero(rounds > 0)
    with canvas.empty_figure(13.5, 11) as figure:
        axes = canvas.add_axes(figure, left=0.9, right=2.2, bottom=0.9, top=1.0)
        axes.set(xlabel=axis_names[0], ylabel=axis_names[1], xticks=[], yticks=[])
        _dots(axes, x[pool], y[pool], "unlabelled", "0.72")
        axes.scatter(x[initial], y[initial], marker="x", s=26, color="black", linewidths=1.2, label="initial labels", zorder=5)
        if len(picked):
            _picks(figure, axes, points[picked], rounds[picked])
        if asked.any():
            marks: dict[str, Any] = {"marker": "D", "s": 26, "facecolors": "none", "edgecolors": VERMILLION, "linewidths": 1.4}
            axes.scatter(x[asked], y[asked], label="next picks", zorder=6, **marks)
        _legend_above(axes)
        canvas.write(figure, path)


def _dots(axes: Any, x: NDArray[np.float32], y: NDArray[np.float32], label: str, colour: str) -> None:
    """The many samples that nothing is said of, smaller the more there are."""
    size = float(np.clip(9_000 / max(len(x), 1), 1.5, 14))
    axes.scatter(x, y, s=size, color=colour, linewidths=0, label=label, rasterized=True)


def _picks(figure: Any, axes: Any, points: NDArray[np.float32], rounds: NDArray[np.int64]) -> None:
    """Dots that turn from dark to light with the rounds, and the bar that tells which is which."""
    last = int(rounds.max())
    scale = Normalize(1, max(last, 2))
    size = float(np.clip(6_000 / len(points), 9, 30))
    marks: dict[str, Any] = {"s": size, "c": rounds, "cmap": "viridis", "norm": scale, "edgecolors": "black", "linewidths": 0.5}
    drawn = axes.scatter(*points.T, label="picks" if last > 1 else "picks of round 1", zorder=4, **marks)
    if last == 1:
        return
    bar = figure.colorbar(drawn, cax=axes.inset_axes((1.04, 0, 0.035, 1)), ticks=MaxNLocator(8, integer=True))
    bar.set_label("round in which it was picked")
    bar.outline.set_linewidth(0.6)


def _legend_above(axes: Any) -> None:
    """The legend over the axes, where it hides no dot, with dots that can be seen."""
    legend = axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4, frameon=False, handletextpad=0.3, columnspacing=1.4)
    for handle in legend.legend_handles:
        handle.set_sizes(np.maximum(handle.get_sizes(), 20))


def sample_grid(
    samples: NDArray[np.float32],
    titles: Sequence[str],
    kind: Literal["image", "audio"],
    path: Path,
    row_names: Sequence[str] = (),
) -> None:
    """Draws samples beside one another: copies beside their original, or the samples nearest to each centre.

    Args:
        samples: (rows, columns, height or bands, width or frames, channels); NaN leaves a place empty. Images of three
            channels are in colour, of others only the first channel is shown. Each row has its own scale, from its lowest
            value to its highest.
        titles: one for each column, or one for each sample row by row.
        kind: of the data.
        path: where to write; its suffix (.png or .svg) decides the format.
        row_names: one for each row, or none.

    Raises:
        ValueError: the shapes do not fit.
    """
    rows, columns = samples.shape[:2]
    if samples.ndim != 5 or len(titles) not in {columns, rows * columns} or len(row_names) not in {0, rows}:
        raise ValueError(
            f"sample_grid: expected samples (rows, columns, height, width, channels), a title for each column or sample and "
            f"a name for each row or none; received {samples.shape}, {len(titles)} titles and {len(row_names)} names"
        )
    wide, high = _CELL[kind]
    left, top, between = 1.0 if row_names or kind == "audio" else 0.2, 0.6, _GAP if len(titles) == columns else 0.55
    bottom = 0.6 if kind == "audio" else 0.2
    width, height = left + columns * (wide + _GAP) + 0.2, top + rows * high + (rows - 1) * between + bottom
    with canvas.empty_figure(width, height) as figure:
        for row, column in np.ndindex(rows, columns):
            place_left, place_top = left + column * (wide + _GAP), top + row * (high + between)
            axes = figure.add_axes((place_left / width, 1 - (place_top + high) / height, wide / width, high / height))
            _draw_sample(axes, samples[row, column], samples[row], kind)
            number = row * columns + column
            if number < len(titles):
                axes.set_title(canvas.shortened(titles[number], round(wide * 7)), fontsize=7.5, pad=2.5)
            if column == 0:
                named = [canvas.shortened(name, _LONGEST_ROW_NAME) for name in row_names[row : row + 1]]
                axes.set_ylabel("\n".join([*named, *(["frequency →"] if kind == "audio" else [])]), fontsize=_ROW_NAME_SIZE)
            if kind == "audio" and row == rows - 1:
                axes.set_xlabel("time →", labelpad=2)
        canvas.write(figure, path)


def _draw_sample(axes: Any, sample: NDArray[np.float32], row: NDArray[np.float32], kind: str) -> None:
    """Draws one of the samples of a `row` (columns, …), whose extremes are the ends of the scale."""
    axes.set(xticks=[], yticks=[])
    if not np.isfinite(sample).all():
        axes.set_axis_off()
        return
    low, high = float(np.nanmin(row)), float(np.nanmax(row))
    if kind == "image" and sample.shape[2] == 3:
        axes.imshow((sample - low) / ((high - low) or 1.0), interpolation="nearest")
        return
    first = np.nanmin(row[..., 0]), np.nanmax(row[..., 0])
    settings = {"cmap": "gray"} if kind == "image" else {"cmap": "magma", "origin": "lower", "aspect": "auto"}
    axes.imshow(sample[..., 0], vmin=first[0], vmax=first[1], interpolation="nearest", **settings)


def project(embeddings: NDArray[np.float32], method: Literal["pca", "tsne"], seed: int) -> NDArray[np.float32]:
    """(n, 2) places of samples in a plane: the first two principal components, or t-SNE of the first fifty.

    Args:
        embeddings: (n, d); for t-SNE at most `MOST_FOR_TSNE`: thin the pool first, see `thinned`.
        method: "pca" keeps large distances and takes a moment, "tsne" keeps neighbours and takes up to a minute.
        seed: of what is random in both; the same seed gives the same bits.

    Raises:
        ValueError: too many samples for t-SNE.
    """
    if method == "pca":
        return _principal_components(embeddings, 2, seed)
    if len(embeddings) > MOST_FOR_TSNE:
        raise ValueError(f"project: t-SNE takes at most {MOST_FOR_TSNE:,} samples, received {len(embeddings):,}; use thinned")
    from sklearn.manifold import TSNE
    from threadpoolctl import threadpool_limits

    components = _principal_components(embeddings, _COMPONENTS_FOR_TSNE, seed)
    spread = float(components[:, :1].std()) if len(components) > 3 else 0.0
    if spread == 0:
        return components[:, :2]
    start = components[:, :2] / spread * 1e-4
    model = TSNE(2, perplexity=min(_PERPLEXITY, (len(components) - 1) / 3), init=start, random_state=seed, n_jobs=1)
    with threadpool_limits(1, user_api="openmp"):
        return model.fit_transform(components)


def thinned(always: NDArray[np.bool_], most: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Ascending positions of at most `most` samples for a picture: those marked in `always` (n,) first, the rest by chance."""
    kept, others = np.flatnonzero(always), np.flatnonzero(~always)
    kept = rng.permutation(kept)[:most]
    return np.sort(np.concatenate([kept, rng.permutation(others)[: most - len(kept)]]))


def _principal_components(embeddings: NDArray[np.float32], most: int, seed: int) -> NDArray[np.float32]:
    """(n, max(2, k)) the first k = min(most, n, d) components; zeros make up for a second one where there is none."""
    from sklearn.decomposition import PCA
    from threadpoolctl import threadpool_limits

    count = min(most, *embeddings.shape)
    components = np.zeros((len(embeddings), max(2, count)), np.float32)
    if count and np.ptp(embeddings, axis=0).any():
        with threadpool_limits(1):
            components[:, :count] = PCA(count, random_state=seed).fit_transform(embeddings)
    return components
