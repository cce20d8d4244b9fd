"""Arrays of the caches: NumPy's own files are taken, and nothing else is made sense of."""

import os

import numpy as np
import pytest

from utils.data.mapped_array import header, mapped_array

_ABOUT = b"{'descr': '<f4', 'fortran_order': False, 'shape': (" + 9_000 * b"-" + b"1,)}\n"
MANY_SIGNS = b"\x93NUMPY\x01\x00" + len(_ABOUT).to_bytes(2, "little") + _ABOUT
"""A header that the parser of NumPy's reader has not enough memory for."""


@pytest.mark.parametrize("shape", [(3, 4), (0, 2), (7,), (0,)])
@pytest.mark.parametrize("dtype", [np.float32, np.int32])
def test_what_numpy_wrote_is_mapped(tmp_path, shape, dtype):
    values = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    np.save(tmp_path / "a.npy", values)
    mapped = mapped_array(tmp_path / "a.npy", shape, dtype)
    assert isinstance(mapped, np.memmap)
    assert not mapped.flags.writeable
    assert (mapped.dtype, mapped.shape, mapped.tobytes()) == (values.dtype, shape, values.tobytes())
    assert (tmp_path / "a.npy").read_bytes() == header(shape, dtype) + values.tobytes()


def test_a_header_is_as_long_for_any_number_of_rows():
    assert len(header((0, 3), np.float32)) == len(header((10**15, 3), np.float32))


@pytest.mark.parametrize(
    "shape",
    [(4, 3), (12,), (-3, -4), (3.0, 4), (True, 12), ("3", 4), (3, None), (10**30, 0), (0, 10**30), (1,) * 99, (1,) * 90_000],
)
def test_another_shape_is_none(tmp_path, shape):
    np.save(tmp_path / "a.npy", np.zeros((3, 4), np.float32))
    assert mapped_array(tmp_path / "a.npy", shape, np.float32) is None


@pytest.mark.parametrize("shape", [(0, 10**30), (1,) * 99])
def test_a_shape_beyond_numpy_is_none_also_where_the_file_tells_it(tmp_path, shape):
    (tmp_path / "a.npy").write_bytes(header(shape, np.float32) + np.zeros(int(0 not in shape), np.float32).tobytes())
    assert mapped_array(tmp_path / "a.npy", shape, np.float32) is None


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"xx", MANY_SIGNS, b"[" * 100_000])
def test_what_is_no_array_is_none(tmp_path, content):
    (tmp_path / "a.npy").write_bytes(content)
    assert mapped_array(tmp_path / "a.npy", (1,), np.float32) is None


def test_another_type_order_or_length_is_none(tmp_path):
    path, values = tmp_path / "a.npy", np.ones((3, 4), np.float32)
    for other in (values.astype(np.int32), np.asfortranarray(values), values.astype(">f4")):
        np.save(path, other)
        assert mapped_array(path, (3, 4), np.float32) is None
    np.save(path, values)
    path.write_bytes(path.read_bytes() + b"\n")
    assert mapped_array(path, (3, 4), np.float32) is None


def test_a_missing_file_and_a_pipe_are_none(tmp_path):
    os.mkfifo(tmp_path / "pipe.npy")
    for name in ("pipe.npy", "missing.npy"):
        assert mapped_array(tmp_path / name, (1,), np.float32) is None
