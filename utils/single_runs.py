"""From the parameters of an experiment to those of its runs: lists, seeds, thresholds and folds unfold into one instance each.

The parameters are an instance of `HParams`, which no module of utils/ may import; each run is a changed copy of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import product
from typing import Any

FINAL = "final"
"""In the place of a fold: the model that a cross-validation ends with."""


def variant_of(run_name: str | None, fold: int | str | None) -> str | None:
    """The name of a run's folder in that of its strategy; None where it has none of its own."""
    part = None if fold is None else FINAL if fold == FINAL else f"fold_{fold}"
    return "_".join(filter(None, (run_name, part))) or None


def single_runs(hparams: Any, after_round_0: Collection[str]) -> Iterator[Any]:
    """One instance per run, seeds innermost: first the full-data runs where asked for, then engine by engine.

    Args:
        hparams: of all runs.
        after_round_0: the parameters that no result of round 0 depends on.
    """
    if hparams.full_data_baseline or hparams.mode == "train":
        for seed in hparams.seeds():
            yield _full_data_run(hparams, seed, after_round_0)
    if hparams.mode == "cross_validate":
        folds = [*range(1, hparams.num_folds + 1), FINAL] if hparams.fold is None else [hparams.fold]
        for seed, fold in product(hparams.seeds(), folds):
            epochs = hparams.final_epochs if fold == FINAL and hparams.final_epochs else hparams.num_epochs
            run = _full_data_run(hparams, seed, after_round_0)
            of_final = ("final_epochs", "curve_smoothing", "curve_skip") if fold != FINAL else ()
            unread = {name: type(hparams).model_fields[name].get_default() for name in of_final}
            yield run.model_copy(
                update={**unread, "fold": fold, "num_epochs": epochs, "checkpoint": "last", "early_stopping": None}
            )
    for name in hparams.names() if hparams.mode == "active_learning" else ():
        thresholds = hparams.thresholds(name)
        for threshold, seed in product(thresholds, hparams.seeds()):
            yield _engine_run(hparams, name, seed, threshold, named=len(thresholds) > 1)


def _engine_run(hparams: Any, strategy: str, seed: int, threshold: int, *, named: bool) -> Any:
    """One run; `named` gives it the threshold in its name."""
    variant = hparams.run_name
    if named:
        variant = f"{variant}_threshold_{threshold}" if variant else f"threshold_{threshold}"
    now = {
        "framework_type": strategy,
        "strategy_params": hparams.params_of(strategy),
        "hist_sel_mode": hparams.history_mode(strategy),
    }
    single = {"full_data_baseline": False, "random_seed": seed, "sel_thresholds": [threshold], "run_name": variant}
    return hparams.model_copy(update=now | single)


def _full_data_run(hparams: Any, seed: int, after_round_0: Collection[str]) -> Any:
    """Round 0 alone, on all labels; whatever matters only later stands at its default."""
    fields = type(hparams).model_fields
    later = {name: fields[name].get_default() for name in after_round_0 if name != "run_name"}
    now = {"random_seed": seed, "labeled_percent": 1.0, "pre_train": True, "load_pretrained": False, "max_round": 0}
    first = {"initial_selection": "random", "initial_space": "raw"}
    whole = {"full_data_baseline": hparams.mode == "active_learning"}
    return hparams.model_copy(update={**later, **now, **first, **whole})
