"""Numbers are told from categories by what stands in the cells, and mistakes from both."""

import re

import pytest

from tests.utils.data.table_files import cells
from utils.data.table_columns import make_columns
from utils.errors import DataError

SLICES = [f"slice {n}.wav" for n in range(50)]


def column(texts, categorical=()):
    (made,) = make_columns(cells(a=texts), ["a"], categorical)
    return made


@pytest.mark.parametrize("texts", [["1", "-2.5", "+.5", "1e3", "1E-3", "007", "5."], ["0", "0"]])
def test_numbers(texts):
    made = column(texts)
    assert (made.categories, made.values.tolist(), made.width) == (None, [float(text) for text in texts], 1)


@pytest.mark.parametrize(
    ("texts", "listed", "categories", "positions"),
    [
        (["flat", "house", "flat"], (), ("flat", "house"), [0, 1, 0]),
        (["10", "9", "10"], ("a",), ("9", "10"), [1, 0, 1]),
        (["1", "x", "1", "2"], (), ("1", "2", "x"), [0, 2, 0, 1]),
        (["1_000", "1_000"], (), ("1_000",), [0, 0]),
        (["2020-01-01", "2020-01-02"], (), ("2020-01-01", "2020-01-02"), [0, 1]),
        (["?", "?"], (), ("?",), [0, 0]),
        (["nan", "grandma"], (), ("grandma", "nan"), [1, 0]),
        (["١", "٢"], (), ("١", "٢"), [0, 1]),
        ([*["1"] * 99, "x"], ("a",), ("1", "x"), [*[0] * 99, 1]),
    ],
)
def test_categories(texts, listed, categories, positions):
    made = column(texts, listed)
    assert (made.categories, made.values.tolist(), made.width) == (categories, positions, len(categories))


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (["1", "", "3", ""], "t.csv: row 3, column 'a': is empty, as 2 of 4 cells of this column are; fill them in"),
        (["x", ""], "t.csv: row 3, column 'a': is empty"),
        ([*["1"] * 19, "x"], "t.csv: row 21, column 'a': expected a number, as in 19 of 20 rows, received 'x'; correct it"),
        ([*["1"] * 19, "x"], "received 'x'; correct it, or remove the row, or put \"a\" into data_params.categorical"),
        (["1", "NA", "?", "3"], "t.csv: row 3, column 'a': expected a number, as in 2 of 4 rows, received 'NA'; correct it"),
        (["1", "nan"], "row 3, column 'a': expected a number, as in 1 of 2 rows, received 'nan'"),
        (["-inf", "2"], "row 2, column 'a': expected a number, as in 1 of 2 rows, received '-inf'"),
        (["1", "1e39"], "row 3, column 'a': expected a number within ±3.4e+38, received '1e39'; correct it"),
        (["-1e999", "1"], "row 2, column 'a': expected a number within ±3.4e+38, received '-1e999'"),
        (["3,14", "2", "1,5"], "row 2, column 'a': received '3,14', a number with a decimal comma; save the table"),
        (SLICES, "t.csv: column 'a' holds 50 different texts in 50 rows, such as 'slice 0.wav': too many to be categories"),
        (SLICES, "put \"a\" into data_params.ignore, or into data_params.categorical if each is to be a feature"),
    ],
)  # fmt: skip
def test_columns_that_are_refused(texts, words):
    with pytest.raises(DataError, match=re.escape(words)):
        column(texts)


def test_many_texts_may_be_meant():
    assert column(SLICES, ["a"]).width == 50
    assert column(SLICES * 2).width == 50
    assert column(SLICES[:20]).width == 20
    with pytest.raises(DataError, match="1,001 different texts"):
        column([f"word {n}" for n in range(1001)] * 3)
