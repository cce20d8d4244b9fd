"""A table of labels: by file or by window, from one annotator or several, and a sentence for every row that cannot be."""

import os

import pytest

from utils.annotation.annotation import Annotation
from utils.annotation.labels_csv import labels_csv
from utils.data.given_label import GivenLabel
from utils.data.given_labels import read_given_labels
from utils.errors import DataError, ParameterError

NAMES = ["a.wav", "sub/b.wav", " long cello.wav", "d#1.wav"]


def read(folder, text, names=NAMES, windows=True):
    (folder / "labels.csv").write_text(text, encoding="utf-8")
    return read_given_labels(folder, "labels.csv", names, windows=windows)


def test_no_table_no_labels(tmp_path):
    given = read_given_labels(tmp_path, None, NAMES)
    assert (given.label("a.wav"), given.groups_of("a.wav")) == (GivenLabel("", "a.wav"), {})


def test_a_persons_table(tmp_path):
    given = read(tmp_path, "\ufefffile,remark,label\n./sub/b.wav,,dog \na.wav,,\n\n long cello.wav,loud,cat\n")
    assert given.label("sub/b.wav") == GivenLabel("dog", f"{tmp_path}/labels.csv: row 2, column 'label'")
    assert given.label("a.wav") == GivenLabel("", f"{tmp_path}/labels.csv: row 3, column 'label'")
    assert given.label(" long cello.wav").label == "cat"
    assert given.label("d#1.wav") == GivenLabel("", "d#1.wav")
    assert given.groups_of("a.wav") == {}


def test_groups_are_of_files_and_one_without_is_its_own(tmp_path):
    given = read(tmp_path, "file,label,group\na.wav,x,tuesday\na.wav#1,y,\nsub/b.wav,,tuesday\n")
    assert given.groups_of("a.wav") == given.groups_of("sub/b.wav") == {"group": "tuesday"}
    assert given.groups_of("d#1.wav") == {"group": "d#1.wav"}


def test_windows(tmp_path):
    given = read(tmp_path, "file,label\na.wav#0,x\na.wav#12,y\na.wav,z\nd#1.wav,u\nd#1.wav#1,v\n")
    assert {number: label.label for number, label in given.windows["a.wav"].items()} == {0: "x", 12: "y"}
    assert (given.label("a.wav").label, given.label("d#1.wav").label, given.windows["d#1.wav"][1].label) == ("z", "u", "v")


@pytest.mark.parametrize(
    ("said", "label"),
    [
        ([("ann", "x")], "x"),
        ([("ann", "x"), ("bob", "y"), ("eve", "y")], "y"),
        ([("ann", "x"), ("bob", "y")], "x"),
        ([("ann", "x"), ("bob", ""), ("eve", "")], ""),
        ([("ann", "x"), ("ann", "x"), ("bob", "y"), ("eve", "y")], "y"),
    ],
)
def test_the_majority_of_what_a_run_has_written(tmp_path, said, label):
    """In labels.csv are the answers of all annotators, unusable ones empty; of equally many the first counts."""
    answers = [Annotation(7, what or None, by, "2026-11-22T08:30:00Z", 1.5, str(key)) for key, (by, what) in enumerate(said)]
    given = read(tmp_path, labels_csv(answers, lambda sample: "a.wav#0", {7: 1}))
    assert given.windows["a.wav"][0].label == label


def test_of_numbers_the_median_counts(tmp_path):
    answers = [
        Annotation(7, label, by, "2026-11-22T08:30:00Z", 1.5, by) for by, label in zip("abc", ["5", "9", "9.0"], strict=True)
    ]
    text = labels_csv(answers, lambda sample: "a.wav", {7: 1})
    (tmp_path / "labels.csv").write_text(text)
    for numbers, label in ((True, "9"), (False, "5")):
        assert read_given_labels(tmp_path, "labels.csv", NAMES, numbers=numbers).label("a.wav").label == label


def test_a_text_among_numbers_is_left_to_be_refused_in_its_place(tmp_path):
    (tmp_path / "labels.csv").write_text("file,label,annotator\na.wav,5,a\na.wav,much,b\na.wav,1e300,c\n")
    given = read_given_labels(tmp_path, "labels.csv", NAMES, numbers=True)
    assert given.label("a.wav") == GivenLabel("much", f"{tmp_path}/labels.csv: row 3, column 'label'")


@pytest.mark.parametrize(
    ("columns", "said", "unusable"),
    [
        ("name,label,annotator,round", ",ann,1", True),
        ("name,label,annotator,round", ",ann,", True),
        ("name,label,annotator,round", "x,ann,1", False),
        ("name,label,annotator,round", ",,", False),
        ("name,label,annotator", ",ann", False),
        ("name,label,round", ",1", False),
        ("name,label", "", False),
    ],
)
def test_what_a_run_has_asked_for_and_nobody_could_label(tmp_path, columns, said, unusable):
    given = read(tmp_path, f"{columns}\na.wav#1,{said}\n")
    assert given.windows["a.wav"][1].unusable == unusable


def test_what_a_run_has_made_inert_is_what_it_was(tmp_path):
    names = ["=1.wav", "'=1.wav", "plain.wav", "'x.wav"]
    said = [Annotation(place, label, by, "2026-11-22T08:30:00Z", 1.5, by)
            for place, (label, by) in enumerate([("=a", "@ann"), ("'=a", "ann"), ("'a", "'"), ("-5", "-b")])]  # fmt: skip
    given = read(tmp_path, labels_csv(said, names.__getitem__, {}), names, windows=False)
    assert [given.label(name).label for name in names] == ["=a", "'=a", "'a", "-5"]
    assert read(tmp_path, "file,label\n'=1.wav,'=a\n", names, windows=False).label("'=1.wav").label == "'=a"


ADVICE = "correct the name, or delete the row"
WANTED = "expected file (or name), label and, where wanted, group; received"
GONE = "there is no such file in or below {folder},"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", f"row 1 names no column 'name' and no column 'label'; {WANTED} nothing"),
        ("path,label\n", f"row 1 names no column 'name'; {WANTED} path, label"),
        ("file,label,label\n", "row 1 names two columns 'label'; rename or remove one"),
        ("file,class\n", f"row 1 names no column 'label'; {WANTED} file, class"),
        ("file,label\na.wav,x\nsub/bb.wav,x\n",
         f"row 3, column 'file': {GONE} 'sub/bb.wav'; did you mean sub/b.wav?; {ADVICE}"),
        ("name,label\n../a.wav,x\n", f"row 2, column 'name': {GONE} '../a.wav'; did you mean a.wav?; {ADVICE}"),
        ("file,label\n/etc/passwd,x\n", f"row 2, column 'file': {GONE} '/etc/passwd'; {ADVICE}"),
        ("file,label\na.wav#x,y\n", f"row 2, column 'file': {GONE} 'a.wav#x'; did you mean a.wav?; {ADVICE}"),
        ("file,label\n ,x\n", "row 2, column 'file': is empty; name the file that the label is of, or delete the row"),
        ("file,label\na.wav,x\nsub/b.wav,x\na.wav,y\n", "row 4: 'a.wav' has the label 'y', but 'x' in row 2; delete one"),
        ("file,label\na.wav,\na.wav,y\n", "row 3: 'a.wav' has the label 'y', but '' in row 2; delete one"),
        ("file,label,annotator\na.wav,x,ann\na.wav,x,bob\na.wav,y,bob\n",
         "row 4: 'a.wav' has the label 'y', but 'x' in row 3; delete one"),
        ("file,label,group\na.wav,x,g\na.wav#1,x,h\n",
         "row 3, column 'group': 'a.wav' is in the group 'h', but in 'g' in row 2; correct one"),
        ("file,label\na.wav,x,y\n", 'row 2 has more fields than row 1 has columns; put texts with commas in "quotes"'),
    ],
)  # fmt: skip
def test_rows_that_cannot_be(tmp_path, text, message):
    with pytest.raises(DataError) as error:
        read(tmp_path, text)
    assert str(error.value) == f"{tmp_path}/labels.csv: {message.format(folder=tmp_path)}"


def test_windows_are_of_recordings_alone(tmp_path):
    with pytest.raises(DataError, match=r"row 2, column 'file': there is no such file in or below .*'a\.wav#0'"):
        read(tmp_path, "file,label\na.wav#0,x\n", windows=False)


def test_a_table_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match=r"none\.csv: cannot be read as a comma-separated table in UTF-8 \(.*\); save it"):
        read_given_labels(tmp_path, "none.csv", NAMES)


@pytest.mark.parametrize("table", ["/etc/passwd", "../labels.csv", "sub/../../labels.csv"])
def test_a_table_elsewhere(tmp_path, table):
    with pytest.raises(ParameterError) as error:
        read_given_labels(tmp_path, table, NAMES)
    assert error.value.problems == [f"labels: received {table!r}; expected the name of a CSV in {tmp_path}"]


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "labels.csv")
    with pytest.raises(DataError, match=r"labels\.csv: cannot be read as a comma-separated table .*it is no plain file"):
        read_given_labels(tmp_path, "labels.csv", NAMES)
