"""G8: real signals at random moments; see tests/torture/signals.py."""

from __future__ import annotations

from pathlib import Path

from tests.torture.signals import comparisons, fake_runs


def test_a_signal_at_any_moment_of_a_run_ends_it_in_order(tmp_path: Path) -> None:
    assert fake_runs(tmp_path, seed=1, count=1, pictures=False).signals == 2


def test_a_signal_at_any_moment_of_a_comparison_ends_it_in_order(tmp_path: Path) -> None:
    assert comparisons(tmp_path, seed=1, count=1).signals == 2
