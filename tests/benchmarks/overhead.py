"""How much of a run's time goes into anything but training, scoring and evaluation, and into what.

A realistic audio experiment runs in this process: tones of four classes through vggish with the default settings, two
strategies, a few rounds. What the rounds' own record (timing.csv) calls select, train and evaluate is work; the rest of the
wall time is overhead. Functions are wrapped to see where it goes: each is charged for its own time, without that of wrapped
functions inside it; what is charged inside "train", the store of initial models, is taken out of the work.
"""

from __future__ import annotations

import contextlib
import importlib
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import pandas as pd
import soundfile

import framework
from hparams import HParams
from tests.benchmarks.report import Report

_LIMIT = 0.03
_RATE = 8_000
"""Hz."""
_CLASSES, _CLIPS_PER_CLASS = 4, 100
_SETTINGS: dict[str, Any] = {
    "dataset": "audio_folders",
    "framework_type": ["random", "margin"],
    "labeled_percent": 0.25,
    "num_select_per_round": 30,
    "max_round": 3,
}
_WORK, _ROUND_OVERHEAD = ["select", "train", "evaluate"], ["label", "other"]
_INITIAL_MODEL = "initial model: save and load, without weights"
_FEATURES = "features: extraction into the cache"
_PARTS = {
    _FEATURES: ("utils.data.audio_source:AudioSource.load",),
    "engine: set-up and tracing": ("framework:make_engine",),
    "start: header, parameters": ("utils.run_directory:RunDirectory.start",),
    _INITIAL_MODEL: ("utils.initial_model:InitialModel.save", "utils.initial_model:InitialModel.load"),
    "commit: weights": (
        "models_keras.base_model:BaseModel.save_weights",
        "models_keras.base_model:BaseModel.load_weights",
    ),
    "commit: hash of the weights": ("utils.run_directory:RunDirectory.commit",),
    "commit: journal": ("utils.journal:Journal.append",),
    "commit: CSVs, old weights": ("utils.run_directory:RunDirectory._tidy", "utils.run_directory:RunDirectory.drop_weights"),
    "artefacts: plots": (
        "utils.plots:learning_curve",
        "utils.plots:confusion_matrix",
        "utils.plots:confidence_curve",
        "utils.training_plots:training_curves",
        "utils.decision_plots:calibration",
    ),
    "artefacts: plots of the selection": ("utils.selection_artefacts:SelectionArtefacts.write",),
    "artefacts: asking about what is left": ("strategies.composition.query:Query.look_ahead",),
    "artefacts: inference for the plots": ("utils.artefacts:write_artefacts",),
    "artefacts: model.keras": ("models_keras.base_model:BaseModel.export",),
    "comparison: plots": ("utils.comparison_plot:comparison",),
    "comparison: report": ("utils.report.page:write_report",),
    "comparison: reading, table": ("utils.summary:Summary._compare",),
}
"""Part → the functions, "module:name", that are charged to it."""


class _Meter:
    """Calls and seconds by part."""

    def __init__(self) -> None:
        self.calls: Counter[str] = Counter()
        self.own: Counter[str] = Counter()
        """Seconds without what is metered inside."""
        self.whole: Counter[str] = Counter()
        self._inside: list[float] = []

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Wraps all functions of `_PARTS` for the length of a `with` block."""
        with contextlib.ExitStack() as stack:
            for part, names in _PARTS.items():
                for name in names:
                    module, _, path = name.partition(":")
                    *owner, attribute = path.split(".")
                    target = importlib.import_module(module)
                    target = getattr(target, owner[0]) if owner else target
                    stack.enter_context(mock.patch.object(target, attribute, self._wrapped(part, getattr(target, attribute))))
            yield

    def _wrapped(self, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def metered(*arguments: Any, **options: Any) -> Any:
            begun = time.perf_counter()
            self._inside.append(0.0)
            try:
                return function(*arguments, **options)
            finally:
                seconds = time.perf_counter() - begun
                self.calls[part] += 1
                self.whole[part] += seconds
                self.own[part] += seconds - self._inside.pop()
                if self._inside:
                    self._inside[-1] += seconds

        return metered


def run(scratch: Path) -> Iterator[Report]:
    """Yields the one report."""
    _write_tones(scratch / "clips")
    meter = _Meter()
    with mock.patch.object(framework, "OUTPUTS", scratch), mock.patch.object(framework, "make_engine", _make_traced_engine):
        framework.run(_hparams(scratch, sub_dir="imports", num_epochs=1))
        with meter.installed():
            begun = time.perf_counter()
            framework.run(_hparams(scratch, sub_dir="measured"))
            wall = time.perf_counter() - begun
    tables = [pd.read_csv(path) for path in sorted((scratch / "measured").rglob("timing.csv"))]
    yield _report(meter, pd.concat(tables), wall)


_make_engine = framework.make_engine


def _make_traced_engine(*arguments: Any) -> Any:
    """The engine, traced at once, so that this does not hide in the first round's training."""
    engine, environment = _make_engine(*arguments)
    engine._train.get_concrete_function()
    engine._infer.get_concrete_function()
    return engine, environment


def _hparams(scratch: Path, **settings: Any) -> HParams:
    return HParams.parse({**_SETTINGS, "data_dir": str(scratch / "clips"), **settings})


def _write_tones(folder: Path) -> None:
    """Half a second each, the classes an octave apart, with noise."""
    rng = np.random.default_rng(0)
    moments = np.arange(_RATE // 2) / _RATE
    for label in range(_CLASSES):
        (folder / f"octave {label}").mkdir(parents=True)
        for number in range(_CLIPS_PER_CLASS):
            pitch = 200 * 2 ** (label + rng.uniform(0, 1))
            samples = 0.3 * np.sin(2 * np.pi * pitch * moments) + 0.1 * rng.standard_normal(len(moments))
            soundfile.write(folder / f"octave {label}" / f"{number:03d}.wav", samples, _RATE, subtype="PCM_16")


def _report(meter: _Meter, timing: pd.DataFrame, wall: float) -> Report:
    work = timing[_WORK].sum().to_dict()
    work["train"] -= meter.whole[_INITIAL_MODEL]
    overhead = wall - sum(work.values())
    in_rounds = float(timing[_ROUND_OVERHEAD].sum().sum())
    parts = sorted(_PARTS, key=lambda part: -meter.own[part])
    rows = [(f"work: {name}", *_shown(seconds, len(timing), wall)) for name, seconds in work.items()]
    rows += [(part, *_shown(meter.own[part], meter.calls[part], wall)) for part in parts]
    rows.append(("rounds: labelling and other", *_shown(in_rounds, len(timing), wall)))
    rows.append(("anything else", *_shown(overhead - in_rounds - sum(meter.own.values()), 1, wall)))
    without = (overhead - meter.own[_FEATURES]) / wall
    settings = ", ".join(f"{name} {value}" for name, value in _SETTINGS.items())
    return Report(
        f"overhead of framework.run: {wall:.1f} s for {len(timing)} rounds of vggish on {_CLASSES * _CLIPS_PER_CLASS} clips",
        ("part", "seconds", "times", "milliseconds each", "share"),
        rows,
        f"what is not training, scoring or evaluation takes less than {_LIMIT:.0%} of the wall time",
        f"{overhead / wall:.2%}, {overhead / wall / _LIMIT:.2f} × the limit (without the one-time extraction {without:.2%})",
        overhead / wall < _LIMIT,
        (f"{settings}, otherwise defaults", "a short run beforehand does all imports; the engine is traced in its set-up"),
    )


def _shown(seconds: float, times: int, wall: float) -> tuple[str, ...]:
    return f"{seconds:.3f}", f"{times}", f"{1000 * seconds / max(1, times):.1f}", f"{seconds / wall:.2%}"
