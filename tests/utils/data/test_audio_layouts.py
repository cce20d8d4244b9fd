"""Each layout on a tiny tree of its true form, and every sentence that answers a tree in another form."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.utils.data.audio_files import quiet, rows, source, wav
from utils.data.audio_layout import class_order
from utils.data.label_rules import PEOPLE_CAN_LABEL
from utils.data.source import sources
from utils.errors import DataError

SETS = ["audio_csv", "audio_folders", "esc50", "fsdd", "speech_commands", "urbansound8k"]
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
URBAN = [
    "air_conditioner",
    "car_horn",
    "children_playing",
    "dog_bark",
    "drilling",
    "engine_idling",
    "gun_shot",
    "jackhammer",
    "siren",
    "street_music",
]


def refused(name, folder, class_names=None):
    with pytest.raises(DataError) as error:
        source(name, folder, class_names).scan()
    with pytest.raises(DataError):
        source(name, folder, class_names).load(folder / "cache", quiet)
    return str(error.value)


def urban_tree(folder, table=True):
    names = [
        ("1", "100032-3-0-0.wav", 4),
        ("1", "7061-6-0-0.wav", 0.4),
        ("10", "100032-3-1-0.wav", 1),
        ("2", "344-9-0-12.wav", 0.93),
    ]
    lines = ["slice_file_name,fsID,start,end,salience,fold,classID,class"]
    for fold, name, seconds in names:
        wav(folder / "audio" / f"fold{fold}" / name, seconds)
        source_id, class_id, *_ = name.split("-")
        lines.append(f"{name},{source_id},0.0,4.0,1,{fold},{class_id},{URBAN[int(class_id)]}")
    if table:
        (folder / "metadata").mkdir()
        (folder / "metadata" / "UrbanSound8K.csv").write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("table", [True, False])
def test_urbansound8k(tmp_path, table):
    urban_tree(tmp_path, table)
    received = source("urbansound8k", tmp_path).scan()
    bark = "audio/fold1/100032-3-0-0.wav"
    assert rows(received) == [
        *((f"{bark}#{window}", "dog_bark") for window in range(7)),
        ("audio/fold10/100032-3-1-0.wav#0", "dog_bark"),
        ("audio/fold2/344-9-0-12.wav#0", "street_music"),
    ]
    assert received.class_names == tuple(URBAN)
    assert received.labels.tolist() == [3] * 8 + [9]
    assert received.groups["fold"].tolist() == ["1"] * 7 + ["10", "2"]
    assert received.groups["source"].tolist() == ["100032"] * 8 + ["344"]
    assert received.groups["clip"].tolist()[0] == bark


def test_urbansound8k_files_in_any_folder_have_no_fold(tmp_path):
    wav(tmp_path / "100032-3-0-0.wav", 1)
    assert set(source("urbansound8k", tmp_path).scan().groups) == {"clip", "source"}


@pytest.mark.parametrize("name", ["100032-3-0.wav", "dog.wav", "100032-10-0-0.wav", "a-3-0-0.wav"])
def test_urbansound8k_name_without_label(tmp_path, name):
    wav(tmp_path / name, 1)
    assert refused("urbansound8k", tmp_path) == (
        f"{tmp_path / name}: the name tells no label; expected source-class-occurrence-slice with a class from 0 to 9, such as "
        "100032-3-0-0.wav; rename the file, or move it away"
    )


def test_urbansound8k_table_names_a_missing_file(tmp_path):
    urban_tree(tmp_path)
    missing = tmp_path / "audio" / "fold10" / "100032-3-1-0.wav"
    missing.unlink()
    assert refused("urbansound8k", tmp_path) == (
        f"{tmp_path}/metadata/UrbanSound8K.csv: row 4, column 'slice_file_name': there is no file {missing}; unpack the "
        "set again, or remove the table to use the files that are there"
    )


def test_urbansound8k_table_contradicts_a_name(tmp_path):
    urban_tree(tmp_path)
    path = tmp_path / "metadata" / "UrbanSound8K.csv"
    path.write_text(path.read_text().replace(",9,street_music", ",8,siren"))
    assert refused("urbansound8k", tmp_path) == (
        f"{path}: row 5, column 'classID': received 8, but the file is named 344-9-0-12.wav, class 9; get the table again"
    )


def words(folder, names=DIGITS):
    for word in names:
        wav(folder / word / f"{word[:2]}7c2a8d_nohash_0.wav")
    wav(folder / "_background_noise_" / "pink_noise.wav", 2)


def test_speech_commands(tmp_path):
    words(tmp_path, (*DIGITS, "bed"))
    wav(tmp_path / "zero" / "0a7c2a8d_nohash_11.wav")
    received = source("speech_commands", tmp_path).scan()
    assert received.class_names == DIGITS
    assert len(received) == 11
    assert ("seven/se7c2a8d_nohash_0.wav#0", "seven") in rows(received)
    assert set(received.groups["speaker"]) == {"0a7c2a8d", *(f"{word[:2]}7c2a8d" for word in DIGITS)}


def test_speech_commands_with_other_words(tmp_path):
    words(tmp_path, ("bed", "cat", "one"))
    received = source("speech_commands", tmp_path, ("cat", "bed")).scan()
    assert rows(received) == [("bed/be7c2a8d_nohash_0.wav#0", "bed"), ("cat/ca7c2a8d_nohash_0.wav#0", "cat")]
    assert received.labels.tolist() == [1, 0]


def test_speech_commands_without_a_word(tmp_path):
    words(tmp_path, ("zero", "bed"))
    assert refused("speech_commands", tmp_path, ("zero", "cat", "dog")) == (
        f"{tmp_path}: no recording of the word 'cat' and none of 'dog'; expected a folder for each word; there are the folders "
        "bed, zero; unpack the set again, or name the words to use in class_names"
    )


def test_audio_folders(tmp_path):
    for name in ["10/b.wav", "9/a.flac", "9/deep/er/c.AIFF", "10/d.ogg"]:
        wav(tmp_path / name)
    for hidden in ["9/._a.wav", ".trash/e.wav"]:
        (tmp_path / hidden).parent.mkdir(exist_ok=True)
        (tmp_path / hidden).write_bytes(b"")
    (tmp_path / "9" / "notes.txt").write_text("no sound")
    received = source("audio_folders", tmp_path).scan()
    assert received.class_names == ("9", "10")
    assert rows(received) == [("10/b.wav#0", "10"), ("10/d.ogg#0", "10"), ("9/a.flac#0", "9"), ("9/deep/er/c.AIFF#0", "9")]
    assert set(received.groups) == {"clip"}


def test_audio_folders_with_a_stray_file(tmp_path):
    wav(tmp_path / "cat" / "a.wav")
    wav(tmp_path / "b.wav")
    assert refused("audio_folders", tmp_path) == (
        f"{tmp_path / 'b.wav'}: lies in no class folder, so it has no label; move it into the folder of its class"
    )


ESC50 = """filename,fold,target,category,esc10,src_file,take
1-100032-A-0.wav,1,0,dog,True,100032,A
1-100210-A-36.wav,1,36,vacuum_cleaner,False,100210,A
2-100032-B-0.wav,2,0,dog,True,100032,B
3-5-A-4.wav,3,4,frog,False,5,A
"""


def esc50_tree(folder, table=ESC50):
    (folder / "meta").mkdir(parents=True)
    (folder / "meta" / "esc50.csv").write_text(table)
    for line in ESC50.splitlines()[1:]:
        wav(folder / "audio" / line.split(",")[0])


@given(st.sets(st.text("0123", max_size=4, min_size=1) | st.integers(0, 10**30).map(str)))
def test_classes_of_digits_are_in_the_order_of_numbers(labels):
    assert class_order(labels) == tuple(sorted(labels, key=lambda label: (int(label), label)))


def test_classes_of_more_digits_than_python_makes_numbers_of():
    huge = "1" * 5000
    assert class_order([huge, "2", "0" * 5000, huge[1:] + "0"]) == ("0" * 5000, "2", huge[1:] + "0", huge)
    assert class_order([huge, "2", "b"]) == (huge, "2", "b")


def test_esc50_with_a_target_of_thousands_of_digits(tmp_path):
    esc50_tree(tmp_path)
    known = source("esc50", tmp_path).scan().class_names
    path = tmp_path / "meta" / "esc50.csv"
    path.write_text(re.sub(r"(-(\d+)\.wav,\d+),\2,", rf"\1,{'7' * 5000}\2,", path.read_text()))
    assert "7" * 5000 in path.read_text()
    assert source("esc50", tmp_path).scan().class_names == known


def test_esc50(tmp_path):
    esc50_tree(tmp_path)
    received = source("esc50", tmp_path).scan()
    assert received.class_names == ("dog", "frog", "vacuum_cleaner")
    assert rows(received)[1] == ("audio/1-100210-A-36.wav#0", "vacuum_cleaner")
    assert received.groups["fold"].tolist() == ["1", "1", "2", "3"]
    assert received.groups["source"].tolist() == ["100032", "100210", "100032", "5"]


@pytest.mark.parametrize(
    "old, new, message",
    [
        (",36,", ",x,", "row 3, column 'target': expected a whole number, received 'x'"),
        ("2,0,dog", "2,0,cat", "row 4, column 'category': target 0 was 'dog' before, received 'cat'; get the table again"),
        ("3-5-A-4.wav", "3-6.wav", "row 5, column 'filename': there is no file {folder}/audio/3-6.wav; unpack the set again"),
        ("3-5-A-4.wav", "../x.wav", "row 5, column 'filename': there is no file {folder}/audio/../x.wav; unpack the set again"),
        (",1,36", ",,36", "row 3, column 'fold': is empty; fill it in, or delete the row"),
    ],
)
def test_esc50_table_that_does_not_fit(tmp_path, old, new, message):
    esc50_tree(tmp_path, ESC50.replace(old, new))
    assert refused("esc50", tmp_path) == f"{tmp_path}/meta/esc50.csv: {message.format(folder=tmp_path)}"


@pytest.mark.parametrize("below", ["", "recordings"])
def test_fsdd(tmp_path, below):
    for name in ["7_jackson_32.wav", "10_george_0.wav", "7_de_la_cruz_1.wav"]:
        wav(tmp_path / below / name)
    received = source("fsdd", tmp_path).scan()
    assert received.class_names == ("7", "10")
    assert received.labels.tolist() == [1, 0, 0]
    assert received.groups["speaker"].tolist() == ["george", "de_la_cruz", "jackson"]


@pytest.mark.parametrize("name", ["7.wav", "7_jackson.wav", "jackson_7_.wav"])
def test_fsdd_name_without_label(tmp_path, name):
    wav(tmp_path / name)
    assert refused("fsdd", tmp_path) == (
        f"{tmp_path / name}: the name tells no label; expected label_speaker_number, such as 7_jackson_32.wav; rename the "
        "file, or move it away"
    )


def table(folder, text, name="whales.csv"):
    for path in ["a.wav", "sub/b.wav", "c.wav"]:
        wav(folder / path)
    (folder / name).write_text(text)
    return folder / name


@pytest.mark.parametrize("named", [True, False])
def test_audio_csv(tmp_path, named):
    path = table(tmp_path, "\ufeffpath,label,group,remark\n./sub/b.wav,1,tuesday,\n\na.wav , 0,,loud\nc.wav,1,tuesday,x\n")
    received = source("audio_csv", path if named else tmp_path).scan()
    assert received.class_names == ("0", "1")
    assert rows(received) == [("sub/b.wav#0", "1"), ("a.wav#0", "0"), ("c.wav#0", "1")]
    assert received.groups["group"].tolist() == ["tuesday", "a.wav", "tuesday"]


def test_audio_csv_without_groups(tmp_path):
    assert set(source("audio_csv", table(tmp_path, "label,path\nx,a.wav\n")).scan().groups) == {"clip"}


COLUMNS = "expected path, label and, where wanted, group; received"
GONE = "correct the path, or delete the row"
OUT = "leads out of {folder}; expected a path below it, without '..'; move the file there"


@pytest.mark.parametrize(
    "text, message",
    [
        ("file,label\na.wav,1\n", "row 1 names no column 'path'; " + COLUMNS + " file, label"),
        ("", "row 1 names no column 'path' and no column 'label'; " + COLUMNS + " nothing"),
        ("path,label\na.wav,1\nd.wav,1\n", "row 3, column 'path': there is no file {folder}/d.wav; " + GONE),
        ("path,label\na.wav,\n", "row 2, column 'label': is empty; fill it in, delete the row, or " + PEOPLE_CAN_LABEL),
        ("path,label\na.wav\n", "row 2, column 'label': is empty; fill it in, delete the row, or " + PEOPLE_CAN_LABEL),
        ("path,label\n,1\n", "row 2, column 'path': is empty; fill it in, or delete the row"),
        ("path,label\na.wav,1\nc.wav,1\n./a.wav,0\n", "row 4, column 'path': './a.wav' stands in row 2 already; delete one"),
        ("path,label\n../a.wav,1\n", "row 2, column 'path': '../a.wav' " + OUT),
        ("path,label\n/etc/hosts,1\n", "row 2, column 'path': '/etc/hosts' " + OUT),
        ("path,label\na.wav,dog, small\n", 'row 2 has more fields than row 1 has columns; put texts with commas in "quotes"'),
    ],
)  # fmt: skip
def test_audio_csv_that_does_not_fit(tmp_path, text, message):
    path = table(tmp_path, text)
    assert refused("audio_csv", tmp_path) == f"{path}: {message.format(folder=tmp_path)}"


LONG = "x" * 300 + ".wav"


@pytest.mark.parametrize(
    ("name", "file", "text", "below"),
    [
        ("audio_csv", "a.csv", f"path,label\n{LONG},1\n", ""),
        ("esc50", "meta/esc50.csv", f"filename,fold,target,category,src_file\n{LONG},1,0,dog,1\n", "audio/"),
        ("urbansound8k", "metadata/UrbanSound8K.csv", f"slice_file_name,fold,classID\n{LONG},1,0\n", "audio/fold1/"),
    ],
)
def test_a_name_longer_than_any_file_has(tmp_path, name, file, text, below):
    (tmp_path / file).parent.mkdir(exist_ok=True)
    (tmp_path / file).write_text(text, encoding="utf-8")
    assert re.search(f"row 2, column '.*': there is no file {tmp_path}/{below}{LONG}; ", refused(name, tmp_path))


def test_audio_csv_through_a_symbolic_link(tmp_path):
    wav(tmp_path / "elsewhere" / "secret.wav")
    path = table(tmp_path / "set", "path,label\nlink.wav,1\n")
    (tmp_path / "set" / "link.wav").symlink_to(tmp_path / "elsewhere" / "secret.wav")
    assert refused("audio_csv", tmp_path / "set") == (
        f"{path}: row 2, column 'path': 'link.wav' leads out of {tmp_path / 'set'} through a symbolic link; put the file "
        "itself there"
    )


def test_audio_csv_with_two_columns_of_one_name(tmp_path):
    wav(tmp_path / "a.wav")
    path = table(tmp_path, "path,label,label\na.wav,1,2\n")
    assert refused("audio_csv", tmp_path) == f"{path}: row 1 names two columns 'label'; rename or remove one"
    table(tmp_path, "path,label,,\na.wav,1,,\n")
    assert source("audio_csv", tmp_path).scan().class_names == ("1",)


@pytest.mark.parametrize("name", ["esc50", "urbansound8k"])
def test_a_listed_recording_that_lies_elsewhere(tmp_path, name):
    (esc50_tree if name == "esc50" else urban_tree)(tmp_path / "set")
    file = next((tmp_path / "set" / "audio").rglob("*.wav"))
    file.rename(tmp_path / "elsewhere.wav")
    file.symlink_to(tmp_path / "elsewhere.wav")
    assert refused(name, tmp_path / "set") == (
        f"{file}: leads out of {tmp_path / 'set'} through a symbolic link; put the file itself there"
    )


@pytest.mark.parametrize("content", [b"path,label\n\xff\xfe,1\n", b'path,label\n"a.wav,1\n'])
def test_audio_csv_that_is_no_text_table(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    message = refused("audio_csv", tmp_path)
    assert message.startswith(f"{tmp_path}/a.csv: cannot be read as a comma-separated table in UTF-8 (")
    assert message.endswith("); save it as one")


@pytest.mark.parametrize("names, received", [([], "none"), (["a.csv", "b.csv"], "a.csv, b.csv")])
def test_audio_csv_folder_without_its_one_table(tmp_path, names, received):
    for name in names:
        table(tmp_path, "path,label\na.wav,1\n", name)
    assert refused("audio_csv", tmp_path).startswith(
        f"{tmp_path}: expected exactly one CSV with the columns path and label, received {received}; set data_dir to the "
        "CSV itself."
    )


def test_audio_csv_that_is_missing(tmp_path):
    assert refused("audio_csv", tmp_path / "no.csv").startswith(
        f"{tmp_path}/no.csv: there is no such file; one CSV with the columns path and label is expected there. Write one:"
    )


@pytest.mark.parametrize("name", SETS)
def test_missing_folder(tmp_path, name):
    message = refused(name, tmp_path / "nowhere")
    assert message.startswith(f"{tmp_path}/nowhere: there is no such folder; ")
    assert message.endswith(f" is expected there. {source(name, tmp_path).how_to_get}")


@pytest.mark.parametrize("name", SETS)
def test_a_file_for_a_folder(tmp_path, name):
    (tmp_path / "set.zip").write_bytes(b"")
    assert refused(name, tmp_path / "set.zip").startswith(f"{tmp_path}/set.zip: it is a file; ")


@pytest.mark.parametrize("name", [name for name in SETS if name != "audio_csv"])
def test_empty_folder(tmp_path, name):
    message = refused(name, tmp_path)
    assert message.startswith(f"{tmp_path}: no recording found; ")
    assert message.endswith(f" is expected there. {source(name, tmp_path).how_to_get}")


@pytest.mark.parametrize(
    "name, origin",
    [
        ("urbansound8k", "zenodo.org, record 1203745"),
        ("esc50", "github.com/karolpiczak/ESC-50"),
        ("speech_commands", "download.tensorflow.org/data/speech_commands_v0.02.tar.gz"),
        ("fsdd", "github.com/Jakobovski/free-spoken-digit-dataset"),
    ],
)
def test_public_sets_say_where_they_come_from(tmp_path, name, origin):
    assert origin in source(name, tmp_path).how_to_get


@pytest.mark.parametrize("name", SETS)
def test_each_set_says_what_it_is(name):
    assert len(sources.get(name).__doc__.splitlines()[0]) > 20
