"""What is read out of files of weights, and what is not: without TensorFlow, on files made by hand."""

from __future__ import annotations

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from utils import weights_archive
from utils.errors import DataError
from utils.weights_archive import ExpectedLayer

KERNEL = np.arange(12, dtype=np.float32).reshape(4, 3)
SQUARE = np.arange(9, dtype=np.float32).reshape(3, 3) + 100
BIASES = [np.array([1, 2, 3], np.float32), np.array([4, 5, 6], np.float32)]
EXPECTED = [
    ExpectedLayer("hidden", "dense", {"kernel": (4, 3), "bias": (3,)}),
    ExpectedLayer("logits", "dense", {"kernel": (3, 3), "bias": (3,)}),
]
WEIGHTS = [KERNEL, BIASES[0], SQUARE, BIASES[1]]


def as_keras(file: h5py.File, names: tuple[str, ...] = ("hidden", "logits"), weights: list[Any] = WEIGHTS) -> None:
    """Two dense layers as Keras 3 files them, with a layer that has no weights and an optimiser that has some."""
    for number, name in enumerate(names):
        variables = file.create_group(f"layers/dense{f'_{number}' if number else ''}/vars")
        variables.attrs["name"] = name
        variables["0"], variables["1"] = weights[2 * number : 2 * number + 2]
    file.create_group("layers/dropout/vars").attrs["name"] = "dropout"
    file["layers/dropout/seed_generator/vars/0"] = np.zeros(2, np.uint32)
    file["optimizer/vars/0"] = np.float32(3)
    file.create_group("vars").attrs["name"] = "dense"


def as_models_tf(file: h5py.File) -> None:
    for layer, first in (("hidden", 0), ("logits", 2)):
        file[f"{layer}/bias"], file[f"{layer}/kernel"] = WEIGHTS[first + 1], WEIGHTS[first]


def written(path: Path, write: Callable[[h5py.File], None] = as_keras) -> Path:
    with h5py.File(path, "w") as file:
        write(file)
    return path


def archived(path: Path, content: dict[str, bytes] | None = None, write: Any = as_keras, **options: Any) -> Path:
    """A `.keras` file: `content` and the weights."""
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        write(file)
    with zipfile.ZipFile(path, "w", **options) as archive:
        for name, data in (content or {"metadata.json": b"{}", "config.json": b"{}"}).items():
            archive.writestr(name, data)
        archive.writestr("model.weights.h5", buffer.getvalue())
    return path


def assert_read(path: Path, layers: list[ExpectedLayer] = EXPECTED, expected: list[Any] = WEIGHTS) -> None:
    received = weights_archive.read(path, "dense", layers)
    assert [array.dtype for array in received] == [np.float32] * len(expected)
    for one, other in zip(received, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def assert_refused(path: Path, message: str, layers: list[ExpectedLayer] = EXPECTED) -> None:
    with pytest.raises(DataError, match=rf"{re.escape(path.name)}: not the weights of a dense: {message}.*same model_params"):
        weights_archive.read(path, "dense", layers)


@pytest.mark.parametrize("write", [as_keras, as_models_tf])
def test_both_layouts_are_read(write: Callable[[h5py.File], None], tmp_path: Path) -> None:
    assert_read(written(tmp_path / "a.weights.h5", write))
    assert_read(archived(tmp_path / "a.keras", write=write))


def test_what_layers_are_called_makes_no_difference_in_files_of_keras(tmp_path: Path) -> None:
    for names in (("dense_6", "dense_7"), ("logits", "hidden")):
        assert_read(written(tmp_path / "a.weights.h5", lambda file, names=names: as_keras(file, names)))


def test_the_tenth_layer_comes_after_the_ninth(tmp_path: Path) -> None:
    def twelve(file: h5py.File) -> None:
        for number in range(12):
            for weight in range(11):
                file[f"layers/batch_norm{f'_{number}' if number else ''}/vars/{weight}"] = np.float32(100 * number + weight)

    layers = [ExpectedLayer(f"norm_{n}", "batch_norm", {f"weight_{w}": () for w in range(11)}) for n in range(12)]
    assert_read(
        written(tmp_path / "a.weights.h5", twelve), layers, [np.float32(100 * n + w) for n in range(12) for w in range(11)]
    )


def test_a_bidirectional_layer_is_read_forward_first(tmp_path: Path) -> None:
    def write(file: h5py.File) -> None:
        for first, direction in ((3, "backward"), (0, "forward")):
            for number in range(3):
                file[f"layers/bidirectional/{direction}_layer/cell/vars/{number}"] = np.float32(first + number)

    names = [f"{way}_{weight}" for way in ("forward", "backward") for weight in ("kernel", "recurrent_kernel", "bias")]
    layer = ExpectedLayer("lstm", "bidirectional", dict.fromkeys(names, ()))
    assert_read(written(tmp_path / "a.weights.h5", write), [layer], list(np.arange(6, dtype=np.float32)))


def change(path: Path, name: str, value: Any) -> Path:
    with h5py.File(path, "a") as file:
        if name in file:
            del file[name]
        if value is not None:
            file[name] = value
    return path


@pytest.mark.parametrize("write", [as_keras, as_models_tf])
def test_a_layer_that_may_be_absent_gets_its_weights_all_the_same(write: Any, tmp_path: Path) -> None:
    otherwise = np.eye(3, dtype=np.float32), np.zeros(3, np.float32)
    scale = ExpectedLayer("predictions", "dense", {"kernel": (3, 3), "bias": (3,)}, otherwise)
    path = written(tmp_path / "a.weights.h5", write)
    assert_read(path, [*EXPECTED, scale], [*WEIGHTS, *otherwise])
    place = {as_keras: "layers/dense_2/vars/{}", as_models_tf: "predictions/{}"}[write]
    for name, number, value in (("kernel", 0, SQUARE), ("bias", 1, BIASES[0])):
        change(path, place.format(number if write is as_keras else name), value)
    assert_read(path, [*EXPECTED, scale], [*WEIGHTS, SQUARE, BIASES[0]])


FIRST = "layer hidden \\(dense in files of Keras\\):"


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("layers/dense/vars/0", KERNEL[:, :2], rf"{FIRST} kernel must be float32 of shape \(4, 3\), received .* of \(4, 2\)"),
        ("layers/dense/vars/0", KERNEL.astype(np.float64), rf"{FIRST} kernel must be float32 .*, received float64 of \(4, 3\)"),
        ("layers/dense/vars/0", KERNEL.astype(np.float16), f"{FIRST} kernel must be float32 .*, received float16"),
        ("layers/dense/vars/0", ["a" * 12], f"{FIRST} kernel must be float32 .*, received object"),
        ("layers/dense/vars/1", None, f"{FIRST} bias is missing"),
        ("layers/dense/vars/1", np.float32([1, np.nan, 3]), f"{FIRST} bias holds NaN or infinite numbers, as of a model that"),
        ("layers/dense/vars/1", np.float32([1, 2, -np.inf]), f"{FIRST} bias holds NaN or infinite numbers"),
        ("layers/dense/vars/2", KERNEL, f"{FIRST[:-1]} has a weight 'vars/2', which the model has not"),
        ("layers/dense_1", None, "layer logits \\(dense_1 in files of Keras\\) is not there"),
        ("layers", None, "layer hidden is not there"),
        ("layers/dense_2/vars/0", KERNEL, "it has a layer 'dense_2', which the model has not"),
        ("layers/normalization/vars/0", KERNEL, "it has a layer 'normalization', which the model has not"),
        ("layers/functional/layers/dense/vars/0", KERNEL, "its layer /layers/functional has a part 'layers', which no"),
        ("layers/multi_head_attention/query_dense/vars/0", KERNEL, "its layer /layers/multi_head_attention has a part 'query"),
    ],
)  # fmt: skip
def test_weights_of_another_model_are_refused_naming_the_first_layer_that_differs(
    name: str, value: Any, message: str, tmp_path: Path
) -> None:
    assert_refused(change(written(tmp_path / "a.weights.h5"), name, value), message)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("hidden/kernel", None, "layer hidden: kernel is missing"),
        ("hidden/kernel/inside", 1.0, "layer hidden: kernel is missing"),
        ("hidden/scale", 1.0, "layer hidden has a weight 'scale', which the model has not"),
        ("hidden", None, "layer hidden is not there"),
        ("other/kernel", KERNEL, "it has a layer 'other', which the model has not"),
    ],
)
def test_weights_that_models_tf_wrote_for_another_model_are_refused(
    name: str, value: Any, message: str, tmp_path: Path
) -> None:
    path = written(tmp_path / "a.weights.h5", as_models_tf)
    if name == "hidden/kernel/inside":
        change(path, "hidden/kernel", None)
    assert_refused(change(path, name, value), message)


def external_dataset(file: h5py.File, folder: Path) -> None:
    (folder / "secret").write_bytes(bytes(48))
    file.create_dataset("layers/dense/vars/0", (4, 3), np.float32, external=[(str(folder / "secret"), 0, 48)])


def virtual_dataset(file: h5py.File, folder: Path) -> None:
    layout = h5py.VirtualLayout((4, 3), np.float32)
    layout[:] = h5py.VirtualSource(str(folder / "true.weights.h5"), "layers/dense/vars/0", (4, 3))
    file.create_virtual_dataset("layers/dense/vars/0", layout)


def external_link(file: h5py.File, folder: Path) -> None:
    file["layers/dense/vars/0"] = h5py.ExternalLink(str(folder / "true.weights.h5"), "/layers/dense/vars/0")


def external_group(file: h5py.File, folder: Path) -> None:
    del file["layers"]
    file["layers"] = h5py.ExternalLink(str(folder / "true.weights.h5"), "/layers")


def external_part(file: h5py.File, folder: Path) -> None:
    file["layers/dense/query"] = h5py.ExternalLink(str(folder / "true.weights.h5"), "/layers/dense")


def soft_link(file: h5py.File, folder: Path) -> None:
    file["stored"] = KERNEL
    file["layers/dense/vars/0"] = h5py.SoftLink("/stored")


@pytest.mark.parametrize("kind", [".weights.h5", ".keras"])
@pytest.mark.parametrize(
    ("forge", "message"),
    [
        (external_dataset, f"{FIRST} kernel lies in another file, which is not followed"),
        (virtual_dataset, f"{FIRST} kernel lies in another file, which is not followed"),
        (external_link, "its '0' points elsewhere, which is not followed"),
        (external_group, "its 'layers' points elsewhere, which is not followed"),
        (external_part, "its 'query' points elsewhere"),
        (soft_link, "its '0' points elsewhere"),
    ],
)
def test_a_file_that_points_elsewhere_is_refused(forge: Any, message: str, kind: str, tmp_path: Path) -> None:
    written(tmp_path / "true.weights.h5")

    def write(file: h5py.File) -> None:
        as_keras(file)
        del file["layers/dense/vars/0"]
        forge(file, tmp_path)

    path = tmp_path / f"forged{kind}"
    assert_refused(archived(path, write=write) if kind == ".keras" else written(path, write), f"({message})")


def test_a_group_that_holds_itself_is_no_endless_way(tmp_path: Path) -> None:
    path = written(tmp_path / "a.weights.h5")
    with h5py.File(path, "a") as file:
        file["layers/dense/cell"] = file["layers/dense"]
        file["layers/dense/backward_layer"] = file["layers"]
    assert_refused(path, "layer hidden \\(dense in files of Keras\\) has a weight 'cell/vars/0'")


def test_a_dataset_that_claims_to_be_huge_is_not_read(tmp_path: Path) -> None:
    def write(file: h5py.File) -> None:
        as_keras(file)
        del file["layers/dense/vars/0"]
        file.create_dataset("layers/dense/vars/0", (1 << 40, 3), np.float32, chunks=(1024, 3), compression="gzip")

    assert_refused(written(tmp_path / "a.weights.h5", write), f"{FIRST} kernel must be float32 of shape ")


def test_pieces_that_unpack_to_more_than_the_array_are_not_read(tmp_path: Path) -> None:
    path = written(tmp_path / "own.weights.h5")
    with h5py.File(path, "a") as file:
        del file["layers/dense/vars/0"]
        pieces = {"chunks": (4, 300), "maxshape": (None, None), "compression": "gzip"}
        file.create_dataset("layers/dense/vars/0", (4, 3), np.float32, **pieces)
    assert_refused(path, f"{FIRST} kernel is stored in pieces of \\(4, 300\\), larger than it is")


def test_an_archive_may_name_other_places_and_hold_other_things(tmp_path: Path) -> None:
    hostile = {"../outside": b"x", "/outside": b"x", "..\\outside": b"x", "config.json": b"[" * 100_000}
    folder = tmp_path / "inner"
    folder.mkdir()
    assert_read(archived(folder / "a.keras", hostile))
    assert [path.name for path in tmp_path.rglob("*")] == ["inner", "a.keras"]


def test_an_archive_with_the_weights_in_another_place_is_refused(tmp_path: Path) -> None:
    for name in ("../model.weights.h5", "model/model.weights.h5", "model.weights.npz"):
        with zipfile.ZipFile(tmp_path / "a.keras", "w") as archive:
            archive.writestr(name, written(tmp_path / "a.weights.h5").read_bytes())
        assert_refused(tmp_path / "a.keras", r"it holds no model\.weights\.h5, which Keras 3 puts there")


def test_an_archive_that_would_grow_is_refused(tmp_path: Path) -> None:
    for method in (zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        with zipfile.ZipFile(tmp_path / "a.keras", "w", method) as archive:
            archive.writestr("model.weights.h5", bytes(10_000_000))
        assert_refused(tmp_path / "a.keras", r"its model\.weights\.h5 is compressed, which Keras never does")


def test_an_archive_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    path = archived(tmp_path / "a.keras")
    content = bytearray(path.read_bytes())
    entry = content.rindex(b"PK\x01\x02")
    content[entry + 20 : entry + 28] = 2 * (0xFFFFFFF0).to_bytes(4, "little")
    path.write_bytes(content)
    assert_refused(path, "")


@pytest.mark.parametrize("name", ["a.weights.h5", "a.keras"])
@pytest.mark.parametrize("content", [b"", b"no such format", None])
def test_a_file_that_is_none_of_weights_is_refused(name: str, content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert_refused(tmp_path / name, "")


@pytest.mark.parametrize("name", ["a.weights.h5", "a.keras"])
def test_a_cut_file_is_refused(name: str, tmp_path: Path) -> None:
    path = archived(tmp_path / name) if name == "a.keras" else written(tmp_path / name)
    whole = path.read_bytes()
    for size in range(1, len(whole), len(whole) // 40):
        path.write_bytes(whole[:size])
        assert_refused(path, "")


@pytest.mark.parametrize("name", ["a.weights.h5", "a.keras"])
def test_flipped_bits_never_end_in_anything_but_weights_or_a_sentence(name: str, tmp_path: Path) -> None:
    path = archived(tmp_path / name) if name == "a.keras" else written(tmp_path / name)
    whole = path.read_bytes()
    rng = np.random.default_rng(0)
    refused = 0
    for place, bit in zip(rng.integers(0, len(whole), 300), rng.integers(0, 8, 300), strict=True):
        changed = bytearray(whole)
        changed[place] ^= 1 << int(bit)
        path.write_bytes(changed)
        try:
            received = weights_archive.read(path, "dense", EXPECTED)
        except DataError:
            refused += 1
        else:
            assert [array.shape for array in received] == [array.shape for array in WEIGHTS]
    assert refused > 0


READ_UNDER_AUDIT = """
import pathlib, sys, zipfile, h5py
import numpy as np
from utils import weights_archive
from utils.weights_archive import ExpectedLayer
names = {"hidden": (4, 3), "logits": (3, 3)}
layers = [ExpectedLayer(name, "dense", {"kernel": shape, "bias": (3,)}) for name, shape in names.items()]
weights_archive.read(pathlib.Path(sys.argv[1]), "dense", layers)
seen = []
sys.addaudithook(lambda event, arguments: seen.append((event, str(arguments))))
weights_archive.read(pathlib.Path(sys.argv[2]), "dense", layers)
print([entry for entry in seen if entry[0] not in {"open", "builtins.id"}])
print([arguments for event, arguments in seen if event == "open" and "a.keras" not in arguments])
"""


def test_nothing_in_an_archive_is_executed_and_no_other_file_opened(tmp_path: Path) -> None:
    """The audit hook sees code made or run, modules imported, objects unpickled, processes started and files opened."""
    code = "import os; os.system('touch executed')"
    function = {"class_name": "function", "config": code, "registered_name": "function"}
    layer = {"module": "keras.layers", "class_name": "Lambda", "config": {"name": "a", "function": function}}
    config = {"module": "builtins", "class_name": "exec", "config": {"layers": [layer], "code": code}}
    archived(tmp_path / "plain.keras")
    path = archived(tmp_path / "a.keras", {"config.json": json.dumps(config).encode(), "assets/a.pkl": b"cos\nsystem\n."})
    command = [sys.executable, "-c", READ_UNDER_AUDIT, str(tmp_path / "plain.keras"), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "[]"], done.stdout
