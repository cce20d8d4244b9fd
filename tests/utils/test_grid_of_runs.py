"""A whole grid on fake data: its plan, its runs, what fails, what is refused, what is said at the end."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, ClassVar

import pytest

import framework
from hparams import HParams
from tests.fakes import ENVIRONMENT, FakeEngine, FakeSource, blobs, results_of, small_params
from utils.console import Reporter
from utils.errors import MemoryShortError, ParameterError
from utils.grid_of_runs import GridOfRuns
from utils.learning_engine import LearningEngine
from utils.runs_failed import RunsFailedError

GRID = {"framework_type": ["random", "margin"], "random_seed": [1, 2], "max_round": 2, "grid": {"batch_size": [8, 16]}}


class Loads(FakeSource):
    """Counts how often it is scanned and loaded."""

    counts: ClassVar[dict[str, int]] = {}

    def scan(self) -> Any:
        self.counts["scan"] = self.counts.get("scan", 0) + 1
        return super().scan()

    def load(self, *arguments: Any) -> Any:
        self.counts["load"] = self.counts.get("load", 0) + 1
        return super().load(*arguments)


@pytest.fixture
def made(outputs, monkeypatch):
    """The batch size of each engine that was made; `framework.run` then works on fake data."""
    sizes = list[int]()
    Loads.counts.clear()

    def make_engine(hparams: HParams, _: Any) -> tuple[LearningEngine, dict[str, Any]]:
        sizes.append(hparams.batch_size)
        return FakeEngine(), ENVIRONMENT

    monkeypatch.setattr(framework, "make_engine", make_engine)
    monkeypatch.setattr(framework, "resolve", lambda hparams: (hparams, Loads(blobs())))
    return sizes


def grid_of(params):
    return GridOfRuns(params, framework.resolve, framework.make_plan)


@pytest.mark.parametrize("step", ["scan", "load"])
def test_data_without_memory_are_named(made, monkeypatch, step):
    def fails(*_: Any) -> Any:
        raise MemoryError("no room")

    monkeypatch.setattr(Loads, step, fails)
    with pytest.raises(MemoryShortError, match=r"^data set 'blobs': needs more memory than there is"):
        framework.run(small_params(dataset="blobs"))


def test_every_combination_runs_once_and_data_and_engine_are_shared(made, outputs):
    table = framework.run(small_params(**GRID))
    assert made == [8, 16]
    assert Loads.counts == {"scan": 1, "load": 1}
    keys = table.groupby(["strategy", "variant", "seed"]).size()
    assert len(keys) == 8
    assert set(keys) == {3}
    stats = outputs / "fake" / "stats"
    for engine in ("random", "margin"):
        for size in (8, 16):
            params = json.loads((stats / engine / f"batch_size_{size}" / "run_1" / "params.json").read_text())
            assert (params["batch_size"], params["grid"]) == (size, {"batch_size": size})
            assert "batch_size" in params["asked"]
            assert "num_epochs" in params["asked"]
            assert not {"label_smoothing", "stop"} & set(params["asked"])
            assert params["hardware"]["cores"] >= 1


def test_a_list_gives_the_same_bytes_as_single_runs(made, outputs):
    framework.run(small_params(**GRID))
    found = results_of(outputs / "fake" / "stats" / "margin" / "batch_size_16")
    for seed in (1, 2):
        changes = {"grid": {}, "framework_type": "margin", "random_seed": seed, "batch_size": 16, "run_name": "batch_size_16"}
        framework.run(small_params(**GRID | changes | {"sub_dir": "alone"}))
    assert results_of(outputs / "alone" / "stats" / "margin" / "batch_size_16") == found


def test_a_run_that_fails_is_said_and_the_others_are_done(made, outputs, monkeypatch, capsys):
    broken = {"margin/seed 2"}
    run = framework.Experiment.run

    def fails(self: framework.Experiment, listener: Any) -> Any:
        if self.name in broken:
            raise RuntimeError("no room")
        return run(self, listener)

    monkeypatch.setattr(framework.Experiment, "run", fails)
    params = small_params(**GRID | {"grid": {}})
    with pytest.raises(RunsFailedError) as failed:
        framework.run(params, Reporter())
    assert failed.value.exit_code == 1
    assert str(failed.value).splitlines()[:2] == ["1 of 4 runs failed", "  margin/seed 2: RuntimeError: no room"]
    told = capsys.readouterr().out
    assert "margin/seed 2  failed: RuntimeError: no room" in told
    assert (outputs / "fake" / "comparison.csv").exists()
    lines = grid_of(params).status(outputs).splitlines()
    assert [line.split()[0] for line in lines[:4]] == ["done", "done", "done", "failed"]
    assert lines[4] == "4 runs: 3 done, 1 failed"
    broken.clear()
    assert len(framework.run(params)) == 4 * 3
    assert grid_of(params).status(outputs).splitlines()[-1] == "4 runs: 4 done"


def test_other_values_are_refused_before_anything_begins(made, outputs):
    framework.run(small_params(**GRID))
    before = results_of(outputs)
    made.clear()
    with pytest.raises(ParameterError, match=r"num_epochs: 1 → 2"):
        framework.run(small_params(**GRID | {"num_epochs": 2, "random_seed": [3, 1]}))
    assert made == []
    assert results_of(outputs) == before


def test_the_plan_tells_the_grid(made):
    lines = grid_of(small_params(**GRID, num_workers=3)).text().splitlines()
    assert lines[0] == "grid       2 combinations of batch_size 8, 16"
    assert lines[1] == "runs       8: random, margin; seeds 1, 2"
    assert "executed   3 at once, 1 thread each" in lines
    assert [line for line in lines if line.startswith("warning")] == [
        "warning    2 seeds: five or more are needed to compare selection engines"
    ]


def test_a_class_can_neither_steer_the_terminal_nor_add_a_line_to_the_plan(made, monkeypatch):
    data = blobs()
    table = replace(data.table, class_names=("x\nruns       99", *data.table.class_names[1:-1], "\x1b[2J"))
    monkeypatch.setattr(framework, "resolve", lambda hparams: (hparams, Loads(replace(data, table=table))))
    lines = grid_of(small_params()).text().splitlines()
    assert len([line for line in lines if line.startswith("runs")]) == 1
    assert any(r"(x\nruns       99, " in line and r"\x1b[2J)" in line for line in lines)


def test_the_plan_tells_of_ray(made, monkeypatch):
    of_ray = {"executor": "ray", "ray_address": "head:6379", "num_workers": 4, "threads": 2}
    assert "executed   on Ray (head:6379), 2 threads each, 4 at once" in grid_of(small_params(**GRID | of_ray)).text()
    words = "each run takes as many cores as this machine has"
    assert words not in grid_of(small_params(executor="ray", threads=1)).text()
    monkeypatch.setattr(framework, "resolve", lambda hparams: (hparams.model_copy(update={"threads": 3}), Loads(blobs())))
    assert f"{words} (3): with threads given, more run at once" in grid_of(small_params(executor="ray", threads=None)).text()


def test_the_answer_and_where_to_look_are_said_last(made, outputs, capsys):
    framework.run(small_params(**GRID | {"grid": {}}), Reporter())
    last = capsys.readouterr().out.splitlines()[-3:]
    assert "random" in last[0]
    assert last[1:] == [f"comparison: {outputs}/fake/report.html", f"comparison: {outputs}/fake/comparison.png"]


def test_a_comparison_that_cannot_be_written_ends_no_run(made, outputs, capsys):
    (outputs / "fake" / "comparison.csv").mkdir(parents=True)
    params = small_params(**GRID | {"grid": {}})
    with pytest.raises(ParameterError, match=r"comparison\.csv is a folder where a file is needed"):
        framework.run(params, Reporter())
    told = capsys.readouterr().out
    assert told.count("warning    no comparison for now") == 1
    assert grid_of(params).status(outputs).splitlines()[-1] == "4 runs: 4 done"


def test_a_final_model_does_not_hide_why_its_fold_failed(made, outputs, monkeypatch):
    run = framework.Experiment.run

    def fails(self: framework.Experiment, listener: Any) -> Any:
        if self.hparams.fold == 1 and self.seed == 2:
            raise RuntimeError("no room")
        return run(self, listener)

    monkeypatch.setattr(framework.Experiment, "run", fails)
    of_folds = {"mode": "cross_validate", "num_folds": 2, "final_epochs": 1, "framework_type": "random", "checkpoint": "best"}
    params = small_params(random_seed=[1, 2], **of_folds)
    with pytest.raises(RunsFailedError) as failed:
        framework.run(params)
    assert str(failed.value).splitlines()[:2] == ["1 of 6 runs failed", "  cross_validate/fold_1/seed 2: RuntimeError: no room"]
    assert grid_of(params).status(outputs).splitlines()[6] == "6 runs: 4 done, 1 failed, 1 missing"
