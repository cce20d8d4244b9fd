"""G2, G5, G7, G8 with the real engine in a process of its own, killed and stopped by real signals."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fakes import results_of

ROOT = Path(__file__).parents[2]
RUN = "outputs/real/stats/margin/run_1"
PARAMS: dict[str, Any] = {
    "sub_dir": "real", "dataset": "digits", "framework_type": "margin", "num_total": 400, "labeled_percent": 0.1,
    "num_select_per_round": 10, "max_round": 4, "num_epochs": 3, "model_params": {"filters": [4], "embedding_units": 8},
    "pre_train": True, "checkpoint": "best", "pseudo_label": True, "decay_threshold": 1.5, "hist_sel_mode": "certain",
    "sel_thresholds": [50], "threads": 1,
}  # fmt: skip


class Run:
    """`framework.py` in a process of its own, below `folder`."""

    def __init__(self, folder: Path, **changes: Any) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "params.json").write_text(json.dumps(PARAMS | changes), encoding="utf-8")
        command = [sys.executable, "-u", str(ROOT / "framework.py"), "--param_file=params.json"]
        self.process = subprocess.Popen(
            command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def wait_for_round(self, number: int) -> None:
        """Returns as soon as that round is committed."""
        assert self.process.stdout
        for line in self.process.stdout:
            if f"round   {number}/" in line:
                return
        raise AssertionError(f"the run ended before round {number}: {self.process.communicate()[1]}")

    def end(self) -> tuple[int, str, str]:
        """Exit code and what it printed."""
        out, err = self.process.communicate(timeout=300)
        return self.process.returncode, out, err


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed")
    code, _, err = Run(folder).end()
    assert (code, err) == (0, "")
    return results_of(folder / "outputs") | weights_of(folder)


def weights_of(folder: Path) -> dict[str, bytes]:
    return {"weights": (folder / RUN / "best.weights.h5").read_bytes()}


def test_killed_after_every_round_it_ends_with_the_same_bytes(undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    for number in range(4):
        run = Run(tmp_path)
        run.wait_for_round(number)
        run.process.send_signal(signal.SIGKILL)
        assert run.end()[0] == -signal.SIGKILL
    code, out, err = Run(tmp_path).end()
    assert (code, err) == (0, "")
    assert "continues after round 3" in out
    assert results_of(tmp_path / "outputs") | weights_of(tmp_path) == undisturbed


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_it_in_order_and_a_second_does_no_harm(
    number: signal.Signals, code: int, undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    run = Run(tmp_path)
    run.wait_for_round(1)
    run.process.send_signal(number)
    run.process.send_signal(number)
    received, _, err = run.end()
    assert received == code
    assert err == "stopped; what was committed is safe: the same command, without --overwrite, continues from there\n"
    assert Run(tmp_path).end()[0] == 0
    assert results_of(tmp_path / "outputs") | weights_of(tmp_path) == undisturbed


def test_a_second_process_in_the_same_folder_is_refused_and_the_next_just_works(
    undisturbed: dict[str, bytes], tmp_path: Path
) -> None:
    first = Run(tmp_path)
    first.wait_for_round(0)
    first.process.send_signal(signal.SIGSTOP)
    code, _, err = Run(tmp_path).end()
    assert code == 75
    assert f"in use by process {first.process.pid}" in err
    first.process.send_signal(signal.SIGKILL)
    first.end()
    assert Run(tmp_path).end()[0] == 0
    assert results_of(tmp_path / "outputs") | weights_of(tmp_path) == undisturbed


def test_a_list_of_runs_gives_the_bytes_of_single_runs(undisturbed: dict[str, bytes], tmp_path: Path) -> None:
    code, _, err = Run(tmp_path, framework_type=["random", "margin"], random_seed=[2, 1]).end()
    assert (code, err) == (0, "")
    together = results_of(tmp_path / "outputs") | weights_of(tmp_path)
    for name in ("real/stats/margin/al_stats_1.csv", "real/stats/margin/run_1/selections.csv", "weights"):
        assert together[name] == undisturbed[name]
    shutil.rmtree(tmp_path / "outputs")
