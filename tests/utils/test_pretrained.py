"""Files of pretrained weights and their hashes."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from utils import pretrained
from utils.errors import DataError, ParameterError

CONTENT = b"weights"
HASH = hashlib.sha256(CONTENT).hexdigest()


@pytest.mark.parametrize("name", ["a.weights.h5", "a.keras"])
@pytest.mark.parametrize("sha256", [HASH, HASH.upper()])
def test_a_file_with_the_right_hash_is_taken(name: str, sha256: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(CONTENT)
    assert pretrained.checked(str(tmp_path / name), sha256) == tmp_path / name


def test_a_path_may_be_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.keras").write_bytes(CONTENT)
    monkeypatch.chdir(tmp_path)
    assert pretrained.checked("a.keras", HASH) == Path("a.keras")


def test_another_hash_is_refused_and_the_one_found_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.keras"
    path.write_bytes(CONTENT[:-1] + b"z")
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    with pytest.raises(
        DataError, match=rf"a\.keras has the sha256 {found}, but pretrained\.sha256 says {HASH}: .*Get it again"
    ):
        pretrained.checked(str(path), HASH)


@pytest.mark.parametrize("name", ["a.h5", "a.pkl", "model.weights.h5.bak", "weights", ""])
def test_a_file_of_another_kind_is_refused(name: str) -> None:
    with pytest.raises(ParameterError, match=rf"pretrained\.path: received '{name}', expected .*\*\.weights\.h5 or \*\.keras"):
        pretrained.checked(name, HASH)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "folder.keras").mkdir()
    for name, reason in (("none.keras", "No such file"), ("folder.keras", "Is a directory"), ("\0.keras", "null")):
        with pytest.raises(ParameterError, match=rf"pretrained\.path: .*cannot be read \(.*{reason}.*\): give the path"):
            pretrained.checked(str(tmp_path / name), HASH)
