"""Which pictures of its choice a run leaves, and of which samples."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from utils.data.source import DataSet, SampleTable
from utils.explanation import DecisionGraph, Explanation
from utils.inference import Inference
from utils.picture_settings import PictureSettings
from utils.pool_view import PoolView
from utils.selection_artefacts import SelectionArtefacts

ROUNDS = [
    {"round": 0, "selected": [[0, "a", None, 0, "oracle"], [1, "b", None, 1, "oracle"]]},
    {"round": 1, "selected": [[5, "f", 0.5, 1, "oracle"]]},
]


class Copies:
    def copies(self, block: np.ndarray, seed: int) -> np.ndarray:
        return np.stack([block, block + 1, block + 2])


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> dict[str, tuple[Any, ...]]:
    calls: dict[str, tuple[Any, ...]] = {}
    for name in ("pool_map", "decision_graph", "sample_grid"):

        def note(*arguments: Any) -> None:
            (path,) = [argument for argument in arguments if isinstance(argument, Path)]
            calls[path.name] = arguments

        monkeypatch.setattr(f"utils.selection_plots.{name}", note)
    return calls


def write(explanation: Explanation, kind: Any = "image", rounds: list[Any] = ROUNDS, projection: Any = "pca") -> None:
    features = np.arange(10 * 4 * 4, dtype=np.float32).reshape(10, 4, 4, 1)
    names = np.array(list("abcdefghij"))
    data = DataSet(SampleTable(np.arange(10) % 2, ("x", "y"), names), "", kind, (), features)
    embeddings = np.random.default_rng(0).normal(size=(10, 3)).astype(np.float32)
    left, labelled = np.setdiff1d(np.arange(10), [0, 1, 5]), np.array([0, 1, 5])
    inferred = [Inference(embeddings=embeddings[ids]) for ids in (left, labelled)]
    view = PoolView(left, labelled, np.array([0, 1, 1]), 2, 2, *inferred)  # type: ignore[arg-type]
    settings = PictureSettings("", projection, Copies(), False, 1)
    SelectionArtefacts(Path("plots"), data, settings).write(view, rounds, lambda _: explanation)


def test_the_map_shows_when_each_sample_was_picked(drawn: dict[str, Any]) -> None:
    write(Explanation())
    points, when, *_ = drawn["map.png"]
    assert set(drawn) == {"map.png"}
    assert points.shape == (10, 2)
    assert sorted(when.tolist()) == [-1] * 7 + [0, 0, 1]


def test_what_the_engine_explains_is_drawn(drawn: dict[str, Any]) -> None:
    graph = DecisionGraph(np.ones(7, np.float32), np.ones(7, np.float32), np.array([2]))
    write(Explanation(graph, np.array([3, 7]), np.zeros((3, 16), np.float32), copies=True))
    assert set(drawn) == {"map.png", "decision_graph.png", "nearest_to_centres.png", "centres.png", "augmented_copies.png"}
    assert drawn["decision_graph.png"][0] is graph.rho
    grid, titles, kind, _ = drawn["nearest_to_centres.png"]
    assert (grid.shape, titles, kind) == ((1, 2, 4, 4, 1), ["d", "h"], "image")
    np.testing.assert_array_equal(grid[0, 1].ravel(), np.arange(7 * 16, 8 * 16))
    assert drawn["centres.png"][0].shape == (1, 3, 4, 4, 1)
    rows, titles, _, _, names = drawn["augmented_copies.png"]
    assert (rows.shape, titles, names) == ((1, 4, 4, 4, 1), ["original", "copy 1", "copy 2", "copy 3"], ["f"])
    np.testing.assert_array_equal(rows[0, 3], rows[0, 0] + 2)


def test_many_samples_fill_rows_and_leave_the_last_places_empty(drawn: dict[str, Any]) -> None:
    write(Explanation(centres=np.zeros((13, 16), np.float32)))
    grid, titles, *_ = drawn["centres.png"]
    assert grid.shape == (2, 10, 4, 4, 1)
    assert np.isfinite(grid).reshape(20, -1).all(axis=1).tolist() == [True] * 13 + [False] * 7
    assert titles[12:] == ["centre 13", *[""] * 7]


def test_samples_of_a_table_have_no_pictures(drawn: dict[str, Any]) -> None:
    write(Explanation(typical=np.array([3]), copies=True), kind="table")
    assert set(drawn) == {"map.png"}


def test_a_last_round_without_picks_leaves_no_copies(drawn: dict[str, Any]) -> None:
    write(Explanation(copies=True), rounds=[*ROUNDS, {"round": 2, "selected": []}])
    assert set(drawn) == {"map.png"}


def test_the_axes_say_how_the_map_was_made(drawn: dict[str, Any]) -> None:
    write(Explanation(), projection="tsne")
    assert drawn["map.png"][4] == ("t-SNE of the embedding, first coordinate", "second coordinate")


def test_without_a_choice_there_is_no_map(drawn: dict[str, tuple[Any, ...]], tmp_path: Path) -> None:
    names, features = np.array(list("abc")), np.zeros((3, 4, 4, 1), np.float32)
    data = DataSet(SampleTable(np.array([0, 1, 0]), ("x", "y"), names), "", "image", (), features)
    none, every = np.empty(0, np.int64), np.arange(3)
    view = PoolView(none, every, np.array([0, 1, 0]), 2, 1, Inference(), Inference(embeddings=np.zeros((3, 2), np.float32)))
    artefacts = SelectionArtefacts(tmp_path, data, PictureSettings("", "pca", None, False, 1))
    artefacts.write(view, [{"round": 0, "selected": [[0, "a", None, 0, "oracle"]]}], lambda _: Explanation())
    assert drawn == {}
