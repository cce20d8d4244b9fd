"""The command that labels new files: what it says of a run's own samples is what the run said, to the last digit."""

from __future__ import annotations

import csv
import errno
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from PIL import Image

import framework
from hparams import HParams
from utils import reading
from utils.errors import DamagedRunError
from utils.journal import Journal
from utils.predict import main, predict

ROOT = Path(__file__).parents[2]
COMMON: dict[str, Any] = {
    "max_round": 1, "num_select_per_round": 4, "num_epochs": 2, "batch_size": 8, "pre_train": True, "checkpoint": "last",
    "labeled_percent": 0.3, "threads": 1, "learning_rate": 0.01,
}  # fmt: skip
RUNS: dict[str, dict[str, Any]] = {
    "recordings": {
        "dataset": "audio_folders", "model": "softmax", "backend": "tf", "sample_rate": 8000, "num_bands": 8, "num_frames": 9,
        "fft_length": 512, "hop_length": 256, "task": "binary", "decision_threshold": 0.8, "learning_rate": 0.0001,
    },
    "pictures": {"dataset": "image_folders", "model": "dense"},
    "texts": {"dataset": "text_folders", "data_params": {"vocabulary": 9, "length": 8}},
    "columns": {"dataset": "text_folders", "data_params": {"vocabulary": 9, "vectorise": "multi_hot"}, "max_round": 0},
    "table": {"dataset": "table_csv", "data_params": {"target": "price"}, "task": "regression"},
    "rows": {"dataset": "npz", "model": "softmax", "backend": "tf", "max_round": 0},
}  # fmt: skip
SHAPES = {"pictures": [6, 5, 1], "rows": [3]}


def make_recordings(folder: Path, rng: np.random.Generator) -> None:
    for label, hertz in (("high", 900.0), ("low", 300.0)):
        (folder / label).mkdir(parents=True)
        for number in range(8):
            times = np.arange(3000 + 900 * number) / 8000
            noise = rng.normal(scale=0.3, size=len(times))
            soundfile.write(folder / label / f"{number}.wav", 0.3 * np.sin(2 * np.pi * hertz * times) + noise, 8000)


def make_pictures(folder: Path, rng: np.random.Generator) -> None:
    for label, grey in (("dark", 110), ("light", 150)):
        (folder / label).mkdir(parents=True)
        for number in range(10):
            pixels = rng.integers(grey - 90, grey + 90, (6, 5), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / label / f"{number}.png")


def make_texts(folder: Path, rng: np.random.Generator) -> None:
    for label, words in (("neg", ["bad", "sad"]), ("pos", ["good", "nice"])):
        (folder / label).mkdir(parents=True)
        for number in range(10):
            text = " ".join(rng.choice([*words, "film", "THE", "Don't", "\u00c9t\u00e9", "x\u2028y"], 12))
            (folder / label / f"{number}.txt").write_text(text, encoding="utf-8")


def make_table(folder: Path, rng: np.random.Generator) -> None:
    folder.mkdir()
    with (folder / "houses.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file)
        rows.writerow(["area", "colour", "far", "price"])
        for area, far in rng.normal(100, 30, (40, 2)).tolist():
            rows.writerow([area, rng.choice(["red", "gr,een", "1"]), far, 3 * area - far])


def make_rows(folder: Path, rng: np.random.Generator) -> None:
    folder.mkdir()
    x, y = rng.normal(size=(40, 3)), np.arange(40) % 2
    np.savez(folder / "rows.npz", x_train=x[:30], y_train=y[:30], x_test=x[30:], y_test=y[30:])


MAKE = {
    "recordings": make_recordings, "pictures": make_pictures, "texts": make_texts, "columns": make_texts,
    "table": make_table, "rows": make_rows,
}  # fmt: skip


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with a data set and a finished run of each kind."""
    place = tmp_path_factory.mktemp("predict")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(framework, "OUTPUTS", place / "outputs")
        for pictures in ("plots", "training_plots", "decision_plots"):
            for name in _drawing(pictures):
                patch.setattr(f"utils.{pictures}.{name}", lambda *_, **__: None)
        patch.setattr("utils.selection_artefacts.SelectionArtefacts.write", lambda *_: None)
        for name, params in RUNS.items():
            MAKE[name](place / name, np.random.default_rng(7))
            test = {"test_percent": None} if name == "rows" else {}
            framework.run(HParams(sub_dir=name, data_dir=str(place / name), **(COMMON | params | test)))
            _note_shape(run_of(place, name) / "params.json", SHAPES.get(name))
        yield place


def _drawing(module: str) -> list[str]:
    source = (ROOT / "utils" / f"{module}.py").read_text(encoding="utf-8")
    return [line[4 : line.index("(")] for line in source.splitlines() if line.startswith("def ") and line[4] != "_"]


def _note_shape(path: Path, shape: list[int] | None) -> None:
    params = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({"sample_shape": shape} | params), encoding="utf-8")


def run_of(place: Path, name: str) -> Path:
    return place / "outputs" / name / "stats/random/run_1"


@pytest.fixture
def copied(place: Path, tmp_path: Path) -> Any:
    """Copies a run, for tests that change it."""

    def copy(name: str) -> Path:
        return Path(shutil.copytree(run_of(place, name), tmp_path / "run_1"))

    return copy


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(text.splitlines(keepends=True)))


def said_by_run(place: Path, name: str) -> dict[str, dict[str, str]]:
    rows = rows_of((run_of(place, name) / "predictions.csv").read_text(encoding="utf-8"))
    return {row["name"]: row for row in rows}


@pytest.mark.parametrize("name", ["recordings", "pictures", "texts", "columns", "table"])
def test_of_its_own_samples_it_says_what_the_run_said(place: Path, name: str) -> None:
    text, rejected = predict(run_of(place, name), place / name)
    found, expected = {row["name"]: row for row in rows_of(text)}, said_by_run(place, name)
    columns = [column for column in next(iter(expected.values())) if column.startswith("p")]
    assert len(expected) >= 4
    assert rejected == []
    assert [[found[one][column] for column in columns] for one in expected] == [
        [row[column] for column in columns] for row in expected.values()
    ]


def test_rows_of_an_archive_are_fed_as_they_are(place: Path, tmp_path: Path) -> None:
    with np.load(place / "rows" / "rows.npz") as archive:
        np.savez(tmp_path / "new.npz", x=archive["x_test"])
    found = rows_of(predict(run_of(place, "rows"), tmp_path / "new.npz")[0])
    assert [row["p(1)"] for row in found] == [row["p(1)"] for row in said_by_run(place, "rows").values()]
    assert found[3]["name"] == "x 3"


def test_pictures_may_come_in_an_archive(place: Path, tmp_path: Path) -> None:
    pictures = sorted((place / "pictures" / "dark").iterdir())
    np.savez(tmp_path / "new.npz", np.stack([np.asarray(Image.open(path)) for path in pictures]))
    of_archive = rows_of(predict(run_of(place, "pictures"), tmp_path / "new.npz")[0])
    of_files = rows_of(predict(run_of(place, "pictures"), place / "pictures" / "dark")[0])
    assert [row["p(dark)"] for row in of_archive] == [row["p(dark)"] for row in of_files]


def test_label_and_confidence_are_those_of_the_most_probable_class(place: Path) -> None:
    rows = rows_of(predict(run_of(place, "pictures"), place / "pictures")[0])
    for row in rows:
        probabilities = {name: float(row[f"p({name})"]) for name in ("dark", "light")}
        assert row["label"] == max(probabilities, key=lambda name: probabilities[name])
        assert float(row["confidence"]) == max(probabilities.values())


def test_a_binary_run_decides_at_its_own_threshold(place: Path) -> None:
    rows = rows_of(predict(run_of(place, "recordings"), place / "recordings")[0])
    between = [row for row in rows if 0.5 < float(row["p(low)"]) < 0.8]
    assert between
    assert all(row["label"] == ("low" if float(row["p(low)"]) >= 0.8 else "high") for row in rows)
    assert all(row["confidence"] == row[f"p({row['label']})"] for row in rows)


def test_per_file_windows_are_averaged(place: Path) -> None:
    run, data = run_of(place, "recordings"), place / "recordings"
    windows, whole = rows_of(predict(run, data)[0]), rows_of(predict(run, data, per_file=True)[0])
    assert [row["name"] for row in whole] == [f"{label}/{number}.wav" for label in ("high", "low") for number in range(8)]
    for row in whole:
        own = [float(window["p(low)"]) for window in windows if window["name"].rpartition("#")[0] == row["name"]]
        assert float(row["p(low)"]) == pytest.approx(np.mean(own), abs=1e-7)


def test_a_single_file_and_a_list_of_them_get_the_answers_that_the_folder_gets(place: Path, tmp_path: Path) -> None:
    run, data = run_of(place, "recordings"), place / "recordings"
    of_folder = {row["name"]: row["p(low)"] for row in rows_of(predict(run, data)[0])}
    (alone, *_) = rows_of(predict(run, data / "low" / "3.wav")[0])
    assert (alone["name"], alone["p(low)"]) == ("3.wav#0", of_folder["low/3.wav#0"])
    (data / "list.csv").write_text("path\nlow/3.wav\nhigh/0.wav\nlow/none.wav\n")
    text, rejected = predict(run, data / "list.csv")
    (data / "list.csv").unlink()
    listed = {row["name"]: row["p(low)"] for row in rows_of(text)}
    assert listed == {name: p for name, p in of_folder.items() if name.startswith(("low/3.wav", "high/0.wav"))}
    assert rejected == [("low/none.wav", "there is no such file, or none that can be read to its end")]


def test_texts_may_stand_in_a_table(place: Path, tmp_path: Path) -> None:
    texts = sorted((place / "texts" / "pos").iterdir())
    with (tmp_path / "new.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["text"], *([path.read_text(encoding="utf-8")] for path in texts), ["?!"]])
    text, rejected = predict(run_of(place, "texts"), tmp_path / "new.csv")
    of_files = rows_of(predict(run_of(place, "texts"), place / "texts" / "pos")[0])
    assert [row["p(pos)"] for row in rows_of(text)] == [row["p(pos)"] for row in of_files]
    assert rejected == [("row 12", "it holds no word; write some, or remove it")]


def test_a_table_needs_no_target_and_bad_rows_are_named(place: Path, tmp_path: Path) -> None:
    own = rows_of((place / "table" / "houses.csv").read_text(encoding="utf-8"))
    of_all = rows_of(predict(run_of(place, "table"), place / "table")[0])
    new = tmp_path / "new.csv"
    lines = [[row["colour"], row["area"], row["far"], "new"] for row in own[:3]]
    bad = [["blue", "1", "2", ""], ["red", "many", "2", ""], ["red", "1e39", "2", ""], ["red", "", "2", ""]]
    with new.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["colour", "area", "far", "note"], *lines, *bad])
    text, rejected = predict(run_of(place, "table"), new)
    assert [row["prediction"] for row in rows_of(text)] == [row["prediction"] for row in of_all[:3]]
    number = "column 'area': expected a number that float32 can hold once it is standardised, received "
    assert rejected == [
        ("row 5", "column 'colour': expected one of the 3 categories of the run's table, received 'blue'"),
        ("row 6", f"{number}'many'"),
        ("row 7", f"{number}'1e39'"),
        ("row 8", f"{number}''"),
    ]


def test_a_run_that_was_stopped_answers_by_its_last_round(place: Path, copied: Any) -> None:
    run = copied("pictures")
    lines = (run / "rounds.log").read_bytes().splitlines(keepends=True)
    (run / "rounds.log").write_bytes(b"".join(lines[:-1]) + lines[-1][:40])
    (run / "best.weights.h5").unlink()
    before = {path: path.read_bytes() for path in run.rglob("*") if path.is_file()}
    assert predict(run, place / "pictures") == predict(run_of(place, "pictures"), place / "pictures")
    assert {path: path.read_bytes() for path in run.rglob("*") if path.is_file()} == before


def test_the_best_weights_stand_in_for_those_of_the_last_round(place: Path, copied: Any) -> None:
    run = copied("pictures")
    (run / "round_0001.weights.h5").unlink()
    assert predict(run, place / "pictures") == predict(run_of(place, "pictures"), place / "pictures")


def test_weights_that_the_journal_does_not_know_are_refused(place: Path, copied: Any) -> None:
    run = copied("pictures")
    for name in ("round_0001.weights.h5", "best.weights.h5"):
        shutil.copy(run / "round_0000.weights.h5", run / name)
    expected, received = (reading.sha256_of(run_of(place, "pictures") / f"round_000{n}.weights.h5") for n in (1, 0))
    with pytest.raises(DamagedRunError) as caught:
        predict(run, place / "pictures")
    assert str(caught.value) == (
        f"{run}: neither round_0001.weights.h5 nor best.weights.h5 holds the weights of the last round (SHA-256 expected "
        f"{expected}, received {received}); restore one of them"
    )


def as_of_an_earlier_version(run: Path) -> None:
    """Takes from the journal what earlier versions did not note."""
    records = Journal(run / "rounds.log").records
    (run / "rounds.log").unlink()
    late = {"kept_sha256", "classes_sha256"}
    Journal(run / "rounds.log").append(
        *({name: value for name, value in record.items() if name not in late} for record in records)
    )


def swapped(path: Path) -> None:
    params = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(params | {"classes": params["classes"][::-1]}))


def reversed_lines(path: Path) -> None:
    path.write_text("".join(path.read_text(encoding="utf-8").splitlines(keepends=True)[::-1]), encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "file", "alter", "words"),
    [
        ("recordings", "params.json", swapped, "the classes, low, high, are not those of the run, or are in another order"),
        ("pictures", "params.json", swapped, "the classes, light, dark, are not those of the run, or are in another order"),
        ("texts", "vocabulary.txt", reversed_lines, "was altered (SHA-256 expected "),
        ("columns", "vocabulary.txt", reversed_lines, "was altered (SHA-256 expected "),
        ("table", "standardisation.csv", reversed_lines, "was altered (SHA-256 expected "),
    ],
)
def test_what_lies_beside_the_journal_is_not_believed(
    place: Path, copied: Any, name: str, file: str, alter: Any, words: str
) -> None:
    run = copied(name)
    told: list[str] = []
    predict(run, place / name, warn=told.append)
    assert told == []
    alter(run / file)
    with pytest.raises(DamagedRunError) as caught:
        predict(run, place / name)
    assert str(caught.value).startswith(f"{run / file}: {words}")


def test_a_run_of_an_earlier_version_answers_with_a_warning(
    place: Path, copied: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    run = copied("texts")
    as_of_an_earlier_version(run)
    assert main([str(run), str(place / "texts")]) == 0
    captured = capsys.readouterr()
    assert captured.out == predict(run_of(place, "texts"), place / "texts")[0]
    assert captured.err.startswith(f"{run}: an earlier version made this run and noted no hashes of its class names")


def test_weights_of_another_model_are_refused(place: Path, copied: Any) -> None:
    run = copied("pictures")
    as_of_an_earlier_version(run)
    params = json.loads((run / "params.json").read_text(encoding="utf-8"))
    (run / "params.json").write_text(json.dumps(params | {"classes": ["a", "b", "c"]}))
    with pytest.raises(DamagedRunError, match="not the weights of a dense"):
        predict(run, place / "pictures")


class TestCommand:
    def test_it_prints_or_writes_the_same(self, place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        arguments = [str(run_of(place, "rows")), str(place / "rows" / "new.npz")]
        np.savez(arguments[1], x=np.eye(3))
        assert main(arguments) == 0
        printed = capsys.readouterr().out
        output = tmp_path / "new folder" / "answers.csv"
        assert main([*arguments, "--output", str(output)]) == 0
        assert output.read_text(encoding="utf-8") == printed
        assert printed.startswith("name,label,confidence,p(0),p(1)\nx 0,")
        assert main([*arguments, "--output", str(output)]) == 2
        assert "answers.csv exists already; give another name, or --overwrite" in capsys.readouterr().err
        assert main([*arguments, "--output", str(output), "--overwrite"]) == 0

    def test_what_is_left_out_is_told_and_costs_nothing_else(self, place: Path, capsys: pytest.CaptureFixture[str]) -> None:
        bad = place / "pictures" / "new\x1b[2J.png"
        bad.write_bytes(b"no picture")
        assert main([str(run_of(place, "pictures")), str(place / "pictures")]) == 0
        bad.unlink()
        captured = capsys.readouterr()
        assert captured.err.startswith("1 left out:\n  new\\x1b[2J.png: not an image, or none of PNG")
        assert len(rows_of(captured.out)) == 20


BEFORE_TENSORFLOW = """
import sys
from utils.journal import Journal
from utils.predict import main
codes = [main(line.split("|")) for line in sys.stdin.read().splitlines()]
print(codes, "tensorflow" in sys.modules)
"""


def test_whatever_is_wrong_is_found_before_tensorflow_loads(place: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.png").write_bytes(b"no picture")
    run, table = run_of(place, "pictures"), run_of(place, "table")
    lines = [
        [tmp_path, place / "pictures"], [run, tmp_path / "none"], [run, tmp_path / "bad.png"], [run, place / "texts"],
        [table, place / "texts"], [run, place / "pictures", "--output", tmp_path],
    ]  # fmt: skip
    text = "\n".join("|".join(map(str, line)) for line in lines)
    done = subprocess.run(
        [sys.executable, "-c", BEFORE_TENSORFLOW], input=text, capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout == "[2, 2, 65, 65, 65, 2] False\n"
    assert f"{tmp_path} holds no rounds.log: name the folder of a run, such as outputs/quickstart/stats" in done.stderr
    assert f"there is no file or folder {tmp_path / 'none'}: name the new files, or their folder" in done.stderr
    assert "bad.png: none of 1 can be used\n  bad.png: not an image" in done.stderr
    assert "no file found that the model could judge; expected .png, .jpg" in done.stderr
    assert f"--output: {tmp_path} is a folder; name the CSV in it" in done.stderr


def test_a_run_that_may_not_be_read_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def denied(path: Path) -> bool:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "is_file", denied)
    assert main([str(tmp_path), str(tmp_path)]) == 74
    assert capsys.readouterr().err.startswith(f"{tmp_path}/rounds.log: Permission denied; see to it that it can be read")
