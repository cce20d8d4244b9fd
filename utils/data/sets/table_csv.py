"""A person's own table: a CSV with a header, numeric and categorical columns, and one column to predict."""

from __future__ import annotations

from utils.data.source import DataSource, SourceRequest, sources
from utils.data.table_file import HOW_TO_GET, find_csv, read_cells
from utils.data.table_options import TableOptions
from utils.data.table_source import TableSource, make_table


@sources.register("table_csv")
def table_csv(
    request: SourceRequest,
    *,
    target: str | None = None,
    columns: list[str] | None = None,
    categorical: list[str] | None = None,
    group: str | None = None,
    ignore: list[str] | None = None,
) -> DataSource:
    """Any CSV with a header, to predict the column `target` from the others; data_dir names it or its folder.

    Where people label, the column `target` may be empty in some rows or in all.
    """
    options = TableOptions(target, columns, categorical, group, ignore or ())
    return TableSource(lambda: make_table(read_cells(find_csv(request.folder)), options, request), HOW_TO_GET)
