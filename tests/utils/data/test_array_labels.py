"""Labels as numbers, texts and one-hot rows give the same classes; see also test_npz.py for what is refused in a file."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from utils.data.array_labels import as_classes, read_labels, read_targets
from utils.errors import DataError

NUMBERS = st.lists(st.integers(0, 900), min_size=1, max_size=50)


@given(NUMBERS)
def test_numbers_texts_and_one_hot_rows_are_the_same_classes(numbers):
    values = np.array(numbers)
    forms = [values, values.astype(str), values.astype(str).astype(bytes), values[:, np.newaxis]]
    if values.max() > 0:
        forms.append(np.eye(int(values.max()) + 1)[values])
    for form in forms:
        indices, names = as_classes([read_labels(form, len(values), "y")], "set")
        assert [int(names[index]) for index in indices] == numbers
        assert names == tuple(map(str, sorted(set(numbers))))
        assert indices.dtype == np.int64


@given(NUMBERS, st.integers(0, 50))
def test_parts_share_their_classes(numbers, place):
    labels = read_labels(np.array(numbers), len(numbers), "y")
    whole, names = as_classes([labels], "set")
    parts, same = as_classes([labels[:place], labels[place:]], "set")
    assert (parts.tolist(), same) == (whole.tolist(), names)


def test_a_number_too_large_for_a_class():
    words = r"set: has the label 1000 but only 2 samples; a label is the number of a class, or its name as a text"
    with pytest.raises(DataError, match=words):
        as_classes([np.array([0, 1000])], "set")
    assert as_classes([np.array([0, 999])], "set")[1] == ("0", "999")
    assert as_classes([np.array(["0", "100000"])], "set")[1] == ("0", "100000")


def test_a_number_that_another_type_would_wrap():
    words = r"y: has the label 9223372036854775813 but only 3 samples; a label is the number of a class, or its name as a text"
    with pytest.raises(DataError, match=words):
        read_labels(np.array([0, 1, 2**63 + 5], np.uint64), 3, "y")
    assert read_labels(np.array([0, 2**63 - 1], np.uint64), 2, "y").tolist() == [0, 2**63 - 1]


def test_a_label_of_more_digits_than_python_makes_numbers_of():
    huge = "1" * 5000
    indices, names = as_classes([read_labels(np.array([huge, "2"]), 2, "y")], "set")
    assert (indices.tolist(), names) == ([1, 0], ("2", huge))


@pytest.mark.parametrize("code", [0xD800, 0xDFFF, 0x110000, 0xFFFFFFFF])
@pytest.mark.parametrize("order", ["<", ">"])
def test_a_text_that_is_not_unicode(code, order):
    labels = np.array([[ord("a"), 0], [ord("b"), code]], f"{order}u4").view(f"{order}U2")
    with pytest.raises(DataError, match=r"^y: row 1 has a label that is not Unicode; write the labels anew$"):
        read_labels(labels, 2, "y")


def test_texts_of_the_first_and_last_characters_are_labels():
    texts = ["\0a", "\ud7ff", "\ue000", "\U0010ffff"]
    for order in "<>":
        assert read_labels(np.array(texts, f"{order}U2"), 4, "y").tolist() == texts


def test_no_labels_at_all():
    assert read_labels(np.array([], "U1"), 0, "y").tolist() == []
    indices, names = as_classes([read_labels(np.zeros(0, int), 0, "y")], "set")
    assert (indices.tolist(), indices.dtype, names) == ([], np.int64, ())
    assert [read_labels(np.zeros((0, width)), 0, "y").tolist() for width in (0, 3)] == [[], []]
    assert read_targets(np.zeros((0, 1)), 0, "y").shape == (0,)
