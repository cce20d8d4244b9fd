"""Planted code: files whose reading would run it, in every place where data are read, under an audit hook.

Each file is written so that a careless reader makes a canary: pickles that call, arrays of objects, Keras archives with a
lambda or a module path in their configuration, HDF5 with outside links, tables with formulas. A process of its own reads them
with CPython's audit hook on: it must see no unpickling, no compiled or executed text, no command and no connection.
"""

from __future__ import annotations

import base64
import io
import json
import marshal
import os
import pickle
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tests.torture.sweep import Sweep

ROOT = Path(__file__).parents[2]
CANARY = "canary"
FORBIDDEN = (
    "pickle.find_class", "os.system", "os.exec", "os.posix_spawn", "os.spawn", "subprocess.Popen", "pty.spawn", "ctypes.dlopen",
    "socket.connect", "socket.bind", "urllib.Request", "ftplib.connect", "shutil.unpack_archive", "webbrowser.open",
    "code.__new__", "builtins.input", "marshal.loads", "compile", "exec", "import",
)  # fmt: skip


class Planted:
    """Unpickled, it makes the canary."""

    def __init__(self, canary: Path) -> None:
        """`canary` is the file that must not come to be."""
        self.canary = canary

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        """What a pickle calls."""
        return os.system, (f"touch {self.canary}",)


def _pickles(canary: Path) -> Iterator[bytes]:
    """The same call in each protocol, within lists and dictionaries, and by other names."""
    planted = Planted(canary)
    for protocol in range(5):
        yield pickle.dumps(planted, protocol)
        yield pickle.dumps({"data": planted, "labels": [1, 2], b"data": [planted]}, protocol)
    yield f"cos\nsystem\n(S'touch {canary}'\ntR.".encode()
    yield f"c__builtin__\neval\n(S'open({str(canary)!r}, \"w\")'\ntR.".encode()
    yield f"(S'touch {canary}'\nios\nsystem\n.".encode()
    yield b"cnumpy.core.multiarray\n_reconstruct\n(cos\nsystem\n(I0\ntS'b'\ntR."
    yield f"\x80\x02cnumpy\nload\n(S'{canary}.npy'\nI00\nI01\ntR.".encode("latin-1")


def _npy(canary: Path) -> bytes:
    content = io.BytesIO()
    np.save(content, np.array([Planted(canary)] * 30, dtype=object), allow_pickle=True)
    return content.getvalue()


def _archive(members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return content.getvalue()


def _keras(canary: Path) -> bytes:
    """A .keras archive as CVE-2024-3660, CVE-2025-1550 and their kin use it: a lambda, and functions by their import path."""
    code = base64.b64encode(marshal.dumps(compile(f"open({str(canary)!r}, 'w')", "x", "exec"))).decode()
    lambda_layer = {"module": "keras.layers", "class_name": "Lambda", "registered_name": None, "config": {
        "function": {"class_name": "__lambda__", "config": {"code": code, "defaults": None, "closure": None}}}}  # fmt: skip
    by_path = {"module": "os", "class_name": "function", "config": "system", "registered_name": "system"}
    shell = {"module": "subprocess", "class_name": "run", "config": {"args": ["touch", str(canary)]}, "registered_name": "run"}
    layers = [lambda_layer, {"module": "keras.layers", "class_name": "Lambda", "config": {"function": by_path}}, shell]
    config = {"module": "keras", "class_name": "Sequential", "config": {"name": "x", "layers": layers}, "registered_name": None}
    return _archive({"config.json": json.dumps(config).encode(), "metadata.json": b"{}", "model.weights.h5": _h5(canary)})


def _h5(canary: Path) -> bytes:
    """HDF5 whose groups have the names of ours, and which point into other files, or carry a model and a pickle."""
    import h5py

    memory = io.BytesIO()
    with h5py.File(memory, "w") as file:
        file.attrs["model_config"] = json.dumps({"class_name": "Lambda", "config": {"function": f"open({str(canary)!r}, 'w')"}})
        file["layers"] = h5py.ExternalLink("/etc/passwd", "/")
        file["weights"] = np.void(pickle.dumps(Planted(canary)))
        file["_layer_checkpoint_dependencies"] = h5py.SoftLink("/layers")
    return memory.getvalue()


def _tar(folder: str, members: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        for name, data in members.items():
            about = tarfile.TarInfo(f"{folder}/{name}")
            about.size = len(data)
            archive.addfile(about, io.BytesIO(data))
    return content.getvalue()


def plant(folder: Path, canary: Path) -> None:
    """Puts hostile files below `folder`, one set in a folder of its own."""
    pickles = list(_pickles(canary))
    object_npy, honest = _npy(canary), io.BytesIO()
    np.save(honest, np.zeros((30, 4, 4), np.float32))
    for number, stream in enumerate(pickles):
        head = object_npy[: object_npy.index(b"\n") + 1]
        _put(folder, f"npz {number}/data.npz", _archive({"x_train.npy": head + stream, "y_train.npy": head + stream}))
        names = ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch", "batches.meta"]
        for name in names:
            _put(folder, f"cifar10 {number}/cifar-10-batches-py/{name}", stream)
        packed = _tar("cifar-10-batches-py", dict.fromkeys(names, stream))
        _put(folder, f"cifar10 packed {number}/cifar-10-python.tar.gz", packed)
        arrays = {f"{name}.npy": head + stream for name in ("x_train", "y_train", "x_test", "y_test", "x", "y")}
        for name in ("imdb", "reuters", "mnist", "california_housing", "boston_housing"):
            _put(folder, f"keras {number}/{name}.npz", _archive(arrays))
    _put(folder, "npz plain/data.npz", object_npy)
    _put(folder, "npz raw/data.npz", pickles[0])
    _put(folder, "new/new.npz", _archive({"x.npy": object_npy}))
    _put(folder, "new/new.npy", object_npy)
    formula = f"=cmd|' /C touch {canary}'!A0,@SUM(1),__import__('os').system('touch {canary}'),a\n"
    _put(folder, "table/data.csv", f"a,b,c,label\n{(formula + formula[:-2] + 'b' + chr(10)) * 15}".encode())
    template = f"{{{{ ''.__class__.__mro__ }}}} ${{jndi:x}} `touch {canary}`,a\n"
    _put(folder, "text/data.csv", f"text,label\n{template * 30}".encode())
    for name, content in {
        "model.keras": _keras(canary), "model.h5": _h5(canary), "model.weights.h5": _h5(canary), "model.pkl": pickles[0],
    }.items():  # fmt: skip
        _put(folder, f"weights/{name}", content)


def _put(folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def watched(folder: Path, *, careless: bool = False) -> Counter[str]:
    """Reads all that is planted, in a process under the audit hook; what became of each, counted.

    Args:
        folder: empty.
        careless: whether the process unpickles two of the files instead, which has to be noticed.

    Raises:
        AssertionError: an event that no reader of data may cause, or a canary.
    """
    canary = folder / CANARY
    plant(folder / "planted", canary)
    child = subprocess.run(
        [sys.executable, "-m", "tests.torture.code_reader", str(folder / "planted"), *["--careless"] * careless],
        cwd=folder, capture_output=True, text=True, check=False, timeout=600,
        env=os.environ | {"KERAS_HOME": str(folder / "keras"), "TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert child.returncode == 0, child.stderr[-3000:]
    told = json.loads(child.stdout.splitlines()[-1])
    others = [outcome for outcome in told["outcomes"] if outcome.startswith("another error")]
    assert not others, f"errors that are none of ours: {others}; {folder}"
    assert not told["events"], f"events while data was read: {told['events'][:20]}; {folder}"
    ran = [place for place in (canary, folder / "canary of the rehearsal") if place.exists()]
    assert not ran, f"planted code ran: {ran}"
    return Counter(told["outcomes"])


def _all_planted(seed: int, folder: Path) -> str:
    outcomes = watched(folder)
    return (
        f"{sum(outcomes.values())} hostile files read, {outcomes['refused']} refused with a sentence, "
        f"{outcomes['read as data']} read as plain data: no code ran, none of {len(FORBIDDEN)} kinds of events was seen"
    )


SWEEPS = (Sweep("code_in_data", "G13", _all_planted),)
