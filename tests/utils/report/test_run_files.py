"""What runs wrote beside their CSV, and what is missing of it."""

import csv
import math

import pytest

from tests.fakes import run_fake, small_params
from tests.utils.known_runs import write_known_runs
from utils.comparison.comparisons import Comparisons
from utils.report.run_files import number_in, read_tables


@pytest.fixture
def groups(tmp_path):
    write_known_runs(tmp_path)
    for group in (found := Comparisons(tmp_path).each[0].groups):
        for run in group:
            (run.folder / "timing.csv").write_text("round,select\n0,1.5\n1,2.5\n")
    return found


def read(groups, columns=("round", "select"), texts=()):
    return read_tables(groups, "timing.csv", columns, texts)


def test_a_table_for_each_run(groups):
    tables, notes = read(groups)
    assert notes == []
    assert [[table["select"].tolist() for table in own] for own in tables] == [[[1.5, 2.5]] * 5] * 2


def test_a_missing_file_is_named(groups):
    (groups[0][1].folder / "timing.csv").unlink()
    tables, notes = read(groups)
    assert tables[0][1] is None
    assert notes == ["timing.csv is missing: margin, seed 2"]


def test_of_many_missing_files_a_few_are_named(groups):
    for run in groups[1]:
        (run.folder / "timing.csv").unlink()
    assert read(groups)[1] == ["timing.csv is missing: random seed 1, random seed 2, random seed 3 and 2 more"]


def test_a_file_that_is_cut_off_is_left_out(groups):
    (groups[0][0].folder / "timing.csv").write_text("round,select\n0,1.5\n1,2")
    tables, [note] = read(groups)
    assert tables[0][0] is None
    assert note == (
        "timing.csv cannot be read (it is cut off in the middle of a row; run that seed again to restore it): margin, seed 1"
    )


@pytest.mark.parametrize("content", ["round,other\n0,1\n", "round,select\n0,text\n", ""])
def test_what_is_no_such_table_is_left_out(groups, content):
    (groups[0][0].folder / "timing.csv").write_text(content)
    tables, [note] = read(groups)
    assert tables[0][0] is None
    assert note.startswith("timing.csv cannot be read (it is")


def test_a_row_without_a_round_is_refused(groups):
    (groups[0][0].folder / "timing.csv").write_text("round,select\n,1\n")
    assert "it has a row without a round" in read(groups)[1][0]


@pytest.mark.parametrize("cell", ["inf", "-inf", "1e999", "-1", "0.5", "1e300"])
def test_a_round_that_is_none_is_refused(groups, cell):
    (groups[0][0].folder / "timing.csv").write_text(f"round,select\n0,1\n{cell},1\n")
    tables, [note] = read(groups)
    assert tables[0][0] is None
    assert f"round is {float(cell):g} in line 3, expected a " in note


def test_an_infinite_number_is_refused(groups):
    (groups[0][0].folder / "timing.csv").write_text("round,select\n0,\n1,inf\n")
    assert "select is inf in line 3, expected a finite number" in read(groups)[1][0]


def test_texts_stay_texts(groups):
    (groups[0][0].folder / "timing.csv").write_text("round,select\n0,NA\n1,007\n2,'=a\n3,=b\n")
    assert read(groups, texts=("select",))[0][0][0]["select"].tolist() == ["NA", "007", "=a", "=b"]


def test_a_cell_is_a_number_or_nothing():
    row = {"a": "1.5", "b": "", "c": "x", "d": "inf"}
    assert number_in(row, "a") == 1.5
    assert all(math.isnan(number_in(row, column)) for column in "bcde")


@pytest.mark.parametrize(
    ("file", "columns", "texts", "column"),
    [
        ("classes.csv", ("round", "class", "f1"), ("class",), "f1"),
        ("selections.csv", ("round", "label"), ("label",), "label"),
        ("timing.csv", ("round", "train"), (), "train"),
    ],
)
def test_a_table_that_is_not_that_of_its_journal_is_left_out(outputs, file, columns, texts, column):
    for seed in (1, 2):
        run_fake(small_params(random_seed=seed))
    runs = Comparisons(outputs / "fake").each[0].groups
    assert read_tables(runs, file, columns, texts)[1] == []
    path = runs[0][1].folder / file
    with path.open(newline="") as table:
        rows = list(csv.DictReader(table))
    rows[1][column] = "7"
    with path.open("w", newline="") as table:
        writer = csv.DictWriter(table, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    [first, second], [note] = read_tables(runs, file, columns, texts)[0][0], read_tables(runs, file, columns, texts)[1]
    assert first is not None
    assert second is None
    assert f"{file} cannot be read (line 3: {column} is 7, and " in note
    assert "in run_2/rounds.log, which it was made from" in note
