"""Which part each column plays: by default, by option, and when an option cannot be followed."""

import pytest

from tests.utils.data.table_files import cells
from utils.data.table_options import Roles, TableOptions, assign_roles
from utils.errors import DataError, ParameterError


def roles(names, **options):
    return assign_roles(cells(**{name: ["1", "2"] for name in names.split()}), TableOptions(**options))


@pytest.mark.parametrize(
    ("names", "options", "expected"),
    [
        ("a b c", {}, Roles("c", ("a", "b"), None)),
        ("a Target c", {}, Roles("Target", ("a", "c"), None)),
        ("a class c label", {}, Roles("label", ("a", "class", "c"), None)),
        ("label a class c", {}, Roles("c", ("label", "a", "class"), None)),
        ("label a class c", {"ignore": ["class"]}, Roles("label", ("a", "c"), None)),
        ("a b c", {"target": "a"}, Roles("a", ("b", "c"), None)),
        ("a b c d", {"group": "d", "ignore": ["b"]}, Roles("c", ("a",), "d")),
        ("a b c d", {"columns": ["c", "a"]}, Roles("d", ("c", "a"), None)),
    ],
)
def test_roles(names, options, expected):
    assert roles(names, **options) == expected


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"target": "prise"}, "target: t.csv has no column 'prise'; did you mean price?; it has 'rooms', 'price', 'zip'"),
        ({"columns": ["nil"]}, "columns: t.csv has no column 'nil'; it has"),
        ({"categorical": ["nil"]}, "categorical: t.csv has no column 'nil'"),
        ({"group": "nil"}, "group: t.csv has no column 'nil'"),
        ({"ignore": ["nil"]}, "ignore: t.csv has no column 'nil'"),
        ({"columns": ["rooms", "zip"]}, "columns: 'zip' is the target, the group or ignored; leave it out"),
        ({"columns": ["rooms", "rooms"]}, "columns: received ['rooms', 'rooms']; each column may stand there once"),
        ({"columns": ["rooms"], "categorical": ["price"]}, "categorical: 'price' is none of the columns in use; use it"),
        ({"target": "zip", "ignore": ["zip"]}, "target: 'zip' is the group or ignored too; a column plays one part"),
        ({"target": "zip", "group": "zip"}, "target: 'zip' is the group or ignored too"),
    ],
)  # fmt: skip
def test_options_that_cannot_be_followed(options, words):
    with pytest.raises(ParameterError) as error:
        roles("rooms price zip", **options)
    assert words in str(error.value)
    assert str(error.value).startswith("data_params: 1 error")


def test_all_problems_at_once():
    with pytest.raises(ParameterError) as error:
        roles("rooms price zip", target="x", group="y")
    assert [problem.partition(":")[0] for problem in error.value.problems] == ["target", "group"]


def test_of_many_unknown_columns_the_first_alone_get_a_guess():
    with pytest.raises(ParameterError) as error:
        roles("rooms price zip", ignore=["prise"] * 21)
    assert error.value.problems == [
        *["ignore: t.csv has no column 'prise'; did you mean price?; it has 'rooms', 'price', 'zip'"] * 20,
        "ignore: t.csv has no column 'prise'",
    ]


@pytest.mark.parametrize("options", [{"ignore": ["a", "b"]}, {"columns": []}])
def test_nothing_to_learn_from(options):
    with pytest.raises(DataError, match=r"t\.csv: no column is left to learn from beside the target 'c'; it has a, b, c"):
        roles("a b c", **options)


def test_a_column_without_a_name():
    table = cells(**{"a": ["1", "2"], "": ["1", "2"], "c": ["1", "2"]})
    with pytest.raises(
        DataError, match=r't\.csv: row 1: column 2 has no name, as where pandas .* put "" into data_params\.ignore'
    ):
        assign_roles(table, TableOptions())
    assert assign_roles(table, TableOptions(ignore=[""])) == Roles("c", ("a",), None)
