"""Classes in the order of their numbers or texts, targets as they are, and columns that can be neither."""

import re

import numpy as np
import pytest

from tests.utils.data.table_files import cells
from utils.data.table_labels import classes, targets
from utils.errors import DataError

FRACTIONS = [f"{n}.5" for n in range(101)] * 9


@pytest.mark.parametrize(
    ("texts", "names", "labels"),
    [
        (["dog", "cat", "dog"], ("cat", "dog"), [1, 0, 1]),
        (["10", "9", "10"], ("9", "10"), [1, 0, 1]),
        (["+1", "-1", "1"], ("-1", "1"), [1, 0, 1]),
        (["0", "1.0", "1", "0.0"], ("0", "1"), [0, 1, 1, 0]),
        (["0.5", "1.5", "0.5"], ("0.5", "1.5"), [0, 1, 0]),
        (["1", "2", "x"], ("1", "2", "x"), [0, 1, 2]),
        (["01", "1", "02"], ("01", "02", "1"), [0, 2, 1]),
        (["010", "2", "2.0"], ("010", "2", "2.0"), [0, 1, 2]),
        (["9007199254740993", "9007199254740992"], ("9007199254740992", "9007199254740993"), [1, 0]),
        (["1e1", "10", ".5"], ("0.5", "10"), [1, 1, 0]),
    ],
)
def test_classes(texts, names, labels):
    found = classes(cells(y=texts), "y", None)
    assert (found.class_names, found.values.tolist(), found.values.dtype, found.kept.all()) == (names, labels, np.int64, True)


def test_chosen_classes_and_the_order_of_the_set():
    table = cells(y=["dog", "cat", "owl", "dog"])
    found = classes(table, "y", ("owl", "dog"))
    assert (found.class_names, found.values.tolist(), found.kept.tolist()) == (
        ("owl", "dog"),
        [1, 0, 1],
        [True, False, True, True],
    )
    assert classes(table, "y", None, ("owl", "emu", "dog", "cat")).class_names == ("owl", "dog", "cat")


def test_classes_of_the_set_are_taken_as_they_read():
    found = classes(cells(y=["02", "01", "02"]), "y", None, ("01", "02"))
    assert (found.class_names, found.values.tolist()) == (("01", "02"), [1, 0, 1])
    assert classes(cells(y=["1.0", "1", "1.0"]), "y", ("1.0",), ("1", "1.0")).kept.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["01", "1"], "t.csv: row 3, column 'y': expected one of the set's classes 01, 02, received '1'; get the set again"),
        (["x", "y"], "t.csv: row 2, column 'y': expected one of the set's classes 01, 02, received 'x'"),
        (["02", "02"], "column 'y', the one to predict, reads '02' in all of 2 rows"),
        (["02", ""], "t.csv: row 3, column 'y': is empty"),
    ],
)
def test_no_row_vanishes_where_the_set_has_its_own_classes(texts, words):
    with pytest.raises(DataError, match=re.escape(words)):
        classes(cells(y=texts), "y", None, ("01", "02"))


def test_targets():
    found = targets(cells(y=["1.5", "-2", "3"]), "y")
    assert (found.values.tolist(), found.values.dtype, found.class_names) == ([1.5, -2, 3], np.float32, ())


@pytest.mark.parametrize(
    ("read", "texts", "words"),
    [
        (classes, ["a"] * 3, "t.csv: column 'y', the one to predict, reads 'a' in all of 3 rows; expected two"),
        (classes, ["a"] * 3, "; set data_params.target to the column to predict"),
        (classes, ["1", "1.0"], "column 'y', the one to predict, reads '1' in all of 2 rows"),
        (targets, ["1", "1.0"], "column 'y', the one to predict, reads '1' in all of 2 rows"),
        (classes, ["a", ""], "t.csv: row 3, column 'y': is empty"),
        (targets, ["1", ""], "t.csv: row 3, column 'y': is empty"),
        (classes, ["1", "0", "NaN"], "t.csv: row 4, column 'y': expected a number, as in 2 of 3 rows, received 'NaN'"),
        (targets, ["1", "cheap"], "row 3, column 'y': expected a number, as in 1 of 2 rows, received 'cheap'; correct it"),
        (targets, ["1", "cheap"], "correct it, or remove the row; with task regression the target is a number"),
        (targets, ["1e-320", "3e-320"], "column 'y', the one to predict, has numbers that differ by less than 1.2e-38, which"),
        (targets, ["1e-40", "3e-40", "1e-39"], "tell apart; give them in a smaller unit"),
        (targets, ["1", "1.00000001"], "has numbers that differ by less than 1.2e-38"),
        (targets, ["1", "inf"], "row 3, column 'y': expected a number"),
        (classes, FRACTIONS, "t.csv: column 'y' has 101 different numbers in 909 rows, too many to be classes"),
        (classes, FRACTIONS, "; to predict the number set task to regression, or name"),
        (classes, [str(n) for n in range(101)] * 4, "has 101 different numbers in 404 rows"),
    ],
)  # fmt: skip
def test_columns_that_are_refused(read, texts, words):
    with pytest.raises(DataError, match=re.escape(words)):
        read(cells(y=texts), "y") if read is targets else read(cells(y=texts), "y", None)


def test_numbered_classes_may_be_many_where_each_has_samples():
    assert len(classes(cells(y=[str(n) for n in range(101)] * 5), "y", None).class_names) == 101
    assert len(classes(cells(y=[f"{n}.5" for n in range(100)]), "y", None).class_names) == 100


def test_a_chosen_class_that_is_not_there():
    with pytest.raises(DataError, match=re.escape(
        "t.csv: the class 'dgo' of class_names stands in no row of column 'y'; did you mean dog?; there are: cat, dog"
    )):  # fmt: skip
        classes(cells(y=["cat", "dog"]), "y", ("cat", "dgo"))
