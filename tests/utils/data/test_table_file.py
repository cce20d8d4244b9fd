"""CSV files: found, read whatever their delimiter, and refused with the row that is wrong."""

import os

import pytest

from tests.utils.data.table_files import write
from utils import csv_text, reading
from utils.annotation.sheet import is_filled, rows
from utils.data.audio_layout import read_rows
from utils.data.table_file import find_csv, read_cells
from utils.errors import DataError
from utils.prediction.cells import new_cells


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_cells_of_a_file(tmp_path, delimiter, mark, end):
    lines = [
        delimiter.join(cells) for cells in [("a", " b ", "c"), ("1", ' "x"'.strip(), "é"), ("", "2 ", '"p\nq"'), ("3", "", "r")]
    ]
    lines.insert(2, "")
    table = read_cells(write(tmp_path, mark + end.join(lines) + end))
    assert dict(table.columns) == {"a": ["1", "", "3"], "b": ["x", "2", ""], "c": ["é", "p\nq", "r"]}
    assert list(table.rows) == [2, 5, 6]


def test_the_delimiter_is_what_cuts_the_header_most(tmp_path):
    table = read_cells(write(tmp_path, '"a,b,c";d;e\n1;2;3\n'))
    assert list(table.columns) == ["a,b,c", "d", "e"]


def test_the_file_or_its_folder(tmp_path):
    path = write(tmp_path, "a,b\n1,2\n", "Houses.CSV")
    write(tmp_path, "", "notes.txt")
    write(tmp_path, "", ".hidden.csv")
    assert find_csv(tmp_path) == find_csv(path) == path


@pytest.mark.parametrize(
    ("names", "received"),
    [
        ([], "no CSV"),
        (["b.csv", "a.csv"], "a.csv, b.csv"),
        ([f"{n}.csv" for n in range(7)], "0.csv, 1.csv, 2.csv, 3.csv, 4.csv …"),
    ],
)
def test_a_folder_without_exactly_one_csv(tmp_path, names, received):
    for name in names:
        write(tmp_path, "a,b\n1,2\n", name)
    with pytest.raises(DataError) as error:
        find_csv(tmp_path)
    assert str(error.value).startswith(
        f"{tmp_path}: expected one CSV with a header and a row for each sample, received {received}; "
        "set data_dir to the CSV itself. Save your table"
    )


def test_no_such_file(tmp_path):
    with pytest.raises(
        DataError, match=r"none: there is no such file or folder; one CSV .* is expected there\. Save your table"
    ):
        find_csv(tmp_path / "none")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "row 1: expected the names of two or more columns between commas, semicolons or tabs, received nothing"),
        ("a\n1\n", "row 1: expected the names of two or more columns .*, received only 'a'"),
        ("a,b\n", "has no row below its header; one CSV with a header"),
        ("a,b,a\n1,2,3\n", "row 1 names two columns 'a'; rename or remove one"),
        ("a,b\n1,2\n3\n", "row 3: expected 2 cells, as row 1 names columns, received 1; complete the row"),
        ("a,b\n1,2,3\n", r"row 2: expected 2 cells, .* received 3; complete the row, or put texts that hold ',' in \"quotes\""),
        ('a,b\n1,2\n1,"2"3\n', r"row 3: .*; put a cell that holds a quote or a delimiter in \"quotes\""),
        ('a,b\n1,"2\n', "row 2: unexpected end of data"),
        ("a,b\n1," + "x" * 140_000, r"row 2: field larger than field limit"),
        (b"a,b\n1,2\n3,caf\xe9\n", "row 3, byte 14 of the file: is not UTF-8; save the table in UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "row 1, byte 1 of the file: is not UTF-8"),
    ],
)
def test_files_that_are_refused(tmp_path, text, words):
    path = write(tmp_path, text)
    with pytest.raises(DataError, match=words) as error:
        read_cells(path)
    assert str(error.value).startswith(f"{path}: ")


def test_a_file_that_vanished(tmp_path):
    with pytest.raises(DataError, match=r"t\.csv: cannot be read \(No such file or directory\); make it readable"):
        read_cells(tmp_path / "t.csv")


def test_a_pipe_and_a_device_are_neither_waited_for_nor_read(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "device.csv").symlink_to("/dev/zero")
    for path in (tmp_path / "pipe.csv", tmp_path / "device.csv"):
        with pytest.raises(DataError, match=rf"{path.name}: cannot be read \(it is no plain file\); make it readable"):
            read_cells(path)


def test_a_table_that_claims_more_than_memory_holds_is_not_read(tmp_path):
    with write(tmp_path, "a,b\n1,2\n").open("r+b") as file:
        file.truncate(40 << 30)
    sentence = f"{tmp_path / 't.csv'}: cannot be read (it is larger than 4,096 MiB); make it smaller"
    for read in (read_cells, new_cells):
        with pytest.raises(DataError) as error:
            read(tmp_path / "t.csv")
        assert str(error.value) == sentence
    with pytest.raises(DataError, match=r"t\.csv: cannot be read as a comma-separated table .*larger than 4,096 MiB"):
        read_rows(tmp_path / "t.csv")


@pytest.mark.parametrize("read", [read_cells, new_cells, read_rows, rows])
def test_a_line_longer_than_lines_are_is_not_held(tmp_path, monkeypatch, read):
    monkeypatch.setattr(reading, "LONGEST_LINE", 20)
    longest = "id,label\n" + "1," + "x" * 17 + '\n2,"' + ("y" * 16 + "\n") * 5 + '"\n'
    read(write(tmp_path, longest))
    said = "has more than 20 characters; shorten it, or save the table with a line for each row"
    for text, row in ((longest + "3," + "z" * 19 + "\n", 9), ("i" * 21, 1), ("id,label\n" + "\0" * 9_000, 2)):
        with pytest.raises(DataError) as error:
            read(write(tmp_path, text))
        assert str(error.value) == f"{tmp_path / 't.csv'}: row {row}: {said}"
    assert is_filled(tmp_path / "t.csv")


@pytest.mark.parametrize("read", [read_cells, new_cells, read_rows, rows])
def test_a_table_that_takes_no_room_is_refused_by_its_first_line(tmp_path, read):
    with write(tmp_path, "").open("r+b") as file:
        file.truncate(3 << 30)
    with pytest.raises(DataError, match="row 1: has more than 16,777,216 characters"):
        read(tmp_path / "t.csv")


def test_the_place_of_what_is_no_utf8_is_found_line_by_line(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LONGEST_LINE", 20)
    with write(tmp_path, b"a,b\n1,\xe9\n").open("r+b") as file:
        file.truncate(3 << 30)
    with pytest.raises(DataError, match="row 2, byte 7 of the file: is not UTF-8"):
        read_cells(tmp_path / "t.csv")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_header_longer_than_any_cell_may_be(tmp_path, delimiter):
    names = [f"column{number}" for number in range(30_000)]
    cells = read_cells(write(tmp_path, f"{delimiter.join(names)}\n{delimiter.join(map(str, range(30_000)))}\n"))
    assert [*cells.columns] == names
    assert cells.columns["column29999"] == ["29999"]


def test_a_header_that_the_csv_module_cannot_read(tmp_path, monkeypatch):
    monkeypatch.setattr(csv_text, "_LONGEST_CELL", 9)
    with pytest.raises(DataError, match=r"t\.csv: row 1: field larger than field limit \(9\); one CSV with a header and a row"):
        read_cells(write(tmp_path, "a,b,c,d,e,f\n1,2,3,4,5,6\n"))


def test_the_first_name_that_comes_again_is_told(tmp_path):
    with pytest.raises(DataError, match="row 1 names two columns 'b'"):
        read_cells(write(tmp_path, "a,b,b,a\n1,2,3,4\n"))
