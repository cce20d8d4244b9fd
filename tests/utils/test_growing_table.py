"""A growing table holds what would have been formatted at once, and formats each record once."""

from hypothesis import given
from hypothesis import strategies as st

from utils.csv_text import csv_text
from utils.growing_table import GrowingTable

RECORDS = st.lists(st.builds(dict, rows=st.lists(st.text(max_size=5), max_size=3), wide=st.booleans()), max_size=8)


def table_of(records):
    columns = ("a", "b") if any(record["wide"] for record in records) else ("a",)
    return csv_text(columns, ([row, *columns[1:]] for record in records for row in record["rows"]))


@given(records=RECORDS, cuts=st.lists(st.integers(0, 8), max_size=5))
def test_it_is_the_table_of_all_records(records, cuts):
    growing = GrowingTable(table_of)
    for cut in [*sorted(cuts), 8]:
        assert growing.of(records[:cut]) == table_of(records[:cut])


def test_no_record_is_formatted_twice():
    asked = []
    growing = GrowingTable(lambda records: asked.append(len(records)) or table_of(records))
    records = [{"rows": ["x"], "wide": False} for _ in range(4)]
    for count in (1, 2, 4, 4):
        growing.of(records[:count])
    assert asked == [1, 1, 2, 0]
