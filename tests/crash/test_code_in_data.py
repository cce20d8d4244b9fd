"""G13: nothing that stands in a file is run; the full length and the short form are the same here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.torture.code_in_data import watched


def test_planted_code_is_never_run(tmp_path: Path) -> None:
    outcomes = watched(tmp_path)
    assert outcomes["refused"] > 100
    assert set(outcomes) == {"refused", "read as data"}


def test_a_reader_that_unpickles_would_be_found(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"events while data was read: .*pickle\.find_class"):
        watched(tmp_path, careless=True)
