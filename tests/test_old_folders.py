"""G20: folders that earlier versions wrote are continued by this one."""

from __future__ import annotations

import math
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.fakes import run_fake, small_params
from utils.errors import ParameterError
from utils.saved_run import read_runs

FIXTURES = Path(__file__).parent / "fixtures"
RELEASES = ["0.2.0", "0.3.0", "0.4.0", "0.5.0", "0.6.0"]
OF_VERSION_1 = {
    "checkpoint": "best", "pseudo_label": True, "decay_threshold": 0.7, "hist_sel_mode": "certain", "sel_thresholds": [12],
}  # fmt: skip
"""How the folder in fixtures/version_1 was made, with two rounds, before selection had parameters of its own."""


def test_a_run_of_version_1_is_continued_to_what_it_would_have_become(outputs: Path) -> None:
    shutil.copytree(FIXTURES / "version_1", outputs)
    records = run_fake(small_params(max_round=5, **OF_VERSION_1))
    assert len(records) == 6
    path = outputs / "fake" / "stats" / "margin" / "al_stats_1.csv"
    written = path.read_text(encoding="utf-8").splitlines()
    expected = (FIXTURES / "version_1_continued.csv").read_text(encoding="utf-8").splitlines()
    known = pd.read_csv(FIXTURES / "version_1_continued.csv")
    assert all(line.startswith(start) for line, start in zip(written[:4], expected[:4], strict=True))
    pd.testing.assert_frame_equal(pd.read_csv(path)[known.columns.tolist()], known, rtol=1e-6)
    later = pd.read_csv(path)[["stop_kappa", "stop_entropy", "num_history"]]
    assert later[:3].isna().all(axis=None)
    assert later["stop_kappa"][3:].isna().tolist() == [True, False, False]
    assert later["stop_kappa"][4:].tolist() == [1, 1]  # the weights of round 2 remained the best
    assert later["stop_entropy"][3:].between(0, math.log(3)).all()
    assert later["num_history"][3:].between(1, known["num_total_labeled"][2:5].to_numpy()).all()


def test_a_parameter_that_version_1_did_not_know_is_refused_when_it_is_not_its_default(outputs: Path) -> None:
    shutil.copytree(FIXTURES / "version_1", outputs)
    with pytest.raises(ParameterError, match=r"candidate_pool: null → 9"):
        run_fake(small_params(max_round=5, candidate_pool=9, **OF_VERSION_1))


@pytest.mark.parametrize("release", RELEASES)
def test_a_run_of_each_release_is_continued_to_what_it_would_have_become(release: str, outputs: Path) -> None:
    """The folders were made as that of version 1, by the last state of each release, and so were the straight runs."""
    shutil.copytree(FIXTURES / f"release_{release}", outputs)
    path = outputs / "fake" / "stats" / "margin" / "al_stats_1.csv"
    begun = path.read_text(encoding="utf-8").splitlines()
    assert len(run_fake(small_params(max_round=5, **OF_VERSION_1))) == 6
    known = pd.read_csv(FIXTURES / f"release_{release}_continued.csv")
    written = path.read_text(encoding="utf-8").splitlines()
    assert all(line.startswith(start) for line, start in zip(written[: len(begun)], begun, strict=True))
    continued = pd.read_csv(path)[known.columns.tolist()]
    measured_since = ["stop_kappa", "stop_entropy"]  # of predictions that rounds of earlier releases did not keep
    exact = [column for column in known.columns if column not in measured_since]
    pd.testing.assert_frame_equal(continued[exact], known[exact], rtol=1e-6)
    for column in set(measured_since) & set(known.columns):
        pd.testing.assert_series_equal(continued[column], known[column], rtol=1e-6)


@pytest.mark.parametrize("name", ["version_1", *(f"release_{release}" for release in RELEASES)])
def test_a_folder_of_each_release_is_compared_as_it_lies(name: str) -> None:
    runs, warnings = read_runs(FIXTURES / name / "fake")
    assert [len(run.rows) for run in runs] == [3]
    assert warnings == []
