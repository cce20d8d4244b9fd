"""G2, G21: processes of fake runs killed at random moments; see tests/torture/kills.py."""

from __future__ import annotations

from pathlib import Path

from tests.torture.kills import fake_runs_killed


def test_fake_runs_that_are_killed_at_random_moments_end_with_the_same_bytes(tmp_path: Path) -> None:
    kills, starts = fake_runs_killed(tmp_path, seed=1, kills=4, names=("pseudo-labels and history", "people"))
    assert 4 <= kills < starts
