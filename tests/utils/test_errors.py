"""What a message may hold, whatever stands in the names and values that it tells of."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from utils.errors import (
    DataError,
    DiskError,
    DivergenceError,
    FrameworkError,
    MemoryShortError,
    ParameterError,
    naming_the_cause,
    naming_the_round,
)


def test_nothing_in_a_message_steers_a_terminal() -> None:
    assert str(DataError("\x1b[2Ja\u202eb\x9b: bad\n  and more")) == "\\x1b[2Ja\\u202eb\\x9b: bad\n  and more"


def test_a_problem_is_one_line_whatever_it_quotes() -> None:
    assert str(ParameterError(["a\nb: unknown", "c"], "x")) == "x: 2 errors\n  a\\nb: unknown\n  c"
    assert str(ParameterError("a", "x", "do b")) == "x: 1 error\n  a\n  do b"


def test_a_line_break_in_a_name_makes_no_line() -> None:
    assert str(DataError("a\nall is well\n: no such folder\n  b")) == "a\\nall is well\\n: no such folder\n  b"


def test_a_message_stays_short() -> None:
    long = str(DataError("\n  ".join(["x" * 10_000] * 50)))
    assert len(long.splitlines()) == 20
    assert max(map(len, long.splitlines())) == 2000


class ResourceExhaustedError(Exception):
    """Called as TensorFlow's."""


@pytest.mark.parametrize("error", [MemoryError(), ResourceExhaustedError("OOM"), RuntimeError("RESOURCE_EXHAUSTED: OOM")])
def test_a_round_without_memory_is_named(error: Exception) -> None:
    said = "margin/seed 1, round 3: needs more memory than there is; make the model, batch_size or the data set smaller; the "
    with pytest.raises(MemoryShortError) as caught, naming_the_round("margin/seed 1", 3):
        raise error
    assert str(caught.value) == f"{said}rounds before it are kept"
    assert caught.value.exit_code == FrameworkError.exit_code == 70


def test_other_errors_of_a_round_stay_as_they_are() -> None:
    said = r"^margin/seed 1, round 3: NaN; the rounds before it are kept$"
    with pytest.raises(DivergenceError, match=said), naming_the_round("margin/seed 1", 3):
        raise DivergenceError("NaN")
    with pytest.raises(RuntimeError, match=r"^other$"), naming_the_round("margin/seed 1", 3):
        raise RuntimeError("other")


@pytest.mark.parametrize("number", [errno.EACCES, errno.EPERM, errno.ELOOP, errno.EIO])
def test_what_may_not_be_read_is_named(number: int) -> None:
    words = rf"^outputs/g/rounds\.log: {os.strerror(number)}; see to it that it can be read and written, then run the same"
    with pytest.raises(DiskError, match=words) as caught, naming_the_cause():
        raise OSError(number, os.strerror(number), "outputs/g/rounds.log")
    assert caught.value.exit_code == 74


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "of no file"), OSError(errno.ENOENT, "missing", "a"), ValueError()])
def test_other_errors_stay_as_they_are(error: Exception) -> None:
    with pytest.raises(type(error)) as caught, naming_the_cause():
        raise error
    assert caught.value is error


def test_a_working_folder_that_is_gone_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with (
        pytest.raises(DiskError, match=r"^the folder that this was called in is gone; change to one") as caught,
        naming_the_cause(),
    ):
        Path("outputs").resolve()
    assert caught.value.exit_code == 74


def test_memory_that_does_not_suffice_is_no_bug() -> None:
    with (
        pytest.raises(MemoryShortError, match=r"^this needs more memory than there is; .* is kept$") as caught,
        naming_the_cause(),
    ):
        raise MemoryError
    assert caught.value.exit_code == 70
