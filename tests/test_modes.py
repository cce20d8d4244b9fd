"""Plain training and cross-validation: their folds, their curves, their final model, and that they survive a kill."""

from __future__ import annotations

import csv
import itertools
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import framework
from hparams import HParams
from tests.fakes import ENVIRONMENT, FakeEngine, FakeRegressor, FakeSource, blobs, points, results_of, small_params
from utils import reading
from utils.console import Reporter
from utils.data.source import LoadedData
from utils.errors import DataError, ParameterError
from utils.learning_engine import Epoch, FitReport, LearningEngine
from utils.rows import Rows

FOLDS = 3
CURVES = {"multiclass": [0.3, 0.5, 0.9, 0.6, 0.4], "regression": [9.0, 4.0, 6.0, 2.0, 8.0]}
"""A validation metric after each epoch; training longer goes on as the last."""
BEST = {"multiclass": 3, "regression": 4}


class Curved(FakeEngine):
    """Reports hand-made curves, of as many epochs as it is told to train."""

    def __init__(self, engine: FakeEngine, epochs: int, curve: list[float]) -> None:
        self.engine, self.epochs, self.curve = engine, epochs, curve
        self.provides = engine.provides

    def __getattribute__(self, name: str) -> Any:
        if name in {"engine", "epochs", "curve", "fit", "provides"}:
            return object.__getattribute__(self, name)
        return getattr(self.engine, name)

    def fit(self, x: Rows, y: NDArray[Any], **options: Any) -> FitReport:
        self.engine.fit(x, y, **options)
        values = [self.curve[min(number, len(self.curve) - 1)] for number in range(self.epochs)]
        validated = options["validation"] is not None
        return FitReport(
            tuple(Epoch(1 / (n + 1), 0.5, v, 0.4) if validated else Epoch(1.0) for n, v in enumerate(values)), self.epochs - 1
        )


@pytest.fixture
def made(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The epochs of each engine that was made; `framework.run` then works without TensorFlow and on fake data."""
    epochs = list[int]()

    def make_engine(hparams: HParams, data: LoadedData) -> tuple[LearningEngine, dict[str, Any]]:
        epochs.append(hparams.num_epochs)
        task = "regression" if hparams.is_regression() else "multiclass"
        engine = FakeRegressor() if hparams.is_regression() else FakeEngine()
        return Curved(engine, hparams.num_epochs, CURVES[task]), ENVIRONMENT

    def resolve(hparams: HParams) -> tuple[HParams, FakeSource]:
        return hparams, FakeSource(points() if hparams.is_regression() else blobs())

    monkeypatch.setattr(framework, "make_engine", make_engine)
    monkeypatch.setattr(framework, "resolve", resolve)
    return epochs


def params_of(task: str = "multiclass", **changes: Any) -> HParams:
    values = {"task": task, "mode": "cross_validate", "num_folds": FOLDS, "num_epochs": 5, "curve_skip": 0}
    return small_params(**values | {"curve_smoothing": 0.0, "framework_type": "random"} | changes)


def parts_of(params: HParams, data: LoadedData) -> list[Any]:
    return [framework.choose_parts(data.table, single.part_settings(), 1) for single in params.single_runs()]


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(("task", "data"), [("multiclass", blobs()), ("regression", points())])
@pytest.mark.parametrize("valid_percent", [0.0, 0.2])
def test_folds_are_disjoint_cover_the_training_part_and_leave_the_test_part_alone(
    task: str, data: LoadedData, valid_percent: float
) -> None:
    *folds, final = parts_of(params_of(task, valid_percent=valid_percent), data)
    left_out = [fold.test.tolist() for fold in folds]
    assert sorted(itertools.chain.from_iterable(left_out)) == final.train.tolist()
    for fold in folds:
        assert fold.validation.tolist() == fold.test.tolist()
        assert sorted([*fold.train, *fold.test]) == final.train.tolist()
        assert not np.isin(final.test, [*fold.train, *fold.test]).any()
        assert not np.isin(final.validation, [*fold.train, *fold.test]).any()


def test_the_final_model_has_the_parts_of_a_plain_training() -> None:
    *_, final = parts_of(params_of(), blobs())
    [train] = parts_of(params_of(mode="train"), blobs())
    assert final.fingerprint() == train.fingerprint()


def test_the_final_model_trains_for_as_long_as_its_folds_say(made: list[int], outputs: Path) -> None:
    for task in ("multiclass", "regression"):
        made.clear()
        table = framework.run(params_of(task, run_name=task))
        assert made == [5, BEST[task]]
        final = outputs / f"fake/stats/cross_validate/{task}_final/run_1"
        assert len(rows_of(final / "epochs.csv")) == BEST[task]
        assert table["strategy"].tolist() == ["cross_validate"] * 4
        assert table["variant"].tolist() == [*(f"{task}_fold_{number}" for number in (1, 2, 3)), f"{task}_final"]
        assert table["epochs"].tolist() == [5, 5, 5, BEST[task]]
        assert (table["round"] == 0).all()
    assert {row["run_name"] for row in rows_of(outputs / "fake/cross_validation.csv")} == {"multiclass", "regression"}
    assert not (outputs / "fake/comparison.csv").exists()


def test_smoothing_and_skipping_change_how_long(made: list[int], outputs: Path) -> None:
    """Skipping the first three epochs leaves 0.6 and 0.4; of the smoothed 0.3, 0.4, 0.65, 0.625, 0.5125 the third is best."""
    framework.run(params_of(curve_skip=3, run_name="skipped"))
    framework.run(params_of(curve_smoothing=0.5, run_name="smoothed"))
    assert made == [5, 4, 5, 3]


def test_final_epochs_has_the_last_word(made: list[int], outputs: Path) -> None:
    framework.run(params_of(final_epochs=2))
    assert len(rows_of(outputs / "fake/stats/cross_validate/final/run_1/epochs.csv")) == 2


def test_each_epoch_of_a_fold_is_validated_and_the_last_is_kept(made: list[int], outputs: Path) -> None:
    framework.run(params_of(fold=2))
    rows = rows_of(outputs / "fake/stats/cross_validate/fold_2/run_1/epochs.csv")
    assert [float(row["valid_metric"]) for row in rows] == CURVES["multiclass"]
    assert [row["kept"] for row in rows] == ["0", "0", "0", "0", "1"]
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4", "5"]


def test_one_fold_alone_and_then_the_rest_gives_the_same_files(made: list[int], outputs: Path) -> None:
    framework.run(params_of())
    straight = results_of(outputs)
    shutil.rmtree(outputs)
    framework.run(params_of(fold=2))
    framework.run(params_of())
    assert results_of(outputs) == straight


def test_no_engine_of_a_cross_validation_chooses_its_epoch(
    made: list[int], outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever checkpoint says, and it says "best" by default: the epochs are judged on the fold left out."""
    make_engine, kept = framework.make_engine, list[str]()

    def notes(hparams: HParams, data: LoadedData) -> Any:
        kept.append(hparams.training_settings().keep)
        return make_engine(hparams, data)

    monkeypatch.setattr(framework, "make_engine", notes)
    framework.run(params_of().model_copy(update={"checkpoint": "best"}))
    assert kept == ["last", "last"]


def test_fold_by_fold_gives_the_same_files(made: list[int], outputs: Path) -> None:
    framework.run(params_of())
    straight = results_of(outputs)
    shutil.rmtree(outputs)
    for fold in (3, 1, 2, "final"):
        framework.run(params_of(fold=fold))
    assert results_of(outputs) == straight


def test_the_final_model_alone_says_which_folds_it_misses(made: list[int], outputs: Path) -> None:
    framework.run(params_of(fold=2))
    with pytest.raises(DataError, match=r"fold_<k>: expected 3 folds of seed 1, received 1; run the cross-validation again"):
        framework.run(params_of(fold="final"))


class Killed(BaseException):
    pass


@pytest.mark.parametrize("after", [1, 3])
def test_killed_between_folds_it_goes_on(after: int, made: list[int], outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    framework.run(params_of())
    straight = results_of(outputs)
    shutil.rmtree(outputs)
    run, done = framework.Experiment.run, list[str]()

    def dies(self: framework.Experiment, reporter: Reporter) -> Any:
        if len(done) == after:
            raise Killed
        done.append(self.name)
        return run(self, reporter)

    with monkeypatch.context() as patch:
        patch.setattr(framework.Experiment, "run", dies)
        with pytest.raises(Killed):
            framework.run(params_of())
    framework.run(params_of())
    assert results_of(outputs) == straight


@pytest.mark.parametrize("mode", ["cross_validate", "train"])
def test_the_same_command_again_says_complete(mode: str, made: list[int], outputs: Path) -> None:
    class Listens(Reporter):
        def end_run(self, name: str, last: Any, reason: str) -> None:
            reasons.append(reason)

    reasons = list[str]()
    first = framework.run(params_of(mode=mode))
    results = results_of(outputs)
    again = framework.run(params_of(mode=mode), Listens(quiet=True))
    assert reasons == ["complete already"] * (4 if mode == "cross_validate" else 1)
    assert again[first.columns].equals(first)
    assert results_of(outputs) == results


def test_other_final_epochs_train_the_final_model_again_and_no_fold(made: list[int], outputs: Path) -> None:
    framework.run(params_of())
    with pytest.raises(ParameterError, match=r"final_epochs: null → 2") as caught:
        framework.run(params_of(final_epochs=2))
    assert "final/run_1" in str(caught.value)


@pytest.mark.parametrize("valid_percent", [0.0, 0.2])
@pytest.mark.parametrize("checkpoint", ["last", "best", "best_of_round"])
def test_a_plain_training_keeps_its_curve(checkpoint: str, valid_percent: float, made: list[int], outputs: Path) -> None:
    params = params_of(mode="train", checkpoint=checkpoint, valid_percent=valid_percent, random_seed=[1, 2])
    table = framework.run(params)
    assert len(table) == 2
    assert table["seed"].tolist() == [1, 2]
    assert table["strategy"].tolist() == ["train", "train"]
    validated = valid_percent > 0 or checkpoint != "last"
    for seed in (1, 2):
        rows = rows_of(outputs / f"fake/stats/train/run_{seed}/epochs.csv")
        assert len(rows) == 5
        assert [bool(row["valid_metric"]) for row in rows] == [validated] * 5
        assert sum(int(row["kept"]) for row in rows) == 1
    assert not (outputs / "fake/init_ckpt").exists()
    assert not (outputs / "fake/comparison.csv").exists()


def test_active_learning_gives_one_row_per_run_and_round(made: list[int], outputs: Path) -> None:
    table = framework.run(
        params_of(mode="active_learning", framework_type=["random", "margin"], max_round=1, full_data_baseline=True)
    )
    assert table[["strategy", "round"]].to_numpy().tolist() == [
        ["full_data", 0], ["random", 0], ["random", 1], ["margin", 0], ["margin", 1],
    ]  # fmt: skip
    assert [row["strategy"] for row in rows_of(outputs / "fake/comparison.csv")].count("margin") == 2


def test_a_chosen_threshold_is_not_chosen_on_the_fold_that_it_is_measured_on(outputs: Path) -> None:
    chosen = {"decision_threshold": "f1", "valid_percent": 0.2}
    with pytest.raises(ParameterError, match="decision_threshold: 'f1' is chosen on a validation part"):
        params_of("binary", mode="cross_validate", **chosen)
    params = params_of("binary", mode="train", **chosen)
    experiment = framework.Experiment(next(params.single_runs()), blobs(num_classes=2), FakeEngine(2), ENVIRONMENT)
    assert experiment.run(Reporter(quiet=True))[0]["stats"]["decision_threshold"] != 0.5


def test_nothing_is_written_outside_the_folder_of_the_mode(made: list[int], outputs: Path) -> None:
    framework.run(params_of(mode="train"))
    assert {path.name for path in (outputs / "fake/stats").iterdir()} == {"train"}
    assert reading.sha256_of(outputs / "fake/stats/train/run_1/model.keras")


def test_the_final_model_alone_takes_no_epochs_from_other_folds(made: list[int], outputs: Path) -> None:
    for fold in range(1, FOLDS + 1):
        framework.run(params_of(fold=fold))
    made.clear()
    with pytest.raises(ParameterError, match=r"fold_1/run_1 holds a run with other values.*\n  learning_rate: 0.0005 → 0.01"):
        framework.run(params_of(fold="final", learning_rate=0.01))
    framework.run(params_of(fold="final"))
    assert made[-1] == BEST["multiclass"]


def test_what_the_model_says_of_the_test_part_is_written_down(made: list[int], outputs: Path) -> None:
    framework.run(params_of(mode="train"))
    rows = rows_of(outputs / "fake/stats/train/run_1/predictions.csv")
    [parts] = parts_of(params_of(mode="train"), blobs())
    assert [int(row["id"]) for row in rows] == parts.test.tolist()
    assert [row["label"] for row in rows] == [blobs().table.class_names[label] for label in blobs().table.labels[parts.test]]
    right = [max("abc", key=lambda name: float(row[f"p({name})"])) == row["label"] for row in rows]
    [stats] = rows_of(outputs / "fake/stats/train/al_stats_1.csv")
    assert np.mean(right) == pytest.approx(float(stats["eval_acc"]))
