"""A table from its file to what a model is fed."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.utils.data.table_files import load, source, write
from utils.data.source import sources
from utils.errors import DataError, ParameterError

HOUSES = "sqft,rooms,kind,town,price\n1000,3,flat,b,100.5\n2000,4,house,a,200\n1500,3,house,b,150.25\n900,2,flat,c,90\n"
ROOT = Path(__file__).parents[3]


def test_prices(tmp_path):
    path = write(tmp_path, HOUSES)
    made = load(path, regression=True)
    assert (made.table.labels.tolist(), made.table.labels.dtype) == ([100.5, 200, 150.25, 90], np.float32)
    assert made.table.names.tolist() == ["row 2", "row 3", "row 4", "row 5"]
    assert (made.kind, made.sample_shape, made.table.class_names, made.rejected) == ("table", (7,), (), ())
    received = made.prepared(np.array([0, 2])).features[np.arange(4)]
    np.testing.assert_allclose(received[:, 0], [-1, 3, 1, -1.4])
    assert received[:, 1:].tolist() == [[0, 1, 0, 0, 1, 0], [1, 0, 1, 1, 0, 0], [0, 0, 1, 0, 1, 0], [-1, 1, 0, 0, 0, 1]]


def test_classes_groups_and_ignored_columns(tmp_path):
    path = write(tmp_path, HOUSES)
    made = load(path, target="kind", group="town", ignore=["price"])
    assert (made.table.class_names, made.table.labels.tolist()) == (("flat", "house"), [0, 1, 1, 0])
    assert {kind: groups.tolist() for kind, groups in made.table.groups.items()} == {"group": ["b", "a", "b", "c"]}
    assert [column.name for column in made.columns] == ["sqft", "rooms"]


def test_a_column_that_says_the_class_itself_is_named_in_the_plan(tmp_path):
    rows = "".join(f"{row},{row % 3},{'abc'[row % 3]},{min(row % 3, 1)},{'xyz'[row % 3]}\n" for row in range(1_200))
    path = write(tmp_path, f"row,classID,twin,two,class\n{rows}")
    advice = "says the class itself: leave it out with data_params.ignore"
    counts = "3 numeric and 1 categorical columns"
    assert source(path).scan().note == (
        f"predicts the column 'class' from {counts}; column 'classID' {advice}; column 'twin' {advice}"
    )
    assert source(path, target="two").scan().note.endswith("categorical columns")
    assert "column 'two' says the class itself" in source(path, class_names=("x", "y")).scan().note
    assert "itself" not in source(path, target="classID", regression=True, ignore=["class"]).scan().note


def test_class_names_choose_the_rows(tmp_path):
    made = load(write(tmp_path, HOUSES), target="town", class_names=("c", "b"))
    assert made.table.labels.tolist() == [1, 1, 0]
    assert made.table.names.tolist() == ["row 2", "row 4", "row 5"]
    assert made.columns[0].values.tolist() == [1000, 1500, 900]


def test_the_plan_can_name_the_target(tmp_path):
    read = source(write(tmp_path, HOUSES), regression=True)
    table = read.scan()
    assert read.scan().note == "predicts the column 'price' from 2 numeric and 2 categorical columns"
    np.testing.assert_array_equal(table.labels, load(tmp_path / "t.csv", regression=True).table.labels)


def test_the_fingerprint_does_not_tell_where_the_file_lies(tmp_path):
    (tmp_path / "other").mkdir()
    here, there = write(tmp_path, HOUSES), write(tmp_path / "other", HOUSES, "u.csv")
    assert load(here, regression=True).fingerprint == load(there, regression=True).fingerprint


def test_prices_as_classes_are_refused(tmp_path):
    lines = [f"{n},{n}.25" for n in range(120)]
    path = write(tmp_path, "\n".join(["x,price", *lines]))
    with pytest.raises(DataError, match="set task to regression"):
        source(path).scan()
    assert len(source(path, regression=True).scan()) == 120


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x,kind,y\n1,a,0\n,b,1\n", r"t\.csv: row 3, column 'x': is empty"),
        ("x,kind,y\n1,a,0\n2,,1\n", r"t\.csv: row 3, column 'kind': is empty"),
        ("x,kind,y\n1,a,0\n2,b,\n", r"t\.csv: row 3, column 'y': is empty"),
        ("x,y\n1,0\nnan,1\n", r"t\.csv: row 3, column 'x': expected a number"),
        ("x,y\n1,0\n1e99,1\n", r"t\.csv: row 3, column 'x': expected a number within"),
    ],
)
def test_bad_cells_are_found_by_plan_and_run_alike(tmp_path, text, words):
    path = write(tmp_path, text)
    for ask in (source(path).scan, lambda: load(path)):
        with pytest.raises(DataError, match=words):
            ask()


def test_an_empty_group_and_an_empty_cell_that_nobody_needs(tmp_path):
    path = write(tmp_path, "x,where,y\n1,,0\n2,b,1\n")
    with pytest.raises(DataError, match=r"row 2, column 'where': is empty"):
        load(path, group="where")
    assert load(path, ignore=["where"]).sample_shape == (1,)


def test_options_are_checked_by_their_types(tmp_path):
    assert sources.problems("table_csv", {"target": "y", "ignore": ["a"], "columns": None}) == []
    (problem,) = sources.problems("table_csv", {"target": 3})
    assert problem.startswith("data set 'table_csv', target: received 3;")
    with pytest.raises(ParameterError, match=r"target: .* has no column 'y'"):
        source(write(tmp_path, HOUSES), target="y").scan()


def test_a_plan_imports_nothing_heavy(tmp_path):
    code = (
        "import sys\nfrom pathlib import Path\nfrom utils.data.sets.table_csv import table_csv\n"
        "from utils.data.source import SourceRequest\n"
        "table_csv(SourceRequest(Path(sys.argv[1]), regression=True)).scan()\n"
        "print([name for name in ('pandas', 'sklearn', 'scipy', 'tensorflow', 'keras') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code, str(write(tmp_path, HOUSES))]
    child = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert child.stdout == "[]\n"


CELL = st.sampled_from(["", "1", "2.5", "-3", "a", "b", "nan", "1e400", "1,5", '"', ";", "\t", " ", "é", "\0", "\n", "１"])


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(CELL, min_size=1, max_size=4).map(",".join), max_size=6), st.booleans())
def test_any_file_is_a_table_or_a_sentence(tmp_path, lines, regression):
    path = write(tmp_path, "\n".join(["a,b,c", *lines]))
    try:
        data = load(path, regression=regression)
    except (DataError, ParameterError) as error:
        assert str(path) in str(error) or "data_params" in str(error)
    else:
        features = data.prepared(np.arange(len(data.table))).features[np.arange(len(data.table))]
        assert np.isfinite(features).all()
        assert features.shape == (len(data.table), *data.sample_shape)
