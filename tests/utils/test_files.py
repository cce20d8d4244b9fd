"""All or nothing, whatever fails; and no way out of the folder."""

import errno
import hashlib
import os
import re

import pytest

from utils import files
from utils.errors import DiskError, FolderInUseError, ParameterError

BAD_NAMES = [
    "", ".", "..", "/", "/etc", "a/../b", "a/..", "../a", "a//b", "a/", "a\0b", "a\nb", "a\x1b[31m", " a", "a ",
    "a.", ".a", "..a", ".tmp-1",
]  # fmt: skip


@pytest.mark.parametrize("name", BAD_NAMES)
def test_no_name_leaves_the_folder(tmp_path, name):
    root = tmp_path / "outputs"
    with pytest.raises(ParameterError, match=rf"{re.escape(repr(name))} is no folder name below outputs/: use plain names"):
        files.safe_join(root, "fine", name)


@pytest.mark.parametrize("name", ["x" * 201, "é" * 101, "a/" + "x" * 201])
def test_a_name_too_long_is_refused(tmp_path, name):
    with pytest.raises(ParameterError, match=r"too long for a folder name: at most 200 bytes"):
        files.safe_join(tmp_path, name)


@pytest.mark.parametrize("name", ["a", "a/b", "x" * 200, "Größe", "run 1", "a-b_c.d", "．．"])
def test_plain_names_are_joined(tmp_path, name):
    assert files.safe_join(tmp_path, "stats", name) == tmp_path / "stats" / name


def test_a_symbolic_link_that_leads_out_is_refused(tmp_path):
    (tmp_path / "outputs").mkdir()
    (tmp_path / "outputs" / "link").symlink_to(tmp_path)
    with pytest.raises(ParameterError, match=r"leads out of .*outputs: a symbolic link .* points elsewhere; remove it"):
        files.safe_join(tmp_path / "outputs", "link", "stats")


def test_a_root_that_is_itself_a_link_is_fine(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "outputs").symlink_to(tmp_path / "disk")
    assert files.safe_join(tmp_path / "outputs", "a") == tmp_path / "outputs" / "a"


def test_written_read_replaced(tmp_path):
    path = tmp_path / "a" / "b" / "file"
    for text in ("first", "", "größer\n"):
        files.write_text(path, text)
        assert path.read_bytes() == text.encode()
    assert [entry.name for entry in path.parent.iterdir()] == ["file"]


def test_a_library_that_fails_leaves_the_old_content_and_nothing_else(tmp_path):
    path = tmp_path / "file"
    files.write_bytes(path, b"old")

    def fail():
        with files.replacing(path) as temporary:
            temporary.write_bytes(b"half")
            raise ValueError("the library gave up")

    with pytest.raises(ValueError, match="the library gave up"):
        fail()
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208


def test_lines_appended_cut_removed(tmp_path):
    path = tmp_path / "log"
    files.append_line(path, b"one")
    files.append_line(path, b"two")
    assert path.read_bytes() == b"one\ntwo\n"
    files.cut_file(path, 4)
    assert path.read_bytes() == b"one\n"
    files.remove(path)
    files.remove(path)
    assert not path.exists()


def test_leftovers_of_killed_processes_go_and_nothing_else(tmp_path):
    for name in (".tmp-1-a", ".tmp-99-b", "tmp-a", "a.tmp-"):
        (tmp_path / name).touch()
    files.remove_temporaries(tmp_path)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.tmp-", "tmp-a"]


def test_a_tree_goes_but_not_what_its_links_point_to(tmp_path):
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").touch()
    (tmp_path / "tree" / "deep").mkdir(parents=True)
    (tmp_path / "tree" / "deep" / "link").symlink_to(tmp_path / "kept")
    files.remove_tree(tmp_path / "tree")
    assert [str(entry.relative_to(tmp_path)) for entry in sorted(tmp_path.rglob("*"))] == ["kept", "kept/file"]


OPERATIONS = {
    "write": [lambda path: files.write_bytes(path, b"new"), lambda path: files.append_line(path, b"new")],
    "sync": [lambda path: files.write_bytes(path, b"new"), lambda path: files.append_line(path, b"new")],
    "replace": [lambda path: files.write_bytes(path, b"new")],
    "make_folder": [lambda path: files.make_folder(path.parent / "x" / "y")],
    "remove": [files.remove],
    "truncate": [lambda path: files.cut_file(path, 1)],
}
CASES = [(operation, number) for operation, calls in OPERATIONS.items() for number in range(len(calls))]


def failing(number):
    def fail(*_):
        raise OSError(number, os.strerror(number))

    return fail


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM])
@pytest.mark.parametrize(("operation", "call"), CASES)
def test_a_disk_fault_names_path_reason_and_free_space(tmp_path, monkeypatch, operation, call, number):
    path = tmp_path / "file"
    path.write_bytes(b"old\n")
    monkeypatch.setattr(files._os, operation, failing(number))
    words = rf"{tmp_path}\S*: {re.escape(os.strerror(number))}, [\d,]+ bytes free; .*make room, then run the same command"
    with pytest.raises(DiskError, match=words) as caught:
        OPERATIONS[operation][call](path)
    assert caught.value.exit_code == 74
    assert path.read_bytes().startswith(b"old\n")
    assert not list(tmp_path.glob(".tmp-*"))


def test_any_other_fault_stays_what_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(files._os, "write", failing(errno.EINVAL))
    with pytest.raises(OSError, match=re.escape(os.strerror(errno.EINVAL))):
        files.write_bytes(tmp_path / "file", b"new")


def test_a_write_that_the_system_splits_is_finished(tmp_path, monkeypatch):
    write = os.write
    monkeypatch.setattr(files.os, "write", lambda descriptor, data: write(descriptor, data[:3]))
    files.write_bytes(tmp_path / "file", b"0123456789")
    assert (tmp_path / "file").read_bytes() == b"0123456789"


def test_a_lock_held_names_its_holder_and_is_free_afterwards(tmp_path):
    path = tmp_path / "new" / "run.lock"
    with files.locked(path, "process 1 on host"):
        with (
            pytest.raises(
                FolderInUseError, match=r"new is in use by process 1 on host: wait for it, or give .* run_name"
            ) as caught,
            files.locked(path, "process 2"),
        ):
            pass
        assert caught.value.exit_code == 75
    with files.locked(path, "me"):
        assert path.read_text() == "me"


def test_a_folder_can_be_found_in_use_before_anything_is_begun(tmp_path):
    path = tmp_path / "run.lock"
    files.check_unlocked(path)
    assert not path.exists()
    with files.locked(path, "process 1"), pytest.raises(FolderInUseError, match="is in use by process 1"):
        files.check_unlocked(path)
    files.check_unlocked(path)
    with files.locked(path, "process 2"):
        assert path.read_text() == "process 2"


@pytest.mark.parametrize("call", ["open", "write", "ftruncate"])
def test_a_disk_fault_at_the_lock_is_a_disk_error(tmp_path, monkeypatch, call):
    with monkeypatch.context() as patch, pytest.raises(DiskError, match=r"No space left .* bytes free"):
        patch.setattr(files.os, call, failing(errno.ENOSPC))
        with files.locked(tmp_path / "run.lock", "me"):
            pass


@pytest.mark.parametrize("size", [0, 1, 1 << 20])
def test_sha256_of_a_file(tmp_path, size):
    data = os.urandom(size)
    (tmp_path / "file").write_bytes(data)
    assert files.sha256_of(tmp_path / "file") == hashlib.sha256(data).hexdigest()


def test_a_secret_is_for_its_owner_alone(tmp_path):
    for is_secret, mode in ((True, 0o600), (False, 0o644 & ~_umask())):
        files.write_bytes(tmp_path / "file", b"content", is_secret=is_secret)
        assert (tmp_path / "file").stat().st_mode & 0o777 == mode


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_only_plain_files_are_opened_to_read(tmp_path):
    (tmp_path / "file").write_bytes(b"content")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "to_folder").symlink_to(tmp_path)
    descriptor = files.open_to_read(tmp_path, "file")
    with os.fdopen(descriptor, "rb") as file:
        assert file.read() == b"content"
    for name in ("link", "folder", "pipe", "missing"):
        assert files.open_to_read(tmp_path, name) is None
    assert files.open_to_read(tmp_path / "to_folder", "file") is None
