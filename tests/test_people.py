"""Runs that people label: the same results as with simulated labels, whatever interrupts them, and no answer lost."""

from __future__ import annotations

import csv
import dataclasses
import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import framework
from hparams import HParams
from tests.fakes import ENVIRONMENT, FakeEngine, blobs, points, results_of, run_fake, small_params
from utils import backends
from utils.annotation.shown import Shown
from utils.console import Reporter
from utils.data.parts import choose_parts
from utils.data.source import DataSet
from utils.errors import DamagedRunError, DataError, LabelsAwaitedError, ParameterError
from utils.journal import Record
from utils.run_status import RunStatus
from utils.seeds import seed_for
from utils.summary import Summary

TRUTH = blobs().table
COMPOSITIONS: list[dict[str, Any]] = [
    {},
    {"checkpoint": "best_of_round", "warm_start": False, "framework_type": "entropy_pl", "decay_threshold": 0.5},
    {"valid_percent": 0.2, "checkpoint": "best", "hist_sel_mode": "no"},
    {"test_percent": 0.0, "num_folds": 3},
]


def shown(data: DataSet | None = None, **changes: Any) -> DataSet:
    """The same samples, with something for people to look at."""
    data = data or blobs()
    table = dataclasses.replace(data.table, **changes)
    return dataclasses.replace(data, table=table, show=lambda sample: Shown("text", text=f"text of {sample}"))


def unlabelled(known: list[int] | None = None, classes: tuple[str, ...] = ("a", "b", "c")) -> DataSet:
    """The same samples, of which only the `known` have a label."""
    labels = np.full(len(TRUTH), -1)
    labels[known or []] = TRUTH.labels[known or []]
    return shown(labels=labels, class_names=classes)


def spreadsheet(outputs: Path) -> Path:
    (path,) = outputs.rglob("to_label.csv")
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"), newline="")))


def fill(path: Path, label: Any, rows: list[dict[str, str]] | None = None) -> None:
    """Writes `label(row)` into the column label of each row."""
    rows = rows or rows_of(path)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(row | {"label": label(row)} for row in rows)
    path.write_text(text.getvalue(), encoding="utf-8")


def true_name(row: dict[str, str]) -> str:
    return TRUTH.class_names[TRUTH.labels[int(row["id"])]]


def by_spreadsheet(params: HParams, outputs: Path, data: DataSet, label: Any = true_name, calls: int = 50) -> list[Record]:
    """Runs to the end, each time filling in what is asked."""
    for _ in range(calls):
        try:
            return run_fake(params, data)
        except LabelsAwaitedError:
            fill(spreadsheet(outputs), label)
    raise AssertionError("no end")


@pytest.mark.parametrize("composition", COMPOSITIONS, ids=str)
def test_people_who_know_the_truth_are_as_good_as_the_simulated_oracle(composition: dict[str, Any], outputs: Path) -> None:
    expected = run_fake(small_params(**composition), shown())
    outputs.rename(outputs.with_name("simulated"))
    found = by_spreadsheet(small_params(oracle="csv", **composition), outputs, shown())
    hidden = {"pseudo_acc": None}  # nobody knows whether the model's own labels are right
    assert [record["stats"] for record in found] == [record["stats"] | hidden for record in expected]
    assert [[pick[:4] for pick in record["selected"]] for record in found] == [
        [pick[:4] for pick in record["selected"]] for record in expected
    ]
    (stats,) = outputs.rglob("al_stats_1.csv")
    other = outputs.with_name("simulated") / stats.relative_to(outputs)
    if "entropy_pl" not in composition.values():
        assert stats.read_bytes() == other.read_bytes()
    labels = rows_of(next(outputs.rglob("labels.csv")))
    bought = [(pick[0], record["round"]) for record in found for pick in record["selected"] if pick[4] != "given"]
    assert [(int(row["id"]), int(row["round"])) for row in labels] == bought
    assert not list(outputs.rglob("to_label.csv"))


def test_nobody_sees_the_labels_of_the_pool(outputs: Path) -> None:
    experiment = framework.Experiment(next(small_params(oracle="csv").single_runs()), shown(), FakeEngine(), ENVIRONMENT)
    assert (experiment.learner.data.table.labels[experiment.parts.train] == -1).all()
    assert experiment.learner.data.table.known[experiment.parts.test].all()


def test_a_half_filled_sheet_is_kept_and_asked_for_again(outputs: Path) -> None:
    params = small_params(oracle="csv", max_round=1)
    with pytest.raises(LabelsAwaitedError, match=r"to_label\.csv: 10 of 10 samples wait for labels\n  fill in .*\(a, b, c; \?"):
        run_fake(params, shown())
    path = spreadsheet(outputs)
    half = rows_of(path)[:4]
    fill(path, lambda row: true_name(row) if row in half else "")
    content = path.read_bytes()
    with pytest.raises(LabelsAwaitedError, match="6 of 10") as caught:
        run_fake(params, shown())
    assert caught.value.exit_code == 0
    assert path.read_bytes() == content
    path.unlink()
    with pytest.raises(LabelsAwaitedError, match="6 of 10"):
        run_fake(params, shown())
    assert sum(bool(row["label"]) for row in rows_of(path)) == 4  # written down before, so they are not asked again
    assert len(rows_of(next(outputs.rglob("labels.csv")))) == 4


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda row: "A" if row["id"] == "9" else "a", r"there is no class 'A'; did you mean a\?; known: a, b, c, or \? for"),
        (lambda row: "a,b", r"row 2: there is no class 'a,b'"),
    ],
)
def test_wrong_labels_are_refused_with_their_rows(wrong: Any, words: str, outputs: Path) -> None:
    with pytest.raises(LabelsAwaitedError):
        run_fake(small_params(oracle="csv", labeled_percent=1.0), shown())
    fill(spreadsheet(outputs), wrong)
    with pytest.raises(DataError, match=words):
        run_fake(small_params(oracle="csv", labeled_percent=1.0), shown())
    assert not list(outputs.rglob("labels.csv"))


def test_a_sheet_of_another_make_is_refused_or_read(outputs: Path) -> None:
    params = small_params(oracle="csv", max_round=0)
    with pytest.raises(LabelsAwaitedError):
        run_fake(params, shown())
    path = spreadsheet(outputs)
    rows = rows_of(path)
    path.write_text("number;answer\n1;a\n", encoding="utf-8")
    with pytest.raises(DataError, match="row 1 names no column id and no column label; expected id, name, label"):
        run_fake(params, shown())
    path.write_bytes(b"id,label\n\xff,a\n")
    with pytest.raises(DataError, match="cannot be read"):
        run_fake(params, shown())
    path.write_text("id,label\n3000,a\n" + "".join(f"{row['id']},\n" for row in rows), encoding="utf-8")
    with pytest.raises(DataError, match="row 2: the id '3000' was not asked for"):
        run_fake(params, shown())
    text = "\ufeffid;label\r\n" + "".join(f"{row['id']};{true_name(row)}\r\n" for row in rows)
    path.write_text(text, encoding="utf-8", newline="")
    assert len(run_fake(params, shown())) == 1


def test_the_majority_of_several_counts_and_unusable_samples_are_rejected(outputs: Path) -> None:
    params = small_params(oracle="csv", annotators_per_sample=3, max_round=1)

    def label(row: dict[str, str]) -> str:
        if row["id"] == chosen:
            return "?"
        return "b" if row["annotator"] == "annotator 2" else true_name(row)

    with pytest.raises(LabelsAwaitedError):
        run_fake(params, shown())
    chosen = rows_of(spreadsheet(outputs))[0]["id"]
    first, second = by_spreadsheet(params, outputs, shown(), label)
    assert first["stats"]["num_total_labeled"] == 9
    assert {pick[4] for pick in first["selected"]} == {"annotator 1+annotator 2+annotator 3"}
    assert all(pick[3] in {None, TRUTH.labels[pick[0]]} for record in (first, second) for pick in record["selected"])
    assert len(rows_of(next(outputs.rglob("labels.csv")))) == 3 * 15


def test_cells_that_a_spreadsheet_would_compute_are_inert(outputs: Path) -> None:
    names = np.array(["=1+1", "+1", "-1", "@x"] * 15)
    with pytest.raises(LabelsAwaitedError):
        run_fake(small_params(oracle="csv"), shown(names=names))
    assert {row["name"][:2] for row in rows_of(spreadsheet(outputs))} == {"'=", "'+", "'-", "'@"}


def test_labels_that_came_with_the_data_are_the_start(outputs: Path) -> None:
    known = list(range(12))
    params = small_params(oracle="csv", test_percent=0.0, max_round=2)
    rounds = by_spreadsheet(params, outputs, unlabelled(known))
    assert sorted(pick[0] for pick in rounds[0]["selected"]) == known
    assert {pick[4] for pick in rounds[0]["selected"]} == {"given"}
    assert [record["stats"]["num_total_labeled"] for record in rounds] == [12, 17, 22]
    assert {pick[4] for record in rounds[1:] for pick in record["selected"]} == {"spreadsheet"}
    assert not {pick[0] for record in rounds[1:] for pick in record["selected"]} & set(known)


def test_without_any_label_the_first_samples_are_asked_for_too(outputs: Path) -> None:
    rounds = by_spreadsheet(small_params(oracle="csv"), outputs, unlabelled())
    assert rounds[0]["stats"]["num_total_labeled"] == 12
    assert all(0 <= record["stats"]["eval_acc"] <= 1 for record in rounds)


def test_until_two_samples_are_labelled_nothing_is_measured(outputs: Path) -> None:
    params = small_params(oracle="csv", labeled_percent=0.01, num_select_per_round=1, max_round=3)
    rounds = by_spreadsheet(params, outputs, unlabelled())
    assert rounds[0]["stats"]["eval_acc"] is None
    assert rounds[-1]["stats"]["eval_acc"] is not None
    assert (next(outputs.rglob("al_stats_1.csv")).read_text().splitlines()[1]).startswith("0,1,0,1,,")


def test_all_samples_may_turn_out_to_be_unusable(outputs: Path) -> None:
    rounds = by_spreadsheet(small_params(oracle="csv", max_round=20), outputs, unlabelled(), lambda row: "?")
    assert rounds[-1]["stats"]["num_total_labeled"] == 0
    assert sum(len(record["selected"]) for record in rounds) == 60


def test_classes_grow_as_people_name_them(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[int] = []

    def make(hparams: HParams, data: DataSet) -> tuple[FakeEngine, Record]:
        made.append(data.table.num_classes)
        return FakeEngine(data.table.num_classes), ENVIRONMENT

    monkeypatch.setattr(framework, "make_engine", make)
    params, calls = (
        small_params(oracle="csv", framework_type="random", new_classes=True, checkpoint="best", max_round=6),
        list[int](),
    )

    def label(row: dict[str, str]) -> str:
        return "first" if len(calls) == 0 else true_name(row)

    for _ in range(20):
        single = next(params.single_runs())
        try:
            rounds = framework.Experiment(single, unlabelled(classes=()), FakeEngine(2), ENVIRONMENT).run(framework.QUIET)
            break
        except LabelsAwaitedError:
            fill(spreadsheet(outputs), label)
            calls.append(1)
    assert rounds[0]["class_names"] == ["first"]
    assert set(rounds[-1]["class_names"]) == {"first", "a", "b", "c"}
    assert rounds[-1]["class_names"][:1] == ["first"]
    assert 4 in made
    names = rounds[-1]["class_names"]
    labels = {int(row["id"]): row["label"] for row in rows_of(next(outputs.rglob("labels.csv")))}
    assert all(names[pick[3]] == labels[pick[0]] for record in rounds for pick in record["selected"])
    assert rows_of(next(outputs.rglob("predictions.csv")))[0].keys() == {
        "id",
        "name",
        "label",
        *(f"p({name})" for name in names),
    }


class BornAnywhere(FakeEngine):
    """Has weights from the start that no seed decides."""

    def __init__(self, num_classes: int) -> None:
        super().__init__(num_classes)
        self.weights = np.random.default_rng().normal(size=self.weights.shape).astype(np.float32)


@pytest.mark.parametrize("again", [1, 2])
def test_a_model_with_more_classes_starts_from_weights_of_the_seed(
    again: int, outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A third class comes in round 2; the weights then are those that a model made anew has for the seed of the run."""
    starts: list[bytes] = []

    class Notes(BornAnywhere):
        def fit(self, *arguments: Any, **others: Any) -> Any:
            starts.append(self.weights.tobytes())
            return super().fit(*arguments, **others)

    monkeypatch.setattr(framework, "make_engine", lambda _, data: (Notes(data.table.num_classes), ENVIRONMENT))
    params = small_params(oracle="csv", framework_type="random", new_classes=True, checkpoint="last", max_round=2)
    sheets: list[Path] = []
    for _ in range(5):
        try:
            data = unlabelled(classes=("a", "b"))
            framework.Experiment(next(params.single_runs()), data, Notes(2), ENVIRONMENT).run(framework.QUIET)
            break
        except LabelsAwaitedError:
            sheets.append(spreadsheet(outputs))
            fill(sheets[-1], lambda row: "c" if len(sheets) == 3 else "ab"[int(row["id"]) % 2])
    assert len(sheets) == 3
    grown = [start for start in starts if len(start) == 3 * 2 * 4]
    reference = FakeEngine(3)
    reference.reset(seed_for(1, "weights"))
    assert grown[0] == reference.weights.tobytes()


def test_a_model_has_two_outputs_where_people_have_named_one_class(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    class Package:
        @staticmethod
        def make_engine(model: str, shape: Any, outputs: int, *others: Any) -> None:
            asked.append(outputs)

    monkeypatch.setattr(backends, "backend", lambda name: Package)
    params = small_params(oracle="csv", new_classes=True)
    for classes in ((), ("a",), ("a", "b"), ("a", "b", "c")):
        backends.make_engine(params, unlabelled(classes=classes))
    assert asked == [2, 2, 2, 3]


@pytest.mark.parametrize("test_percent", [0.0, 0.2])
def test_the_model_may_label_the_rest_though_nobody_knows_whether_rightly(test_percent: float, outputs: Path) -> None:
    params = small_params(oracle="csv", autolabel="stepwise", autolabel_step=10, max_round=1, test_percent=test_percent)
    by_spreadsheet(params, outputs, shown())
    rows = rows_of(next(outputs.rglob("autolabel_stats.csv")))
    assert {row["autolabel_acc"] for row in rows} == {""}
    assert all(bool(row["eval_acc"]) == (test_percent > 0) for row in rows)
    assert run_fake(params, shown())  # complete already


def test_an_untrained_model_is_not_judged_by_trained_ones(outputs: Path) -> None:
    params = small_params(oracle="csv", test_percent=0.0, pre_train=False, max_round=1)
    first, second = by_spreadsheet(params, outputs, shown())
    assert first["stats"]["eval_acc"] is None
    assert second["stats"]["eval_acc"] is not None


@pytest.mark.parametrize("engine", ["igs", "gsx", "gsy"])
def test_engines_of_regression_go_on_where_nothing_could_be_labelled(engine: str, outputs: Path) -> None:
    params = small_params(task="regression", framework_type=engine, oracle="csv", labeled_percent=0.05, max_round=2)
    data = points()
    calls: list[int] = []

    def label(row: dict[str, str]) -> str:
        return "?" if not calls else str(data.table.labels[int(row["id"])])

    for _ in range(5):
        try:
            rounds = run_fake(params, shown(data))
            break
        except LabelsAwaitedError:
            fill(spreadsheet(outputs), label)
            calls.append(1)
    assert [record["stats"]["num_total_labeled"] for record in rounds] == [0, 5, 10]


def test_numbers_are_asked_for_in_regression(outputs: Path) -> None:
    data = points()
    params = small_params(task="regression", framework_type="igs", oracle="csv", max_round=1)
    with pytest.raises(LabelsAwaitedError, match="a number"):
        run_fake(params, shown(data))
    fill(spreadsheet(outputs), lambda row: "many")
    with pytest.raises(DataError, match="the label 'many' is no number"):
        run_fake(params, shown(data))
    fill(spreadsheet(outputs), lambda row: str(data.table.labels[int(row["id"])]))
    rounds = by_spreadsheet(params, outputs, shown(data), lambda row: str(data.table.labels[int(row["id"])]))
    bought = [pick for record in rounds for pick in record["selected"]]
    np.testing.assert_allclose([pick[3] for pick in bought], data.table.labels[[pick[0] for pick in bought]], rtol=1e-6)


def test_a_set_with_nothing_to_show_is_refused() -> None:
    with pytest.raises(ParameterError, match="holds nothing that people could look at or listen to"):
        run_fake(small_params(oracle="csv"), blobs())


def test_at_the_end_people_are_told_where_their_labels_lie(outputs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    params = small_params(oracle="csv", max_round=0)
    by_spreadsheet(params, outputs, shown())
    Summary(params, outputs, Reporter()).finish([params])
    told = capsys.readouterr().out
    folder = outputs / "fake/stats/margin/run_1"
    assert f"labels: {folder / 'labels.csv'}\n" in told
    assert f"python -m utils.predict {folder} NEW_FILES\n" in told
    assert "seeds" not in told


def test_what_people_said_is_not_removed_by_an_option(outputs: Path) -> None:
    by_spreadsheet(small_params(oracle="csv", max_round=0), outputs, shown())
    kept = results_of(outputs)
    with pytest.raises(ParameterError, match=r"holds answers of people, in labelling/ and labels\.csv"):
        run_fake(small_params(oracle="csv", max_round=0, overwrite=True), shown())
    assert results_of(outputs) == kept
    (folder,) = outputs.rglob("labelling")
    folder.rename(outputs / "elsewhere")
    with pytest.raises(LabelsAwaitedError):
        run_fake(small_params(oracle="csv", max_round=0, overwrite=True), shown())


def test_the_status_says_that_labels_are_awaited(outputs: Path) -> None:
    params = small_params(oracle="csv", max_round=1)
    with pytest.raises(LabelsAwaitedError):
        run_fake(params, shown())
    single = next(params.single_runs())
    found = RunStatus.of(single, outputs, HParams.defaults())
    assert (found.state, found.detail) == ("stopped", f"waits for labels: {spreadsheet(outputs)}")
    by_spreadsheet(params, outputs, shown())
    assert RunStatus.of(single, outputs, HParams.defaults()).state == "done"


def test_chosen_labels_are_tested_on_only_where_somebody_asks_for_it(outputs: Path) -> None:
    table = unlabelled(list(range(30))).table
    values = {"sub_dir": "x", "dataset": "digits", "oracle": "csv"}
    settings = [HParams.parse(values | more).part_settings() for more in ({}, {"test_percent": 0.2}, {"test_percent": None})]
    assert not choose_parts(table, settings[0], 1).has_test
    assert len(choose_parts(table, settings[1], 1).test) == 6
    assert len(choose_parts(TRUTH, settings[0], 1).test) == 12


@pytest.mark.parametrize(
    ("names", "words"), [(["", "b"], "'' ; it stands for no name"), (["?", "b"], "'?'; it stands for unusable")]
)
def test_names_that_are_none_are_refused(names: list[str], words: str) -> None:
    with pytest.raises(ParameterError) as caught:
        HParams.parse({"sub_dir": "digits", "oracle": "csv", "class_names": names})
    assert words.replace(" ;", ";") in str(caught.value)


def test_prefetch_means_nothing_in_a_spreadsheet(outputs: Path) -> None:
    rounds = by_spreadsheet(small_params(oracle="csv", prefetch=5, max_round=2), outputs, shown())
    assert [record["stats"]["num_total_labeled"] for record in rounds] == [10, 15, 20]


def test_a_recording_of_one_window_is_called_by_its_file(outputs: Path) -> None:
    clips = np.array([f"{min(number, 57)}.wav" for number in range(60)])
    names = np.array([f"{clip}#{number}" for number, clip in enumerate(clips)])
    with pytest.raises(LabelsAwaitedError):
        run_fake(small_params(oracle="csv", labeled_percent=1.0), shown(names=names, groups={"clip": clips}))
    called = {int(row["id"]): row["name"] for row in rows_of(spreadsheet(outputs))}
    assert all(name == (f"{sample}.wav" if sample < 57 else names[sample]) for sample, name in called.items())


def test_a_complete_run_writes_its_labels_again_and_refuses_a_log_that_lacks_some(outputs: Path) -> None:
    params = small_params(oracle="csv", max_round=1)
    by_spreadsheet(params, outputs, shown())
    (path,), (log,) = outputs.rglob("labels.csv"), outputs.rglob("annotations.log")
    content, records = path.read_bytes(), log.read_bytes()
    for spoil in (path.unlink, lambda: path.write_text("id,label\n1,z\n")):
        spoil()
        assert len(run_fake(params, shown())) == 2
        assert path.read_bytes() == content
    log.write_bytes(records.replace(b'"label":"b"', b'"label":"c"', 1))
    with pytest.raises(DamagedRunError, match=r"annotations\.log, line \d+: the record was altered \(its SHA-256 is"):
        run_fake(params, shown())
    log.write_bytes(b"".join(records.splitlines(keepends=True)[:12]))
    with pytest.raises(DamagedRunError, match=r"annotations\.log: lacks 5 of the 15 answers that the run has learnt from"):
        run_fake(params, shown())
    assert path.read_bytes() == content
    log.parent.rename(outputs / "elsewhere")
    assert len(run_fake(params, shown())) == 2
    assert path.read_bytes() == content
