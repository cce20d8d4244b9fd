"""What the program does while it is disturbed: runs of every composition, and all that is written around them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import soundfile
from PIL import Image

import framework
from hparams import HParams
from strategies.margin import Margin
from tests import fakes
from tests.fakes import blobs, measured, points, regression_params, results_of, run_fake, small_params
from tests.test_people import fill, shown, spreadsheet, true_name
from utils import compare, predict
from utils.annotation.shown import Shown
from utils.data.source import LoadedData
from utils.errors import LabelsAwaitedError, MemoryShortError, OtherRunError
from utils.oracles.csv_file import CsvOracle
from utils.runs_failed import RunsFailedError

_AUDIO = {"num_bands": 40, "num_frames": 31, "hop_length": 160, "fft_length": 512, "sample_rate": 8000, "use_delta": False}
_WHEN = 1_800_000_000
"""In seconds; what people said in a sheet, they said when it was saved last."""
_WORDS = ("red", "green", "blue", "round", "square", "large", "small", "old")


@dataclass(frozen=True)
class Scenario:
    """One thing that the program does.

    Attributes:
        name: of it.
        do: it, below the folder `outputs`; done again, it goes on where it was disturbed.
        prepare: what was done before, undisturbed.
        data: makes the data in a folder of theirs.
        pictures: whether they are drawn.
    """

    name: str
    do: Callable[[Path], object]
    prepare: Callable[[Path], object] = lambda outputs: None
    data: Callable[[Path], object] = lambda folder: None
    pictures: bool = False

    def folder_of_data(self, outputs: Path) -> Path:
        """Beside `outputs`."""
        return outputs.parent / "data"

    def results(self, outputs: Path) -> dict[str, bytes]:
        """What must not depend on how often it was disturbed: every CSV, and the last model.

        In folders that several processes may write into, a killed one leaves a temporary file.
        """
        models = {str(path.relative_to(outputs)): path.read_bytes() for path in sorted(outputs.rglob("best.weights.h5"))}
        return {name: content for name, content in (results_of(outputs) | models).items() if "/.tmp-" not in name}


def one_run(name: str, hparams: HParams, data: LoadedData | None = None) -> Scenario:
    """A single run on points in the plane."""
    return Scenario(name, lambda outputs: run_fake(hparams, data))


COMPOSITIONS: dict[str, dict[str, Any]] = {
    **fakes.COMPOSITIONS,
    "autolabels": {"autolabel": "stepwise", "autolabel_step": 7},
    "abstaining annotators": {
        "annotators": [
            {"name": "a", "error_rate": 0.2, "abstention": 0.2, "seconds_per_label": 2.0},
            {"name": "b", "error_rate": 0.1, "seconds_per_label": 1.0},
        ],
    },
}  # fmt: skip
"""What runs of classes are composed of."""

PEOPLE: dict[str, dict[str, Any]] = {
    "people asked": {"oracle": "csv"},
    "people asked ahead": {"oracle": "web", "prefetch": 4, "checkpoint": "best"},
    "people, no test part": {"oracle": "csv", "test_percent": 0.0, "num_folds": 2},
}


def compositions(rounds: int) -> list[Scenario]:
    """A run of each composition, of so many rounds after the first."""
    count = max(60, 6 * rounds)
    return [
        one_run(name, small_params(max_round=rounds, num_select_per_round=3, **changes), blobs(count))
        for name, changes in COMPOSITIONS.items()
    ]


def people(rounds: int) -> list[Scenario]:
    """Runs that people label."""
    asked = [one_run(name, small_params(max_round=rounds, **changes), shown()) for name, changes in PEOPLE.items()]
    heard = replace(shown(), show=lambda sample: Shown("audio", sound=b"a sound", recording=b"all of it", picture=b"a picture"))
    sheet = small_params(max_round=rounds, oracle="csv")
    return [
        *asked,
        one_run("people asked about recordings", sheet, heard),
        Scenario("a spreadsheet", lambda _: _label_in_a_spreadsheet(sheet)),
        Scenario(
            "begun anew",
            lambda _: _label_in_a_spreadsheet(sheet),
            prepare=lambda _: _ask_in_a_spreadsheet(small_params(oracle="csv", num_epochs=7)),
        ),
    ]


def _ask_in_a_spreadsheet(hparams: HParams) -> None:
    """A run that has asked its first questions, and nobody has answered."""
    with mock.patch("utils.oracles.csv_file.CsvOracle", CsvOracle), contextlib.suppress(LabelsAwaitedError):
        run_fake(hparams, shown())


def _label_in_a_spreadsheet(hparams: HParams) -> None:
    """Somebody fills in the sheet of each round and gives the command again."""
    with mock.patch("utils.oracles.csv_file.CsvOracle", CsvOracle):
        while True:
            try:
                return run_fake(hparams, shown())
            except LabelsAwaitedError:
                fill(spreadsheet(framework.OUTPUTS), true_name)
                os.utime(spreadsheet(framework.OUTPUTS), (_WHEN, _WHEN))


def other_kinds() -> list[Scenario]:
    """Single runs that are no active learning of classes, and runs that begin over another."""
    regression = regression_params(framework_type="qbc_variance", num_members=2, max_round=2, checkpoint="best")
    longer = small_params(max_round=2, autolabel="all")
    return [
        one_run("regression", regression, points()),
        one_run("fold", small_params(mode="cross_validate", num_folds=3, framework_type="random"), blobs()),
        one_run("training", small_params(mode="train", checkpoint="best", framework_type="random"), blobs()),
        one_run("prepared", small_params(initial_selection="kmeans", checkpoint="best", max_round=1), measured(blobs())),
        one_run("prepared targets", regression_params(max_round=1), measured(points())),
        Scenario(
            "more rounds",
            lambda outputs: run_fake(longer),
            prepare=lambda outputs: run_fake(small_params(max_round=1, autolabel="all")),
        ),
        Scenario(
            "overwritten",
            _overwrite,
            prepare=lambda outputs: run_fake(small_params(max_round=3, num_select_per_round=6, autolabel="all")),
        ),
    ]


def _overwrite(outputs: Path) -> None:
    """Goes on without overwriting where what lies there is of the new run already, as whoever is told so would do."""
    with contextlib.suppress(OtherRunError):
        run_fake(small_params(max_round=1))
        return
    run_fake(small_params(max_round=1, overwrite=True))


def whole_commands() -> list[Scenario]:
    """From files of data to the report: extraction and its cache, words, grids, folds, comparison, predictions."""
    recordings = {"dataset": "audio_folders", "short_clips": "pad", "max_bad_files": 0.5, **_AUDIO}
    pictures = {"dataset": "image_folders", "max_bad_files": 0.5}
    folds = {"mode": "cross_validate", "num_folds": 3, "framework_type": "random", "max_round": 1}
    return [
        _command("recordings", _make_recordings, {**recordings, "framework_type": ["random", "margin"]}),
        _command("images", _make_images, {**pictures, "random_seed": [1, 2]}),
        _command("texts", _make_texts, {"dataset": "text_folders", "data_params": {"vocabulary": 20}}),
        _command("grid", _make_images, {**pictures, "num_select_per_round": [2, 3], "full_data_baseline": True}),
        _command("folds", _make_images, {**pictures, **folds}),
        _one_run_failing(_command("failing", _make_images, {**pictures, "framework_type": ["random", "margin"]})),
        Scenario(
            "predictions",
            lambda outputs: predicted(outputs, outputs.parent / "data"),
            prepare=_command("images", _make_images, pictures).do,
            data=_make_images,
        ),
        Scenario(
            "comparison",
            lambda outputs: [compare.compare(folder) for folder in outputs.iterdir()],
            prepare=_command("images", _make_images, {**pictures, "framework_type": ["random", "margin"]}).do,
            data=_make_images,
        ),
    ]


def _one_run_failing(command: Scenario) -> Scenario:
    """The same command, in which memory never suffices for margin."""

    def do(outputs: Path) -> None:
        with (
            mock.patch.object(Margin, "score", side_effect=MemoryShortError("no memory")),
            contextlib.suppress(RunsFailedError),
        ):
            command.do(outputs)

    return replace(command, do=do)


def drawn() -> Scenario:
    """One command with its pictures."""
    command = _command("pictures", _make_images, {"dataset": "image_folders", "max_bad_files": 0.5, "max_round": 1})
    return replace(command, pictures=True)


def predicted(outputs: Path, data: Path) -> None:
    """Labels the data anew with the first run's model, and writes that below `outputs`."""
    from tests.crash.stage import FlatEngine
    from utils.prediction.trained_run import TrainedRun

    def engine(self: TrainedRun, shape: tuple[int, ...]) -> FlatEngine:
        made = FlatEngine(len(self.classes), int(np.prod(shape)))
        made.load_weights(self.weights)
        return made

    with mock.patch.object(TrainedRun, "engine", engine):
        folder = next(iter(sorted(outputs.rglob("rounds.log")))).parent
        text, _ = predict.predict(folder, data)
        predict._deliver(text, outputs / "new" / "predictions.csv")


def _command(name: str, data: Callable[[Path], object], params: dict[str, Any]) -> Scenario:
    def do(outputs: Path) -> None:
        given = {
            "sub_dir": name, "data_dir": str(outputs.parent / "data"), "framework_type": "margin", "max_round": 2,
            "num_select_per_round": 2, "labeled_percent": 0.3, "num_epochs": 1, "checkpoint": "last", "threads": 1,
            "model": "cnn", "batch_size": 4,
        }  # fmt: skip
        framework.run(HParams.parse(given | params))

    return Scenario(name, do, data=data)


def _make_recordings(folder: Path) -> None:
    rng = np.random.default_rng(1)
    for number in range(24):
        path = folder / "ab"[number % 2] / f"{number}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, rng.standard_normal(8000) * 0.1 * (1 + number % 2), 8000)
    (folder / "a" / "damaged.wav").write_bytes(b"RIFF no recording")


def _make_images(folder: Path) -> None:
    rng = np.random.default_rng(2)
    for number in range(24):
        path = folder / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(rng.integers(100 * (number % 2), 156 + 100 * (number % 2), (6, 5), np.uint8)).save(path)
    (folder / "b" / "damaged.png").write_bytes(b"\x89PNG no image")


def _make_texts(folder: Path) -> None:
    rng = np.random.default_rng(3)
    for number in range(24):
        path = folder / "ab"[number % 2] / f"{number}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(" ".join(rng.choice(_WORDS[number % 2 * 3 :], 6)))
