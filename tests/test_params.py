"""Every file in params/ runs, on a small set of the true format, with a tiny budget."""

from __future__ import annotations

import itertools
import json
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image

import framework
from hparams import HParams
from utils.annotation.annotation import Annotation
from utils.annotation.questions import Question, Questions
from utils.console import Reporter
from utils.oracles.collected import Collected
from utils.parameter_file import read_parameter_file

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "params").glob("*.json"))
TINY: dict[str, Any] = {
    "max_round": 2, "num_select_per_round": 3, "num_epochs": 1, "framework_type": ["random", "margin"], "random_seed": 1,
    "threads": 1, "autolabel_step": 1000,
}  # fmt: skip
DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def write_tone(path: Path, label: int, seconds: float, rate: int = 8000) -> None:
    """A tone whose pitch tells the class, in noise."""
    path.parent.mkdir(parents=True, exist_ok=True)
    time = np.arange(int(seconds * rate)) / rate
    noise = np.random.default_rng(zlib.crc32(path.name.encode())).normal(scale=0.05, size=len(time))
    soundfile.write(path, 0.4 * np.sin(2 * np.pi * (200 + 60 * label) * time) + noise, rate)


def make_urbansound8k(folder: Path) -> None:
    for label, number in itertools.product(range(10), range(6)):
        write_tone(folder / "audio" / f"fold{number + 1}" / f"{1000 * label + number}-{label}-0-0.wav", label, 1.0)


def make_speech_commands(folder: Path) -> None:
    for label, number in itertools.product(range(10), range(6)):
        write_tone(folder / DIGITS[label] / f"{number:08x}_nohash_0.wav", label, 1.0)
    write_tone(folder / "_background_noise_" / "pink_noise.wav", 0, 1.0)


def make_esc50(folder: Path) -> None:
    rows = ["filename,fold,target,category,esc10,src_file,take"]
    for label, number in itertools.product(range(50), range(5)):
        name = f"{number + 1}-{label:05d}-A-{label}.wav"
        write_tone(folder / "audio" / name, label, 0.5)
        rows.append(f"{name},{number + 1},{label},category {label},False,{label}{number},A")
    (folder / "meta").mkdir()
    (folder / "meta" / "esc50.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def make_fsdd(folder: Path) -> None:
    for label, speaker, number in itertools.product(range(10), ("george", "jackson", "lucas", "nicolas"), range(2)):
        write_tone(folder / f"{label}_{speaker}_{number}.wav", label, 0.5)


def make_npz(folder: Path) -> None:
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    arrays = {"x_train": rng.integers(0, 256, (80, 12, 12), np.uint8), "y_train": np.arange(80) % 10}
    arrays |= {"x_test": rng.integers(0, 256, (20, 12, 12), np.uint8), "y_test": np.arange(20) % 10}
    np.savez(folder / "mnist.npz", **arrays)


def make_reviews(folder: Path) -> None:
    words = {"neg": "bad dull boring", "pos": "good lively touching"}
    for part, label, number in itertools.product(("train", "test"), ("neg", "pos"), range(40)):
        path = folder / part / label / f"{number}_7.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"A film, number {number}.<br /> {words[label]}", encoding="utf-8")


def make_reuters(folder: Path) -> None:
    folder.mkdir(parents=True)
    texts = np.empty(460, dtype=object)
    texts[:] = [[1, 4 + number % 46, 60 + number % 7] for number in range(460)]
    np.savez(folder / "reuters.npz", x=texts, y=np.arange(460) % 46)


def make_houses(name: str, columns: int) -> Any:
    def make(folder: Path) -> None:
        folder.mkdir(parents=True)
        x = np.random.default_rng(0).normal(size=(120, columns))
        np.savez(folder / name, x=x, y=20 + 5 * x[:, 0] + x[:, 1])

    return make


def make_whales(folder: Path) -> None:
    rows = ["path,label"]
    for label, number in itertools.product(range(2), range(30)):
        write_tone(folder / f"{label}{number}.aiff", 4 * label, 2.2, 2000)
        rows.append(f"{label}{number}.aiff,{label}")
    (folder / "train.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def make_unlabelled_recordings(folder: Path) -> None:
    for number in range(40):
        write_tone(folder / f"recording {number}.wav", 4 * (number % 2), 1.0)


def make_unlabelled_pictures(folder: Path) -> None:
    folder.mkdir(parents=True)
    for number in range(40):
        pixels = np.random.default_rng(number).integers(0, 128, (20, 30, 3), np.uint8) + 127 * np.uint8(number % 2)
        Image.fromarray(pixels).save(folder / f"picture {number}.png")


def make_unlabelled_texts(folder: Path) -> None:
    folder.mkdir(parents=True)
    for number in range(40):
        words = "good lively touching" if number % 2 else "bad dull boring"
        (folder / f"text {number}.txt").write_text(f"Text {number}: {words}", encoding="utf-8")


class Clerk(Collected):
    """Answers at once: "yes" where the number in a sample's name is odd."""

    def _ask(self, questions: Questions) -> None:
        """He reads the questions where they are published."""

    def _answers(self) -> list[Annotation]:
        return [self._said(question) for question in Questions.read(self.folder).asked]

    def _said(self, question: Question) -> Annotation:
        number = int("".join(filter(str.isdigit, question.name.partition(".")[0])))
        return Annotation(question.id, "yes" if number % 2 else "no", "clerk", "", 1.0, str(question.id))

    def _pause(self, done: int, total: int) -> None:
        raise AssertionError("he leaves nothing unanswered")


MAKERS: dict[str, Any] = {
    "urbansound8k": make_urbansound8k, "speech_commands": make_speech_commands, "esc50": make_esc50, "fsdd": make_fsdd,
    "audio_csv": make_whales, "npz": make_npz, "digits": None, "imbalanced": None, "text_folders": make_reviews,
    "keras_reuters": make_reuters, "boston_housing": make_houses("boston_housing.npz", 13),
    "california_housing": make_houses("california_housing.npz", 8), "audio_files": make_unlabelled_recordings,
    "image_files": make_unlabelled_pictures, "text_files": make_unlabelled_texts,
}  # fmt: skip


def tiny(path: Path, folder: Path) -> HParams:
    """What `path` describes, on a small set in `folder` and with the smallest budget at which all of it still happens."""
    values = read_parameter_file(path)
    if make := MAKERS[values.get("dataset", values["sub_dir"])]:
        make(folder)
    small = TINY | {"data_dir": str(folder), "labeled_percent": max(values.get("labeled_percent", 0.1), 0.2)}
    mode, names = values.get("mode", "active_learning"), values.get("framework_type", "random")
    small["framework_type"] = names[:2] if isinstance(names, list) else names
    if not set(values.get("strategy_params", {})) <= set(small["framework_type"]):
        small["strategy_params"] = {}
    if mode == "cross_validate":
        small |= {"num_epochs": 3, "final_epochs": 1}
    if values["sub_dir"] != "whales":
        small |= {"num_bands": 12, "num_frames": 10}
    return HParams.parse(values | small, str(path), (framework.check_names,))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_it_runs_to_a_comparison(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framework, "OUTPUTS", tmp_path / "outputs")
    monkeypatch.setattr("utils.oracles.csv_file.CsvOracle", Clerk)
    monkeypatch.setattr("utils.oracles.web.WebOracle", lambda task, *_: Clerk(task))
    hparams = tiny(path, tmp_path / "data")
    results = framework.run(hparams, Reporter(quiet=True))
    runs = list(hparams.single_runs())
    assert results.groupby(["strategy", results["variant"].fillna(""), "seed"]).ngroups == len(runs)
    if hparams.is_regression():
        assert (results["eval_mae"] >= 0).all()
    else:
        assert results["eval_acc"].between(0, 1).all()
    outputs = framework.OUTPUTS / hparams.sub_dir
    folder = runs[-1].run_folder(framework.OUTPUTS)
    expected = {
        "active_learning": ["comparison.png", "comparison.svg", "comparison.csv"],
        "cross_validate": ["cross_validation.png", "cross_validation.svg", "cross_validation.csv"],
        "train": [],
    }[hparams.mode]
    pictures = ["training_curves"]
    if hparams.mode == "active_learning":
        assert results[results["strategy"] == hparams.names()[-1]]["num_new_labeled"].tolist()[1:] == [3, 3]
        pictures += ["learning_curve", "map"]
    pictures += ["predictions"] if hparams.is_regression() else ["confusion_matrix", "calibration"]
    pictures += ["threshold_curve", "roc_pr"] if hparams.is_binary() else []
    for file in [*(outputs / name for name in expected), *(folder / "plots" / f"{name}.png" for name in pictures)]:
        assert file.stat().st_size > 0
    assert (folder / "model.keras").stat().st_size > 0
    params = json.loads((folder / "params.json").read_text(encoding="utf-8"))
    assert params["parts"]["pool"] > 0
    assert (params["parts"]["test"] > 0) == (params["oracle"] == "simulated")


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_parameter_in_it_is_known_and_allowed(path: Path) -> None:
    HParams.parse(read_parameter_file(path), str(path), (framework.check_names,))


def test_a_bad_recording_is_named_counted_and_listed_in_the_folder_of_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(framework, "OUTPUTS", tmp_path / "outputs")
    make_fsdd(tmp_path / "data")
    (tmp_path / "data" / "3_george_9.wav").write_bytes(b"RIFF but not for long")
    small = TINY | {
        "data_dir": str(tmp_path / "data"),
        "num_bands": 12,
        "num_frames": 10,
        "labeled_percent": 0.2,
        "max_bad_files": 0.05,
        "framework_type": "random",
    }
    framework.run(HParams.parse({"sub_dir": "fsdd"} | small), Reporter(quiet=True))
    rejected = (tmp_path / "outputs/fsdd/stats/random/run_1/rejected.csv").read_text(encoding="utf-8").splitlines()
    assert rejected[0] == "file,reason"
    assert len(rejected) == 2
    assert rejected[1].startswith("3_george_9.wav,")
