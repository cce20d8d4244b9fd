"""Folders of files without labels, with some, or with all of them: three kinds of files, one contract."""

import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from tests.utils.data.audio_files import quiet, wav
from utils.annotation.shown import Shown
from utils.data.label_rules import PEOPLE_CAN_LABEL
from utils.data.source import SourceRequest, sources
from utils.errors import DataError, ParameterError


def sound(path):
    wav(path, 2.4)


def image(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    content = io.BytesIO()
    Image.fromarray(np.full((4, 6), len(path.name), np.uint8)).save(content, "PNG")
    path.write_bytes(content.getvalue())


def text(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"A text,\n<b>called</b> {path.name}\n", encoding="utf-8")


SETS = {"audio_files": (".wav", sound), "image_files": (".png", image), "text_files": (".txt", text)}
every_set = pytest.mark.parametrize("name", list(SETS))


def make(name, folder, files, table=None):
    suffix, write = SETS[name]
    for file in files:
        write(folder / f"{file}{suffix}")
    if table is not None:
        (folder / "labels.csv").write_text(table.replace("*", suffix), encoding="utf-8")
    return folder


def source(name, folder, options=None, **request):
    return sources.get(name)(SourceRequest(folder, **{"unlabelled": True} | request), **(options or {}))


def loaded(name, folder, options=None, **request):
    return source(name, folder, options, **request).load(folder.parent / "cache", quiet)


def by_file(table):
    """File without its ending → label of its samples, which all have one."""
    found = {}
    for sample, label in zip(table.names.tolist(), table.labels.tolist(), strict=True):
        found.setdefault(Path(sample.partition("#")[0]).with_suffix("").as_posix(), set()).add(label)
    return {file: labels.pop() if len(labels) == 1 else labels for file, labels in found.items()}


@every_set
def test_a_folder_without_any_label(name, tmp_path):
    folder = make(name, tmp_path / "set", ["b", "sub/a", ".hidden"])
    scanned, data = source(name, folder).scan(), loaded(name, folder)
    for table in (scanned, data.table):
        assert by_file(table) == {"b": -1, "sub/a": -1}
        assert (table.class_names, table.labels.dtype, table.known.any(), table.test) == ((), np.int64, False, None)
    assert scanned.names.tolist() == data.table.names.tolist()
    assert source(name, folder, class_names=("y", "x")).scan().class_names == ("y", "x")
    assert data.prepared(np.arange(len(data.table))).show is data.show


@every_set
def test_a_table_beside_them_knows_some_labels(name, tmp_path):
    rows = "file,label,group\nb*,dog,g\nsub/a*,,g\nc*,cat,\n"
    folder = make(name, tmp_path / "set", ["b", "sub/a", "c", "d"], rows)
    some = loaded(name, folder, {"labels": "labels.csv"})
    assert some.table.class_names == ("cat", "dog")
    assert by_file(some.table) == {"b": 1, "c": 0, "d": -1, "sub/a": -1}
    groups = dict(zip(by_file(some.table), dict.fromkeys(some.table.groups["group"].tolist()), strict=False))
    assert (groups["b"], groups["c"].removesuffix(SETS[name][0])) == ("g", "c")
    ordered = source(name, folder, {"labels": "labels.csv"}, class_names=("emu", "dog", "cat")).scan()
    assert (ordered.class_names, by_file(ordered)) == (("emu", "dog", "cat"), {"b": 1, "c": 2, "d": -1, "sub/a": -1})
    none = loaded(name, folder)
    assert none.fingerprint != some.fingerprint
    assert none.fingerprint == loaded(name, folder).fingerprint
    np.testing.assert_array_equal(
        none.prepared(np.arange(2)).features[np.arange(4)], some.prepared(np.arange(2)).features[np.arange(4)]
    )
    assert by_file(none.table) == dict.fromkeys(["b", "c", "d", "sub/a"], -1)


@every_set
def test_all_labels_make_a_labelled_set(name, tmp_path):
    folder = make(name, tmp_path / "set", ["a", "b", "c"], "file,label\na*,10\nb*,9\nc*,x\n")
    options = {"labels": "labels.csv"}
    assert by_file(source(name, folder, options, unlabelled=False).scan()) == {"a": 0, "b": 1, "c": 2}
    chosen = source(name, folder, options, unlabelled=False, class_names=("9", "10")).scan()
    assert (chosen.class_names, by_file(chosen)) == (("9", "10"), {"a": 1, "b": 0})


@every_set
def test_in_regression_labels_are_numbers(name, tmp_path):
    folder = make(name, tmp_path / "set", ["a", "b"], "file,label\na*,2.5\n")
    table = loaded(name, folder, {"labels": "labels.csv"}, regression=True).table
    values = by_file(table)
    assert (table.class_names, table.labels.dtype, values.pop("a")) == ((), np.float32, 2.5)
    assert np.isnan(list(values["b"] if isinstance(values["b"], set) else {values["b"]})).all()
    (folder / "labels.csv").write_text(f"file,label\na{SETS[name][0]},much\n")
    with pytest.raises(DataError, match=r"row 2, column 'label': the label 'much' is no number that regression could predict"):
        source(name, folder, {"labels": "labels.csv"}, regression=True).scan()


@every_set
def test_without_people_they_are_refused(name, tmp_path):
    folder = make(name, tmp_path / "set", ["a", "b"], "file,label\na*,x\n")
    what = {"audio_files": "recordings", "image_files": "images", "text_files": "texts"}[name]
    for options, count, first in [({}, 2, "a" + SETS[name][0]), ({"labels": "labels.csv"}, 1, "b" + SETS[name][0])]:
        with pytest.raises(DataError) as error:
            source(name, folder, options, unlabelled=False).scan()
        assert str(error.value) == (
            f"{folder}: {count} of 2 {what} have no label, such as {first}, and the oracle is simulated, which knows no other "
            f"labels than those of the set; label them, or {PEOPLE_CAN_LABEL}"
        )


@every_set
def test_a_label_that_is_none_of_class_names(name, tmp_path):
    folder = make(name, tmp_path / "set", ["a", "b"], "file,label\na*,dgo\n")
    with pytest.raises(DataError) as error:
        source(name, folder, {"labels": "labels.csv"}, class_names=("cat", "dog")).scan()
    assert str(error.value) == (
        f"{folder}/labels.csv: row 2, column 'label': the label 'dgo' is none of class_names; did you mean dog?; expected one "
        "of cat, dog; correct it, or add it to class_names"
    )


@every_set
def test_errors_of_the_folder(name, tmp_path):
    for folder, words in [(tmp_path / "none", "there is no such folder"), (tmp_path, r"no \w+ found")]:
        with pytest.raises(DataError, match=rf"{words}; a folder of \w+ \(.*\) is expected there\. Put your .* people label"):
            source(name, folder).scan()
    with pytest.raises(ParameterError, match=r"labels: received '\.\./x\.csv'; expected the name of a CSV in"):
        source(name, make(name, tmp_path / "set", ["a"]), {"labels": "../x.csv"}).scan()


HOSTILE = [
    " two words ",
    'it\'s "quoted"',
    "<script>alert(1)</script>".replace("/", "\N{DIVISION SLASH}"),
    "Grüße, 世界 🎵",
    "e\u0301",
    "a;b,c\ttab",
    "line\nbreak",
    "=cmd|' 'A1",
    "%2e%2e#0",
    "x" * 251,
    "é" * 125 + "x",
]


@every_set
def test_hostile_names(name, tmp_path):
    """Found, labelled by a table, shown, and told as they are."""
    suffix = SETS[name][0]
    rows = "".join('"{}",{}\n'.format(f"{file}{suffix}".replace('"', '""'), number) for number, file in enumerate(HOSTILE))
    folder = make(name, tmp_path / "set", HOSTILE, "file,label\n" + rows)
    assert max(len(f"{file}{suffix}".encode()) for file in HOSTILE) == 255
    data = loaded(name, folder, {"labels": "labels.csv"})
    own = [sample.rpartition("#")[0] if name == "audio_files" else sample for sample in data.table.names.tolist()]
    labels = [int(data.table.class_names[label]) for label in data.table.labels]
    told = {(file.removesuffix(suffix), label) for file, label in zip(own, labels, strict=True)}
    assert told == {(file, number) for number, file in enumerate(HOSTILE)}
    for sample, file in enumerate(own):
        shown = data.show(sample)
        assert isinstance(shown, Shown)
        assert name != "text_files" or shown.text.endswith(f"called</b> {file}\n")


@every_set
def test_what_cannot_be_shown_any_more(name, tmp_path):
    folder = make(name, tmp_path / "set", ["a"])
    data = loaded(name, folder)
    (folder / f"a{SETS[name][0]}").unlink()
    with pytest.raises(DataError, match=rf"^{folder}/a\{SETS[name][0]}: cannot be shown: .*"):
        data.show(0)


def test_a_table_may_name_windows(tmp_path):
    """A recording of 2.4 s has four windows; what is said of one stands above what is said of all."""
    rows = "name,label\na.wav#1,dog\na.wav#3,dog\nb.wav,cat\nb.wav#0,dog\n"
    folder = make("audio_files", tmp_path / "set", ["a", "b"], rows)
    table = loaded("audio_files", folder, {"labels": "labels.csv"}).table
    assert table.names.tolist() == [f"{clip}.wav#{number}" for clip in "ab" for number in range(4)]
    assert [table.class_names[label] if label >= 0 else None for label in table.labels] == [
        None, "dog", None, "dog", "dog", "cat", "cat", "cat",
    ]  # fmt: skip
    assert source("audio_files", folder, {"labels": "labels.csv"}).scan().labels.tolist() == table.labels.tolist()
    with pytest.raises(DataError, match=r"2 of 8 windows have no label, such as a\.wav, and the oracle"):
        source("audio_files", folder, {"labels": "labels.csv"}, unlabelled=False).scan()
    with pytest.raises(DataError, match=r"row 2, column 'label': the label 'dog' is none of class_names; expected one of cat"):
        source("audio_files", folder, {"labels": "labels.csv"}, class_names=("cat",)).scan()


def test_all_windows_labelled_one_by_one_are_a_labelled_set(tmp_path):
    rows = "name,label\n" + "".join(f"a.wav#{number},{label}\n" for number, label in enumerate("xyxy"))
    folder = make("audio_files", tmp_path / "set", ["a"], rows)
    assert source("audio_files", folder, {"labels": "labels.csv"}, unlabelled=False).scan().labels.tolist() == [0, 1, 0, 1]


def test_a_window_that_is_not_there(tmp_path):
    folder = make("audio_files", tmp_path / "set", ["a"], "name,label\na.wav#4,dog\n")
    with pytest.raises(DataError) as error:
        source("audio_files", folder, {"labels": "labels.csv"}).scan()
    assert str(error.value) == (
        f"{folder}/labels.csv: row 2, column 'label': a.wav#4 is the window 5 of a recording that has 4 with these settings; "
        "use the audio settings that the labels were given with, or delete the row"
    )


def test_windows_of_one_recording_are_a_clip_and_know_its_length(tmp_path):
    folder = make("audio_files", tmp_path / "set", ["a"])
    wav(folder / "short.wav", 0.3)
    for table in (source("audio_files", folder).scan(), loaded("audio_files", folder).table):
        assert table.groups["clip"].tolist() == ["a.wav"] * 4 + ["short.wav"]
        assert table.lengths.tolist() == pytest.approx([2.4] * 4 + [0.3], abs=1e-4)


def test_options_of_the_labelled_sets(tmp_path):
    images = make("image_files", tmp_path / "images", ["a", "b"])
    assert loaded("image_files", images, {"image_size": [3, 2], "channels": "rgb"}).features.shape == (2, 3, 2, 3)
    texts = make("text_files", tmp_path / "texts", ["a", "b"])
    options = {"vectorise": "multi_hot", "vocabulary": 5}
    assert loaded("text_files", texts, options).sample_shape == (5,)


def test_unreadable_files_are_left_out(tmp_path):
    folder = make("audio_files", tmp_path / "set", ["a", "c"], "file,label\nb.wav#7,x\nc.wav,y\n")
    (folder / "b.wav").write_bytes(b"no sound")
    data = loaded("audio_files", folder, {"labels": "labels.csv"}, max_bad_files=0.5)
    assert [file for file, _ in data.rejected] == ["b.wav"]
    assert (data.table.class_names, by_file(data.table)) == (("x", "y"), {"a": -1, "c": 1})
    samples, _ = soundfile.read(io.BytesIO(data.show(4).sound))
    own, _ = soundfile.read(folder / "c.wav")
    np.testing.assert_allclose(samples, own[: len(samples)], atol=1e-4)


OF_A_RUN = "id,name,label,annotator,round,when,seconds\n"
"""The first row of labels.csv, as a run writes it."""
WINDOWS = {"audio_files": ["#0", "#1", "#2", "#3"]}


def said_of(name, file, *labels):
    """Rows of labels.csv: what one annotator after the other said of each sample of a file."""
    samples = [f"{file}{SETS[name][0]}{window}" for window in WINDOWS.get(name, [""])]
    return "".join(f"1,{one},{label},p{place},0,,\n" for one in samples for place, label in enumerate(labels))


@every_set
def test_what_annotators_found_unusable_is_left_out_and_not_asked_again(name, tmp_path):
    table = OF_A_RUN + said_of(name, "a", "dog") + said_of(name, "b", "", "", "dog") + said_of(name, "c", "", "cat", "cat")
    folder = make(name, tmp_path / "set", ["a", "b", "c", "d"], table)
    options = {"labels": "labels.csv"}
    scanned, data = source(name, folder, options).scan(), loaded(name, folder, options, max_bad_files=0.0)
    assert by_file(scanned) == by_file(data.table) == {"a": 1, "c": 0, "d": -1}
    assert scanned.names.tolist() == data.table.names.tolist()
    reason = "its annotators found it unusable; to have it asked for again, delete its rows from the table of labels"
    assert data.rejected == tuple((f"b{SETS[name][0]}{window}", reason) for window in WINDOWS.get(name, [""]))
    (folder / f"b{SETS[name][0]}").unlink()
    (folder / "labels.csv").write_text(OF_A_RUN + said_of(name, "a", "dog") + said_of(name, "c", "cat"))
    without = loaded(name, folder, options)
    every = np.arange(len(without.table))
    assert data.sample_shape == without.sample_shape
    np.testing.assert_array_equal(data.prepared(every).features[every], without.prepared(every).features[every])
    for sample in every.tolist():
        assert data.show(sample) == without.show(sample)


@every_set
def test_a_set_of_which_people_could_use_nothing(name, tmp_path):
    folder = make(name, tmp_path / "set", ["a"], OF_A_RUN + said_of(name, "a", ""))
    left = {"audio_files": "no sample is left; a.wav#0", "image_files": "no image is left; a.png",
            "text_files": "no text is left that can be used; a.txt"}  # fmt: skip
    with pytest.raises(DataError, match=f"{left[name]}: its annotators found it unusable; to have it asked for again"):
        source(name, folder, {"labels": "labels.csv"}).scan()


def test_windows_that_are_left_out_do_not_move_the_others(tmp_path):
    folder = make("audio_files", tmp_path / "set", ["a", "b"], OF_A_RUN + "2,a.wav#2,,p,0,,\n5,b.wav#0,dog,p,0,,\n")
    every, data = loaded("audio_files", folder), loaded("audio_files", folder, {"labels": "labels.csv"})
    kept = [0, 1, 3, 4, 5, 6, 7]
    assert data.table.names.tolist() == every.table.names[kept].tolist()
    assert data.table.labels.tolist() == [-1, -1, -1, 0, -1, -1, -1]
    assert data.features.shape == (7, *every.features.shape[1:])
    np.testing.assert_array_equal(data.features[np.array([6, 2])], every.features[np.array([7, 3])])
    assert [data.show(sample).sound for sample in range(7)] == [every.show(sample).sound for sample in kept]
    (folder / "labels.csv").write_text(OF_A_RUN + "3,a.wav#3,,p,0,,\n5,b.wav#0,dog,p,0,,\n")
    assert loaded("audio_files", folder, {"labels": "labels.csv"}).fingerprint != data.fingerprint


def test_a_recording_that_is_unusable_as_a_whole_has_the_windows_that_are_named(tmp_path):
    rows = "name,label,annotator,round\na.wav,,p,0\na.wav#1,dog,p,0\nb.wav,,p,0\n"
    folder = make("audio_files", tmp_path / "set", ["a", "b"], rows)
    data = loaded("audio_files", folder, {"labels": "labels.csv"})
    assert data.table.names.tolist() == ["a.wav#1"]
    assert [file for file, _ in data.rejected] == ["b.wav", "a.wav#0", "a.wav#2", "a.wav#3"]
    (folder / "labels.csv").write_text("name,label,annotator,round\na.wav,,p,0\nb.wav,,p,0\n")
    with pytest.raises(DataError, match=r"no sample is left; a\.wav: its annotators found it unusable"):
        source("audio_files", folder, {"labels": "labels.csv"}).scan()
