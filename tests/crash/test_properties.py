"""The laws of what is written down, with few examples; `python -m tests.torture properties` draws 2,000 of each."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.torture.properties import floats_round_trip, journal_round_trips, parameters_round_trip, pool_keeps_its_laws
from utils.csv_text import csv_text
from utils.pool import Pool


def test_any_record_comes_back_from_the_journal(tmp_path: Path) -> None:
    assert journal_round_trips(tmp_path, 40, 0) >= 40


def test_any_number_comes_back_from_a_table() -> None:
    assert floats_round_trip(100, 0) >= 100


def test_any_valid_parameters_come_back() -> None:
    assert parameters_round_trip(40, 0) >= 40


def test_the_pool_loses_nobody() -> None:
    assert pool_keeps_its_laws(30, 0) == 30


def test_numbers_that_lose_digits_would_be_found() -> None:
    def shorter(columns: tuple[str, ...], rows: list[list[Any]]) -> str:
        return csv_text(columns, [[f"{cell:.15g}" if isinstance(cell, float) else cell for cell in row] for row in rows])

    with mock.patch("tests.torture.properties.csv_text", shorter), pytest.raises(AssertionError):
        floats_round_trip(200, 0)


def test_a_pool_that_takes_a_sample_twice_would_be_found() -> None:
    def careless(self: Pool, ids: NDArray[np.int64]) -> None:
        self._state[self._ids.searchsorted(ids) % len(self)] = 2

    with mock.patch.object(Pool, "reject", careless), pytest.raises(AssertionError):
        pool_keeps_its_laws(100, 0)
