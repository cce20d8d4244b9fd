"""CSVs in which labels are missing: welcome where people label, otherwise an error that says that they can."""

from functools import partial

import numpy as np
import pytest

from tests.utils.data import table_files
from tests.utils.data.audio_files import quiet, wav
from utils.annotation.shown import Shown
from utils.data.label_rules import PEOPLE_CAN_LABEL
from utils.data.source import SourceRequest, sources
from utils.errors import DataError

CSV = {"audio_csv": "path", "text_csv": "text", "table_csv": "x"}
every_set = pytest.mark.parametrize("name", list(CSV))


def write(name, folder, labels):
    """One sample for each of `labels`."""
    for number in range(len(labels)):
        wav(folder / f"{number}.wav")
    cells = {"audio_csv": "{}.wav", "text_csv": "text {}", "table_csv": "{}"}[name]
    rows = [f"{cells.format(number)},{label}" for number, label in enumerate(labels)]
    return table_files.write(folder, "\n".join([f"{CSV[name]},label", *rows, ""]), "set.csv")


def source(name, folder, labels, **request):
    return sources.get(name)(SourceRequest(write(name, folder, labels), **{"unlabelled": True} | request))


@every_set
def test_empty_labels_are_unlabelled_samples(name, tmp_path):
    asked = source(name, tmp_path, ["b", "", "a", " "])
    for table in (asked.scan(), asked.load(tmp_path / "cache", quiet).table):
        assert (table.class_names, table.labels.tolist(), table.labels.dtype) == (("a", "b"), [1, -1, 0, -1], np.int64)
    assert source(name, tmp_path, ["", ""]).scan().class_names == ()
    ordered = source(name, tmp_path, ["b", "", "a"], class_names=("c", "b", "a")).load(tmp_path / "cache", quiet)
    assert (ordered.table.class_names, ordered.table.labels.tolist()) == (("c", "b", "a"), [1, -1, 2])
    other = source(name, tmp_path, ["b", "c", "a"], class_names=("c", "b", "a")).load(tmp_path / "cache", quiet)
    assert other.fingerprint != ordered.fingerprint
    ids = np.arange(3)
    np.testing.assert_array_equal(ordered.prepared(ids).features[ids], other.prepared(ids).features[ids])


@every_set
def test_numbers_as_classes_and_as_targets(name, tmp_path):
    assert source(name, tmp_path, ["10", "", "9"]).scan().class_names == ("9", "10")
    table = source(name, tmp_path, ["1.5", "", "-2"], regression=True).scan()
    np.testing.assert_array_equal(table.labels, np.array([1.5, np.nan, -2], np.float32))
    assert table.class_names == ()
    assert np.isnan(source(name, tmp_path, ["", ""], regression=True).scan().labels).all()


@every_set
def test_one_class_is_enough_where_people_label(name, tmp_path):
    assert source(name, tmp_path, ["a", "", "a"]).scan().class_names == ("a",)
    assert source(name, tmp_path, ["a", "a"], class_names=("a", "b")).scan().labels.tolist() == [0, 0]


@every_set
def test_labels_that_are_none_of_class_names(name, tmp_path):
    with pytest.raises(DataError) as error:
        source(name, tmp_path, ["cat", "", "dgo"], class_names=("cat", "dog")).scan()
    assert str(error.value) == (
        f"{tmp_path}/set.csv: row 4, column 'label': the label 'dgo' is none of class_names; did you mean dog?; expected one "
        "of cat, dog; correct it, or add it to class_names"
    )
    chosen = source(name, tmp_path, ["cat", "dgo"], class_names=("cat",)).scan()
    assert (chosen.class_names, chosen.labels.tolist()) == (("cat",), [0])
    with pytest.raises(DataError, match=r"the class 'dog' of class_names"):
        source(name, tmp_path, ["cat", "dgo"], class_names=("cat", "dog")).scan()


@every_set
@pytest.mark.parametrize("regression", [False, True])
def test_without_people_they_are_errors_that_name_people(name, tmp_path, regression):
    with pytest.raises(DataError) as error:
        source(name, tmp_path, ["1", "", "2"], unlabelled=False, regression=regression).scan()
    assert str(error.value).startswith(f"{tmp_path}/set.csv: row 3, column 'label': is empty")
    assert str(error.value).endswith(f", or {PEOPLE_CAN_LABEL}")


def test_a_table_says_of_which_kind_a_known_number_is(tmp_path):
    load = partial(table_files.load, unlabelled=True)
    path = table_files.write(tmp_path, "x,y\n1,1\n2,\n3,1.0\n4,2\n")
    assert load(path).table.class_names == ("1", "2")
    with pytest.raises(DataError, match=r"row 4, column 'y': expected a number, as in 1 of 2 rows, received 'a'"):
        load(table_files.write(tmp_path, "x,y\n1,1\n2,\n3,a\n"), regression=True)


def test_a_column_that_says_the_class_itself_is_found_by_the_known_rows(tmp_path):
    path = table_files.write(tmp_path, "x,twin,y\n1,u,a\n2,v,b\n3,u,\n4,v,b\n5,u,a\n")
    assert "'twin' says the class itself" in table_files.source(path, unlabelled=True).scan().note
    path = table_files.write(tmp_path, "x,twin,y\n1,u,\n2,v,\n")
    assert "says the class itself" not in table_files.source(path, unlabelled=True).scan().note


def test_people_are_shown_all_of_a_row_but_its_label(tmp_path):
    text = "id,x,note,y\n007,1.50,<b>,a\n008,2,say,\n009,3,no,b\n"
    data = table_files.load(table_files.write(tmp_path, text), unlabelled=True, ignore=["id", "note"])
    assert data.show(1) == Shown("table", cells={"id": "008", "x": "2", "note": "say"})
    assert data.prepared(np.arange(2)).show(0) == Shown("table", cells={"id": "007", "x": "1.50", "note": "<b>"})
    chosen = table_files.load(
        table_files.write(tmp_path, text.replace("8,2,say,", "8,2,say,c")), class_names=("b",), unlabelled=True, ignore=["note"]
    )
    assert chosen.show(0).cells == {"id": "009", "x": "3", "note": "no"}


def test_without_people_a_row_is_what_models_are_fed(tmp_path):
    data = table_files.load(table_files.write(tmp_path, "x,kind,y\n1.50,u,a\n2,v,b\n"))
    assert [data.show(sample).cells for sample in (0, 1)] == [{"x": "1.5", "kind": "u"}, {"x": "2.0", "kind": "v"}]


def test_texts_are_shown_as_they_stand_in_their_cells(tmp_path):
    path = table_files.write(tmp_path, 'text,label\n"Good, ""very""\n<b>film</b>",a\n?!,b\nbad,\n')
    data = sources.get("text_csv")(SourceRequest(path, max_bad_files=0.5, unlabelled=True)).load(tmp_path / "cache", quiet)
    assert [data.show(sample) for sample in (0, 1)] == [
        Shown("text", text='Good, "very"\n<b>film</b>'),
        Shown("text", text="bad"),
    ]
    assert data.prepared(np.arange(1)).show(1).text == "bad"


def test_a_text_table_that_changed_meanwhile_is_not_shown(tmp_path):
    path = table_files.write(tmp_path, "text,label\nok,a\nbad,\n")
    data = sources.get("text_csv")(SourceRequest(path, unlabelled=True)).load(tmp_path / "cache", quiet)
    table_files.write(tmp_path, "text,label\nbad,\nok,a\n")
    with pytest.raises(DataError, match="its texts are others than when the run began"):
        data.show(0)
