"""What is told and served of a sample: files that the run wrote, and nothing else that lies there."""

import json
import os

import pytest

from utils.annotation.shown import FOLDER, Shown
from utils.web.media import Media

CARD = Shown("image", picture=b"picture", note="a note")


@pytest.fixture
def folder(tmp_path):
    (tmp_path / FOLDER).mkdir()
    CARD.write(tmp_path / FOLDER, 3)
    return tmp_path


def content(media, sample, part):
    descriptor = media.opened(sample, part)
    if descriptor is None:
        return None
    with os.fdopen(descriptor, "rb") as file:
        return file.read()


def test_what_was_written_is_found(folder):
    about = Media(folder).about(3)
    assert (about["kind"], about["note"], "sound" in about) == ("image", "a note", False)
    assert about["picture"].startswith("/media/3/picture?")
    assert content(Media(folder), "3", "picture") == b"picture"


@pytest.mark.parametrize(
    ("sample", "part"), [("3", "sound"), ("4", "picture"), ("3", "json"), ("٣", "picture"), ("", "picture")]
)
def test_what_was_not_written_is_not_there(folder, sample, part):
    assert Media(folder).opened(sample, part) is None


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "null", "{}", '{"kind": "image"}', json.dumps(vars(CARD) | {"picture": None, "seconds": [float("nan"), 1]})],
)
def test_what_is_no_description_is_passed_over(folder, text):
    (folder / FOLDER / "3.json").write_text(text)
    assert Media(folder).about(3) is None


def test_bytes_that_are_no_text_are_passed_over(folder):
    (folder / FOLDER / "3.json").write_bytes(b"\xff")
    assert Media(folder).about(3) is None
    (folder / FOLDER / "3.json").write_bytes(b"[" * 100_000)
    assert Media(folder).about(3) is None
    os.truncate(folder / FOLDER / "3.json", 1 << 40)
    assert Media(folder).about(3) is None


@pytest.mark.parametrize(
    "make", [os.mkfifo, os.mkdir, lambda path: path.symlink_to("/etc/passwd")], ids=["pipe", "folder", "link"]
)
def test_what_is_no_file_is_not_opened(folder, make):
    for name in ("3.png", "3.json"):
        (folder / FOLDER / name).unlink()
        make(folder / FOLDER / name)
    assert Media(folder).opened("3", "picture") is None
    assert Media(folder).about(3) is None


def test_a_folder_elsewhere_is_not_opened(folder):
    (folder / FOLDER).rename(folder / "elsewhere")
    (folder / FOLDER).symlink_to(folder / "elsewhere")
    assert Media(folder).about(3) is None
