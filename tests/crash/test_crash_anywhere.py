"""G1, G4, G21: killed at any write, even twice, or out of disk, a run continues to the same bytes."""

from __future__ import annotations

import errno
import itertools
import shutil
from pathlib import Path

import numpy as np
import pytest

from hparams import HParams
from tests import fakes
from tests.crash.faulty_disk import Crash, FaultyDisk
from tests.fakes import blobs, measured, points, regression_params, results_of, run_fake, small_params
from utils import files
from utils.data.parts import choose_parts
from utils.data.source import LoadedData
from utils.errors import DiskError

COMPOSITIONS = {name: small_params(**changes) for name, changes in fakes.COMPOSITIONS.items()} | {
    "autolabels": small_params(autolabel="stepwise", autolabel_step=7, max_round=2),
    "committee": small_params(**fakes.COMPOSITIONS["committee"] | {"max_round": 3}),
}
OTHERS = {
    "regression": (
        regression_params(framework_type="qbc_variance", num_members=2, max_round=2, checkpoint="best"),
        points(),
        1,
    ),
    "a fold": (small_params(mode="cross_validate", num_folds=3, framework_type="random"), blobs(), 5),
    "a plain training": (small_params(mode="train", checkpoint="best", framework_type="random"), blobs(), 5),
    "prepared data": (small_params(initial_selection="kmeans", checkpoint="best", max_round=1), measured(blobs()), 5),
    "prepared data, targets": (regression_params(max_round=1), measured(points()), 5),
}
"""Runs of other kinds, the data they are on, and every which operation is tried."""


@pytest.fixture(params=COMPOSITIONS.values(), ids=COMPOSITIONS)
def hparams(request: pytest.FixtureRequest) -> HParams:
    return request.param


def run_on(disk: FaultyDisk, hparams: HParams, monkeypatch: pytest.MonkeyPatch, data: LoadedData | None = None) -> bool:
    """Whether the run came to its end on `disk`."""
    monkeypatch.setattr(files, "_os", disk)
    try:
        run_fake(hparams, data)
    except (Crash, DiskError):
        return False
    return True


def expected_results(hparams: HParams, outputs: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[dict[str, bytes], int]:
    """What an undisturbed run writes, and in how many operations."""
    disk = FaultyDisk()
    assert run_on(disk, hparams, monkeypatch)
    results = results_of(outputs)
    shutil.rmtree(outputs)
    return results, disk.count


@pytest.mark.parametrize("completes", [False, True], ids=["half done", "done"])
def test_a_crash_at_any_operation_changes_no_byte(
    hparams: HParams, completes: bool, outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results, operations = expected_results(hparams, outputs, monkeypatch)
    assert operations > 100
    for fatal in range(operations):
        assert not run_on(FaultyDisk(fatal, completes=completes), hparams, monkeypatch)
        assert run_on(FaultyDisk(), hparams, monkeypatch)
        assert results_of(outputs) == results, f"crash at operation {fatal}"
        shutil.rmtree(outputs)


@pytest.mark.parametrize(("hparams", "data", "step"), OTHERS.values(), ids=OTHERS)
def test_a_crash_at_any_operation_of_another_kind_of_run_changes_no_byte(
    hparams: HParams, data: LoadedData, step: int, outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = FaultyDisk()
    assert run_on(disk, hparams, monkeypatch, data)
    results = results_of(outputs)
    shutil.rmtree(outputs)
    for fatal in range(0, disk.count, step):
        assert not run_on(FaultyDisk(fatal), hparams, monkeypatch, data)
        assert run_on(FaultyDisk(), hparams, monkeypatch, data)
        assert results_of(outputs) == results, f"crash at operation {fatal}"
        shutil.rmtree(outputs)


def test_a_second_crash_during_recovery_changes_no_byte(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hparams = COMPOSITIONS["checkpoints"]
    results, operations = expected_results(hparams, outputs, monkeypatch)
    pairs = itertools.product(range(0, operations, 7), range(0, 40, 3))
    for first, second in pairs:
        run_on(FaultyDisk(first), hparams, monkeypatch)
        run_on(FaultyDisk(second), hparams, monkeypatch)
        assert run_on(FaultyDisk(), hparams, monkeypatch)
        assert results_of(outputs) == results, f"crashes at operations {first} and {second}"
        shutil.rmtree(outputs)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT], ids=errno.errorcode.get)
def test_a_full_or_failing_disk_is_said_and_loses_nothing(number: int, outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hparams = COMPOSITIONS["plain"]
    results, operations = expected_results(hparams, outputs, monkeypatch)
    for fatal in range(operations):
        monkeypatch.setattr(files, "_os", FaultyDisk(fatal, OSError(number, "injected")))
        with pytest.raises(DiskError, match=r"bytes free; what was committed is intact") as caught:
            run_fake(hparams)
        assert caught.value.exit_code == 74
        assert "\n" not in str(caught.value)
        assert run_on(FaultyDisk(), hparams, monkeypatch)
        assert results_of(outputs) == results, f"fault at operation {fatal}"
        shutil.rmtree(outputs)


def test_no_sample_is_ever_bought_twice_and_none_is_lost(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hparams = COMPOSITIONS["plain"]
    for fatal in range(0, 120, 11):
        run_on(FaultyDisk(fatal), hparams, monkeypatch)
        rounds = run_fake(hparams)
        bought = [pick[0] for record in rounds for pick in record["selected"]]
        assert len(set(bought)) == len(bought) == rounds[-1]["stats"]["num_total_labeled"]
        pool = choose_parts(blobs().table, hparams.part_settings(), 1).train
        assert np.isin(bought, pool).all()
        shutil.rmtree(outputs)


def test_the_same_command_again_says_complete_and_writes_no_other_result(outputs: Path) -> None:
    hparams = COMPOSITIONS["plain"]
    first = run_fake(hparams)
    journal = (outputs / "fake/stats/margin/run_1/rounds.log").read_bytes()
    assert run_fake(hparams) == first
    assert (outputs / "fake/stats/margin/run_1/rounds.log").read_bytes() == journal


def test_a_larger_max_round_continues_to_the_bytes_of_the_longer_run(outputs: Path) -> None:
    run_fake(small_params(max_round=2))
    run_fake(small_params(max_round=4))
    continued = results_of(outputs)
    shutil.rmtree(outputs)
    run_fake(small_params(max_round=4))
    assert results_of(outputs) == continued


def test_everything_is_written_below_the_folder_of_the_task(outputs: Path) -> None:
    run_fake(COMPOSITIONS["plain"])
    assert {path.name for path in outputs.iterdir()} == {"fake"}
