"""The split to learn from and the set's own test part."""

import pytest

from utils.data.external_splits import choose_splits
from utils.errors import ParameterError


@pytest.mark.parametrize(
    ("known", "split", "test_split", "chosen"),
    [
        (["train", "test"], "train", None, ["train", "test"]),
        (["train", "validation"], "train", None, ["train"]),
        (["train", "validation"], "train", "validation", ["train", "validation"]),
        (["train", "test"], "test", None, ["test"]),
        (["train", "test"], "test", "train", ["test", "train"]),
        (["train", "test"], "train", "none", ["train"]),
        (["train", "none"], "train", "none", ["train", "none"]),
    ],
)
def test_chosen(known, split, test_split, chosen):
    assert choose_splits(known, split, test_split, "tiny") == chosen


@pytest.mark.parametrize(
    ("split", "test_split", "words"),
    [
        ("trian", None, r"split: tiny has no split 'trian'; did you mean train\?; it has train, test"),
        ("train", "final", r"test_split: tiny has no split 'final'; it has train, test"),
        ("test", "test", "test_split: received 'test', which split is too; give another, or leave it out"),
    ],
)
def test_refused(split, test_split, words):
    with pytest.raises(ParameterError, match=words):
        choose_splits(["train", "test"], split, test_split, "tiny")
