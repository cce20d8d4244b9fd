"""All or nothing, whatever fails; and no way out of the folder."""

import errno
import os
import re
import sys

import pytest

from tests.crash.faulty_disk import path_of
from tests.crash.recording_disk import RecordingDisk
from tests.crash.stage import disk
from utils import files
from utils.errors import DiskError, FolderGoneError, FolderInUseError, ParameterError
from utils.signals import Stopped

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


@pytest.mark.parametrize("names", [["loop"], ["loop", "run_1"]])
def test_a_symbolic_link_that_leads_to_itself_is_refused(tmp_path, names):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(ParameterError, match=r"leads nowhere: a symbolic link on the way points to itself; remove it"):
        files.safe_join(tmp_path, *names)


def test_a_lock_that_nobody_may_open_is_a_disk_error(tmp_path, monkeypatch):
    (tmp_path / "run.lock").touch()
    monkeypatch.setattr(files._os, "open", failing(errno.EACCES))
    with pytest.raises(DiskError, match=r"run\.lock: Permission denied"):
        files.check_unlocked(tmp_path / "run.lock")


def test_a_folder_below_one_that_nobody_may_enter_is_a_disk_error(tmp_path, monkeypatch):
    def exists(path, **_):
        if path != tmp_path:
            failing(errno.EACCES)()
        return True

    monkeypatch.setattr(files.Path, "exists", exists)
    with pytest.raises(DiskError, match=r"/closed/run_1: Permission denied, [1-9][\d,]* bytes free"):
        files.make_folder(tmp_path / "closed" / "run_1")


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


def test_what_is_removed_for_good_has_its_folder_synced(tmp_path):
    system, path = RecordingDisk(tmp_path), tmp_path / "file"
    for for_good, then in ((False, []), (True, [("sync", ".")])):
        path.touch()
        with disk(system):
            files.remove(path, for_good=for_good)
        assert [(one.kind, one.path) for one in system.operations] == [("remove", "file"), *then]
        system.operations.clear()
    files.remove(tmp_path / "missing" / "file", for_good=True)


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
    "remove_tree": [lambda path: files.remove_tree(path.parent)],
    "open": [lambda path: files.write_bytes(path, b"new"), lambda path: files.append_line(path, b"new")],
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


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_a_lock_that_is_no_file_is_refused_and_not_waited_for(tmp_path, make):
    make(tmp_path / "run.lock")
    with pytest.raises(ParameterError, match=r"run\.lock is a link, or no file at all: .*; remove it"):
        files.check_unlocked(tmp_path / "run.lock")


@pytest.mark.parametrize("call", ["open", "write", "ftruncate"])
def test_a_disk_fault_at_the_lock_is_a_disk_error(tmp_path, monkeypatch, call):
    with monkeypatch.context() as patch, pytest.raises(DiskError, match=r"No space left .* bytes free"):
        patch.setattr(files.os, call, failing(errno.ENOSPC))
        with files.locked(tmp_path / "run.lock", "me"):
            pass


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


class Notes(files._OperatingSystem):
    """Does everything, and notes what was called on which name."""

    def __init__(self):
        self.calls = []

    def _note(self, what, path):
        self.calls.append(f"{what} {re.sub(r'^.tmp-[0-9a-f]{8}-', 'temporary ', path.name)}")

    def make_folder(self, path):
        self._note("make", path)
        super().make_folder(path)

    def write(self, descriptor, data):
        self._note("write", path_of(descriptor))
        super().write(descriptor, data)

    def sync(self, descriptor):
        self._note("sync", path_of(descriptor))
        super().sync(descriptor)

    def replace(self, source, target):
        self._note("replace", target)
        super().replace(source, target)

    def truncate(self, descriptor, size):
        self._note("truncate", path_of(descriptor))
        super().truncate(descriptor, size)


@pytest.fixture
def notes(tmp_path, monkeypatch):
    """Of what happens in a folder `home` with one file in it, "old"."""
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "old").write_bytes(b"content")
    notes = Notes()
    monkeypatch.setattr(files, "_os", notes)
    return notes


def test_what_is_written_is_synced_before_it_gets_its_name_and_the_name_afterwards(tmp_path, notes):
    files.write_bytes(tmp_path / "home" / "new", b"x")
    assert notes.calls == ["write temporary new", "sync temporary new", "replace new", "sync home"]


def test_a_line_is_synced_and_so_is_the_name_of_its_file(tmp_path, notes):
    files.append_line(tmp_path / "home" / "old", b"x")
    assert notes.calls == ["write old", "sync old", "sync home"]


def test_a_cut_is_synced(tmp_path, notes):
    files.cut_file(tmp_path / "home" / "old", 3)
    assert notes.calls == ["truncate old", "sync old"]
    assert (tmp_path / "home" / "old").read_bytes() == b"con"


def test_each_new_folder_is_synced_into_its_parent(tmp_path, notes):
    assert files.make_folder(tmp_path / "home" / "a" / "b") == tmp_path / "home" / "a" / "b"
    assert notes.calls == ["make a", "sync home", "make b", "sync a"]
    notes.calls.clear()
    files.make_folder(tmp_path / "home")
    assert notes.calls == []


def test_an_empty_folder_may_be_what_somebody_killed_did_not_sync(tmp_path, notes):
    (tmp_path / "home" / "empty").mkdir()
    files.make_folder(tmp_path / "home" / "empty")
    files.make_folder(tmp_path / "home" / "empty" / "new")
    assert notes.calls == ["sync home", "sync home", "make new", "sync empty"]


def test_a_folder_that_another_process_makes_meanwhile_is_fine(tmp_path):
    files._os.make_folder(tmp_path)


def test_a_lock_file_holds_its_holder_alone(tmp_path, notes):
    with files.locked(tmp_path / "home" / "old", "me"):
        assert (tmp_path / "home" / "old").read_bytes() == b"me"
    assert notes.calls == ["truncate old", "write old"]
    with files.locked(tmp_path / "home" / "old", ""):
        assert (tmp_path / "home" / "old").read_bytes() == b""


@pytest.mark.parametrize("occupied", ["file", "file/a", "file/a/b"])
def test_a_file_where_a_folder_is_needed_is_named(tmp_path, occupied):
    (tmp_path / "file").touch()
    with pytest.raises(ParameterError, match=rf"  {tmp_path}/file is a file where a folder is needed: move it away, or choose"):
        files.make_folder(tmp_path / occupied)


def test_a_path_too_long_is_refused_and_shown_in_part(tmp_path):
    longest = "/".join(["x" * 199] * 5)
    assert files.safe_join(tmp_path, longest + "x") == tmp_path / (longest + "x")
    with pytest.raises(ParameterError, match=rf"  '{'x' * 40}'… is too long for a folder: at most 1000 bytes"):
        files.safe_join(tmp_path, longest + "xx")
    with pytest.raises(ParameterError, match=rf"  '{'y' * 40}'… is too long for a folder name: at most 200 bytes"):
        files.safe_join(tmp_path, "y" * 201)


@pytest.mark.parametrize("name", ["\ud800", "\ud800" * 10])
def test_half_a_character_is_no_name(tmp_path, name):
    with pytest.raises(ParameterError, match="is no folder name below"):
        files.safe_join(tmp_path, name)


def test_where_a_link_leads_out_is_said(tmp_path):
    (tmp_path / "outputs").mkdir()
    (tmp_path / "outputs" / "link").symlink_to(tmp_path)
    words = rf"  {tmp_path}/outputs/link leads out of {tmp_path}/outputs: a symbolic link on the way"
    with pytest.raises(ParameterError, match=words):
        files.safe_join(tmp_path / "outputs", "link")


def test_files_have_the_usual_rights_and_secrets_none_for_others(tmp_path):
    mask = os.umask(0)
    try:
        files.write_bytes(tmp_path / "file", b"")
        files.write_bytes(tmp_path / "secret", b"", is_secret=True)
        files.append_line(tmp_path / "log", b"")
        with files.locked(tmp_path / "lock", "me"):
            pass
    finally:
        os.umask(mask)
    rights = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert rights == {"file": 0o644, "secret": 0o600, "log": 0o644, "lock": 0o644}


@pytest.mark.parametrize("error", [ValueError("its own"), Stopped(2), OSError(errno.EINVAL, "its own")])
def test_a_library_that_is_stopped_before_it_wrote_leaves_nothing(tmp_path, error):
    def stop():
        with files.replacing(tmp_path / "file"):
            raise error

    with pytest.raises(type(error)) as caught:
        stop()
    assert caught.value is error
    assert list(tmp_path.iterdir()) == []


def test_a_signal_leaves_nothing_half_written(tmp_path):
    def stop():
        with files.replacing(tmp_path / "file") as temporary:
            assert re.fullmatch(r"\.tmp-[0-9a-f]{8}-file", temporary.name)
            temporary.write_bytes(b"half")
            raise Stopped(2)

    with pytest.raises(Stopped):
        stop()
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_one_file_go_and_those_of_others_stay(tmp_path):
    for name in (".tmp-1-a", ".tmp-2-b"):
        (tmp_path / name).touch()
    files.remove_temporaries(tmp_path, "a")
    assert [entry.name for entry in tmp_path.iterdir()] == [".tmp-2-b"]


def test_free_space_is_that_of_the_nearest_folder_there_is(tmp_path, monkeypatch):
    asked = []
    usage = type("Usage", (), {"free": 1_234_567})
    monkeypatch.setattr(files.shutil, "disk_usage", lambda folder: asked.append(folder) or usage)
    monkeypatch.setattr(files._os, "remove", failing(errno.EIO))
    with pytest.raises(DiskError, match=r"1,234,567 bytes free; what was committed is intact: make room, then run") as caught:
        files.remove(tmp_path / "no" / "such" / "file")
    assert asked == [tmp_path]
    assert isinstance(caught.value.__cause__, OSError)


@pytest.mark.parametrize(
    ("written", "shown"),
    [(b"", "another process"), (b" \n", "another process"), (b"\xff", "\ufffd"), (b"x" * 300, "x" * 200), (b" me\n", "me")],
)
def test_whoever_holds_a_lock_is_named(tmp_path, monkeypatch, written, shown):
    waited = []
    monkeypatch.setattr(files.time, "sleep", waited.append)
    with files.locked(tmp_path / "run.lock", "me"):
        (tmp_path / "run.lock").write_bytes(written)
        with pytest.raises(FolderInUseError, match=rf"^{tmp_path} is in use by {shown}: wait for it"):
            files.check_unlocked(tmp_path / "run.lock")
    assert waited == [0.02] * 10


def test_those_who_only_look_do_not_stand_in_each_others_way(tmp_path, monkeypatch):
    path = tmp_path / "run.lock"
    path.touch()
    with files._opened(path, os.O_RDONLY) as descriptor:
        files.fcntl.flock(descriptor, files.fcntl.LOCK_SH)
        files.check_unlocked(path)
        monkeypatch.setattr(files.time, "sleep", lambda seconds: files.fcntl.flock(descriptor, files.fcntl.LOCK_UN))
        with files.locked(path, "me"):
            assert path.read_text() == "me"


def test_no_descriptor_is_left_open(tmp_path):
    (tmp_path / "folder").mkdir()
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    for _ in range(3):
        files.write_bytes(tmp_path / "file", b"x")
        files.append_line(tmp_path / "log", b"x")
        files.cut_file(tmp_path / "log", 0)
        files.make_folder(tmp_path / "a" / "b")
        with files.locked(tmp_path / "lock", "me"):
            pass
        files.check_unlocked(tmp_path / "lock")
        assert files.open_to_read(tmp_path, "folder") is None
        assert files.open_to_read(tmp_path / "file", "x") is None
        os.mkfifo(tmp_path / "pipe")
        assert files.open_to_read(tmp_path / "pipe", "x") is None
        (tmp_path / "pipe").unlink()
    assert len(os.listdir("/proc/self/fd")) == before  # noqa: PTH208


def test_no_child_inherits_a_descriptor(tmp_path):
    (tmp_path / "file").touch()
    descriptor = files.open_to_read(tmp_path, "file")
    assert not os.get_inheritable(descriptor)
    os.close(descriptor)
    with files._opened(tmp_path / "file", os.O_RDONLY) as descriptor:
        assert not os.get_inheritable(descriptor)


def test_what_is_changed_in_place_is_a_plain_file_of_one_name(tmp_path):
    (tmp_path / "outside").write_bytes(b"kept")
    home = tmp_path / "home"
    home.mkdir()
    (tmp_path / "other").write_bytes(b"kept")
    (home / "soft").symlink_to(tmp_path / "other")
    (home / "hard").hardlink_to(tmp_path / "outside")
    (home / "folder").mkdir()
    os.mkfifo(home / "pipe")
    for name in ("soft", "hard", "folder", "pipe"):
        words = rf"  {home}/{name} is a link, or no file at all: what is written there may lie elsewhere; remove it"
        with pytest.raises(ParameterError, match=words):
            files.append_line(home / name, b"x")
        with pytest.raises(ParameterError, match=words):
            files.cut_file(home / name, 0)
        with pytest.raises(ParameterError, match=words), files.locked(home / name, "me"):
            pass
    assert (tmp_path / "outside").read_bytes() == (tmp_path / "other").read_bytes() == b"kept"


def test_a_folder_that_is_a_link_is_not_written_through(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "log").write_bytes(b"kept")
    (tmp_path / "link").symlink_to(tmp_path / "outside")
    words = rf"  {tmp_path}/link is a symbolic link, and what is written there would lie elsewhere; remove it"
    for call in (
        lambda: files.append_line(tmp_path / "link" / "log", b"x"),
        lambda: files.cut_file(tmp_path / "link" / "log", 0),
        lambda: files.write_bytes(tmp_path / "link" / "log", b"x"),
        lambda: files.make_folder(tmp_path / "link"),
    ):
        with pytest.raises(ParameterError, match=words):
            call()
    assert (tmp_path / "outside" / "log").read_bytes() == b"kept"


def test_a_file_that_is_not_there_is_not_cut(tmp_path):
    with pytest.raises(FileNotFoundError):
        files.cut_file(tmp_path / "missing", 0)


@pytest.mark.parametrize("number", [errno.EISDIR, errno.ENOTDIR, errno.ENOTEMPTY, errno.ELOOP])
def test_what_is_no_file_is_named(tmp_path, monkeypatch, number):
    monkeypatch.setattr(files._os, "remove", failing(number))
    words = rf"  {tmp_path}/it is a folder where a file is needed, or leads to none: move it away$"
    with pytest.raises(ParameterError, match=words) as caught:
        files.remove(tmp_path / "it")
    assert caught.value.__suppress_context__


def test_a_sync_is_one_of_the_system(tmp_path, monkeypatch):
    synced = []
    monkeypatch.setattr(files.os, "fsync", lambda descriptor: synced.append(path_of(descriptor)))
    files.append_line(tmp_path / "log", b"x")
    assert synced == [tmp_path / "log", tmp_path]


def test_what_lies_under_a_temporary_name_by_chance_leaves_nothing_in_the_new_file(tmp_path, monkeypatch):
    monkeypatch.setattr(files.secrets, "token_hex", lambda size: "0" * 2 * size)
    (tmp_path / ".tmp-00000000-file").write_bytes(b"longer than what comes now")
    files.write_bytes(tmp_path / "file", b"short")
    assert (tmp_path / "file").read_bytes() == b"short"


def test_a_folder_stays_in_use_when_its_lock_file_is_removed(tmp_path):
    words = rf"^{tmp_path} is in use by a process whose lock file was removed from it: wait for its end, or give this run"
    with files.kept(tmp_path), pytest.raises(FolderInUseError, match=words) as caught, files.kept(tmp_path):
        pass
    assert caught.value.__suppress_context__
    reached = False
    with files.kept(tmp_path):
        reached = True
    assert reached


def test_where_folders_cannot_be_locked_nothing_is_in_the_way(tmp_path, monkeypatch):
    monkeypatch.setattr(files.fcntl, "flock", failing(errno.ENOLCK))
    reached = False
    with files.kept(tmp_path):
        reached = True
    assert reached


def test_no_file_is_held_in_place_of_a_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(NotADirectoryError), files.kept(tmp_path / "file"):
        pass


WRITERS = [
    lambda folder: files.write_bytes(folder / "file", b"new"),
    lambda folder: files.append_line(folder / "log", b"line"),
    lambda folder: files.make_folder(folder / "inner" / "folder"),
    lambda folder: files.remove(folder / "old"),
]


def work_in(folder, *steps):
    """Does the steps under the lock of all of the folder."""
    with files.locked(folder / "run.lock", "me", whole_folder=True):
        for step in steps:
            step(folder)


def move_away(folder):
    folder.rename(folder.with_name("elsewhere"))


def replace_by_another(folder):
    move_away(folder)
    folder.mkdir()
    (folder / "run.lock").touch()
    (folder / "old").touch()


@pytest.mark.parametrize("write", WRITERS)
@pytest.mark.parametrize("take_away", [move_away, replace_by_another])
def test_nothing_is_written_into_a_folder_that_was_taken_away(tmp_path, take_away, write):
    folder = tmp_path / "run_1"
    folder.mkdir()
    with pytest.raises(FolderGoneError, match=r"run_1 was moved or removed while this process worked in it \(run\.lock there"):
        work_in(folder, take_away, write)
    assert sorted(os.listdir(folder) if folder.exists() else ["old", "run.lock"]) == ["old", "run.lock"]  # noqa: PTH208
    assert (tmp_path / "elsewhere" / "run.lock").read_bytes() == b"me"


def test_a_file_in_the_place_of_a_folder_that_was_taken_away(tmp_path):
    folder = tmp_path / "run_1"
    with pytest.raises(FolderGoneError, match="run_1 was moved or removed"):
        work_in(folder, move_away, lambda path: path.write_text("mine"), WRITERS[0])
    assert folder.read_text() == "mine"


def test_what_goes_wrong_in_a_folder_that_was_taken_away_goes_wrong_for_that_reason(tmp_path):
    def fail(folder):
        raise ValueError("no weights")

    with pytest.raises(FolderGoneError, match="run_1 was moved or removed"):
        work_in(tmp_path / "run_1", move_away, fail)
    with pytest.raises(ValueError, match="no weights"):
        work_in(tmp_path / "run_2", fail)


def test_a_folder_may_be_taken_away_when_the_work_in_it_is_done_or_the_lock_is_of_a_file_alone(tmp_path):
    folder = tmp_path / "run_1"
    work_in(folder, WRITERS[0])
    move_away(folder)
    WRITERS[0](folder)
    with files.locked(tmp_path / "run_2" / "log.lock", "me"):
        (tmp_path / "run_2").rename(tmp_path / "run_3")
        WRITERS[0](tmp_path / "run_2")
    assert (folder / "file").read_bytes() == (tmp_path / "run_2" / "file").read_bytes() == b"new"


def test_other_folders_do_not_mind_that_one_was_taken_away(tmp_path):
    with pytest.raises(FolderGoneError):
        work_in(tmp_path / "run_1", move_away, lambda folder: WRITERS[0](folder.with_name("run_2")), WRITERS[0])
    assert (tmp_path / "run_2" / "file").read_bytes() == b"new"


def test_a_name_that_file_names_cannot_hold_here_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(files.os, "fsencode", lambda name: name.encode("ascii"))
    words = f"'ä' cannot be written as the name of a folder here, in {sys.getfilesystemencoding()}: use plain letters, or set"
    with pytest.raises(ParameterError, match=words):
        files.safe_join(tmp_path, "ä")
    assert files.safe_join(tmp_path, "a") == tmp_path / "a"
