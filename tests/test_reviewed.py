"""Faults that a review found, each with the shortest way to it."""

from __future__ import annotations

import dataclasses
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import framework
from hparams import HParams
from tests.fakes import ENVIRONMENT, FakeEngine, blobs, run_fake, small_params
from utils import files
from utils.data.audio_extraction import extract
from utils.data.audio_features import AudioSettings
from utils.errors import ParameterError
from utils.signals import Stopped, stop_on_signal


def test_another_split_under_the_same_name_is_refused_and_takes_no_stored_model(outputs: Path) -> None:
    params, data = small_params(test_percent=None), blobs()
    masks = [np.arange(60) < 12, np.arange(60) >= 48]
    first, second = (dataclasses.replace(data, table=dataclasses.replace(data.table, test=mask)) for mask in masks)
    run_fake(params, first)
    with pytest.raises(ParameterError, match=r"parts: .* → "):
        run_fake(params, second)
    run_fake(small_params(test_percent=None, framework_type="random"), second)
    assert len(list(outputs.glob("fake/init_ckpt/*"))) == 2


def test_pseudo_labelled_samples_are_never_held_out_later(outputs: Path) -> None:
    params = small_params(
        framework_type="random", pseudo_label=True, decay_threshold=0.9, checkpoint="best", num_select_per_round=3, max_round=12
    )
    experiment = framework.Experiment(next(params.single_runs()), blobs(), FakeEngine(), ENVIRONMENT)
    rounds = experiment.run(framework.QUIET)
    seen: set[int] = set()
    bought_after_pseudo_label = set()
    for record in rounds:
        bought_after_pseudo_label |= {pick[0] for pick in record["selected"]} & seen
        seen |= set(record["pseudo_labelled"])
    assert bought_after_pseudo_label
    assert not bought_after_pseudo_label & set(experiment.labelling.held_out.tolist())


def test_an_error_that_a_signal_caused_inside_a_library_ends_as_the_signal() -> None:
    with pytest.raises(Stopped) as caught, stop_on_signal():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        except Stopped:
            raise SystemError("returned a result with an exception set") from None
    assert caught.value.exit_code == 143


def test_a_signal_that_was_swallowed_is_answered_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr("utils.signals.time.monotonic", lambda: now[0])
    with pytest.raises(Stopped), stop_on_signal():
        with pytest.raises(Stopped):
            os.kill(os.getpid(), signal.SIGINT)
        now[0] = 4.0
        os.kill(os.getpid(), signal.SIGINT)
        now[0] = 6.0
        os.kill(os.getpid(), signal.SIGINT)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"run_name": "a/b"}, "run_name: received 'a/b'"),
        ({"run_name": "run_1"}, "run_name: received 'run_1'"),
        ({"framework_type": "margin", "strategy_params": {"margin": 5}}, "strategy_params: expected engine name → an object"),
        ({"framework_type": "margin", "strategy_params": {"margin": {}, "x": {}}}, "strategy_params: expected engine name"),
        ({"class_names": ["a", "a"]}, "class_names: .* each name may stand there once"),
    ],
)
def test_parameters_that_would_end_badly_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        HParams.parse({"sub_dir": "x"} | changes)


def test_a_label_budget_below_the_initial_labels_is_refused() -> None:
    with pytest.raises(ParameterError, match=r"stop\.label_budget: received 5, but 10 samples are labelled at the start"):
        small_params(stop={"label_budget": 5}).planned_labels(48)


def test_a_validation_share_needs_no_room_for_a_test_share_that_groups_replace() -> None:
    HParams.parse({"sub_dir": "x", "valid_percent": 0.85, "test_groups": ["5"], "group_by": "fold"})


def test_a_smaller_max_round_than_is_done_is_refused(outputs: Path) -> None:
    run_fake(small_params(max_round=1))
    run_fake(small_params(max_round=3))
    with pytest.raises(ParameterError, match="max_round: 3 → 2"):
        run_fake(small_params(max_round=2))


def test_a_round_with_nothing_to_train_on_keeps_the_weights(outputs: Path) -> None:
    params = small_params(hist_sel_mode="no", num_select_per_round=1, checkpoint="best_of_round", max_round=6)
    rounds = run_fake(params)
    idle = [number for number in range(1, 7) if rounds[number]["stats"]["epochs"] == 0]
    assert idle
    for number in idle:
        assert rounds[number]["weights_sha256"] == rounds[number - 1]["weights_sha256"]


def test_a_model_that_does_not_fit_the_samples_is_a_sentence() -> None:
    import models_keras
    from utils.learning_engine import Sampling, TrainingSettings

    with pytest.raises(ParameterError, match=r"model: cnn cannot be built for samples of shape \(8, 8, 1\) with model_params"):
        models_keras.make_engine("cnn", (8, 8, 1), 3, {"filters": [4, 4, 4, 4]}, TrainingSettings(1, 8, 0.01), Sampling(), 1)


def test_damaged_features_are_extracted_again(tmp_path: Path) -> None:
    import soundfile

    settings, names = AudioSettings(num_bands=12, num_frames=10), ["a.wav", "b.wav"]
    for number, name in enumerate(names):
        soundfile.write(tmp_path / name, np.random.default_rng(number).normal(scale=0.1, size=8000), 8000)
    first = extract(tmp_path, names, settings, tmp_path / "cache", lambda *_: None, 0.0)
    expected = np.array(first.features)
    (array,) = (tmp_path / "cache").glob("*.npy")
    content = bytearray(array.read_bytes())
    content[-400:] = bytes(400)
    array.write_bytes(content)
    np.testing.assert_array_equal(
        extract(tmp_path, names, settings, tmp_path / "cache", lambda *_: None, 0.0).features, expected
    )


def test_a_file_in_the_way_and_a_link_that_leads_out_are_sentences(tmp_path: Path, outputs: Path) -> None:
    outputs.mkdir()
    (outputs / "fake").write_text("in the way", encoding="utf-8")
    with pytest.raises(ParameterError, match="is a file where a folder is needed"):
        run_fake(small_params())
    (outputs / "fake").unlink()
    (outputs / "fake").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (outputs / "fake" / "init_ckpt").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(ParameterError, match="leads out of"):
        run_fake(small_params())
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_lock_held_for_an_instant_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checking = files.locked(tmp_path / "run.lock", "a process that only checks")
    checking.__enter__()
    monkeypatch.setattr("utils.files.time.sleep", lambda seconds: checking.__exit__(None, None, None))
    with files.locked(tmp_path / "run.lock", "me"):
        assert (tmp_path / "run.lock").read_text(encoding="utf-8") == "me"


def test_a_grid_is_refused_before_any_of_its_runs_begins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(framework, "OUTPUTS", tmp_path)
    monkeypatch.setattr(framework, "make_engine", lambda *_: (FakeEngine(10, 64), ENVIRONMENT))
    monkeypatch.setattr(FakeEngine, "export", FakeEngine.save_weights)
    monkeypatch.setattr("utils.rows.Rows.take", lambda rows: rows.features[rows.ids].reshape(len(rows), -1))
    params = small_params(num_total=200, max_round=1)
    framework.run(params)
    other = small_params(num_total=200, max_round=1, framework_type=["random", "margin"], learning_rate=0.01)
    with pytest.raises(ParameterError, match=r"learning_rate: 0\.0005 → 0\.01"):
        framework.run(other)
    assert [path.name for path in (tmp_path / "fake" / "stats").iterdir()] == ["margin"]
