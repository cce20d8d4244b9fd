"""What a selection engine sees is frozen, and says when it was not asked for."""

import dataclasses

import numpy as np
import pytest

from utils.learning_engine import Inference
from utils.pool_view import PoolView

ARRAYS = ["unlabelled", "labelled", "labels", "probabilities", "embeddings", "labelled_probabilities", "labelled_embeddings"]


@pytest.fixture
def view():
    def inference(n):
        return Inference(np.full((n, 2), 0.5, np.float32), np.zeros((n, 3), np.float32))

    return PoolView(np.array([4, 5, 6]), np.array([1, 2]), np.array([0, 1]), 2, 7, inference(3), inference(2))


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
    assert names == {*ARRAYS, "num_classes", "round_number", "inference", "labelled_inference"}


@pytest.mark.parametrize(
    ("name", "need"),
    [
        ("probabilities", "PROBABILITIES to"),
        ("embeddings", "EMBEDDINGS to"),
        ("labelled_probabilities", "PROBABILITIES, with needs_labelled to"),
        ("labelled_embeddings", "EMBEDDINGS, with needs_labelled to"),
    ],
)
def test_what_was_not_asked_for_is_not_there(name, need):
    view = PoolView(np.arange(3), np.arange(2), np.arange(2), 2, 1)
    with pytest.raises(ValueError, match=rf"this engine reads what it did not ask for: add {need} its `needs`"):
        getattr(view, name)
