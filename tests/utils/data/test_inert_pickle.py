"""Plain data come out as they went in, whichever protocol wrote them; anything else is refused and nothing is run."""

import os
import pickle
import struct
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from utils.data.inert_pickle import read_inert_pickle

SCALARS = (
    st.none() | st.booleans() | st.integers() | st.integers(0, 70_000) | st.floats(allow_nan=False) | st.text() | st.binary()
)
KEYS = st.text() | st.integers() | st.binary()
NESTED = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner) | st.lists(inner, max_size=4).map(tuple) | st.dictionaries(KEYS, inner) | inner.map(lambda x: [x, x])
    ),
    max_leaves=30,
)


def same(received, expected):
    """Equal, and of the same types all the way down."""
    if type(received) is not type(expected):
        return False
    if isinstance(expected, (list, tuple)):
        return len(received) == len(expected) and all(map(same, received, expected))
    if isinstance(expected, dict):
        return received.keys() == expected.keys() and all(same(received[key], expected[key]) for key in expected)
    return received == expected


@pytest.mark.parametrize("protocol", range(5))
@settings(max_examples=150, deadline=None)
@given(data=NESTED)
def test_plain_data_come_out_as_pickle_reads_them(protocol, data):
    assert same(read_inert_pickle(pickle.dumps(data, protocol)), data)


@pytest.mark.parametrize("protocol", range(5))
@pytest.mark.parametrize("kind", ["?", "i1", "<i2", ">i4", "<i8", "u1", "<u2", "u8", "f2", ">f4", "f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_arrays_of_numbers(protocol, kind, order):
    array = np.array(np.arange(24).reshape(2, 3, 4) % 5, dtype=kind, order=order)
    first, second, number = read_inert_pickle(pickle.dumps([array, array, array[1, 2, 3]], protocol))
    np.testing.assert_array_equal(first, array)
    assert (first.dtype, first is second, number) == (array.dtype, True, array[1, 2, 3].item())


@pytest.mark.parametrize("protocol", range(5))
def test_arrays_of_objects_hold_lists(protocol):
    array = np.empty((2, 2), object)
    array[0, 0], array[0, 1], array[1, 0], array[1, 1] = [1, 300, 70_000], [], ["a"], None
    received = read_inert_pickle(pickle.dumps(array, protocol))
    assert (received.dtype, received.tolist()) == (np.dtype(object), array.tolist())
    assert read_inert_pickle(pickle.dumps(np.empty((0, 3), object), protocol)).shape == (0, 3)


def test_a_cifar_batch_of_python_2():
    """Texts are byte strings there, also those inside the array's type; written out by hand, as `pickle` 2 wrote it."""
    array = (
        b"cnumpy.core.multiarray\n_reconstruct\nq\x07cnumpy\nndarray\nq\x08K\x00\x85U\x01b\x87Rq\x09(K\x01K\x02K\x03\x86"
        b"cnumpy\ndtype\nq\x0aU\x02u1K\x00K\x01\x87Rq\x0b(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x06"
        b"\x00\x01\x02\xfd\xfe\xfftb"
    )
    stream = b"\x80\x02}q\x01(U\x0bbatch_labelq\x02U\x01xq\x03U\x06labelsq\x04]q\x05(K\x06K\x09eU\x04dataq\x06" + array + b"u."
    batch = read_inert_pickle(stream)
    assert {key: batch[key] for key in (b"batch_label", b"labels")} == {b"batch_label": b"x", b"labels": [6, 9]}
    assert batch[b"data"].tolist() == [[0, 1, 2], [253, 254, 255]]


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (b"S'a\\n\\x41\\''\n.", b"a\nA'"),
        (b'S"it\'s"\np0\n.', b"it's"),
        (b"T\x02\x00\x00\x00ab.", b"ab"),
        (b"I01\n.", True),
        (b"I00\n.", False),
        (b"I-7\n.", -7),
        (b"L123456789012345678901L\n.", 123456789012345678901),
        (b"(lp0\nI1\naI2\na.", [1, 2]),
        (b"(dp0\nS'a'\nI1\ns.", {b"a": 1}),
        (b"(I1\nI2\nt.", (1, 2)),
        (b"\x80\x02(K\x01K\x02l.", [1, 2]),
        (b"\x80\x02K\x01(K\x02K\x031.", 1),
        (b"\x80\x02K\x01K\x020.", 1),
        (b"\x8b\x02\x00\x00\x00\x00\x80.", -32768),
    ],
)
def test_opcodes_that_only_old_pythons_write(stream, expected):
    assert same(read_inert_pickle(stream), expected)
    assert same(pickle.loads(stream, encoding="bytes"), expected)  # noqa: S301 - our own bytes, above


class Calls:
    """Whatever `reduced` says is called when this is unpickled."""

    def __init__(self, *reduced):
        self.reduced = reduced

    def __reduce__(self):
        return self.reduced


@pytest.mark.parametrize("protocol", range(5))
def test_nothing_is_called(protocol, tmp_path):
    for attack in (
        Calls(os.system, (f"touch {tmp_path}/touched",)),
        Calls(Path.touch, (tmp_path / "touched",)),
        Calls(eval, (f"open({str(tmp_path / 'touched')!r}, 'w')",)),
        Calls(OrderedDict, ()),
    ):
        for data in (attack, [1, [attack]], np.array([attack], dtype=object)):
            with pytest.raises(
                ValueError, match=r"byte [\d,]+: names [\w.]+, which is not plain data; nothing of it was called"
            ):
                read_inert_pickle(pickle.dumps(data, protocol))
    assert not any(tmp_path.iterdir())


UNFINISHED = b"cnumpy._core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R"
BYTE = b"cnumpy\ndtype\nU\x02u1\x89\x88\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
STATE = b"(K\x01K\x02\x85" + BYTE + b"\x89C\x02abtb"
TWO_CALLS = (
    UNFINISHED.replace(b"\x87R", b"\x87q\x01R") + STATE + b"0cnumpy._core.multiarray\n_reconstruct\nh\x01R" + STATE + b"0"
)
"""One tuple with a name is the arguments of two calls, whose results are dropped."""


@pytest.mark.parametrize(
    ("stream", "words"),
    [
        (b"cos\nsystem\n(S'true'\ntR.", r"byte 11: names os\.system, which is not plain data"),
        (b"\x80\x04\x8c\x05posix\x8c\x06system\x93.", r"names posix\.system"),
        (b"c" + b"a" * 5000 + b"\nb\n.", r"names a{80}, which"),
        (b"(S'true'\nios\nsystem\n.", r"the opcode b'i' is not one of plain data"),
        (b"(cos\nsystem\nS'true'\no.", r"names os\.system"),
        (b"(cnumpy\nndarray\nS'x'\no.", r"the opcode b'o' is not one of plain data"),
        (b"\x80\x02\x82\x01.", r"the opcode b'\\x82'"),
        (b"Pname\n.", r"the opcode b'P'"),
        (b"K\x01Q.", r"the opcode b'Q'"),
        (b"\x80\x05\x97.", r"the opcode b'\\x97'"),
        (b"cnumpy\nndarray\nK\x05\x85R.", r"calls numpy\.ndarray, which is not plain data"),
        (b"cnumpy\ndtype\nU\x02S5K\x00K\x01\x87R.", r"holds an array of type 'S5', which is not of plain numbers"),
        (b"cnumpy\ndtype\nU\x02V8K\x00K\x01\x87R.", r"holds an array of type 'V8'"),
        (b"cnumpy\ndtype\nU\x02u1\x89\x88\x87R(K\x03U\x01|NU\x01aNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb.", r"with fields"),
        (b"cnumpy\ndtype\nU\x02u1\x89\x88\x87R(K\x03U\x02,,NNNtb.", r"an unknown order of bytes, ',,'"),
        (b"c_codecs\nencode\nX\x01\x00\x00\x00aX\x05\x00\x00\x00rot13\x86R.", r"bytes written as 'rot13', which is not known"),
        (b"K\x01K\x02\x85R.", r"calls a int, which is not plain data"),
        (b"](K\x01b.", r"byte 5: "),
        (b"]}b.", r"sets the state of a list, which is not plain data"),
        (b"}]K\x01s.", r"a dictionary has a key that is neither a text nor a number"),
        (b"})K\x01s.", r"a dictionary has a key that is neither a text nor a number"),
        (b"}K\x01a.", r"fills a dict as if it were a list"),
        (b"](K\x01K\x02u.", r"fills a list as if it were a dict"),
        (b"}(K\x01u.", r"cut or damaged \(ValueError"),
        (b"cnumpy\nndarray\n.", r"holds a name that nothing is made of, which is not plain data"),
        (b"cnumpy\nndarray\nq\x01]h\x01a.", r"holds a name that nothing is made of"),
        (b"](cnumpy\nndarray\ne.", r"holds a name that nothing is made of"),
        (b"(cnumpy\nndarray\nl.", r"holds a name that nothing is made of"),
        (b"}K\x01cnumpy\nndarray\ns.", r"holds a name that nothing is made of"),
        (b"(K\x01cnumpy\nndarray\nd.", r"holds a name that nothing is made of"),
        (b"cnumpy\nndarray\n\x85.", r"holds a name that nothing is made of"),
        (b"cnumpy\nndarray\n\x85\x85.", r"holds a name that nothing is made of"),
        (b"(cnumpy\nndarray\nt\x85.", r"holds a name that nothing is made of"),
        (b"]cnumpy\nndarray\na" + TWO_CALLS + b".", r"holds a name that nothing is made of"),
        (UNFINISHED + b".", r"ends before its content is complete"),
        (UNFINISHED + b"q\x01h\x01.", r"an array holds itself"),
        (UNFINISHED + b"(K\x02K\x02\x85" + BYTE + b"\x89C\x02abtb.", r"in a form that is not known"),
        (
            UNFINISHED + b"(K\x01K\x03\x85" + BYTE + b"\x89C\x02abtb.",
            r"an array of shape \(3,\) whose content has another length",
        ),
        (UNFINISHED + b"(K\x01J\xff\xff\xff\xff\x85" + BYTE + b"\x89C\x02abtb.", r"in a form that is not known"),
        (UNFINISHED + b"(K\x01K\x02\x85K\x07\x89C\x02abtb.", r"in a form that is not known"),
        (b"\x80\x02K\x01K\x02.", r"cut or damaged"),
        (b"(K\x01.", r"ends before its content is complete"),
        (b"\x8d\xff\xff\xff\xff\xff\xff\xff\x7f.", r"cut: 9,223,372,036,854,775,807 more bytes were expected"),
        (b"T\xff\xff\xff\xffab.", r"cut: -1 more bytes were expected"),
        (b"Snothing\n.", r"a text without quotation marks"),
        (b"h\x05.", r"cut or damaged \(KeyError"),
        (b"K", r"cut: a number was expected"),
        (b"M\x01", r"cut: a number was expected"),
        (b"", r"byte 0: cut"),
        (b"K\x01\x87.", r"cut: a tuple of 3 was expected"),
        (b"I" + b"9" * 5000 + b"\n.", r"cut or damaged \(ValueError"),
    ],
)
def test_what_is_refused(stream, words):
    with pytest.raises(ValueError, match=words):
        read_inert_pickle(stream)


def test_a_pickle_nested_a_million_times_exhausts_no_stack():
    deep = b"\x80\x02" + b")" + b"\x85" * 10**6
    with pytest.raises(ValueError, match="neither a text nor a number"):
        read_inert_pickle(b"}" + deep + b"Ns.")


SHARED = b"]\x94" + b"".join(b"0](" + (b"h" + bytes([level])) * 10 + b"e\x94" for level in range(8))
"""A list of ten times the same list of ten times the same list …: to write it down takes gigabytes."""
DEEP = b"]" * 100_000 + b"a" * 99_999
ENCODE = b"c_codecs\nencode\nX\x01\x00\x00\x00a"
TYPE = b"cnumpy\ndtype\nU\x02u1\x89\x88\x87R"


@pytest.mark.parametrize("bomb", [SHARED, DEEP])
@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (b"", b"\x8c\x01x\x93.", "holds a list where a text must stand, which is not plain data"),
        (b"\x8c\x01x", b"\x93.", "holds a list where a text must stand"),
        (b"cnumpy\ndtype\n", b"\x89\x88\x87R.", "holds a list where a text must stand"),
        (TYPE + b"(K\x03", b"NNNtb.", "holds a list where a text must stand"),
        (ENCODE, b"\x86R.", "holds a list where a text must stand"),
        (UNFINISHED + b"(", b"K\x02\x85" + BYTE + b"\x89C\x02abtb.", "in a form that is not known"),
        (UNFINISHED + b"(K\x01", BYTE + b"\x89C\x02abtb.", "in a form that is not known"),
        (UNFINISHED + b"(K\x01}K\x07", b"s" + BYTE + b"\x89C\x02abtb.", "in a form that is not known"),
        (UNFINISHED + b"(K\x01K\x02\x85", b"\x89C\x02abtb.", "in a form that is not known"),
        (UNFINISHED + b"(K\x01K\x02\x85" + BYTE, b"C\x02abtb.", "in a form that is not known"),
        (UNFINISHED + b"(K\x01K\x02\x85" + BYTE + b"\x89", b"tb.", "whose content has another length"),
    ],
)
def test_what_is_no_text_or_number_is_neither_written_nor_compared(bomb, before, after, words):
    with pytest.raises(ValueError, match=words):
        read_inert_pickle(b"\x80\x04" + before + bomb + after)


@pytest.mark.parametrize("shape", [b"(" + b"K\x01" * 65 + b"t", b"\x8a\x09" + b"\0" * 8 + b"\x01\x85"])
def test_shapes_that_no_array_has(shape):
    with pytest.raises(ValueError, match="in a form that is not known"):
        read_inert_pickle(UNFINISHED + b"(K\x01" + shape + BYTE + b"\x89C\x02abtb.")


def test_a_line_that_is_no_number_is_not_quoted_in_full():
    with pytest.raises(ValueError, match="could not convert string to float") as error:
        read_inert_pickle(b"F" + b"x" * 100_000 + b"\n.")
    assert len(str(error.value)) < 1_000


def test_arrays_of_objects_nested_a_hundred_thousand_times_exhaust_no_stack():
    objects = b"cnumpy\ndtype\nU\x01O\x89\x88\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x3ftbq\x020"
    names = b"cnumpy._core.multiarray\n_reconstruct\nq\x000cnumpy\nndarray\nq\x010" + objects
    outer, end = b"h\x00h\x01K\x00\x85C\x01b\x87R(K\x01K\x01\x85h\x02\x89]", b"atb"
    with pytest.raises(ValueError, match="holds an array of objects in an array of objects, which is not plain data"):
        read_inert_pickle(b"\x80\x04" + names + outer * 100_000 + b"K\x01" + end * 100_000 + b".")
    with pytest.raises(ValueError, match="holds more than 100 arrays of objects"):
        read_inert_pickle(b"\x80\x04" + names + (outer + b"]") * 100_000 + b"K\x01" + (b"a" + end) * 100_000 + b".")
    nested = read_inert_pickle(b"\x80\x04" + names + (outer + b"]") * 100 + b"K\x01" + (b"a" + end) * 100 + b".")
    assert nested.shape == (1,)


@pytest.mark.parametrize("protocol", [2, 4])
def test_damaged_bytes_give_plain_data_or_a_value_error(protocol):
    array = np.empty(3, object)
    array[:] = [[1, 2, 300], ["a", b"b", 1.5], {"c": (1, 2**70, None)}]
    stream, rng = pickle.dumps([array, np.arange(5.0)], protocol), np.random.default_rng(0)
    for _ in range(3000):
        damaged = bytearray(stream)
        for place in rng.integers(0, len(stream), rng.integers(1, 4)):
            damaged[place] = rng.integers(0, 256)
        try:
            read_inert_pickle(bytes(damaged))
        except ValueError as error:
            assert str(error).startswith("byte ")
    for size in range(len(stream)):
        with pytest.raises(ValueError, match="byte "):
            read_inert_pickle(stream[:size])


def test_long_runs_of_small_numbers():
    numbers = np.random.default_rng(1).integers(0, 65_536, 20_000)
    stream = b"\x80\x02](" + b"".join(b"M" + struct.pack("<H", number) for number in numbers.tolist()) + b"e."
    assert read_inert_pickle(stream) == numbers.tolist()
