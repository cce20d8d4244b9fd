"""Cells longer than Python's csv module reads by itself, and a limit that is afterwards what it was."""

import csv
import io

import pytest

from utils.csv_text import cells_of_any_length, csv_text, inert_csv_text


def test_cells_of_any_length_are_read_while_it_lasts():
    before = csv.field_size_limit()
    text = csv_text(("a", "b"), [["x" * (before + 1), "y"]])
    with cells_of_any_length():
        assert list(csv.reader(io.StringIO(text)))[1] == ["x" * (before + 1), "y"]
    with pytest.raises(csv.Error, match="field larger than field limit"):
        list(csv.reader(io.StringIO(text)))
    with pytest.raises(ZeroDivisionError), cells_of_any_length():
        raise ZeroDivisionError
    assert csv.field_size_limit() == before


def test_no_cell_but_a_number_is_computed_by_a_spreadsheet():
    cells = ["=1+1", "-0.png", "@x", "a", "", None, -3, -0.5, "-1", "+2.5e3"]
    assert inert_csv_text(("name",), [cells]) == "name\n'=1+1,'-0.png,'@x,a,,,-3,-0.5,-1,+2.5e3\n"
