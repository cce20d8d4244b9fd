"""The shell scripts in params/: each on a small set of the true form; and what they make of failures and of Ctrl-C."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.test_params import MAKERS

ROOT = Path(__file__).parents[1]
SHELLCHECK = shutil.which("shellcheck")
SCRIPTS = sorted((ROOT / "params").glob("*.sh"))
SMALL_SOUNDS = ("--num_bands=12", "--num_frames=10", "--labeled_percent=0.2")
OPTIONS = {
    "compare_quickstart": ("quickstart", None, ()),
    "compare_speakers": ("fsdd_speakers", "fsdd", SMALL_SOUNDS),
    "compare_us8k": ("urbansound8k", "urbansound8k", SMALL_SOUNDS),
}
"""By script: its sub_dir, who makes a small set for it, and what suits that set."""
TINY = ("--max_round=1", "--num_select_per_round=3", "--num_epochs=1", "--threads=1", "--full_data_baseline=false")
IMITATION = """#!/bin/bash
echo "$*" >>calls
[[ "$*" != *"${FAIL:-nothing}"* ]] || exit "${CODE:-70}"
"""
WAITING = """#!/bin/bash
echo called >>calls
# wait
trap 'echo ended >>calls; exit 143' TERM
echo started
for _ in {1..600}; do sleep 0.1; done
"""
"""Deaf to SIGINT, as what runs behind a script is; its end is seen in what it writes."""
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Starts a script from another folder, in a copy of the project that is all links, so that its outputs/ is its own."""
    for name in ("framework.py", "hparams.py", "models_keras", "models_tf", "strategies", "utils", "params"):
        (tmp_path / name).symlink_to(ROOT / name)
    python(tmp_path, f'#!/bin/bash\nexec {sys.executable} "$@"\n')
    (tmp_path / "elsewhere").mkdir()

    def run(script: str, *options: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [tmp_path / "params" / f"{script}.sh", *options],
            cwd=tmp_path / "elsewhere",
            env=os.environ | {"STRATEGIES": "random margin", "SEEDS": "1", "CDPATH": str(ROOT)} | environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        )  # fmt: skip

    return run


def python(project: Path, script: str) -> None:
    path = project / ".venv" / "bin" / "python"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(script, encoding="utf-8")
    path.chmod(0o755)


def calls(project: Path) -> list[str]:
    return (project / "calls").read_text(encoding="utf-8").splitlines()


def test_every_script_is_tried() -> None:
    assert sorted(OPTIONS) == [path.stem for path in SCRIPTS]


@pytest.mark.parametrize(
    ("script", "strategies"),
    [("compare_quickstart", ["random", "margin"]), ("compare_speakers", ["margin"]), ("compare_us8k", ["random"])],
)
def test_it_runs_to_a_comparison(script: str, strategies: list[str], start: Start, tmp_path: Path) -> None:
    sub_dir, data, options = OPTIONS[script]
    if data:
        MAKERS[data](tmp_path / "sounds")
        options = (*options, f"--data_dir={tmp_path / 'sounds'}")
    process = start(script, *options, *TINY, STRATEGIES=" ".join(strategies))
    shown, said = process.communicate()
    assert process.returncode == 0, said
    headings = [line.strip("= ") for line in shown.splitlines() if line.startswith("== ")]
    assert headings == [*(f"{name}, seed 1" for name in strategies), "comparison"]
    outputs, table = tmp_path / "outputs" / sub_dir, shown.rpartition("== comparison ==")[2]
    for strategy in strategies:
        assert strategy in table
        rows = (outputs / "stats" / strategy / "al_stats_1.csv").read_text(encoding="utf-8").splitlines()
        assert [row.partition(",")[0] for row in rows] == ["round", "0", "1"]
    assert (outputs / "comparison.png").stat().st_size > 0


@pytest.mark.parametrize("script", OPTIONS)
def test_it_makes_one_call_for_each_strategy_and_seed_and_passes_options_on(script: str, start: Start, tmp_path: Path) -> None:
    python(tmp_path, IMITATION)
    process = start(script, "--data_dir=/some where", "--max_round=2", SEEDS="1 2")
    process.communicate()
    assert process.returncode == 0
    *runs, comparison = calls(tmp_path)
    sub_dir = OPTIONS[script][0]
    own = [
        f"--framework_type={name} --random_seed={seed} --sub_dir={sub_dir}" for seed in (1, 2) for name in ("random", "margin")
    ]
    assert [run.partition(" --data_dir=/some where --max_round=2 ")[2] for run in runs] == own
    assert all(run.startswith("framework.py --param_file=params/") for run in runs)
    assert comparison == f"-m utils.compare outputs/{sub_dir}"


@pytest.mark.parametrize("script", OPTIONS)
def test_its_own_seeds_are_five_and_random_is_among_its_strategies(script: str, start: Start, tmp_path: Path) -> None:
    python(tmp_path, IMITATION)
    start(script, STRATEGIES="", SEEDS="").communicate()
    runs = calls(tmp_path)[:-1]
    assert {part for run in runs for part in run.split() if part.startswith("--random_seed")} == {
        f"--random_seed={seed}" for seed in range(1, 6)
    }
    assert sum("--framework_type=random " in run for run in runs) == 5
    assert len(set(runs)) == len(runs) >= 15


@pytest.mark.parametrize("code", ["2", "65", "137"])
@pytest.mark.parametrize("script", OPTIONS)
def test_a_run_that_fails_is_named_and_the_others_go_on(script: str, code: str, start: Start, tmp_path: Path) -> None:
    python(tmp_path, IMITATION)
    process = start(script, STRATEGIES="random margin badge", FAIL="margin", CODE=code)
    _, said = process.communicate()
    assert process.returncode == 1
    assert said == f"failed: margin, seed 1 (exit code {code})\n"
    assert len(calls(tmp_path)) == 4


@pytest.mark.parametrize("script", OPTIONS)
def test_parameters_that_the_first_run_refuses_end_the_script(script: str, start: Start, tmp_path: Path) -> None:
    python(tmp_path, IMITATION)
    process = start(script, FAIL="random", CODE="2")
    process.communicate()
    assert process.returncode == 2
    assert len(calls(tmp_path)) == 1


@pytest.mark.parametrize("script", OPTIONS)
def test_a_comparison_that_fails_is_named(script: str, start: Start, tmp_path: Path) -> None:
    python(tmp_path, IMITATION)
    process = start(script, FAIL="utils.compare")
    assert process.communicate()[1] == "failed: the comparison (exit code 70)\n"
    assert process.returncode == 1


@pytest.mark.parametrize("code", ["130", "143"])
@pytest.mark.parametrize("script", OPTIONS)
def test_a_run_that_was_told_to_stop_stops_the_script(script: str, code: str, start: Start, tmp_path: Path) -> None:
    python(tmp_path, IMITATION)
    process = start(script, FAIL="random", CODE=code)
    process.communicate()
    assert process.returncode == int(code)
    assert len(calls(tmp_path)) == 1


@pytest.mark.parametrize("script", OPTIONS)
def test_ctrl_c_stops_the_script_even_when_the_run_makes_nothing_of_it(script: str, start: Start, tmp_path: Path) -> None:
    python(tmp_path, WAITING)
    process = start(script)
    assert process.stdout
    assert "started\n" in iter(process.stdout.readline, "")
    os.killpg(process.pid, signal.SIGINT)
    process.communicate()
    assert process.returncode == 130
    assert calls(tmp_path) == ["called", "ended"]


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.parametrize("script", OPTIONS)
def test_a_signal_to_the_script_alone_ends_its_run_and_waits_for_that(
    sent: signal.Signals, code: int, script: str, start: Start, tmp_path: Path
) -> None:
    python(tmp_path, WAITING)
    process = start(script)
    assert process.stdout
    assert "started\n" in iter(process.stdout.readline, "")
    os.kill(process.pid, sent)
    process.wait()
    assert calls(tmp_path) == ["called", "ended"]
    assert process.returncode == code
    process.communicate()


@pytest.mark.parametrize("script", OPTIONS)
def test_a_comparison_is_ended_too(script: str, start: Start, tmp_path: Path) -> None:
    python(tmp_path, WAITING.replace("# wait", '[[ "$*" == *utils.compare* ]] || exit 0'))
    process = start(script, STRATEGIES="margin")
    assert process.stdout
    assert "started\n" in iter(process.stdout.readline, "")
    os.kill(process.pid, signal.SIGTERM)
    process.communicate()
    assert process.returncode == 143
    assert calls(tmp_path) == ["called", "called", "ended"]


@pytest.mark.parametrize("script", OPTIONS)
def test_strategies_and_seeds_may_stand_on_lines_of_their_own(script: str, start: Start, tmp_path: Path) -> None:
    python(tmp_path, IMITATION)
    process = start(script, STRATEGIES="random\nmargin\tbadge \n", SEEDS="1\n2")
    process.communicate()
    assert process.returncode == 0
    own = [run.partition(" --framework_type=")[2].rpartition(" --sub_dir=")[0] for run in calls(tmp_path)[:-1]]
    assert own == [f"{name} --random_seed={seed}" for seed in (1, 2) for name in ("random", "margin", "badge")]


def test_ctrl_c_ends_a_true_run_in_order_and_starts_no_other(start: Start, tmp_path: Path) -> None:
    process = start("compare_quickstart", "--num_select_per_round=1", "--max_round=900", *TINY[2:])
    assert process.stdout
    assert any("round   1/900" in line for line in iter(process.stdout.readline, ""))
    os.killpg(process.pid, signal.SIGINT)
    shown, said = process.communicate()
    assert process.returncode == 130
    assert "what was committed is safe" in said
    assert "margin" not in shown
    assert [path.name for path in (tmp_path / "outputs/quickstart/stats").iterdir()] == ["random"]


@pytest.mark.skipif(SHELLCHECK is None, reason="shellcheck is not installed")
@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_shellcheck_finds_nothing(path: Path) -> None:
    done = subprocess.run([str(SHELLCHECK), "--external-sources", path], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout + done.stderr == ""
