"""What parameters say that does not go together: with one another, with the kind of the data, with the classes of a set.

hparams.py checks each parameter alone; here are the sentences for what only several of them, or they and the data, get wrong.
The parameters are an instance of `HParams` throughout, which no module of utils/ may import.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from utils import files
from utils.annotation.names import UNUSABLE, plain
from utils.data.augmentation import problems as augmentation_problems
from utils.data.source import Kind
from utils.decision import EVEN
from utils.errors import DataError, ParameterError
from utils.mlflow_tracker import problems as mlflow_problems
from utils.oracles.people_problems import people_problems
from utils.saved_run import FULL_DATA

_LONGEST_NAME, _LONGEST_PATH = 255, 3000
"""Bytes."""


def conflicts_of(hparams: Any) -> list[str]:
    """What of `hparams` does not go together, one sentence each; empty when all is well."""
    of_learning = _of_task(hparams), _of_mode(hparams), _of_training(hparams)
    found = *of_learning, _of_names_and_lists(hparams), people_problems(hparams), _of_audio(hparams)
    return [sentence for sentences in found for sentence in sentences]


def conflicts_of_running(hparams: Any) -> list[str]:
    """What does not go together of how the runs of a grid are executed, one sentence each."""
    ray, problems = hparams.executor == "ray", []
    of_ray = {"ray_address": None, "gpus_per_run": 0, "shard_scoring": False}
    given = [name for name, default in of_ray.items() if getattr(hparams, name) != default and not ray]
    problems += [f"{name}: is for Ray; set executor to 'ray', or leave it out" for name in given]
    if hparams.mlflow_uri is not None and not hparams.mlflow:
        problems.append("mlflow_uri: set mlflow to true, or leave it out")
    return problems + (mlflow_problems(hparams.mlflow_uri) if hparams.mlflow else [])


def conflicts_with_kind(hparams: Any, kind: Kind) -> list[str]:
    """What of `hparams` does not suit samples of this `kind`, one sentence each."""
    found = augmentation_problems(kind, hparams.augmentations)
    if kind == "text" and hparams.initial_selection in {"kmeans", "typiclust"}:
        found.append(
            f"initial_selection: {hparams.initial_selection!r} compares samples, and texts cannot be compared before there "
            "are labelled ones to learn the words from; set it to random or stratified"
        )
    return found


def check_classes(hparams: Any, class_names: Sequence[str]) -> None:
    """Raises DataError when `hparams`, or people, cannot work with the classes of the data set; it has none in regression."""
    if hparams.is_regression():
        if class_names:
            shown = ", ".join(class_names[:20])
            raise DataError(f"task: received regression, but the data set has classes, not numbers to predict: {shown}")
        return
    if hparams.asks_people() and (odd := _of_known_classes(tuple(class_names), people=True)):
        raise DataError("; ".join([*odd, "give the classes of the data set other names, which people can write"]))
    expected = 2 if hparams.is_binary() else hparams.num_classes
    if hparams.new_classes:
        return
    if expected not in {None, len(class_names)} or len(class_names) < 2:
        if not class_names and not hparams.asks_people():
            raise DataError("task: the data set has numbers to predict, not classes; set task to regression")
        if hparams.asks_people() and expected in {None, 2} and len(class_names) < 2:
            raise DataError(
                f"class_names: {len(class_names)} known, and people need two at least to choose from; name them in "
                "class_names, or set new_classes to true, so that people may"
            )
        raise DataError(
            f"num_classes: received {hparams.num_classes} (task {hparams.task or 'by num_classes'}), which stands for "
            f"{expected or 'two or more'} classes, but the data set has {len(class_names)}: {', '.join(class_names[:20])}; "
            "set num_classes, or choose classes with class_names"
        )
    if isinstance(hparams.class_weight, list) and len(hparams.class_weight) != len(class_names):
        raise DataError(
            f"class_weight: received {len(hparams.class_weight)} numbers, but the data set has {len(class_names)} classes: "
            f"{', '.join(class_names[:20])}"
        )


def _of_task(hparams: Any) -> list[str]:
    problems = []
    if hparams.task == "regression":
        problems += _of_regression(hparams)
    elif hparams.decision_threshold != EVEN and not hparams.is_binary():
        problems.append(
            f"decision_threshold: received {hparams.decision_threshold}; it is for binary tasks, set task to binary"
        )
    if hparams.task == "binary" and hparams.num_classes not in {None, 1, 2}:
        problems.append(f"num_classes: received {hparams.num_classes}; a binary task has 1 (one sigmoid output) or 2")
    if hparams.task == "multiclass" and hparams.num_classes == 1:
        problems.append("num_classes: received 1, which is one sigmoid output; set task to binary, or more classes")
    if (0 if hparams.test_groups else hparams.test_percent or 0) + hparams.valid_percent >= 1:
        problems.append("test_percent, valid_percent: together they leave nothing to train on; make their sum less than 1")
    weights = len(hparams.class_weight) if isinstance(hparams.class_weight, list) else None
    if weights and hparams.num_classes and weights != max(hparams.num_classes, 2):
        problems.append(f"class_weight: received {weights} numbers for {hparams.num_classes} classes")
    return problems


def _of_regression(hparams: Any) -> list[str]:
    """What has a meaning for classes alone."""
    of_classes: dict[str, Any] = {
        "num_classes": None, "class_names": None, "loss": None, "label_smoothing": 0.0, "decision_threshold": EVEN,
        "metric_baseline": 0.0, "pseudo_label": False, "autolabel": "no", "oracle_error_rate": 0.0,
    }  # fmt: skip
    given = [name for name, default in of_classes.items() if getattr(hparams, name) != default]
    given = [name for name in given if (name, hparams.loss) != ("loss", "mse")]
    given += ["class_weight"] if hparams.class_weight not in ("inverse", "none") else []
    given += ["hist_sel_mode"] if hparams.hist_sel_mode in {"certain", "var"} else []
    rules = ("target_accuracy", "stable_kappa", "max_entropy")
    given += [f"stop.{name}" for name in rules if getattr(hparams.stop, name) is not None]
    return [f"{name}: is for classes, and task is regression; leave it out" for name in given]


def _of_mode(hparams: Any) -> list[str]:
    problems = []
    crossed = hparams.mode == "cross_validate"
    if crossed and hparams.checkpoint == "best_of_round":
        problems.append(
            "checkpoint: the epochs of a cross-validation are judged on the fold left out; leave it out, or set it to 'last'"
        )
    if crossed and isinstance(hparams.fold, int) and hparams.fold > hparams.num_folds:
        problems.append(f"fold: received {hparams.fold}; there are num_folds {hparams.num_folds}")
    if hparams.fold is not None and not crossed:
        problems.append("fold: is for mode cross_validate; leave it out")
    if hparams.mode != "active_learning" and hparams.full_data_baseline:
        problems.append(f"full_data_baseline: mode {hparams.mode} trains on all labels anyway; leave it out")
    to_the_end = {"early_stopping": None, "metric_baseline": 0.0, "monitor": "accuracy"} if crossed else {}
    actively = {"stop": type(hparams.stop)(), "autolabel": "no", "pseudo_label": False}
    actively = {} if hparams.mode == "active_learning" else actively
    for unread, why in (
        (to_the_end, "each fold of a cross-validation trains to its last epoch"),
        (actively, f"is for active learning, and mode is {hparams.mode}"),
    ):
        given = [name for name, default in unread.items() if getattr(hparams, name) != default]
        problems += [f"{name}: {why}; leave it out" for name in given]
    chosen = hparams.decision_threshold if isinstance(hparams.decision_threshold, str) else None
    if chosen and hparams.is_binary() and (crossed or not hparams.validates()):
        problems.append(
            f"decision_threshold: {chosen!r} is chosen on a validation part, and there is none; give valid_percent, or a number"
        )
    return problems


def _of_training(hparams: Any) -> list[str]:
    problems = []
    if hparams.checkpoint == "last" and hparams.metric_baseline > 0:
        problems.append("metric_baseline: has no meaning with checkpoint 'last'; leave it out, or set checkpoint to 'best'")
    if hparams.checkpoint == "last" and hparams.early_stopping:
        problems.append("early_stopping: needs a validation result each epoch; set checkpoint to 'best' or 'best_of_round'")
    watched = [name for name in ("target_accuracy", "plateau_rounds") if getattr(hparams.stop, name) is not None]
    if watched and hparams.checkpoint_on != "validation":
        problems.append(f"stop.{watched[0]}: would look at the test part; set checkpoint_on to 'validation'")
    elif watched and hparams.checkpoint == "last" and hparams.valid_percent == 0:
        problems.append(
            f"stop.{watched[0]}: there is no validation part to measure it on; give valid_percent or another checkpoint"
        )
    return problems


def _of_names_and_lists(hparams: Any) -> list[str]:
    problems = []
    for name, value in (("sub_dir", hparams.sub_dir), ("run_name", hparams.run_name)):
        try:
            files.safe_join(Path("outputs"), *([value] if value is not None else []))
        except ParameterError as error:
            problems += [f"{name}: {problem}" for problem in error.problems]
    pretrained = hparams.pretrained.path if hparams.pretrained else None
    for name, value in (("data_dir", hparams.data_dir), ("pretrained.path", pretrained)):
        if value is not None and not _can_be_a_path(value):
            problems.append(f"{name}: received {value[:40]!r}; no file can be called so")
    if hparams.run_name is not None and re.fullmatch(r"run_\d+|al_stats.*|.*/.*", hparams.run_name, re.DOTALL):
        problems.append(f"run_name: received {hparams.run_name!r}; run folders use such names themselves, or it holds a /")
    by_engine = any(name in hparams.strategy_params for name in hparams.names())
    if by_engine and not all(
        key in hparams.names() and isinstance(value, dict) for key, value in hparams.strategy_params.items()
    ):
        problems.append("strategy_params: expected engine name → an object, for engines in framework_type alone")
    problems += _of_class_names(hparams)
    if FULL_DATA in hparams.names():
        problems.append(f"framework_type: {FULL_DATA!r} is no selection engine; set full_data_baseline to true")
    for name in ("framework_type", "random_seed", "sel_thresholds"):
        values = getattr(hparams, name)
        if isinstance(values, list) and len(set(values)) < len(values):
            problems.append(f"{name}: received {values}; each value may stand there once")
    return problems


def _of_audio(hparams: Any) -> list[str]:
    try:
        hparams.audio_settings()
    except ParameterError as error:
        return error.problems
    return []


def _can_be_a_path(text: str) -> bool:
    """Whether the operating system takes `text` for a path at all, with some room for what lies below."""
    try:
        path = os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return b"\0" not in path and len(path) <= _LONGEST_PATH and max(map(len, path.split(b"/"))) <= _LONGEST_NAME


def _of_class_names(hparams: Any) -> list[str]:
    return _of_known_classes(tuple(hparams.class_names or ()), people=hparams.asks_people())


@lru_cache(maxsize=2)
def _of_known_classes(names: tuple[str, ...], *, people: bool) -> list[str]:
    """As of `_of_class_names`: the cells of a grid have the same names, which may be many."""
    problems = []
    if len(set(names)) < len(names):
        problems.append(f"class_names: received {list(names)}; each name may stand there once")
    none = {name: "no name" for name in names if not name.strip()} | ({UNUSABLE: "unusable"} if people else {})
    alike = {plain(name): name for name in reversed(names)} if people else {}
    twins = [(alike[plain(name)], name) for name in names if people and alike[plain(name)] != name]
    problems += [f"class_names: received {one!r} and {other!r}, which look the same to people" for one, other in twins]
    return problems + [f"class_names: received {name!r}; it stands for {none[name]}" for name in names if name in none]
