"""Tables of texts: which cells are texts and labels, and a sentence for each row that is none."""

import csv

import numpy as np
import pytest

from utils.data.label_rules import PEOPLE_CAN_LABEL
from utils.data.source import SourceRequest, sources
from utils.errors import DataError, ParameterError


def quiet(what, done, total):
    """Takes progress and says nothing."""


def source(path, class_names=None, max_bad_files=0.01, regression=False, **options):
    request = SourceRequest(path, class_names=class_names, max_bad_files=max_bad_files, regression=regression)
    return sources.get("text_csv")(request, **options)


def table_in(path, content):
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def message_of(act):
    with pytest.raises(DataError) as error:
        act()
    return str(error.value)


QUOTED = 'id,text,label\n1,"good, very\n\ngood ""film""",pos\n2, bad ,neg\n\n3,ok,\t pos\n'


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_texts_with_commas_quotes_and_line_breaks(tmp_path, named, mark):
    path = table_in(tmp_path / "set.csv", mark + QUOTED.replace("\n", "\r\n").encode())
    texts = source(path if named else tmp_path)
    scanned, loaded = texts.scan(), texts.load(tmp_path / "cache", quiet)
    assert scanned.class_names == ("neg", "pos")
    assert scanned.labels.tolist() == loaded.table.labels.tolist() == [1, 0, 1]
    assert scanned.names.tolist() == ["row 4", "row 5", "row 7"]
    assert scanned.groups == {}
    assert scanned.test is None
    words = [[loaded.words.word(number) for number in loaded.words.take(np.array([text])).flat] for text in range(3)]
    assert words == [["good", "very", "good", "film"], ["bad"], ["ok"]]


def test_columns_of_other_names_and_groups(tmp_path):
    path = table_in(tmp_path / "set.csv", "stars;review;group\n5;good;ann\n1;bad;\n4.5;fine;ann\n")
    table = source(path, text_column="review", label_column="stars", regression=True).scan()
    assert table.labels.tolist() == [5, 1, 4.5]
    assert table.groups["group"].tolist() == ["ann", "row 3", "ann"]
    assert source(path, ("5", "1"), text_column="review", label_column="stars").scan().labels.tolist() == [0, 1]


def test_texts_longer_than_a_cell_of_the_csv_module(tmp_path):
    limit = csv.field_size_limit()
    path = table_in(tmp_path / "set.csv", f"text,label\n{'word ' * limit},a\n{'long ' * 2_000_001},b\nshort,b\n")
    texts = source(path, max_bad_files=0.4)
    loaded = texts.load(tmp_path / "cache", quiet)
    assert loaded.words.lengths.tolist() == [limit, 1]
    assert loaded.rejected == (("row 3", "it has 10.0 MB, at most 10 MB are read as one text; cut it into several"),)
    assert texts.scan().names.tolist() == ["row 2", "row 4"]
    assert csv.field_size_limit() == limit


def test_a_text_without_a_word_is_left_out_by_scan_and_load_alike(tmp_path):
    path = table_in(tmp_path / "set.csv", "text,label\na,x\n,y\n...,x\n-1,y\nb,x\n")
    texts = source(path, max_bad_files=0.4)
    loaded = texts.load(tmp_path / "cache", quiet)
    assert texts.scan().names.tolist() == loaded.table.names.tolist() == ["row 2", "row 5", "row 6"]
    reason = "it holds no word; write some, or remove it"
    assert loaded.rejected == (("row 3", reason), ("row 4", reason))
    assert message_of(lambda: source(path).load(tmp_path / "cache", quiet)).startswith(
        f"{path}: 2 of 5 texts cannot be used (40.00%), at most 1.00% may be"
    )


@pytest.mark.parametrize(
    ("header", "missing", "received"),
    [
        ("text,sentiment", "'label'", "text, sentiment"),
        ("review,stars", "'text' and no column 'label'", "review, stars"),
        ("Text,label", "'text'", "Text, label"),
    ],
)
def test_a_missing_column(tmp_path, header, missing, received):
    path = table_in(tmp_path / "set.csv", f"{header}\na,b\n")
    assert message_of(source(path).scan) == (
        f"{path}: row 1 names no column {missing}; expected text, label and, where wanted, group; received {received}; correct "
        "it, or set text_column and label_column in data_params"
    )


def test_an_empty_label(tmp_path):
    path = table_in(tmp_path / "set.csv", "text,label\na,b\nc, \n")
    assert message_of(source(path).scan) == (
        f"{path}: row 3, column 'label': is empty; write the label, delete the row, or {PEOPLE_CAN_LABEL}"
    )


@pytest.mark.parametrize(
    ("content", "place"),
    [
        ("text,label\na,b\na,b,c\n", "row 3"),
        ("text,label\na,b\na\n", "row 3"),
        ('text,label\n"a"b,c\n', "row 2"),
        ('text,label\na,b\n"c,d\n', "row 3"),
        ("text,label\n", "no row below"),
        ("", "nothing"),
        ("text,text,label\na,b,c\n", "two columns 'text'"),
        (b"text,label\na,b\ncaf\xe9,c\n", "byte 19"),
    ],
)
def test_what_is_no_table_is_named_with_file_and_row(tmp_path, content, place):
    path = table_in(tmp_path / "set.csv", content)
    message = message_of(source(path).scan)
    assert message.startswith(f"{path}: ")
    assert place in message


def test_one_column_is_not_text_and_label(tmp_path):
    table_in(tmp_path / "set.csv", "text,label\ngood,pos\n")
    with pytest.raises(ParameterError, match="label_column: 'label' is the text too; a column plays one part"):
        source(tmp_path, text_column="label").scan()


def test_no_such_table(tmp_path):
    for folder in (tmp_path, tmp_path / "nowhere", tmp_path / "set.csv"):
        assert message_of(source(folder).scan).startswith(f"{folder}: ")
    assert source(tmp_path, text_column="review").how_to_get == (
        "Write one in UTF-8: a first row review,label (and group, where texts belong together), then a row for each text."
    )


def test_wrong_options_are_refused():
    assert sources.problems("text_csv", {"text_column": 3, "vocabulary": 10.5}) == [
        "data set 'text_csv', text_column: received 3; Input should be a valid string",
        "data set 'text_csv', vocabulary: received 10.5; Input should be a valid integer",
    ]
