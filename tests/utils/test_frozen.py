"""Which layers are frozen, and how many are computed once."""

from __future__ import annotations

import pytest

from utils.errors import ParameterError
from utils.frozen import computed_once, frozen_layers

LAYERS = ["conv", "flatten", "embedding", "dropout", "logits", "predictions"]


def test_an_extractor_ends_with_the_embedding_or_before_the_last_layer() -> None:
    assert frozen_layers("cnn", LAYERS, "extractor") == {"conv", "flatten", "embedding"}
    assert frozen_layers("softmax", ["flatten", "logits"], "extractor") == {"flatten"}
    assert frozen_layers("cnn", LAYERS, ("conv", "dropout")) == {"conv", "dropout"}
    assert frozen_layers("cnn", LAYERS, ()) == frozenset()


def test_all_that_cannot_be_frozen_is_told_at_once() -> None:
    with pytest.raises(ParameterError) as caught:
        frozen_layers("cnn", LAYERS, ("convv", "predictions", "logits"))
    assert caught.value.problems == [
        "frozen: cnn has no layer 'convv'; did you mean conv?; its layers: conv, flatten, embedding, dropout",
        "frozen: cnn has no layer 'predictions'; its layers: conv, flatten, embedding, dropout",
        "frozen: the last layer of cnn, logits, must be trained; leave it out",
    ]


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [([], 0), ([10, 90], 1), ([90, 10, 11], 2), ([90, 91], 0), ([10, 90, 10, 30], 3)],
)
def test_no_more_is_kept_than_the_samples_themselves(sizes: list[int], expected: int) -> None:
    assert computed_once(10, [(f"layer_{number}", size) for number, size in enumerate(sizes)]) == expected


def test_an_embedding_is_kept_whatever_its_size() -> None:
    assert computed_once(10, [("conv", 90), ("embedding", 20), ("dropout", 20)]) == 2
