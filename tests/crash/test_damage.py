"""G6, G7, G9: damage, a second process and changed parameters are noticed and named; nothing of them is used."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest

from hparams import HParams, about
from tests.clerk import Clerk
from tests.fakes import FakeEngine, blobs, results_of, run_fake, small_params
from tests.test_people import shown
from utils import files
from utils.errors import DamagedRunError, FolderInUseError, ParameterError
from utils.prediction.trained_run import TrainedRun

RUN = "fake/stats/margin/run_1"


def test_a_journal_cut_at_any_byte_of_its_last_round_is_continued(outputs: Path) -> None:
    run_fake(small_params())
    results, journal = results_of(outputs), outputs / RUN / "rounds.log"
    whole = journal.read_bytes()
    shutil.copytree(outputs, outputs.with_name("kept"))
    lines = whole.splitlines(keepends=True)
    before_last_round = len(b"".join(lines[:-2]))
    for size in range(before_last_round, len(whole), 17):
        shutil.rmtree(outputs)
        shutil.copytree(outputs.with_name("kept"), outputs)
        journal.write_bytes(whole[:size])
        run_fake(small_params())
        assert results_of(outputs) == results, f"cut at byte {size}"


def test_a_flipped_bit_in_an_older_record_is_refused_naming_file_line_and_hashes(outputs: Path) -> None:
    run_fake(small_params())
    journal = outputs / RUN / "rounds.log"
    whole = journal.read_bytes()
    older = len(b"".join(whole.splitlines(keepends=True)[:-1]))
    choices = random.Random(1)
    for _ in range(100):
        position, bit = choices.randrange(older - 1), 1 << choices.randrange(8)
        journal.write_bytes(whole[:position] + bytes([whole[position] ^ bit]) + whole[position + 1 :])
        with pytest.raises(DamagedRunError) as caught:
            run_fake(small_params())
        assert caught.value.exit_code == 65
        assert "rounds.log" in str(caught.value)


def test_altered_weights_are_refused_naming_file_and_hashes(outputs: Path) -> None:
    run_fake(small_params(max_round=2))
    weights = outputs / RUN / "round_0002.weights.h5"
    whole = weights.read_bytes()
    choices = random.Random(2)
    for _ in range(60):
        position = choices.randrange(len(whole))
        weights.write_bytes(whole[:position] + bytes([whole[position] ^ (1 << choices.randrange(8))]) + whole[position + 1 :])
        with pytest.raises(
            DamagedRunError, match=r"round_0002\.weights\.h5.*SHA-256 expected [0-9a-f]{64}, received [0-9a-f]{64}"
        ):
            run_fake(small_params(max_round=3))


def test_a_missing_round_is_refused(outputs: Path) -> None:
    run_fake(small_params())
    journal = outputs / RUN / "rounds.log"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:2] + lines[3:]))
    with pytest.raises(DamagedRunError, match="not consecutive"):
        run_fake(small_params())


def test_a_start_that_an_older_journal_lets_refuse_keeps_the_weights(outputs: Path) -> None:
    run_fake(small_params(max_round=5))
    results = results_of(outputs)
    shutil.rmtree(outputs)
    run_fake(small_params())
    journal = outputs / RUN / "rounds.log"
    right, weights = journal.read_bytes(), {path: path.read_bytes() for path in journal.parent.glob("*.h5")}
    journal.write_bytes(b"".join(right.splitlines(keepends=True)[:2]))
    with pytest.raises(DamagedRunError, match=r"round_0000\.weights\.h5: .* received missing"):
        run_fake(small_params())
    assert {path: path.read_bytes() for path in journal.parent.glob("*.h5")} == weights
    journal.write_bytes(right)
    run_fake(small_params(max_round=5))
    assert results_of(outputs) == results


def test_weights_that_a_killed_run_did_not_come_to_remove_go_when_it_continues(outputs: Path) -> None:
    run_fake(small_params())
    folder = outputs / RUN
    kept = {path.name for path in folder.glob("*.h5")}
    (folder / "round_0001.weights.h5").write_bytes(b"superseded")
    journal = folder / "rounds.log"
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))  # it had not ended
    run_fake(small_params())
    assert {path.name for path in folder.glob("*.h5")} == kept


def test_an_altered_initial_model_is_refused(outputs: Path) -> None:
    run_fake(small_params())
    (weights,) = outputs.glob("fake/init_ckpt/*/initial.weights.h5")
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(DamagedRunError, match=r"initial model was altered.*remove .* and it is made anew"):
        run_fake(small_params(framework_type="random"))


def test_a_folder_in_use_is_refused_naming_the_holder(outputs: Path) -> None:
    with files.locked(outputs / RUN / "run.lock", "process 1234 on elsewhere"), pytest.raises(FolderInUseError) as caught:
        run_fake(small_params())
    assert caught.value.exit_code == 75
    assert "in use by process 1234 on elsewhere" in str(caught.value)
    run_fake(small_params())


CHANGES: dict[str, Any] = {
    "strategy_params": None, "max_round": 3, "num_select_per_round": 6, "initial_selection": "stratified",
    "stop": {"label_budget": 20}, "dataset": "npz", "class_names": ["a", "b", "c"], "num_classes": 3, "task": "multiclass",
    "num_total": 50, "test_percent": 0.3, "valid_percent": 0.1, "labeled_percent": 0.3, "group_by": "none",
    "max_bad_files": 0.5,
    "test_groups": None, "sample_rate": 8000, "num_bands": 40, "num_frames": 31, "hop_length": 256, "fft_length": 1024,
    "use_delta": False, "short_clips": "drop",
    "backend": "tf", "model": "vggish", "model_params": {"dropout": 0.1},
    "num_epochs": 2, "batch_size": 8, "learning_rate": 0.01, "class_weight": "none", "early_stopping": None,
    "warm_start": False,
    "load_pretrained": False, "pre_train": False, "checkpoint": "best", "checkpoint_on": "test_as_founding_systems_did",
    "metric_baseline": None, "hist_sel_mode": "no", "sel_thresholds": [20], "hist_keep": 0.4, "pseudo_label": True,
    "hist_rule": "random", "initial_space": "embedded", "candidate_pool": 9, "num_passes": 7, "num_members": 3,
    "num_augmented": 3, "augmentations": ["noise"], "autolabel": "all", "autolabel_step": 3,
    "decay_threshold": 0.1, "decay_rate": 0.1, "oracle": None, "oracle_error_rate": 0.1,
    "annotators": [{"name": "a", "error_rate": 0.5}], "annotators_per_sample": None, "new_classes": None, "threads": 2,
    "mode": None, "num_folds": 5, "fold": None, "final_epochs": 7, "curve_smoothing": 0.5, "curve_skip": 3,
    "data_params": {"length": 9}, "optimizer": "rmsprop", "loss": "mse", "label_smoothing": 0.1, "frozen": "extractor",
    "pretrained": {"path": "x.keras", "sha256": "0" * 64}, "monitor": "loss", "clip_norm": 5.0, "decision_threshold": None,
}  # fmt: skip
"""A value other than that of `small_params`; None where a change shows in the folder's name, or another is for other tasks."""


def test_every_parameter_that_changes_results_is_in_the_list_above() -> None:
    in_the_path = {"sub_dir", "framework_type", "random_seed", "run_name"}
    expected = {name for name in HParams.model_fields if about(name)["changes_results"]} - in_the_path
    assert set(CHANGES) == expected


@pytest.mark.parametrize("name", [name for name, value in CHANGES.items() if value is not None])
def test_another_value_under_the_same_name_is_refused_old_to_new(name: str, outputs: Path) -> None:
    run_fake(small_params())
    before = results_of(outputs)
    with pytest.raises(ParameterError, match=rf"(?s)holds a run with other values.*{name}: .* → ") as caught:
        run_fake(small_params(**{name: CHANGES[name]}))
    assert caught.value.exit_code == 2
    assert results_of(outputs) == before


def test_another_threshold_under_the_same_name_is_refused_old_to_new(outputs: Path) -> None:
    data = blobs(num_classes=2)
    run_fake(small_params(task="binary"), data, FakeEngine(2))
    with pytest.raises(ParameterError, match=r"decision_threshold: 0\.5 → 0\.4"):
        run_fake(small_params(task="binary", decision_threshold=0.4), data, FakeEngine(2))


def test_overwrite_starts_afresh(outputs: Path) -> None:
    run_fake(small_params())
    run_fake(small_params(num_select_per_round=6, overwrite=True))
    continued = results_of(outputs)
    shutil.rmtree(outputs)
    run_fake(small_params(num_select_per_round=6))
    assert results_of(outputs) == continued


def sealed(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode() + b" " + content + b"\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"no json", r"rounds\.log, line 8: holds no record; restore the file"),
        (b"[1]", r"line 8: holds no record"),
        (b'{"type":"end","reason":"\\ud800"}', r"line 8: holds no record"),
        ('{"type":"end","reason":"\udfff"}'.encode("utf-8", "surrogatepass"), r"line 8: holds no record"),
        (b"[" * 100_000, r"line 8: holds no record"),
        (
            b'{"type":"autolabel","steps":[{"ids":[],"names":[],"confidences":[],"labels":[],"right":0,"eval_acc":"high"}]}',
            r"line 8: .*\(autolabel\.steps\.0\.eval_acc\.",
        ),
        (b"{}", r"line 8: is not what a run writes \(.*type.*\); restore the file, or start afresh with --overwrite true"),
        (b'{"type":"end"}', r"line 8: is not what a run writes \(end\.reason: Field required\)"),
        (
            b'{"type":"header","version":1,"fingerprint":{}}',
            r"line 8: .*\(the header is the first record, and no other is one\)",
        ),
        (
            b'{"type":"autolabel","steps":[{"ids":[1],"names":["a"],"confidences":[0.5],"labels":[],"right":null}]}',
            r"line 8: .*\(autolabel\.steps\.0: .*ids, names, confidences and labels are not as many\)",
        ),
    ],
)
def test_a_record_forged_with_its_hash_is_refused(content: bytes, said: str, outputs: Path) -> None:
    run_fake(small_params())
    journal = outputs / RUN / "rounds.log"
    journal.write_bytes(journal.read_bytes() + sealed(content))
    with pytest.raises(DamagedRunError, match=said):
        run_fake(small_params())


def test_a_round_of_samples_that_the_data_do_not_hold_is_refused(outputs: Path) -> None:
    run_fake(small_params())
    journal = outputs / RUN / "rounds.log"
    lines = journal.read_bytes().splitlines(keepends=True)
    record = json.loads(lines[2].partition(b" ")[2])
    record["selected"][0][0] = 10**6
    journal.write_bytes(b"".join([*lines[:2], sealed(json.dumps(record).encode()), *lines[3:]]))
    with pytest.raises(DamagedRunError, match=r"rounds\.log: round 1 does not fit the data set \(.*1000000.*restore the file"):
        run_fake(small_params())


@pytest.mark.parametrize("label", [-1, 3, 10**12, 0.5])
def test_a_round_with_a_class_that_the_data_have_not_is_refused(label: float, outputs: Path) -> None:
    run_fake(small_params())
    journal = outputs / RUN / "rounds.log"
    lines = journal.read_bytes().splitlines(keepends=True)
    record = json.loads(lines[2].partition(b" ")[2])
    record["selected"][0][3] = label
    journal.write_bytes(b"".join([*lines[:2], sealed(json.dumps(record).encode()), *lines[3:]]))
    with pytest.raises(DamagedRunError, match=rf"round 1 does not fit the data set \(sample \d+ has class {label} of 3\)"):
        run_fake(small_params())


def test_a_folder_where_a_file_belongs_is_named(outputs: Path) -> None:
    run_fake(small_params(max_round=1))
    journal, table = outputs / RUN / "rounds.log", outputs / RUN / "selections.csv"
    table.unlink()
    table.mkdir()
    with pytest.raises(ParameterError, match=r"selections\.csv is a folder where a file is needed, or leads to none: move it"):
        run_fake(small_params(max_round=2))
    journal.unlink()
    journal.mkdir()
    with pytest.raises(DamagedRunError, match=r"rounds\.log: is no file; move it away, and put the journal there"):
        run_fake(small_params(max_round=2))


@pytest.mark.parametrize("content", [None, b"", b"[[[["], ids=["gone", "empty", "cut"])
def test_answers_that_the_run_has_learnt_from_are_missed(
    content: bytes | None, outputs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("utils.oracles.csv_file.CsvOracle", Clerk)
    run_fake(small_params(oracle="csv", max_round=1), shown())
    log = outputs / RUN / "labelling" / "annotations.log"
    log.unlink()
    if content is not None:
        log.write_bytes(content)
    with pytest.raises(
        DamagedRunError, match=r"annotations\.log: lacks 15 of the 15 answers that the run has learnt from; put"
    ):
        run_fake(small_params(oracle="csv", max_round=2), shown())


def test_predictions_take_no_earlier_round_where_a_later_record_was_altered(outputs: Path) -> None:
    run_fake(small_params())
    journal = outputs / RUN / "rounds.log"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:-2], lines[-2].replace(b"eval_acc", b"evil_acc"), lines[-1]]))
    with pytest.raises(DamagedRunError, match=r"rounds\.log, line 6: the record was altered; restore the file"):
        TrainedRun.read(outputs / RUN)
