"""Both CIFAR sets, packed and unpacked, as Python 2 and 3 pickle them; and every sentence that answers another form."""

import gzip
import io
import os
import pickle
import tarfile

import numpy as np
import pytest

from utils.data import cifar_batches
from utils.data.source import SourceRequest, sources
from utils.errors import DataError

RNG = np.random.default_rng(0)
TEN = [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    """An empty folder in the place of ~/.keras."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    return tmp_path / "home" / "datasets"


def batch_of(labels):
    data = RNG.integers(0, 256, (len(labels), 3072)).astype(np.uint8)
    return {b"batch_label": b"x", b"labels": labels, b"data": data, b"filenames": [b"a.png"] * len(labels)}


def cifar10(folder, protocol=2, **changes):
    folder.mkdir(parents=True, exist_ok=True)
    batches = {name: batch_of([number, 1]) for number, name in enumerate(TEN)}
    batches["batches.meta"] = {b"num_vis": 3072, b"label_names": [b"plane", b"car", b"bird", b"cat", b"deer", b"dog"]}
    batches |= changes
    for name, batch in batches.items():
        (folder / name).write_bytes(batch if isinstance(batch, bytes) else pickle.dumps(batch, protocol))
    return batches


def cifar100(folder):
    folder.mkdir(parents=True)
    batches = {}
    for name, fine, coarse in [("train", [0, 3, 2], [0, 1, 1]), ("test", [1, 1], [0, 0])]:
        batches[name] = batch_of([]) | {b"fine_labels": fine, b"coarse_labels": coarse}
        batches[name][b"data"] = np.full((len(fine), 3072), 7, np.uint8)
    batches["meta"] = {b"fine_label_names": [b"apple", b"ant", b"bee", b"bear"], b"coarse_label_names": [b"fruit", b"animal"]}
    for name, batch in batches.items():
        (folder / name).write_bytes(pickle.dumps(batch, 2))


def packed(path, folder, **extra):
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz") as archive:
        archive.add(folder, folder.name)
        for name, content in extra.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def load(folder, name="keras_cifar10", class_names=None, **options):
    source = sources.get(name)(SourceRequest(folder, class_names=class_names), **options)
    data = source.load(folder.parent / "cache", lambda *_: None)
    assert source.scan().labels.tolist() == data.table.labels.tolist()
    return data


def refused(folder, name="keras_cifar10"):
    with pytest.raises(DataError) as error:
        load(folder, name)
    return str(error.value)


@pytest.mark.parametrize("protocol", [2, 4])
def test_cifar10(tmp_path, protocol):
    batches = cifar10(tmp_path / "set" / "cifar-10-batches-py", protocol)
    data = load(tmp_path / "set")
    assert data.table.class_names == ("plane", "car", "bird", "cat", "deer", "dog")
    assert data.table.labels.tolist() == [0, 1, 1, 1, 2, 1, 3, 1, 4, 1, 5, 1]
    assert data.table.test.tolist() == [False] * 10 + [True] * 2
    assert data.table.names.tolist() == [*(f"train {number}" for number in range(10)), "test 0", "test 1"]
    red, green, blue = batches["data_batch_3"][b"data"][1].reshape(3, 32, 32) / np.float32(255)
    np.testing.assert_allclose(data.features[5], np.stack([red, green, blue], axis=2), rtol=1e-6)
    assert load(tmp_path / "set" / "cifar-10-batches-py").fingerprint == data.fingerprint


def test_keys_of_python_3(tmp_path):
    folder = tmp_path / "cifar-10-batches-py"
    batches = cifar10(folder)
    whole = load(tmp_path).fingerprint
    for name, batch in batches.items():
        texts = {key.decode(): value for key, value in batch.items()}
        texts |= {"label_names": [text.decode() for text in texts["label_names"]]} if "label_names" in texts else {}
        (folder / name).write_bytes(pickle.dumps(texts))
    assert load(tmp_path).fingerprint == whole


def test_half_a_surrogate_pair_in_a_name_is_replaced_as_bytes_that_are_no_utf_8_are(tmp_path):
    cifar10(tmp_path / "cifar-10-batches-py", **{"batches.meta": {b"label_names": ["a\ud800", b"b\xff", "c", "d", "e", "f"]}})
    assert load(tmp_path).table.class_names[:2] == ("a?", "b\ufffd")


def test_packed_and_in_the_folders_of_keras(tmp_path, home):
    folder = tmp_path / "set" / "cifar-10-batches-py"
    cifar10(folder)
    whole = load(tmp_path / "set")
    packed(tmp_path / "packed" / "cifar-10-python.tar.gz", folder, **{"../../outside": b"x", "other": b"y"})
    for place in (tmp_path / "packed", tmp_path / "packed" / "cifar-10-python.tar.gz"):
        assert load(place).fingerprint == whole.fingerprint
    assert sorted(path.name for path in (tmp_path / "packed").iterdir()) == ["cifar-10-python.tar.gz"]
    kept = home / "cifar-10-batches-py-target"
    kept.mkdir(parents=True)
    folder.rename(kept / "cifar-10-batches-py")
    assert load(tmp_path / "set").fingerprint == whole.fingerprint


def test_cifar100_fine_and_coarse(tmp_path):
    cifar100(tmp_path / "cifar-100-python")
    fine = load(tmp_path, "keras_cifar100").table
    assert (fine.class_names, fine.labels.tolist()) == (("apple", "ant", "bee", "bear"), [0, 3, 2, 1, 1])
    assert fine.test.tolist() == [False, False, False, True, True]
    coarse = load(tmp_path, "keras_cifar100", label_mode="coarse").table
    assert (coarse.class_names, coarse.labels.tolist()) == (("fruit", "animal"), [0, 1, 1, 0, 0])
    chosen = load(tmp_path, "keras_cifar100", class_names=("bee", "ant")).table
    assert (chosen.class_names, chosen.labels.tolist()) == (("bee", "ant"), [0, 1, 1])
    assert sources.problems("keras_cifar100", {"label_mode": "fine"}) == []
    assert len(sources.problems("keras_cifar100", {"label_mode": "both"})) == 1


def test_a_set_that_is_nowhere(tmp_path, home):
    assert refused(tmp_path / "set") == (
        f"{tmp_path}/set: there is neither cifar-10-batches-py nor cifar-10-python.tar.gz, nor in {home}. Download "
        "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz into data_dir, packed or unpacked, or let Python fetch the "
        f"set into {home}, where it is found too: keras.datasets.cifar10.load_data()."
    )


class Touch:
    """Makes a folder when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return os.mkdir, (self.path,)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"data_batch_2": b"text"}, r"/data_batch_2: byte 1: the opcode b't' is not|/data_batch_2: byte \d+: .*"),
        (
            {"data_batch_2": {b"data": 1, 1 << 20_000: 1}},
            r"/data_batch_2: expected a dictionary whose keys are texts, received one of type int; get the set again",
        ),
        ({"batches.meta": {None: 1}}, r"/batches\.meta: expected a dictionary whose keys are texts, .* type NoneType;"),
        ({"data_batch_2": []}, r"/data_batch_2: expected a dictionary, received a list; get the set again"),
        (
            {"data_batch_2": {}},
            r"/data_batch_2: expected 'data', rows of 3,072 bytes, received something else; get the set again",
        ),
        ({"data_batch_2": batch_of([1]) | {b"data": np.zeros((1, 3072))}}, r"/data_batch_2: expected 'data'"),
        ({"data_batch_2": batch_of([1]) | {b"data": np.zeros((1, 99), np.uint8)}}, r"/data_batch_2: expected 'data'"),
        (
            {"test_batch": batch_of([1]) | {b"labels": [1, 2]}},
            r"/test_batch: expected 'labels', a list of 1 numbers from 0 to 5,",
        ),
        ({"test_batch": batch_of([1]) | {b"labels": [6]}}, r"/test_batch: expected 'labels'"),
        ({"test_batch": batch_of([1]) | {b"labels": ["a"]}}, r"/test_batch: expected 'labels'"),
        ({"batches.meta": {b"label_names": []}}, r"/batches\.meta: expected a list of the classes' names, received something"),
        ({"batches.meta": {}}, r"/batches\.meta: expected a list of the classes' names"),
    ],
)
def test_files_of_another_form(tmp_path, changes, words):
    cifar10(tmp_path / "cifar-10-batches-py", **changes)
    with pytest.raises(DataError, match=words):
        load(tmp_path)


def test_a_pickle_that_would_run_code(tmp_path):
    cifar10(tmp_path / "cifar-10-batches-py", data_batch_1={b"data": Touch(str(tmp_path / "touched"))})
    assert "/data_batch_1: byte " in (message := refused(tmp_path))
    assert message.endswith("nothing of it was called; pickles are read as plain data alone, get the set again")
    assert not (tmp_path / "touched").exists()


def test_missing_cut_and_huge_files(tmp_path, monkeypatch):
    folder = tmp_path / "set" / "cifar-10-batches-py"
    cifar10(folder)
    archive = tmp_path / "packed" / "cifar-10-python.tar.gz"
    (folder / "data_batch_4").unlink()
    packed(archive, folder)
    for place, where in [(tmp_path / "set", folder), (archive, archive)]:
        message = refused(place)
        assert message.startswith(f"{where}: there is no data_batch_4; unpack the set again. Download https://")
    archive.write_bytes(archive.read_bytes()[:3000])
    assert refused(archive).startswith(f"{archive}: cannot be read (")
    archive.write_bytes(b"text")
    assert refused(archive).startswith(f"{archive}: cannot be read (")
    monkeypatch.setattr(cifar_batches, "_MOST_BYTES", 1000)
    assert "test_batch: takes " in (message := refused(folder)) or "data_batch_1: takes " in message
    assert message.endswith(" bytes, expected 1,000 at most; get the set again")


def header(name, kind, size):
    """One header of a tar, whatever it promises."""
    member = tarfile.TarInfo(name)
    member.type, member.size = kind, size
    return member.tobuf(tarfile.GNU_FORMAT)


def put_before(archive, blocks):
    """The packed set with these blocks in front of it."""
    archive.write_bytes(gzip.compress(blocks) + archive.read_bytes())


@pytest.fixture
def archive(tmp_path):
    cifar10(tmp_path / "made" / "cifar-10-batches-py")
    path = tmp_path / "packed" / "cifar-10-python.tar.gz"
    packed(path, tmp_path / "made" / "cifar-10-batches-py")
    return path


@pytest.mark.parametrize("kind", [b"L", b"K", b"x", b"g", b"Z"])
def test_what_extends_headers_of_a_packed_set_is_passed_over(archive, kind):
    expected = load(archive).features
    sparse = b"22 GNU.sparse.map=a,b\n25 GNU.sparse.size=99999\n".ljust(512, b"\0")
    put_before(archive, (header("long", kind, 512) + sparse) + header("long", kind, 0) * 3_000)
    assert np.array_equal(load(archive).features, expected)


def test_members_without_content_have_no_blocks_whatever_their_size(archive):
    expected = load(archive).features
    put_before(archive, b"".join(header("none", kind, 512) for kind in (b"1", b"2", b"3", b"4", b"5", b"6")))
    assert np.array_equal(load(archive).features, expected)


def test_a_packed_set_that_would_never_end(archive):
    put_before(archive, header("long", b"L", 14 * 10**9) + bytes(5 << 20))
    message = f"{archive}: unpacks to 14,000,000,512 bytes or more, expected 2,147,483,648 at most; get the set again"
    assert refused(archive) == message
    put_before(archive, header("back", b"0", -(10**9)))
    assert refused(archive) == message.replace("14,000,000,512", "14,000,001,024")


def test_a_packed_set_of_members_without_end(archive):
    put_before(archive, header("empty", b"0", 0) * 20_000)
    assert refused(archive) == f"{archive}: holds more than 10,000 files and folders; get the set again"


def test_a_packed_set_that_is_cut_or_no_tar(archive):
    archive.write_bytes(gzip.compress(header("cifar-10-batches-py/test_batch", b"0", 1_000) + bytes(512)))
    assert refused(archive) == f"{archive}: cannot be read (cifar-10-batches-py/test_batch is cut off); get the set again"
    for content in (b"a" * 600, b"a"):
        archive.write_bytes(gzip.compress(content))
        assert refused(archive).startswith(f"{archive}: cannot be read (")
