"""One archive of arrays: read as it is, and refused with a sentence when it is anything else."""

import os
import re
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from utils import hardware
from utils.data.sets.npz import npz
from utils.data.source import SourceRequest
from utils.errors import DataError, MemoryShortError

ROOT = Path(__file__).parents[3]
IMAGES = np.arange(6 * 2 * 2, dtype=np.uint8).reshape(6, 2, 2)
LABELS = np.array([0, 1, 2, 0, 1, 2])


def save(path, **arrays):
    np.savez(path, **{"x_train": IMAGES, "y_train": LABELS} | arrays)
    return path


def load(path):
    return npz(SourceRequest(path)).load(path.parent, lambda *_: None)


def test_training_and_test_part(tmp_path):
    save(tmp_path / "set.npz", x_test=IMAGES[:2], y_test=LABELS[:2].astype(np.uint8))
    for folder_or_file in (tmp_path, tmp_path / "set.npz"):
        data = load(folder_or_file)
        np.testing.assert_allclose(data.features[..., 0], np.concatenate([IMAGES, IMAGES[:2]]) / 255, rtol=1e-6)
        assert data.table.labels.tolist() == [0, 1, 2, 0, 1, 2, 0, 1]
        assert data.table.test.tolist() == [False] * 6 + [True] * 2
        assert data.table.names.tolist() == [*(f"train {n}" for n in range(6)), "test 0", "test 1"]


@pytest.mark.parametrize("labels", [LABELS.reshape(6, 1), LABELS.astype(np.uint8), LABELS.astype(np.int16)])
def test_without_a_test_part_and_labels_in_a_column(tmp_path, labels):
    table = npz(SourceRequest(save(tmp_path / "set.npz", y_train=labels))).scan()
    assert (table.labels.tolist(), table.labels.dtype, table.test) == (LABELS.tolist(), np.int64, None)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([], r"expected one \.npz file, found 0 of them; set data_dir to the file itself"),
        (["a.npz", "b.npz"], r"found 2 of them"),
    ],
)
def test_a_folder_holds_one_archive(tmp_path, names, words):
    for name in names:
        save(tmp_path / name)
    with pytest.raises(DataError, match=words):
        load(tmp_path)


@pytest.mark.parametrize("types", [("u1", "f4"), ("u1", "u2"), ("i8", "u8"), ("?", "u1")])
def test_parts_of_different_scales_are_not_joined(tmp_path, types):
    train, test = (np.ones((6, 2, 2), one) for one in types)
    words = rf"set\.npz: x_train holds {train.dtype} and x_test {test.dtype}, which stand for pixels of different scales"
    with pytest.raises(DataError, match=words):
        load(save(tmp_path / "set.npz", x_train=train, x_test=test, y_test=LABELS))


@pytest.mark.parametrize("types", [("f4", "f8"), ("u1", "i8"), ("<u2", ">u2")])
def test_parts_of_one_scale_may_have_several_types(tmp_path, types):
    train, test = (np.full((6, 2, 2), 1, one) for one in types)
    features = load(save(tmp_path / "set.npz", x_train=train, x_test=test, y_test=LABELS)).features
    assert len(np.unique(features)) == 1


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match=rf"{tmp_path / 'none'}: expected one \.npz file, found no such folder"):
        load(tmp_path / "none")


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"y_train": LABELS[:5]}, r"set\.npz: y_train: expected 6 whole numbers from 0, received shape \(5,\) of int64"),
        ({"y_train": LABELS.astype(float)}, r"y_train: expected 6 whole numbers from 0, received shape \(6,\) of float64"),
        ({"y_train": LABELS - 1}, r"y_train: expected 6 whole numbers from 0"),
        (
            {"y_train": np.eye(6, 3)},
            r"y_train: row 3 of 3 numbers has not a single 1 among zeros; expected whole numbers from 0",
        ),
        ({"y_train": np.eye(6) * 2}, r"y_train: row 0 of 6 numbers has not a single 1"),
        ({"y_train": np.full((6, 2), 0.5)}, r"y_train: row 0 of 2 numbers has not a single 1"),
        ({"y_train": np.eye(5)}, r"y_train: expected 6 whole numbers from 0, received shape \(5, 5\)"),
        (
            {"y_train": ["a", "b", "", "a", "b", "c"]},
            r"y_train: row 2 has an empty label; name its class, or remove the sample",
        ),
        (
            {"y_train": [b"a", b"b", b"\xff", b"a", b"b", b"c"]},
            r"y_train: holds a text that is not UTF-8 \(.*\); write the labels",
        ),
        (
            {"y_train": list("abcabc"), "x_test": IMAGES, "y_test": LABELS},
            r"set\.npz: has numbers as labels in one part and texts",
        ),
        ({"y_train": LABELS > 0}, r"y_train: expected 6 whole numbers .* of bool"),
        ({"y_train": np.int64(3)}, r"y_train"),
        ({"x_train": np.float32(3)}, r"set\.npz"),
        ({"x_test": IMAGES[:, :1], "y_test": LABELS}, r"set\.npz"),
        ({"x_test": IMAGES[0], "y_test": LABELS[:2]}, r"set\.npz"),
        ({"x_train": IMAGES[:0], "y_train": LABELS[:0]}, r"holds no images"),
        ({"x_train": IMAGES[:0], "y_train": np.zeros((0, 0))}, r"holds no images"),
        ({"x_train": IMAGES[:0, 0], "y_train": LABELS[:0]}, r"holds no rows"),
        ({"x_train": np.zeros((6, 2, 0))}, r"expected images \(n, .*\), received shape \(6, 2, 0\) of float64; save"),
        ({"x_test": np.zeros((6, 2, 2), "V0"), "y_test": LABELS}, r"expected images \(n, .*\), received shape .* of \|V0"),
        ({"x_train": np.zeros((6, 0))}, r"expected rows \(n, columns\), received shape \(6, 0\)"),
        ({"x_train": np.full((6, 2), -1e300)}, r"row train 0 has numbers beyond ±3\.4e\+38; remove or mend it"),
        ({"x_train": np.full((6, 2), np.nan)}, r"row train 0 has NaN or infinite numbers; remove or mend it"),
        ({"x_train": np.full((6, 2), "x")}, r"expected rows of numbers, received <U1"),
    ],
)
def test_arrays_that_do_not_belong_together(tmp_path, arrays, words):
    with pytest.raises(DataError, match=words):
        load(save(tmp_path / "set.npz", **arrays))


@pytest.mark.parametrize(
    ("names", "words"),
    [(["x_train"], "has no y_train; expected"), (["y_train"], "has no x_train"), (["z"], "has no x_train and no y_train")],
)
def test_arrays_that_are_missing(tmp_path, names, words):
    np.savez(tmp_path / "set.npz", **dict.fromkeys(names, IMAGES))
    with pytest.raises(DataError, match=words):
        load(tmp_path)


@pytest.mark.parametrize("name", ["x_test", "y_test"])
def test_half_a_test_part(tmp_path, name):
    save(tmp_path / "set.npz", **{name: IMAGES if name == "x_test" else LABELS})
    with pytest.raises(DataError, match=rf"set\.npz: has {name} alone; expected x_test and y_test, or neither of them"):
        load(tmp_path)


def test_arrays_that_unpack_to_more_than_memory_holds(tmp_path, monkeypatch):
    np.savez_compressed(tmp_path / "set.npz", x_train=np.zeros((6, 50, 50)), y_train=LABELS, notes=np.zeros(10**6))
    assert len(load(tmp_path).table) == 6
    monkeypatch.setattr("utils.data.array_archive._MOST_BYTES", 100_000)
    words = r"set\.npz: its arrays would take 120,\d{3} bytes, expected 100,000 at most; store fewer samples"
    with pytest.raises(DataError, match=words):
        load(tmp_path)


def test_more_samples_than_have_names(tmp_path, monkeypatch):
    np.savez(tmp_path / "set.npz", x_train=IMAGES, y_train=LABELS)
    monkeypatch.setattr("utils.data.most_samples.MOST_SAMPLES", 5)
    with pytest.raises(DataError, match=r"set\.npz: holds 6 samples, expected 5 at most; store fewer"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["x_train", "y_train", "y_test"])
def test_objects_are_never_unpickled(tmp_path, name):
    objects = np.array([Touch(tmp_path / "touched")] * 6, dtype=object)
    save(tmp_path / "set.npz", **{"x_test": IMAGES, "y_test": LABELS, name: objects})
    with pytest.raises(DataError, match=rf"not an archive of plain arrays \({name}: .*\); objects are never unpickled"):
        load(tmp_path)
    assert not (tmp_path / "touched").exists()


def test_arrays_that_no_set_is_made_of_are_not_looked_at(tmp_path):
    save(tmp_path / "set.npz", notes=np.array([Touch(tmp_path / "touched")], dtype=object))
    assert len(load(tmp_path).table) == 6
    assert not (tmp_path / "touched").exists()


@pytest.mark.parametrize("labels", [np.eye(3)[LABELS], np.eye(3, dtype=np.uint8)[LABELS], np.eye(3, dtype=bool)[LABELS]])
def test_one_hot_labels_give_what_integer_labels_give(tmp_path, labels):
    one_hot, integer = load(save(tmp_path / "a.npz", y_train=labels)), load(save(tmp_path / "b.npz"))
    assert one_hot.fingerprint == integer.fingerprint
    assert one_hot.table.class_names == integer.table.class_names == ("0", "1", "2")
    assert (one_hot.table.labels.tolist(), one_hot.table.labels.dtype) == (LABELS.tolist(), np.int64)


@pytest.mark.parametrize(
    ("labels", "names", "indices"),
    [
        (["dog", "cat", "ant", "dog", "cat", "ant"], ("ant", "cat", "dog"), [2, 1, 0, 2, 1, 0]),
        ([b"dog", b"cat", b"ant", b"dog", b"\xc3\xa9", b"ant"], ("ant", "cat", "dog", "é"), [2, 1, 0, 2, 3, 0]),
        (["10", "9", "10", "9", "9", "9"], ("9", "10"), [1, 0, 1, 0, 0, 0]),
        ([3, 7, 3, 7, 7, 7], ("3", "7"), [0, 1, 0, 1, 1, 1]),
        ([1, 2, 10, 1, 2, 10], ("1", "2", "10"), [0, 1, 2, 0, 1, 2]),
        ([0, 2, 0, 2, 2, 2], ("0", "2"), [0, 1, 0, 1, 1, 1]),
    ],
)
def test_texts_and_any_whole_numbers_are_classes(tmp_path, labels, names, indices):
    table = load(save(tmp_path / "set.npz", y_train=np.array(labels))).table
    assert (table.class_names, table.labels.tolist(), table.labels.dtype) == (names, indices, np.int64)


def test_classes_are_those_of_both_parts(tmp_path):
    arrays = {"y_train": np.array(list("abcabc")), "x_test": IMAGES[:2], "y_test": np.array(["d", "a"])}
    table = load(save(tmp_path / "set.npz", **arrays)).table
    assert (table.class_names, table.labels.tolist()) == (tuple("abcd"), [0, 1, 2, 0, 1, 2, 3, 0])


@pytest.mark.parametrize("labels", [list("abcabc"), [11, 12, 13, 11, 12, 13]])
def test_class_names_choose_and_order_classes(tmp_path, labels):
    names = ("13", "11") if labels[0] == 11 else ("c", "a")
    path = save(tmp_path / "set.npz", y_train=np.array(labels), x_test=IMAGES[:2], y_test=np.array(labels[1:3]))
    source = npz(SourceRequest(path, class_names=names))
    data = source.load(tmp_path, lambda *_: None)
    assert (data.table.class_names, data.table.labels.tolist()) == (names, [1, 0, 1, 0, 0])
    assert data.table.names.tolist() == ["train 0", "train 2", "train 3", "train 5", "test 1"]
    assert data.table.test.tolist() == [False] * 4 + [True]
    np.testing.assert_allclose(data.features[..., 0], IMAGES[[0, 2, 3, 5, 1]] / 255, rtol=1e-6)
    assert source.scan().labels.tolist() == data.table.labels.tolist()


def test_class_names_that_are_not_there(tmp_path):
    path = save(tmp_path / "set.npz", y_train=np.array(["cat", "dog", "ant"] * 2))
    words = r"the class 'cats' of class_names has no image; did you mean cat\?; there are images of: ant, cat, dog"
    with pytest.raises(DataError, match=words):
        npz(SourceRequest(path, class_names=("cats", "dog"))).scan()


def test_rows_of_numbers_stay_what_they_are(tmp_path):
    rows = np.linspace(-1000, 1000, 12).reshape(6, 2)
    source = npz(SourceRequest(save(tmp_path / "set.npz", x_train=rows)))
    data = source.load(tmp_path, lambda *_: None)
    assert (source.kind, source.default_model, data.kind) == ("table", "dense", "table")
    assert data.features.dtype == np.float32
    np.testing.assert_array_equal(data.features, rows.astype(np.float32))
    assert (npz(SourceRequest(tmp_path / "none")).kind, load(save(tmp_path / "set.npz")).kind) == ("image", "image")


@pytest.mark.parametrize("x", [IMAGES, IMAGES.reshape(6, 4)])
@pytest.mark.parametrize("targets", [[0.5, -2, 3, 1e6, 0, 7], [[1], [2], [3], [4], [5], [6]]])
def test_targets_of_a_regression(tmp_path, x, targets):
    path = save(tmp_path / "set.npz", x_train=x, y_train=np.array(targets))
    table = npz(SourceRequest(path, regression=True)).load(tmp_path, lambda *_: None).table
    assert (table.labels.dtype, table.class_names) == (np.float32, ())
    np.testing.assert_array_equal(table.labels, np.array(targets, np.float32).reshape(-1))


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        (
            list("abcabc"),
            r"y_train: expected 6 numbers, the targets of a regression, received shape \(6,\) of <U1; for classes",
        ),
        (np.eye(6), r"expected 6 numbers, the targets of a regression, received shape \(6, 6\)"),
        ([1, 2, np.nan, 4, 5, 6], r"y_train: row 2 is nan, no finite number; remove or mend it"),
        ([1, 1e300, 3, 4, 5, 6], r"y_train: row 1 is 1e\+300, no finite number"),
    ],
)
def test_what_is_no_target(tmp_path, targets, words):
    path = save(tmp_path / "set.npz", y_train=np.array(targets))
    with pytest.raises(DataError, match=words):
        npz(SourceRequest(path, regression=True)).scan()


class Touch:
    """Makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"text", b"\x93NUMPY", b"\x93NUMPY\x01\x00v\x00{", b"\x80\x04."])
def test_bytes_that_are_no_archive(tmp_path, content):
    (tmp_path / "set.npz").write_bytes(content)
    with pytest.raises(DataError, match=rf"{re.escape(str(tmp_path))}/set\.npz: not an archive of plain arrays"):
        load(tmp_path)


@pytest.mark.parametrize("name", ["x_train", "y_train"])
def test_members_that_are_no_arrays(tmp_path, name):
    path = save(tmp_path / "set.npz")
    rewritten(path, name, b"hello")
    with pytest.raises(DataError, match=rf"not an archive of plain arrays \({name}: does not begin as an array does\)"):
        load(path)


@pytest.mark.parametrize(
    "header",
    [
        "{",
        "{[]: 1}",
        "{'descr': '<f4,(', 'fortran_order': False, 'shape': (1, 2)}",
        "{'descr': ('<f4',), 'fortran_order': False, 'shape': (1, 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999, 0)}",
    ],
)
def test_headers_that_numpy_stumbles_over(tmp_path, header):
    path = save(tmp_path / "set.npz")
    header = f"{header}\n".encode()
    rewritten(path, "x_train", b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    with pytest.raises(DataError, match=r"not an archive of plain arrays \(x_train: "):
        load(path)


def rewritten(path, name, content):
    """Puts `content` in the place of one array, with a checksum that is right."""
    with zipfile.ZipFile(path) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for member, own in members.items():
            archive.writestr(member, content if member == f"{name}.npy" else own)


def test_a_single_array_is_no_archive(tmp_path):
    with (tmp_path / "set.npz").open("wb") as file:
        np.save(file, IMAGES)
    with pytest.raises(DataError, match=r"not an archive of plain arrays"):
        load(tmp_path)


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
def test_a_damaged_archive_is_refused_or_read_as_it_was(tmp_path, write):
    path = tmp_path / "set.npz"
    write(path, x_train=IMAGES, y_train=LABELS)
    data, rng, whole = path.read_bytes(), np.random.default_rng(0), load(path)
    for position in rng.permutation(len(data))[:400]:
        mask = bytes([data[position] ^ int(rng.integers(1, 256))])
        path.write_bytes(data[:position] + mask + data[position + 1 :])
        try:
            assert load(path).fingerprint == whole.fingerprint
        except DataError:
            continue
    for size in range(0, len(data), 7):
        path.write_bytes(data[:size])
        with pytest.raises(DataError):
            load(path)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"y_train": np.array([0, 1, 2, 0, 1, 10**8])}, "100[,_]?000[,_]?000"),
        ({"x_train": np.zeros((3 * 10**9, 0, 1), np.float32)}, r"received shape \(3000000000, 0, 1\)"),
        ({"x_train": np.zeros((10**8, 1), np.uint8)}, "y_train: expected 100000000 whole numbers from 0"),
    ],
)
def test_one_label_or_shape_out_of_range_does_not_fill_the_memory(tmp_path, arrays, words):
    np.savez_compressed(tmp_path / "set.npz", **{"x_train": IMAGES, "y_train": LABELS} | arrays)
    code = (
        "import sys\n"
        "from pathlib import Path\nfrom utils.data.sets.npz import npz\nfrom utils.data.source import SourceRequest\n"
        "from utils.errors import DataError\n"
        "try:\n npz(SourceRequest(Path(sys.argv[1]))).scan()\nexcept DataError as error:\n print(error)"
    )
    child = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30)), env={"OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    assert re.search(words, child.stdout), child.stderr[-200:]


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "set.npz")
    with pytest.raises(DataError, match=r"set\.npz: not an archive of plain arrays \(.*it is no plain file"):
        load(tmp_path)


@pytest.mark.parametrize(("shape", "sample"), [((4, 4), "image"), ((16,), "row")])
def test_samples_that_no_memory_holds_are_refused_before_they_are_made(tmp_path, monkeypatch, shape, sample):
    path = save(tmp_path / "set.npz", x_train=np.zeros((100, *shape), np.uint8), y_train=np.arange(100) % 2)
    monkeypatch.setattr(hardware, "all_memory", lambda: 100 * 16 * 4)
    load(path)
    monkeypatch.setattr(hardware, "all_memory", lambda: 100 * 16 * 4 - 1)
    said = "in single precision need 0.0 GiB of memory, and there are 0.0; store fewer or smaller ones, or use"
    with pytest.raises(MemoryShortError, match=rf"set\.npz: 100 {sample}s of shape .* {re.escape(said)}"):
        load(path)


def test_arrays_that_no_memory_holds_are_not_unpacked(tmp_path, monkeypatch):
    path = save(tmp_path / "set.npz")
    monkeypatch.setattr(hardware, "all_memory", lambda: 10)
    monkeypatch.setattr("utils.data.array_archive.array_of", None)
    with pytest.raises(MemoryShortError, match=r"set\.npz: its arrays, unpacked, need 0\.0 GiB of memory, and there are 0\.0;"):
        load(path)
