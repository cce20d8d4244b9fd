"""What a run asks for: candidates, pools scored part by part, committees, the first labels."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import framework
from hparams import HParams
from strategies.composition import query as module
from strategies.composition.learner import Learner
from tests.fakes import ENVIRONMENT, FakeEngine, blobs, run_fake, small_params
from utils.errors import DivergenceError, ParameterError
from utils.inference import Inference
from utils.learning_engine import Epoch, FitReport, Need
from utils.rows import Rows


class Watched(FakeEngine):
    """Notes what it was asked to infer."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[tuple[int, frozenset[Need]]] = []

    def infer(self, x: Rows, needs: frozenset[Need], seed: int = 0) -> Inference:
        self.asked.append((len(x), needs))
        return super().infer(x, needs, seed)


def selected(**changes: Any) -> list[list[int]]:
    rounds = run_fake(small_params(**changes))
    return [[pick[0] for pick in record["selected"]] for record in rounds]


def test_only_the_candidates_are_looked_at_and_they_change_from_round_to_round(outputs: Path) -> None:
    engine = Watched()
    rounds = run_fake(small_params(candidate_pool=9, max_round=3), engine=engine)
    assert [count for count, _ in engine.asked].count(9) == 3
    assert [record["stats"]["num_new_labeled"] for record in rounds] == [10, 5, 5, 5]


@pytest.mark.parametrize("candidates", [1, 5])
def test_there_are_never_fewer_candidates_than_the_budget(candidates: int, outputs: Path) -> None:
    assert [len(picks) for picks in selected(candidate_pool=candidates)] == [10, 5, 5, 5, 5]


def test_more_candidates_than_samples_are_all_of_them(outputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    many = selected(candidate_pool=1000)
    monkeypatch.setattr(framework, "OUTPUTS", tmp_path / "other")
    assert selected() == many


@pytest.mark.parametrize("name", ["margin", "random", "entropy", "power_bald", "egl"])
def test_a_large_pool_scored_part_by_part_gives_the_same_picks(
    name: str, outputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = selected(framework_type=name)
    monkeypatch.setattr(module, "SCORED_AT_ONCE", 7)
    monkeypatch.setattr(framework, "OUTPUTS", tmp_path / "other")
    assert selected(framework_type=name) == whole


@pytest.mark.parametrize("changes", [{"framework_type": "entropy_pl"}, {"framework_type": "margin", "pseudo_label": True}])
def test_pseudo_labels_need_the_whole_pool_at_once(
    changes: dict[str, Any], outputs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = selected(decay_threshold=0.7, **changes)
    monkeypatch.setattr(module, "SCORED_AT_ONCE", 7)
    monkeypatch.setattr(framework, "OUTPUTS", tmp_path / "other")
    assert selected(decay_threshold=0.7, **changes) == whole


def test_part_by_part_no_more_is_inferred_at_once(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SCORED_AT_ONCE", 7)
    monkeypatch.setattr(Learner, "finish", lambda *_: None)
    engine = Watched()
    run_fake(small_params(checkpoint="last"), engine=engine)
    on_test, on_stop_set = 12, 48
    assert max(count for count, _ in engine.asked if count not in {on_test, on_stop_set}) == 7


def test_the_pictures_of_a_large_pool_look_at_a_part_of_it(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "DRAWN_OF", 6)
    engine = Watched()
    run_fake(small_params(framework_type="random", max_round=1), engine=engine)
    assert [count for count, needs in engine.asked if Need.EMBEDDINGS in needs] == [6, 6]


def test_the_pictures_of_wide_embeddings_look_at_as_many_as_fit(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_ALWAYS_DRAWN", 3)
    monkeypatch.setattr(module, "DRAWN_BYTES", 7 * 2 * np.dtype(np.float32).itemsize)
    engine = Watched()
    run_fake(small_params(framework_type="random", max_round=1), engine=engine)
    assert [count for count, needs in engine.asked if Need.EMBEDDINGS in needs] == [1, 1, 7, 7]


def test_a_bad_score_in_a_later_part_names_its_sample(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bad = 40

    class Diverged(FakeEngine):
        def infer(self, x: Rows, needs: frozenset[Need], seed: int = 0) -> Inference:
            found = super().infer(x, needs, seed)
            if found.probabilities is not None and Need.EMBEDDINGS not in needs and len(x) < 12:
                found.probabilities[x.ids == bad] = np.nan
            return found

    monkeypatch.setattr(module, "SCORED_AT_ONCE", 7)
    with pytest.raises(DivergenceError, match=rf"round \d.*score of sample {bad} is NaN or infinite"):
        run_fake(small_params(max_round=20, num_select_per_round=1, framework_type="entropy"), engine=Diverged())


def test_a_committee_is_asked_with_the_weights_of_the_last_rounds(outputs: Path) -> None:
    loaded: list[str] = []

    class Loads(FakeEngine):
        def load_weights(self, path: Path) -> None:
            loaded.append(path.name)
            super().load_weights(path)

    params = small_params(
        framework_type="qbc", strategy_params={"committee": "rounds"}, num_members=2, max_round=3, load_pretrained=False
    )
    run_fake(params, engine=Loads())
    names = [name.removesuffix(".weights.h5") for name in loaded]
    assert names == ["round_0000", "round_0000", "round_0001", "round_0001", "round_0002"]


def test_rounds_that_kept_the_weights_of_the_one_before_are_one_member(outputs: Path) -> None:
    loaded: list[str] = []

    class Settled(FakeEngine):
        def fit(self, x: Rows, y: Any, **options: Any) -> Any:
            return FitReport((Epoch(0.5),), 0)

        def load_weights(self, path: Path) -> None:
            loaded.append(path.name)
            super().load_weights(path)

    committee = {"framework_type": "qbc", "strategy_params": {"committee": "rounds"}, "num_members": 3}
    run_fake(small_params(**committee, max_round=3, load_pretrained=False), engine=Settled())
    assert loaded == [f"round_000{number}.weights.h5" for number in range(3)]


@pytest.mark.parametrize("rule", ["kmeans", "typiclust"])
@pytest.mark.parametrize("space", ["raw", "embedded"])
def test_the_first_labels_can_be_spread_over_the_data(rule: str, space: str, outputs: Path) -> None:
    rounds = run_fake(small_params(initial_selection=rule, initial_space=space, labeled_percent=0.0625, max_round=1))
    first = [pick[0] for pick in rounds[0]["selected"]]
    assert len(set(first)) == 3


def test_the_first_labels_are_the_same_for_all_engines_and_whatever_ran_before(outputs: Path) -> None:
    first = {
        name: run_fake(small_params(framework_type=name, initial_selection="kmeans", initial_space="embedded", max_round=1))[0]
        for name in ("margin", "random")
    }
    assert first["margin"]["selected"] == first["random"]["selected"]


def refused(**changes: Any) -> str:
    with pytest.raises(ParameterError) as caught:
        HParams.parse({"sub_dir": "digits"} | changes, checks=(framework.check_names,))
    return str(caught.value)


def test_a_regression_engine_refuses_classification_and_says_which_fit() -> None:
    message = refused(framework_type="gsx")
    assert "framework_type: 'gsx' is for regression tasks, and this one is binary or multiclass; fit for it: " in message
    assert "margin" in message
    assert "gsy" not in message


def test_ratio_refuses_more_than_two_classes(outputs: Path) -> None:
    assert "'ratio' is for binary tasks, and this one is multiclass; fit for it:" in refused(
        framework_type="ratio", num_classes=3
    )
    with pytest.raises(ParameterError, match=r"'ratio' is for binary tasks, and this one is multiclass"):
        framework.make_plan(small_params(framework_type="ratio"), blobs().table)


def test_ratio_refuses_to_guess_where_nothing_validates() -> None:
    message = refused(framework_type="ratio", num_classes=1, checkpoint="last")
    assert (
        "'ratio' follows the errors on a validation part, and there is none: give valid_percent, or set checkpoint" in message
    )
    HParams.parse({"sub_dir": "digits", "framework_type": "ratio", "num_classes": 1}, checks=(framework.check_names,))


def test_ratio_runs_on_two_classes(outputs: Path) -> None:
    params = small_params(framework_type="ratio", num_classes=1, valid_percent=0.2)
    rounds = run_fake(params, blobs(num_classes=2), FakeEngine(num_classes=2))
    assert [record["stats"]["num_new_labeled"] for record in rounds] == [7, 5, 5, 5, 5]


def test_an_engine_that_the_model_cannot_answer_is_refused_before_the_run(outputs: Path) -> None:
    class Plain(FakeEngine):
        provides = frozenset({Need.PROBABILITIES})

    message = r"framework_type: 'bald': it asks for passes with dropout, and model 'cnn' has no dropout layer"
    with pytest.raises(ParameterError, match=message):
        framework.Experiment(small_params(framework_type="bald"), blobs(), Plain(), ENVIRONMENT)
    with pytest.raises(ParameterError, match=r"'aift': it asks for augmented copies, and there are no augmentations for this"):
        framework.Experiment(small_params(framework_type="aift"), blobs(), Plain(), ENVIRONMENT)


def test_augmentations_that_do_not_suit_the_data_are_refused_before_the_run() -> None:
    params = small_params(framework_type="aift", augmentations=["rotatoin", "time_mask"])
    with pytest.raises(ParameterError, match=r"rotatoin.*did you mean rotation") as caught:
        framework.resolve(params)
    assert "time_mask" in str(caught.value)
