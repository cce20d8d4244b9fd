"""G14, short: what is done at full length by `python -m tests.torture` on long runs and the labelling page."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.long_runs import curve
from tests.torture.flatness import Flatness
from tests.torture.long_labelling import requests
from tests.torture.long_run import Moment
from tests.torture.long_runs import long_runs

FLAT = [Moment(number, 64, 0.2, 0.3, 500.0 + 0.1 * number, 9, 8, 4) for number in range(30)]


def test_a_flat_run_has_no_faults() -> None:
    flatness = Flatness.of(FLAT)
    assert flatness.megabytes == pytest.approx(0.1)
    assert (flatness.times_as_long, flatness.samples, flatness.graphs) == (1, 1, 0)
    assert flatness.faults() == []


@pytest.mark.parametrize(
    ("late", "fault"),
    [
        (lambda moment: replace(moment, resident=moment.resident + moment.number), "memory grows by 1.10 MB a round"),
        (lambda moment: replace(moment, graphs=moment.number), "28 graphs were built after round 1"),
        (lambda moment: replace(moment, descriptors=9 + moment.number // 29), "open descriptors after round 1: [9, 10]"),
        (lambda moment: replace(moment, threads=8 + moment.number // 29), "threads after round 1: [8, 9]"),
        (lambda moment: replace(moment, processor=0.2 + 0.05 * (moment.number > 19)), "take 1.25 × the processor time"),
        (lambda moment: replace(moment, samples=64 - 32 * (moment.number > 19)), "not measured on equal data: 0.50 ×"),
    ],
)
def test_whatever_grows_is_told(late: Any, fault: str) -> None:
    (found,) = Flatness.of([late(moment) for moment in FLAT]).faults()
    assert fault in found


def test_a_few_rounds_of_the_real_loop_are_flat(tmp_path: Path) -> None:
    """Rounds that start cold build a fresh Keras model each; one that was kept would be 8.5 MB a round."""
    found = long_runs("keras", tmp_path, ["cold start"], rounds=14, timed=False)
    assert found["cold start"].samples == 1


def test_a_few_requests_to_the_page_leave_nothing_behind(tmp_path: Path) -> None:
    assert requests(blocks=12, each=10, folder=tmp_path).faults(timed=False) == []


def test_the_curve_goes_from_the_smallest_to_the_largest() -> None:
    assert curve([1, 2, 3, 4, 5, 6, 7, 8]) == "▁▂▃▄▅▆▇█"
    assert curve([5, 5, 5]) == "▁▁▁"
    assert len(curve(range(500), width=40)) == 40
