"""The pictures of a finished run that show how it chose: where it picked, why, and what its samples look like."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from utils import selection_plots
from utils.data.source import DataSet
from utils.explanation import Explanation
from utils.journal import Record
from utils.learning_engine import Augments
from utils.picture_settings import PictureSettings
from utils.pool_view import PoolView
from utils.seeds import rng_for, seed_for

_MOST_ON_THE_MAP = 20_000
_MOST_WITH_TSNE = 5_000
_MOST_PICTURES, _PICTURES_IN_A_ROW = 40, 10
_SAMPLES_WITH_COPIES = 5


@dataclass(frozen=True)
class SelectionArtefacts:
    """Draws into plots/ of a run; the same results give the same bytes."""

    folder: Path
    data: DataSet
    settings: PictureSettings

    def write(self, view: PoolView, rounds: list[Record], explain: Callable[[PoolView], Explanation]) -> None:
        """Draws all that applies.

        Args:
            view: of a round that would follow, with embeddings on both sides.
            rounds: the committed rounds.
            explain: what the engine can tell of its next choice.
        """
        if len(view.unlabelled) or (len(rounds) > 1 and len(view.labelled)):
            self._map(view, rounds)
        explanation = explain(view) if len(view.unlabelled) else Explanation()
        if (graph := explanation.decision_graph) is not None:
            selection_plots.decision_graph(graph.rho, graph.delta, graph.centres, self.folder / "decision_graph.png")
        if explanation.typical is not None:
            self._typical(explanation.typical)
        if explanation.centres is not None:
            centres = explanation.centres.reshape(-1, *self.data.features.shape[1:])
            self._grid(centres, [f"centre {number + 1}" for number in range(len(centres))], "centres.png")
        if explanation.copies and self.settings.augmenter is not None:
            self._copies(self.settings.augmenter, rounds)

    def _map(self, view: PoolView, rounds: list[Record]) -> None:
        ids = np.concatenate([view.labelled, view.unlabelled])
        picked = {pick[0]: record["round"] for record in rounds for pick in record["selected"]}
        when = np.array([picked.get(sample, -1) for sample in ids.tolist()])
        most = _MOST_WITH_TSNE if self.settings.map_projection == "tsne" else _MOST_ON_THE_MAP
        shown = selection_plots.thinned(when >= 0, most, rng_for(self.settings.seed, "map"))
        parts = [part for part in (view.labelled_inference.embeddings, view.inference.embeddings) if part is not None]
        points = selection_plots.project(
            np.concatenate(parts)[shown], self.settings.map_projection, seed_for(self.settings.seed, "map")
        )
        names = {
            "pca": ("first principal component of the embedding", "second principal component"),
            "tsne": ("t-SNE of the embedding, first coordinate", "second coordinate"),
        }[self.settings.map_projection]
        selection_plots.pool_map(points, when[shown], None, self.folder / "map.png", names)

    def _typical(self, ids: NDArray[np.int64]) -> None:
        ids = ids[:_MOST_PICTURES]
        self._grid(self.data.features[ids], self.data.table.names[ids].tolist(), "nearest_to_centres.png")

    def _grid(self, samples: NDArray[np.float32], titles: list[str], name: str) -> None:
        if self.data.kind not in {"audio", "image"}:
            return
        samples, titles = samples[:_MOST_PICTURES], titles[:_MOST_PICTURES]
        columns = min(_PICTURES_IN_A_ROW, len(samples))
        rows = -(-len(samples) // columns)
        grid = np.full((rows * columns, *samples.shape[1:]), np.nan, dtype=np.float32)
        grid[: len(samples)] = samples
        titles += [""] * (len(grid) - len(titles))
        shaped = grid.reshape(rows, columns, *samples.shape[1:])
        selection_plots.sample_grid(shaped, titles, self.data.kind, self.folder / name)

    def _copies(self, augmenter: Augments, rounds: list[Record]) -> None:
        """The last picks and their copies, one row each."""
        picks = rounds[-1]["selected"][:_SAMPLES_WITH_COPIES]
        if not picks or self.data.kind not in {"audio", "image"}:
            return
        originals = np.ascontiguousarray(self.data.features[np.array([pick[0] for pick in picks])])
        copies = augmenter.copies(originals, seed_for(self.settings.seed, "inference", rounds[-1]["round"]))
        rows = np.concatenate([originals[:, np.newaxis], copies.swapaxes(0, 1)], axis=1)
        titles = ["original", *(f"copy {number + 1}" for number in range(len(copies)))]
        names = [str(pick[1]) for pick in picks]
        selection_plots.sample_grid(rows, titles, self.data.kind, self.folder / "augmented_copies.png", names)
