"""What a selection engine sees is frozen, and says when it was not asked for."""

import dataclasses

import numpy as np
import pytest

from utils.inference import Inference
from utils.pool_view import PoolView

INFERRED = [field.name for field in dataclasses.fields(Inference)]
ARRAYS = [
    "unlabelled", "labelled", "labels", "validation_labels", *INFERRED,
    "labelled_probabilities", "labelled_embeddings", "labelled_features", "validation_probabilities",
]  # fmt: skip


@pytest.fixture
def view():
    def inference(n):
        passes = {"stochastic", "augmented", "committee"}
        shapes = {name: (2, n, 3) if name in passes else (n, 3) for name in INFERRED}
        return Inference(**{name: np.full(shape, 0.5, np.float32) for name, shape in shapes.items()})

    ids = np.array([4, 5, 6]), np.array([1, 2]), np.array([0, 1])
    return PoolView(*ids, 2, 7, inference(3), inference(2), np.array([0, 1]), inference(2))


@pytest.mark.parametrize("name", ARRAYS)
def test_every_array_is_read_only(view, name):
    values = getattr(view, name)
    with pytest.raises(ValueError, match="read-only"):
        values[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        np.multiply(values, 2, out=values)


@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(PoolView)])
def test_no_field_can_be_replaced(view, field):
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(view, field, None)


def test_it_holds_no_label_but_those_bought():
    names = {name for name in dir(PoolView) if not name.startswith("_")} | {
        field.name for field in dataclasses.fields(PoolView)
    }
    fields = {"num_classes", "round_number", "inference", "labelled_inference", "validation_inference", "single_output"}
    assert names == {*ARRAYS, *fields}


@pytest.mark.parametrize("name", INFERRED)
def test_rows_come_in_ascending_order_of_their_ids_with_all_that_belongs_to_them(name):
    rows = np.arange(3, dtype=np.float32)
    shape = {"stochastic": (1, 3, 1), "augmented": (1, 3, 1), "committee": (1, 3, 1)}.get(name, (3, 1))
    of_pool = Inference(**{name: rows.reshape(shape)})
    view = PoolView(np.array([7, 3, 9]), np.array([2, 8, 1]), np.array([0, 1, 2]), 3, 1, of_pool, of_pool)
    assert view.unlabelled.tolist() == [3, 7, 9]
    assert (view.labelled.tolist(), view.labels.tolist()) == ([1, 2, 8], [2, 0, 1])
    expected = ([0, 1, 2], [0, 1, 2]) if name == "head" else ([1, 0, 2], [2, 0, 1])
    found = getattr(view.inference, name).ravel().tolist(), getattr(view.labelled_inference, name).ravel().tolist()
    assert found == expected


@pytest.mark.parametrize(
    ("name", "need"),
    [
        ("probabilities", "PROBABILITIES to"),
        ("embeddings", "EMBEDDINGS to"),
        ("last_inputs", "LAST_INPUTS to"),
        ("head", "HEAD to"),
        ("stochastic", "STOCHASTIC to"),
        ("augmented", "AUGMENTED to"),
        ("committee", "COMMITTEE to"),
        ("features", "FEATURES to"),
        ("predictions", "PREDICTIONS to"),
        ("labelled_features", "FEATURES, with needs_labelled to"),
        ("validation_probabilities", "PROBABILITIES, with needs_validation to"),
        ("labelled_probabilities", "PROBABILITIES, with needs_labelled to"),
        ("labelled_embeddings", "EMBEDDINGS, with needs_labelled to"),
    ],
)
def test_what_was_not_asked_for_is_not_there(name, need):
    view = PoolView(np.arange(3), np.arange(2), np.arange(2), 2, 1)
    with pytest.raises(ValueError, match=rf"this engine reads what it did not ask for: add {need} its `needs`"):
        getattr(view, name)
