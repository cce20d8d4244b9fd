"""What a model is fed of a table: standardised by the labelled samples alone, whatever the others are."""

import csv
import io
import re
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from utils.data.source import SampleTable
from utils.data.table_columns import Column
from utils.data.table_data import TableData
from utils.errors import DataError


def table(length):
    return SampleTable(np.arange(length) % 2, ("a", "b"), np.array([f"row {n}" for n in range(length)]))


def data(*columns):
    return TableData.of(table(len(columns[0].values)), columns)


def numbers(values, name="x"):
    return Column(name, np.array(values, np.float64))


def ids(*positions):
    return np.array(positions, np.int64)


def rows(made, *known):
    return made.prepared(ids(*known)).features[np.arange(len(made.table))]


def mixed(count, seed=0):
    rng = np.random.default_rng(seed)
    return data(
        Column("kind", rng.integers(0, 3, count), ("p", "q", "r")),
        Column("sqft", rng.normal(1e3, 50, count)),
        Column("zone", rng.integers(0, 2, count), ("n", "s")),
        Column("rooms", rng.integers(1, 9, count).astype(np.float64)),
    )


def test_the_same_as_scikit_learn():
    made, known = mixed(200), np.random.default_rng(1).choice(200, 50, replace=False)
    kind, sqft, zone, rooms = (column.values for column in made.columns)
    plain = np.stack([sqft, rooms], axis=1)
    scaled = StandardScaler().fit(plain[known]).transform(plain)
    hot = [OneHotEncoder(sparse_output=False).fit_transform(values[:, np.newaxis]) for values in (kind, zone)]
    prepared = made.prepared(known)
    expected = np.concatenate([hot[0], scaled[:, :1], hot[1], scaled[:, 1:]], axis=1)
    received = prepared.features[np.arange(200)]
    np.testing.assert_allclose(received, expected, rtol=1e-6, atol=1e-7)
    assert (received.dtype, prepared.features.shape, made.sample_shape) == (np.float32, (200, 7), (7,))
    np.testing.assert_array_equal(prepared.features[ids(7, 3, 3)], received[[7, 3, 3]])


def test_new_rows_can_be_fed_by_the_file():
    made = mixed(30)
    prepared = made.prepared(np.arange(10))
    lines = list(csv.DictReader(io.StringIO(prepared.preparation["standardisation.csv"])))
    assert [(line["column"], line["category"]) for line in lines] == [
        ("kind", "p"), ("kind", "q"), ("kind", "r"), ("sqft", ""), ("zone", "n"), ("zone", "s"), ("rooms", ""),
    ]  # fmt: skip
    values = {column.name: column for column in made.columns}
    features = []
    for line in lines:
        column = values[line["column"]]
        if line["category"]:
            features.append(np.array(column.categories)[column.values] == line["category"])
        else:
            features.append((column.values - float(line["mean"])) / float(line["deviation"]))
    np.testing.assert_array_equal(np.stack(features, axis=1).astype(np.float32), prepared.features[np.arange(30)])


@given(st.data())
def test_no_sample_teaches_but_the_labelled(draw):
    count = draw.draw(st.integers(2, 8))
    finite = st.integers(-(10**9), 10**9).map(lambda thousandths: thousandths / 1000)
    values = draw.draw(st.lists(finite, min_size=count, max_size=count))
    kinds = draw.draw(st.lists(st.integers(0, 2), min_size=count, max_size=count))
    known = draw.draw(st.lists(st.integers(0, count - 1), min_size=1, max_size=count - 1, unique=True))
    changed = draw.draw(st.sampled_from(sorted(set(range(count)) - set(known))))
    others = [*values]
    others[changed] = draw.draw(finite)
    other_kinds = [*kinds]
    other_kinds[changed] = draw.draw(st.integers(0, 2))
    before = rows(data(numbers(values), Column("k", np.array(kinds), ("p", "q", "r"))), *known)
    after = rows(data(numbers(others), Column("k", np.array(other_kinds), ("p", "q", "r"))), *known)
    untouched = np.delete(np.arange(count), changed)
    np.testing.assert_array_equal(before[untouched], after[untouched])


@given(st.permutations(range(6)))
def test_the_order_of_the_labelled_samples_is_nothing(order):
    made = mixed(9)
    np.testing.assert_array_equal(rows(mixed(9), *order), rows(made, *range(6)))


@pytest.mark.parametrize("known", [[0], [0, 1], [0, 1, 2]])
def test_a_deviation_of_0_counts_as_1(known):
    made = data(numbers([0.1, 0.1, 0.1, 5.1]), numbers([-3, -3, -3, -3], "y"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_allclose(rows(made, *known), [[0, 0], [0, 0], [0, 0], [5, 0]], rtol=1e-6)


def test_what_rounding_leaves_is_no_deviation():
    np.testing.assert_allclose(rows(data(numbers([0.3, 0.1 + 0.2, 1.3])), 0, 1)[:, 0], [0, 0, 1], atol=1e-6)


@pytest.mark.filterwarnings("error")
def test_numbers_that_are_too_far_from_the_labelled_are_refused():
    made = data(numbers([1, 2, 1, 2, 1], "y"), numbers([1e38, -1e38, -3e38, 1e-38, 2e-38]))
    with pytest.raises(DataError, match=re.escape(
        "row 2, column 'x': expected a number near the 1.5e-38 ± 5e-39 of the samples labelled at the run's start, received "
        '-3e+38, too far to be standardised; correct it, remove the row, or put "x" into data_params.ignore'
    )):  # fmt: skip
        made.prepared(ids(3, 4))
    with pytest.raises(DataError, match="row 1, column 'x'"):
        data(numbers([0, 3e38, 1e-160])).prepared(ids(0, 2))
    assert rows(data(numbers([1e38, -1e38])), 0, 1)[:, 0].tolist() == [1, -1]


def test_numbers_alone_and_categories_alone():
    assert rows(data(numbers([1, 3])), 0, 1).tolist() == [[-1], [1]]
    assert rows(data(Column("k", np.array([1, 0]), ("p", "q"))), 0).tolist() == [[0, 1], [1, 0]]


def test_what_was_prepared_is_remembered():
    made = mixed(20)
    first = made.prepared(ids(1, 2))
    assert made.prepared(ids(2, 1)) is first
    for position in range(3, 12):
        made.prepared(ids(position))
    again = made.prepared(ids(1, 2))
    assert again is not first
    np.testing.assert_array_equal(again.features[ids(5)], first.features[ids(5)])


def test_the_fingerprint_is_of_all_that_matters():
    plain, hot = [0.0, 1.0], np.array([0, 1])
    different = [
        data(numbers(plain)),
        data(numbers([0.0, 2.0])),
        data(numbers(plain, "z")),
        data(Column("x", hot, ("p", "q"))),
        data(Column("x", hot, ("p", "r"))),
        TableData.of(SampleTable(np.array([1, 0]), ("a", "b"), np.array(["row 0", "row 1"])), (numbers(plain),)),
    ]
    assert len({made.fingerprint for made in different}) == len(different)
    assert data(numbers(plain)).fingerprint == different[0].fingerprint
    assert different[0].prepared(ids(0)).fingerprint == different[0].fingerprint
