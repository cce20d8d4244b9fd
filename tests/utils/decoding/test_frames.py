"""What is no frame is refused before anything is allocated for it."""

import io
import struct

import pytest

from utils.decoding.frames import FrameError, packed, read_frame


def reader(content):
    file = io.BytesIO(content)

    def read(size):
        part = file.read(size)
        if len(part) < size:
            raise EOFError
        return part

    return read


def test_a_frame_comes_back():
    header = {"name": "größer \udce9", "n": 3}
    assert read_frame(reader(packed(header, 4) + b"abcd"), 4) == (header, b"abcd")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (packed({}, 5) + b"abcde", "a frame of 2 and 5 bytes"),
        (struct.pack("<IQ", 2**25, 0), "a frame of 33,554,432 and 0 bytes"),
        (struct.pack("<IQ", 3, 2**63), "a frame of 3 and 9,223,372,036,854,775,808 bytes"),
        (struct.pack("<IQ", 1, 0) + b"{", "a frame whose header is no JSON"),
        (struct.pack("<IQ", 1, 0) + b"\xff", "a frame whose header is no JSON"),
        (struct.pack("<IQ", 100_000, 0) + b"[" * 100_000, "a frame whose header is no JSON"),
        (struct.pack("<IQ", 2, 0) + b"[]", "a frame whose header is no object"),
    ],
)
def test_what_is_no_frame(content, message):
    with pytest.raises(FrameError) as error:
        read_frame(reader(content), 4)
    assert str(error.value) == message


def test_a_frame_that_is_cut_off():
    with pytest.raises(EOFError):
        read_frame(reader(packed({"a": 1}, 4) + b"ab"), 4)
