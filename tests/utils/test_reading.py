"""Files that may be anything are read where they are files, and nothing is waited for."""

import errno
import hashlib
import os

import pytest

from utils import reading

READERS = [reading.open_file, reading.read_bytes, reading.read_text, reading.sha256_of]


@pytest.mark.parametrize("size", [0, 1, 1 << 20])
def test_sha256_of_a_file(tmp_path, size):
    data = os.urandom(size)
    (tmp_path / "file").write_bytes(data)
    assert reading.sha256_of(tmp_path / "file") == hashlib.sha256(data).hexdigest()
    assert reading.read_bytes(tmp_path / "file") == data


def test_a_text_keeps_its_line_ends_and_a_link_is_followed(tmp_path):
    (tmp_path / "file").write_bytes("a\r\nb\rä\n".encode())
    (tmp_path / "link").symlink_to("file")
    assert reading.read_text(tmp_path / "link") == "a\r\nb\rä\n"


@pytest.mark.parametrize("name", ["missing", ".", "pipe", "loop", "file/below", "x" * 5000, "\0", "\ud800"])
def test_what_can_be_no_file_is_none(tmp_path, name):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "file").write_bytes(b"")
    assert reading.is_file(tmp_path / "file")
    assert not reading.is_file(tmp_path / name)
    with pytest.raises(OSError):
        reading.read_bytes(tmp_path / name)


def sparse(path, size):
    with path.open("wb") as file:
        file.truncate(size)


def test_what_would_not_fit_into_memory_is_not_read(tmp_path):
    sparse(tmp_path / "huge", 1 << 40)
    for read, most in ((reading.read_bytes, "1,024"), (reading.read_text, "1,024"), (reading.sha256_of, "131,072")):
        with pytest.raises(OSError, match=f"it is larger than {most} MiB") as caught:
            read(tmp_path / "huge")
        assert caught.value.errno == errno.EFBIG
    (tmp_path / "file").write_bytes(b"12345")
    assert reading.read_text(tmp_path / "file", 5) == "12345"
    with pytest.raises(OSError, match="it is larger than"):
        reading.read_text(tmp_path / "file", 4)
    reading.open_file(tmp_path / "huge").close()


@pytest.mark.parametrize("read", READERS)
def test_what_is_no_file_fails_as_a_missing_one_does(tmp_path, read):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "to_pipe").symlink_to("pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    for name in ("pipe", "to_pipe", "device"):
        with pytest.raises(OSError, match="it is no plain file"):
            read(tmp_path / name)
    with pytest.raises(IsADirectoryError):
        read(tmp_path)
    with pytest.raises(FileNotFoundError):
        read(tmp_path / "missing")
