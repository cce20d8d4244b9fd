"""G12 in short: names and links that lead out of outputs/; `python -m tests.torture hostile` does all of them."""

from __future__ import annotations

import os
import random
from pathlib import Path
from unittest import mock

import pytest

from tests.torture import hostile
from tests.torture.hostile import PLACES, hostile_names, try_links, try_names
from utils import files
from utils.errors import ParameterError


@pytest.mark.parametrize("place", PLACES)
def test_a_hostile_name_stays_inside_or_is_refused(place: str, tmp_path: Path) -> None:
    names = hostile_names()
    assert len(names) >= 200
    chosen = names if place == "safe_join" else random.Random(place).sample(names, 6)
    assert sum(try_names(tmp_path, chosen, [place]).values()) == len(chosen)


def test_nothing_is_written_through_a_link(tmp_path: Path) -> None:
    assert try_links(tmp_path, 1, 4)["links"] == 4


def test_a_file_that_grows_is_not_followed_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "outside").write_text("kept")
    (tmp_path / "folder").symlink_to(tmp_path)
    for place, link in enumerate((Path.symlink_to, Path.hardlink_to)):
        path = tmp_path / f"{place}.log"
        link(path, tmp_path / "outside")
        for write in (lambda path: files.append_line(path, b"x"), lambda path: files.cut_file(path, 0), lock):
            with pytest.raises(ParameterError, match=r"\.log is a link, or no file at all: .*; remove it"):
                write(path)
    with pytest.raises(ParameterError, match=r"folder is a symbolic link, .*; remove it"):
        files.write_text(tmp_path / "folder" / "x", "y")
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(ParameterError, match=r"pipe is a link, or no file at all"):
        lock(tmp_path / "pipe")
    assert (tmp_path / "outside").read_text() == "kept"


def lock(path: Path) -> None:
    with files.locked(path, "somebody"):
        pass


def test_a_door_that_follows_links_would_be_found(tmp_path: Path) -> None:
    """The sweep itself, on a program that opens whatever a link points to."""
    log = Path("fake/stats/margin/run_1/run.lock")
    with (
        mock.patch.object(files, "_opened_in_place", files._opened),
        mock.patch.object(hostile, "_entries", lambda _: [log]),
        pytest.raises(AssertionError, match=r"in place of .*run\.lock, attempt"),
    ):
        try_links(tmp_path, 2, 4)
