"""One archive of arrays: read as it is, and refused with a sentence when it is anything else."""

import re
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from utils.data.sets.npz import npz
from utils.data.source import SourceRequest
from utils.errors import DataError

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
        np.testing.assert_allclose(data.features[..., 0], np.concatenate([IMAGES, IMAGES[:2]]) / 23, rtol=1e-6)
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


def test_a_folder_that_is_not_there(tmp_path):
    with pytest.raises(DataError, match=rf"{tmp_path / 'none'}: expected one \.npz file, found no such folder"):
        load(tmp_path / "none")


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"y_train": LABELS[:5]}, r"set\.npz: y_train: expected 6 whole numbers from 0, received shape \(5,\) of int64"),
        ({"y_train": LABELS.astype(float)}, r"y_train: expected 6 whole numbers from 0, received shape \(6,\) of float64"),
        ({"y_train": LABELS - 1}, r"y_train: expected 6 whole numbers from 0"),
        ({"y_train": np.eye(6, dtype=int)}, r"y_train: expected 6 whole numbers from 0, received shape \(6, 6\)"),
        ({"y_train": LABELS > 0}, r"y_train: expected 6 whole numbers .* of bool"),
        ({"y_train": np.int64(3)}, r"y_train"),
        ({"x_train": np.float32(3)}, r"set\.npz"),
        ({"x_test": IMAGES[:, :1], "y_test": LABELS}, r"set\.npz"),
        ({"x_test": IMAGES[0], "y_test": LABELS[:2]}, r"set\.npz"),
        ({"x_train": IMAGES[:0], "y_train": LABELS[:0]}, r"received shape \(0, 2, 2\)"),
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


def test_objects_are_never_unpickled(tmp_path):
    save(tmp_path / "set.npz", x_train=np.array([Touch(tmp_path / "touched")] * 6, dtype=object))
    with pytest.raises(DataError, match=r"not an archive of plain arrays \(.*\); objects are never unpickled"):
        load(tmp_path)
    assert not (tmp_path / "touched").exists()


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


def test_one_label_out_of_range_does_not_fill_the_memory(tmp_path):
    save(tmp_path / "set.npz", y_train=np.array([0, 1, 2, 0, 1, 10**8]))
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
    assert re.search(r"100[,_]?000[,_]?000", child.stdout), child.stderr[-200:]
