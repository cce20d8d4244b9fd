"""Small tables for tests."""

from utils.data.sets.table_csv import table_csv
from utils.data.source import SourceRequest
from utils.data.table_cells import TableCells


def quiet(what, done, total):
    """Takes progress and says nothing."""


def cells(**columns):
    """A table of these columns, whose rows count from 2 as in a file."""
    return TableCells("t.csv", columns, range(2, 2 + len(next(iter(columns.values())))))


def write(folder, text, name="t.csv"):
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def source(path, *, class_names=None, regression=False, unlabelled=False, **options):
    request = SourceRequest(path, class_names=class_names, regression=regression, unlabelled=unlabelled)
    return table_csv(request, **options)


def load(path, **options):
    return source(path, **options).load(path.parent, quiet)
