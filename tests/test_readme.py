"""What README shows is what the program does: its table, its commands, its strategy."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import framework
from hparams import parameter_table
from strategies.base import strategies
from tests.test_params import write_tone
from utils.data.source import sources
from utils.inference import Inference
from utils.pool_view import PoolView

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def run(*command: str, cwd: Path) -> str:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_table_of_parameters_is_the_programs() -> None:
    assert parameter_table() in README


def test_every_strategy_and_data_set_is_in_its_table() -> None:
    for name in [*strategies.names(), *sources.names()]:
        assert f"| `{name}` |" in README


def plan_of(command: str, folder: Path) -> str:
    """What a command of README prints in `folder`."""
    words = shlex.split(command.replace("\\\n", " ").replace("/path/to/", f"{folder}/"))
    words = [sys.executable, str(ROOT / words[1]), *words[2:]]
    return run(*(word.replace("params/", f"{ROOT}/params/") for word in words), "--dry_run", cwd=folder)


def test_the_commands_for_your_own_data_print_a_plan(tmp_path: Path) -> None:
    for label, number in ((label, number) for label in range(3) for number in range(20)):
        write_tone(tmp_path / "recordings" / f"bird {label}" / f"{number}.wav", label, 1.0)
    rows = [f"{10 * size},{'north' if size % 3 else 'south'},{1000 * size}" for size in range(1, 101)]
    (tmp_path / "houses.csv").write_text("\n".join(["size,side,price", *rows]), encoding="utf-8")
    recordings, table, people = re.findall(r"```sh\n(\.venv/bin/python framework.py.*?)```", README, re.DOTALL)
    assert "60 samples, 3 classes (bird 0, bird 1, bird 2)" in plan_of(recordings, tmp_path)
    plan = plan_of(table, tmp_path)
    assert "100 samples, targets from 1,000 to 100,000" in plan
    assert "predicts the column 'price' from 1 numeric and 1 categorical columns" in plan
    for number in range(20):
        write_tone(tmp_path / "unlabelled" / f"{number}.wav", number % 2, 1.0)
    plan = plan_of(people, tmp_path)
    assert "20 samples, 20 of them without a label; classes wren, robin" in plan
    assert "labelled   by people, on a web page, port 8765" in plan
    assert {path.name for path in tmp_path.iterdir()} == {"recordings", "houses.csv", "unlabelled"}


def test_the_grid_of_readme_is_what_it_says(tmp_path: Path) -> None:
    [text] = re.findall(r"```js\n(// night.json.*?)```", README, re.DOTALL)
    (tmp_path / "night.json").write_text(text, encoding="utf-8")
    command = [sys.executable, str(ROOT / "framework.py"), "--param_file=night.json"]
    plan = run(*command, "--dry_run", cwd=tmp_path)
    assert plan.startswith(
        "grid       4 combinations of num_select_per_round 10, 40; learning_rate 0.001, 0.002\nruns       80: "
    )
    status = run(*command, "--status", cwd=tmp_path)
    assert "missing  margin/num_select_per_round_10_learning_rate_0.001/seed 1" in status
    assert "80 runs: 80 missing" in status


def test_the_schema_and_the_table_are_printed(tmp_path: Path) -> None:
    schema = json.loads(run(sys.executable, str(ROOT / "hparams.py"), "--schema", cwd=tmp_path))
    assert schema["properties"]["labeled_percent"]["maximum"] == 1
    assert run(sys.executable, str(ROOT / "hparams.py"), "--table", cwd=tmp_path) == parameter_table()


def test_the_shown_strategy_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    monkeypatch.setattr(strategies, "_entries", dict(strategies._entries))
    path = tmp_path / "smallest_class.py"
    path.write_text(code, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("smallest_class", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.5, 0.5]], np.float32)
    view = PoolView(np.array([4, 5, 6]), np.array([1, 2, 3]), np.array([0, 0, 0]), 2, 1, Inference(probabilities))
    selection = module.SmallestClass().select(view, 2, np.random.default_rng(0))
    assert selection.ids.tolist() == [5, 6]
    np.testing.assert_allclose(selection.scores, [0.2 / 4 + 0.8, 0.5 / 4 + 0.5], rtol=1e-6)


def test_the_shown_call_from_python_returns_a_table(tmp_path: Path) -> None:
    (session,) = re.findall(r"```pycon\n(.*?)```", README, re.DOTALL)
    script = session.replace(">>> ", "").replace("num_epochs=10", "num_epochs=1, num_total=300") + "print(results.shape[0])\n"
    (tmp_path / "session.py").write_text(script, encoding="utf-8")
    assert run(sys.executable, "session.py", cwd=tmp_path) == "6\n"  # the 240 of the pool are labelled after two rounds


def test_the_links_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        assert (ROOT / target).exists(), target


def test_the_exit_codes_are_the_programs() -> None:
    for error in framework.FrameworkError.__subclasses__():
        assert re.search(rf"\b{error.exit_code}\b", README)
