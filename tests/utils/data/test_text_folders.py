"""Folders of texts: which files are samples of which class, and a sentence for each file that is none."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from utils.data.passing_error import PassingError
from utils.data.source import SourceRequest, sources
from utils.data.text_decoding import LONGEST_TEXT
from utils.errors import DataError

REVIEWS = ["train/neg/1_2.txt", "train/pos/0_9.txt", "train/pos/10_8.txt", "test/neg/0_1.txt", "test/pos/7_7.txt"]
EXPECTED = "a folder for each class with its texts (.txt), or train and test with such folders, is expected there."


def quiet(what, done, total):
    """Takes progress and says nothing."""


def write(folder, *names, content=b"some words"):
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def imdb(folder):
    """As the Large Movie Review Dataset unpacks, with the files beside the folders of classes."""
    write(folder, *REVIEWS, "train/unsup/0_0.txt", "train/urls_pos.txt", "train/labeledBow.feat", "README", "imdbEr.txt")
    return write(folder, "train/neg/.hidden.txt", "train/.hidden/x.txt", "train/neg/notes.md")


def source(folder, class_names=None, max_bad_files=0.01, **options):
    return sources.get("text_folders")(SourceRequest(folder, class_names=class_names, max_bad_files=max_bad_files), **options)


def rows(table):
    """(name, class name) of each sample."""
    return [(str(name), table.class_names[label]) for name, label in zip(table.names, table.labels, strict=True)]


def message_of(act):
    with pytest.raises(DataError) as error:
        act()
    return str(error.value)


@pytest.mark.parametrize("below", ["", "aclImdb"])
def test_the_reviews_with_their_test_part(tmp_path, below):
    imdb(tmp_path / below)
    table = source(tmp_path).scan()
    assert table.class_names == ("neg", "pos")
    assert rows(table) == [(name, name.split("/")[1]) for name in sorted(REVIEWS)]
    assert table.test.tolist() == [True, True, False, False, False]


@pytest.mark.parametrize("part", ["train", "test"])
def test_one_half_of_the_reviews_has_no_test_part(tmp_path, part):
    write(tmp_path, *(name for name in REVIEWS if name.startswith(part)))
    expected = [name for name in sorted(REVIEWS) if name.startswith(part)]
    table = source(tmp_path).scan()
    assert rows(table) == [(name, name.split("/")[1]) for name in expected]
    assert table.test is None


def test_the_half_itself(tmp_path):
    table = source(imdb(tmp_path) / "train").scan()
    assert rows(table) == [("neg/1_2.txt", "neg"), ("pos/0_9.txt", "pos"), ("pos/10_8.txt", "pos")]
    assert table.test is None


def test_any_folders_with_texts_in_and_below_them(tmp_path):
    write(tmp_path, "10/b.txt", "9/a.TXT", "9/deep/er/c.txt", "train/d.txt", "loose.txt")
    table = source(tmp_path).scan()
    assert rows(table) == [("10/b.txt", "10"), ("9/a.TXT", "9"), ("9/deep/er/c.txt", "9"), ("train/d.txt", "train")]
    assert source(tmp_path, ("train", "9")).scan().class_names == ("train", "9")


def test_load_has_the_samples_of_scan_and_takes_them_from_the_cache(tmp_path, monkeypatch):
    imdb(tmp_path / "set")
    first = source(tmp_path / "set").load(tmp_path / "cache", quiet)
    assert rows(first.table) == rows(source(tmp_path / "set").scan())
    assert first.words.lengths.tolist() == [2] * 5
    assert first.rejected == ()
    monkeypatch.setattr("utils.data.text_files._text", None)
    second = source(tmp_path / "set").load(tmp_path / "cache", quiet)
    assert second.fingerprint == first.fingerprint
    assert rows(second.table) == rows(first.table)


def test_a_changed_file_is_read_again(tmp_path):
    write(tmp_path / "set", "a/1.txt", "b/2.txt")
    first = source(tmp_path / "set").load(tmp_path / "cache", quiet)
    write(tmp_path / "set", "a/1.txt", content=b"other")
    assert source(tmp_path / "set").load(tmp_path / "cache", quiet).fingerprint != first.fingerprint


def test_progress_tells_of_all_texts(tmp_path):
    told = []
    source(write(tmp_path / "set", "a/1.txt", "b/2.txt")).load(tmp_path / "cache", lambda *what: told.append(what))
    assert told == [("cutting texts into words", 2, 2)]


def test_options_reach_the_features(tmp_path):
    write(tmp_path / "set", "a/1.txt", "b/2.txt")
    sequences = source(tmp_path / "set", length=7, vocabulary=9)
    assert sequences.load(tmp_path / "cache", quiet).prepared(np.array([0])).features[np.array([1])].tolist() == [
        [3, 2, 0, 0, 0, 0, 0]
    ]
    columns = source(tmp_path / "set", vectorise="multi_hot", vocabulary=9)
    assert columns.load(tmp_path / "cache", quiet).sample_shape == (9,)


def test_wrong_options_are_refused():
    wrong = {"vectorise": "tfidf", "vocabulary": 2, "length": 0, "lenght": 3}
    problems = sources.problems("text_folders", wrong)
    assert problems[0] == (
        "data set 'text_folders' has no parameter 'lenght'; did you mean length?; it takes: vectorise, vocabulary, length"
    )
    assert [problem.split(": received")[0] for problem in problems[1:]] == [
        f"data set 'text_folders', {name}" for name in ("vectorise", "vocabulary", "length")
    ]


BAD = {
    "a/latin.txt": (b"caf\xe9", "it is not UTF-8: byte 4 (in line 1) is 0xe9; save it as UTF-8"),
    "a/empty.txt": (b"", "it holds no word; write some, or remove it"),
    "b/marks.txt": (b" ... \n\n--", "it holds no word; write some, or remove it"),
    "b/zeros.txt": (
        b"a " * (LONGEST_TEXT // 2 + 1),
        "it has 10.0 MB, at most 10 MB are read as one text; cut it into several",
    ),
}


def test_texts_that_cannot_be_used_are_listed(tmp_path):
    write(tmp_path / "set", "a/1.txt", "b/2.txt", content="\ufeffgut — ja".encode())
    for name, (content, _) in BAD.items():
        write(tmp_path / "set", name, content=content)
    texts = source(tmp_path / "set", max_bad_files=0.7)
    loaded = texts.load(tmp_path / "cache", quiet)
    assert dict(loaded.rejected) == {name: reason for name, (_, reason) in BAD.items()}
    assert rows(loaded.table) == [("a/1.txt", "a"), ("b/2.txt", "b")]
    assert loaded.words.dictionary == ("—", "ja", "gut")
    assert [name for name, _ in rows(texts.scan())] == ["a/1.txt", "a/latin.txt", "b/2.txt", "b/marks.txt"]
    assert "4 of 6 texts cannot be used (66.67%), at most 1.00% may be" in message_of(
        lambda: source(tmp_path / "set").load(tmp_path / "cache", quiet)
    )


def test_a_file_that_leads_nowhere(tmp_path):
    write(tmp_path / "set", "a/1.txt", "b/2.txt")
    (tmp_path / "set" / "a" / "0.txt").symlink_to("nothing.txt")
    loaded = source(tmp_path / "set", max_bad_files=0.5).load(tmp_path / "cache", quiet)
    assert loaded.rejected == (("a/0.txt", "it cannot be read: No such file or directory"),)


def test_a_pipe_is_not_waited_for(tmp_path):
    write(tmp_path / "set", "a/1.txt", "b/2.txt")
    os.mkfifo(tmp_path / "set" / "a" / "x.txt")
    (tmp_path / "set" / "b" / "y.txt").symlink_to("../a/x.txt")
    texts = source(tmp_path / "set", max_bad_files=0.5)
    assert [name for name, _ in rows(texts.scan())] == ["a/1.txt", "b/2.txt"]
    reason = "it is no file that holds text; remove it"
    assert texts.load(tmp_path / "cache", quiet).rejected == (("a/x.txt", reason), ("b/y.txt", reason))


def test_what_scan_found_unusable_is_not_opened(tmp_path, monkeypatch):
    write(tmp_path / "set", "a/1.txt", "b/2.txt")
    write(tmp_path / "set", "a/empty.txt", content=b"")
    write(tmp_path / "set", "b/long.txt", content=b"a " * (LONGEST_TEXT // 2 + 1))
    opened = []
    monkeypatch.setattr("utils.data.text_files._text", lambda path: opened.append(path.name) or "some words")
    assert len(source(tmp_path / "set", max_bad_files=0.5).load(tmp_path / "cache", quiet).rejected) == 2
    assert opened == ["1.txt", "2.txt"]


def test_a_file_that_can_be_read_again_is_read_again(tmp_path, monkeypatch):
    def refuse(path):
        if path.name == "1.txt":
            raise PassingError("it cannot be read: Input/output error")
        return "some words"

    write(tmp_path / "set", "a/1.txt", "b/2.txt")
    texts = source(tmp_path / "set", max_bad_files=0.5)
    with monkeypatch.context() as patch:
        patch.setattr("utils.data.text_files._text", refuse)
        assert texts.load(tmp_path / "cache", quiet).rejected == (("a/1.txt", "it cannot be read: Input/output error"),)
    assert texts.load(tmp_path / "cache", quiet).rejected == ()


def test_the_same_names_sizes_and_times_in_another_folder(tmp_path):
    dictionaries = []
    for name in ("one", "two"):
        write(tmp_path / name, "a/1.txt", "b/2.txt", content=name.encode())
        for file in ("a/1.txt", "b/2.txt"):
            os.utime(tmp_path / name / file, ns=(0, 0))
        dictionaries.append(source(tmp_path / name).load(tmp_path / "cache", quiet).words.dictionary)
    assert dictionaries == [("one",), ("two",)]


@pytest.mark.parametrize(
    "names", [("unsup", "sup"), ("train/unsup", "train/sup", "test/unsup", "test/sup"), ("neg", "pos", "unsup")]
)
def test_a_class_of_ones_own_may_be_called_unsup(tmp_path, names):
    write(tmp_path, *(f"{name}/1.txt" for name in names))
    assert len(source(tmp_path).scan()) == len(names)


def test_a_file_that_grew_too_long_since_it_was_listed(tmp_path):
    texts = source(write(tmp_path / "set", "a/1.txt", "b/2.txt"), max_bad_files=0.5)
    reader = texts._reader
    reader.samples()
    write(tmp_path / "set", "a/1.txt", content=b"a " * (LONGEST_TEXT // 2 + 1))
    words, reasons = reader.words(np.arange(2), tmp_path / "cache", quiet)
    assert reasons == {0: "it has 10.0 MB, at most 10 MB are read as one text; cut it into several"}
    assert words.lengths.tolist() == [0, 2]


def test_no_such_folder(tmp_path):
    how = source(tmp_path).how_to_get
    assert "https://ai.stanford.edu/~amaas/data/sentiment/aclImdb_v1.tar.gz" in how
    missing = tmp_path / "nowhere"
    assert message_of(source(missing).scan) == f"{missing}: there is no such folder; {EXPECTED} {how}"
    file = write(tmp_path, "file") / "file"
    assert message_of(source(file).scan) == f"{file}: it is a file; {EXPECTED} {how}"


def test_a_folder_without_texts(tmp_path):
    write(tmp_path, "a/picture.png", "loose.txt", "train/unsup/1.txt", "train/neg/1.png", "train/pos/1.png")
    how = source(tmp_path).how_to_get
    assert message_of(source(tmp_path).scan) == f"{tmp_path}: no text found; {EXPECTED} {how}"


def test_a_folder_beside_the_parts(tmp_path):
    imdb(tmp_path)
    write(tmp_path, "pictures/cover.png")
    assert len(source(tmp_path).scan()) == 5
    write(tmp_path, "valid/neg/1.txt")
    assert message_of(source(tmp_path).scan) == (
        f"{tmp_path}/valid: lies beside test and train, so it is neither a class nor a part that is known; move it away, or "
        "into the part that it belongs to"
    )


def test_neither_names_nor_scan_import_what_is_heavy(tmp_path):
    imdb(tmp_path)
    program = (
        "import sys; from pathlib import Path; from utils.data.source import SourceRequest, sources; "
        f"sources.get('text_folders')(SourceRequest(Path({str(tmp_path)!r}))).scan(); "
        "print(sorted({'scipy', 'sklearn', 'pandas', 'PIL', 'tensorflow', 'keras'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[3]
    )
    assert run.stdout.strip() == "[]"
