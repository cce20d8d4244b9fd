"""Real runs and fake ones, each in a process of its own that is killed (SIGKILL) at random moments until it gets to its end.

A moment is drawn three ways: a random share of the time that an undisturbed run takes, a random number of bytes that the
journal grew by, or a random number of lines that it printed, the kill then right after. Only kills that hit a living process
are counted. After each kill what is committed has to be what the undisturbed run committed, and nothing bought twice.
"""

from __future__ import annotations

import contextlib
import csv
import io
import random
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

import framework
from tests import fakes
from tests.torture import fake_process
from tests.torture.fleet import Fleet, Life, differences, journals, lasting, parameter_file
from tests.torture.sweep import Sweep

FAKE: dict[str, Any] = {**fakes.SMALL, "max_round": 6}
COMPOSITIONS: dict[str, dict[str, Any]] = {
    **fakes.COMPOSITIONS,
    "dropout": {"framework_type": "bald"},
    "people": {"oracle": "csv"},
    "list of runs": {"framework_type": ["random", "margin"], "random_seed": [1, 2], "max_round": 2},
}  # fmt: skip
WORKERS: dict[str, Any] = {"framework_type": ["random", "margin"], "random_seed": [1, 2], "max_round": 4, "num_workers": 2}
REAL: dict[str, Any] = {
    "sub_dir": "real", "dataset": "digits", "framework_type": "margin", "num_total": 300, "labeled_percent": 0.1,
    "num_select_per_round": 8, "max_round": 6, "num_epochs": 2, "model_params": {"filters": [4], "embedding_units": 8},
    "pre_train": True, "checkpoint": "best", "threads": 1,
}  # fmt: skip
REAL_COMPOSITIONS: dict[str, dict[str, Any]] = {
    "pseudo-labels and history": {
        "pseudo_label": True, "decay_threshold": 1.5, "hist_sel_mode": "certain", "sel_thresholds": [40],
    },
    "dropout": {"framework_type": "bald", "num_passes": 3, "checkpoint": "best_of_round"},
    "cold": {"warm_start": False, "load_pretrained": False, "checkpoint": "last"},
    "shared initial model": {"framework_type": ["random", "entropy"], "max_round": 3},
    "people": {"oracle": "csv"},
    "autolabels": {"autolabel": "stepwise", "autolabel_step": 60, "max_round": 2},
}  # fmt: skip
_PACKAGES = {"keras": "models_keras", "tf": "models_tf"}
QUIETLY = {fake_process.WITHOUT_PICTURES: "1"}
_MOST_LIVES = 200


@dataclass
class Killer:
    """Kills the lives of one program in one folder, and looks at what they leave.

    Attributes:
        start: begins one more of them in the folder it is given.
        rng: of the moments.
        kills: that were delivered so far.
        starts: of processes so far, undisturbed ones left out.
        answer: does what people are to do in the folder between two calls of the program; whether there was anything to do.
        of_workers: whether the program has processes of its own, of which each may be the one that is killed.
    """

    start: Callable[[Path], Life]
    rng: random.Random
    kills: int = 0
    starts: int = 0
    answer: Callable[[Path], bool] = lambda _: False
    of_workers: bool = False

    def undisturbed(self, folder: Path) -> None:
        """Runs to the end in `folder`, and keeps what that gives, and the seconds that it takes."""
        begun = time.monotonic()
        life = self.start(folder)
        assert life.end() == 0, life.out + life.err
        while self.answer(folder):
            assert self.start(folder).end() == 0
        self._seconds, self._lines = time.monotonic() - begun, life.out.count("\n")
        self._expected, self._journals = lasting(folder / "outputs"), journals(folder / "outputs")
        assert self._expected
        assert self._journals

    def history(self, folder: Path, share: float = 0.7) -> None:
        """Kills in `folder` until a life gets to its end; `share` of the time of an undisturbed run in which a kill falls."""
        for _ in range(_MOST_LIVES):
            life = self.start(folder)
            self.starts += 1
            how = self._wait(life, folder, share)
            if self._kill(life):
                self.kills += 1
                self._check(folder, complete=False)
                continue
            assert life.end() == 0, f"{folder}, {how}: exit code {life.end()}: {life.out[-2000:]}{life.err[-2000:]}"
            if not self.answer(folder):
                wrong = differences(lasting(folder / "outputs"), self._expected)
                assert not wrong, f"{folder}: other bytes in {wrong}"
                self._check(folder, complete=True)
                return
        raise AssertionError(f"{folder}: not at its end after {_MOST_LIVES} lives")

    def _kill(self, life: Life) -> bool:
        """Whether a kill was delivered; a life of several processes goes on where it was not the first of them."""
        workers = psutil.Process(life.process.pid).children() if self.of_workers and life.process.is_alive() else []
        victim = self.rng.choice([None, *workers]) if workers else None
        if victim is None:
            return life.kill()
        with contextlib.suppress(psutil.NoSuchProcess):
            victim.kill()
        return life.end() != 0

    def _wait(self, life: Life, folder: Path, share: float) -> str:
        """Until the moment of the next kill, or the end of the process; what that moment was."""
        kind = self.rng.choice(["time", "journal", "printed"])
        if kind == "time":
            seconds = self.rng.uniform(0, share * self._seconds)
            life.process.join(seconds)
            return f"killed after {seconds:.3f} s"
        if kind == "journal":
            begun, more = _journal_bytes(folder), self.rng.randrange(1, 2000)
            life.wait_until(lambda: _journal_bytes(folder) >= begun + more)
            return f"killed when the journal had {more} bytes more than {begun}"
        lines = self.rng.randrange(1, self._lines + 1)
        life.wait_until(lambda: life.out.count("\n") >= lines)
        return f"killed after {lines} lines"

    def _check(self, folder: Path, *, complete: bool) -> None:
        """Compares what is committed with the undisturbed run; G21: nobody is asked twice, and no label is bought twice."""
        found = journals(folder / "outputs")
        for name, records in found.items():
            expected = self._journals[name]
            committed = [_without_clock(record) for record in records]
            wanted = [_without_clock(record) for record in expected[: len(records)]]
            assert committed == wanted, f"{folder}/{name}: other records than of the undisturbed run"
            assert not complete or len(records) == len(expected), f"{folder}/{name}: {len(records)} of {len(expected)} records"
            bought = [pick[0] for record in records for pick in record.get("selected", ())]
            assert len(set(bought)) == len(bought), f"{folder}/{name}: bought twice: {bought}"
        assert not complete or found.keys() == self._journals.keys()


def _journal_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in (folder / "outputs").rglob("rounds.log"))


def _without_clock(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "seconds"}


def runs_killed(
    folder: Path,
    killers: dict[str, Killer],
    params: dict[str, dict[str, Any]],
    kills: int,
) -> tuple[int, int]:
    """Kills the `killers` one after the other until `kills` were delivered; how many were, and of how many processes."""
    for name, killer in killers.items():
        parameter_file(folder / name, params[name])
        killer.undisturbed(folder / name)
        parameter_file(folder / f"{name}, killed", params[name])
    while sum(killer.kills for killer in killers.values()) < kills:
        for name, killer in killers.items():
            shutil.rmtree(folder / f"{name}, killed" / "outputs", ignore_errors=True)
            killer.history(folder / f"{name}, killed")
    return sum(killer.kills for killer in killers.values()), sum(killer.starts for killer in killers.values())


def fake_runs_killed(folder: Path, seed: int, kills: int, names: Sequence[str] = tuple(COMPOSITIONS)) -> tuple[int, int]:
    """Runs of the fake engine, in the compositions of these `names`."""
    rng = random.Random(seed)
    with Fleet("tests.torture.fake_process") as fleet:
        killers = {name: Killer(_fake_start(fleet), rng) for name in names}
        return runs_killed(folder, killers, {name: FAKE | COMPOSITIONS[name] for name in names}, kills)


def fake_workers_killed(folder: Path, seed: int, kills: int) -> tuple[int, int]:
    """A grid of fake runs in two processes: one of them is killed, or the one that they belong to."""
    with Fleet("tests.torture.fake_process") as fleet:
        killer = Killer(_fake_start(fleet), random.Random(seed), of_workers=True)
        return runs_killed(folder, {"grid": killer}, {"grid": FAKE | WORKERS}, kills)


def _fake_start(fleet: Fleet) -> Callable[[Path], Life]:
    return lambda place: fleet.start(place, fake_process.main, "--param_file=params.json", environment=QUIETLY)


def real_runs_killed(
    folder: Path, seed: int, kills: int, backend: str, names: Sequence[str] = tuple(REAL_COMPOSITIONS)
) -> tuple[int, int]:
    """Runs of the real engine of `backend`, in the compositions of these `names`."""
    rng, params = random.Random(seed), {name: REAL | REAL_COMPOSITIONS[name] | {"backend": backend} for name in names}
    with Fleet("framework", "tensorflow", "keras", f"{_PACKAGES[backend]}.base_model") as fleet:

        def start(place: Path) -> Life:
            return fleet.start(place, framework.main, "--param_file=params.json")

        return runs_killed(folder, {name: Killer(start, rng, answer=filled_in) for name in names}, params, kills)


def filled_in(folder: Path) -> bool:
    """Fills in the spreadsheet of a run that waits for labels; whether there was one."""
    sheets = [*folder.rglob("to_label.csv")]
    for path in sheets:
        rows = [*csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))]
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, [*rows[0]])
        writer.writeheader()
        writer.writerows(row | {"label": str(int(row["id"]) % 10)} for row in rows)
        path.write_text(text.getvalue(), encoding="utf-8")
    return bool(sheets)


def _fake(seed: int, folder: Path) -> str:
    kills, starts = fake_runs_killed(folder, seed, 300)
    return (
        f"{kills:,} kills delivered to {starts:,} processes of the fake engine, in {len(COMPOSITIONS)} compositions: same bytes"
    )


def _fake_workers(seed: int, folder: Path) -> str:
    kills, starts = fake_workers_killed(folder, seed, 30)
    return f"{kills:,} kills delivered to processes of {starts:,} grids or to their workers: same bytes"


def _real(backend: str) -> Callable[[int, Path], str]:
    def run(seed: int, folder: Path) -> str:
        kills, starts = real_runs_killed(folder, seed, 60, backend)
        return (
            f"{kills:,} kills delivered to {starts:,} real runs on {backend}, {len(REAL_COMPOSITIONS)} compositions: same bytes"
        )

    return run


SWEEPS = (
    Sweep("kills", "G2", _fake),
    Sweep("kills_of_workers", "G2", _fake_workers),
    Sweep("kills_keras", "G2", _real("keras")),
    Sweep("kills_tf", "G2", _real("tf")),
)
