"""G7: whoever comes second to a folder is refused at once, names the first, and changes nothing; see tests/torture/locks.py."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import results_of, run_fake, small_params
from tests.torture.fake_process import AT_THE_GATE, GATE
from tests.torture.fleet import ROOT, parameter_file
from tests.torture.kills import FAKE, QUIETLY, REAL
from tests.torture.locks import simultaneous_starts
from utils import files
from utils.errors import FolderInUseError
from utils.run_directory import open_run

RUN = Path("outputs/real/stats/margin/run_1")


def test_of_several_that_start_together_one_works(tmp_path: Path) -> None:
    done = simultaneous_starts(tmp_path, seed=1, starts=2, processes=4)
    assert (done.starts, done.refused) == (2, 6)


def test_a_folder_in_use_is_told_before_tensorflow_is_imported(tmp_path: Path) -> None:
    option = parameter_file(tmp_path, REAL)
    code = f"import sys, framework; print(framework.main([{option!r}]), 'tensorflow' in sys.modules, 'keras' in sys.modules)"
    with files.locked(tmp_path / RUN / "run.lock", "process 1234 on elsewhere"):
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True,
            text=True, check=True,
        )  # fmt: skip
    assert done.stdout == "75 False False\n"
    assert done.stderr == f"{RUN} is in use by process 1234 on elsewhere: wait for it, or give this run another run_name\n"
    assert [path.name for path in (tmp_path / RUN).iterdir()] == ["run.lock"]


@pytest.fixture
def at_work(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process whose run, margin with seed 1, stays in its first training for as long as nobody writes into `gate`."""
    os.mkfifo(tmp_path / "gate")
    keeper = os.open(tmp_path / "gate", os.O_RDWR)
    process = begin(tmp_path, FAKE)
    assert process.stdout
    assert any(line.startswith(AT_THE_GATE) for line in process.stdout), process.communicate()
    yield process
    process.kill()
    process.communicate()
    os.close(keeper)


def begin(folder: Path, params: dict[str, object]) -> subprocess.Popen[str]:
    environment = os.environ | QUIETLY | {"PYTHONPATH": str(ROOT), GATE: str(folder / "gate")}
    command = [sys.executable, "-u", "-m", "tests.torture.fake_process", parameter_file(folder, params, f"{len(params)}.json")]
    return subprocess.Popen(command, cwd=folder, env=environment, stdout=-1, stderr=-1, text=True)


def test_beside_a_running_run_its_results_can_be_read(at_work: subprocess.Popen[str], tmp_path: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    run = tmp_path / "outputs/fake/stats/margin/run_1"
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    for arguments in (["utils.compare", "outputs/fake"], ["utils.predict", str(run), str(tmp_path / "nothing")]):
        done = subprocess.run(
            [sys.executable, "-m", *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode in {2, 65}, done.stderr
        assert "Traceback" not in done.stderr
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before
    assert at_work.poll() is None


def test_of_two_grids_with_a_run_in_common_the_second_does_nothing(at_work: subprocess.Popen[str], tmp_path: Path) -> None:
    second = begin(tmp_path, FAKE | {"framework_type": ["random", "margin"], "random_seed": [2, 1], "run_name": None})
    _, err = second.communicate(timeout=60)
    assert second.returncode == 75
    assert f"run_1 is in use by process {at_work.pid} on" in err
    assert not (tmp_path / "outputs/fake/stats/random").exists()
    others = begin(tmp_path, FAKE | {"random_seed": 3, "max_round": 0, "pre_train": False, "run_name": "beside", "fold": None})
    assert others.communicate(timeout=60)[1] == ""
    assert others.returncode == 0


def test_a_child_does_not_keep_the_lock_of_a_holder_that_was_killed(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, signal, subprocess, sys\nfrom utils import files\n"
        "with files.locked(pathlib.Path('run.lock'), 'the parent'):\n"
        "    waits = [sys.executable, '-c', 'import sys; sys.stdin.read()']\n"
        "    child = subprocess.Popen(waits, stdin=0, stdout=2, close_fds=False)\n"
        "    print(child.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, env=environment, stdin=-1, stdout=-1, text=True)
    assert parent.stdout
    child = int(parent.stdout.readline())
    assert parent.wait() == -signal.SIGKILL
    os.kill(child, 0)
    with files.locked(tmp_path / "run.lock", "the next"):
        assert (tmp_path / "run.lock").read_text() == "the next"
    parent.communicate()


def test_a_lock_removed_by_hand_lets_nobody_else_in(outputs: Path) -> None:
    run_fake(small_params(max_round=1))
    before, folder = results_of(outputs), outputs / "fake/stats/margin/run_1"
    with open_run(folder, overwrite=False):
        (folder / "run.lock").unlink()
        with pytest.raises(FolderInUseError, match=r"run_1 is in use by a process whose lock file was removed"):
            run_fake(small_params(max_round=2))
    assert results_of(outputs) == before
    assert json.loads((folder / "params.json").read_text())["max_round"] == 1
