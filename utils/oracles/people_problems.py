"""What of the parameters does not go together with who labels: people, or simulated annotators."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from utils.oracles.annotator_problems import annotator_problems
from utils.oracles.label_studio_server import problems as label_studio_problems

_FOR_PEOPLE = ("new_classes", "show_guess", "prefetch")


def people_problems(hparams: Any) -> list[str]:
    """One sentence each, of an instance of HParams that stands for a cell of a grid."""
    return [*(_of_people(hparams) if hparams.asks_people() else _of_simulated(hparams))]


def _of_simulated(hparams: Any) -> Iterator[str]:
    for name in _FOR_PEOPLE:
        if getattr(hparams, name):
            yield f"{name}: is for people; set oracle to web, label_studio or csv, or leave it out"
    yield from annotator_problems(
        hparams.annotators, hparams.annotators_per_sample, hparams.oracle_error_rate, regression=hparams.is_regression()
    )


def _of_people(hparams: Any) -> Iterator[str]:
    for name in ("annotators", "oracle_error_rate"):
        if getattr(hparams, name):
            yield f"{name}: is for simulated labels, and oracle is {hparams.oracle!r}; leave it out"
    yield from _of_grid(hparams)
    if hparams.initial_selection == "stratified":
        yield "initial_selection: 'stratified' looks at labels that nobody has given yet; set it to random, kmeans or typiclust"
    if hparams.oracle == "label_studio":
        yield from label_studio_problems(hparams.label_studio_url)
    yield from _of_new_classes(hparams) if hparams.new_classes else ()


def _of_grid(hparams: Any) -> Iterator[str]:
    """People label one run, round after round."""
    if hparams.mode != "active_learning":
        yield f"oracle: {hparams.oracle!r} asks people round after round; set mode to active_learning"
    if hparams.full_data_baseline:
        yield "full_data_baseline: needs all labels, and people are still to give them; leave it out"
    for name, several in (("framework_type", hparams.names()), ("random_seed", hparams.seeds())):
        if len(several) > 1:
            yield f"{name}: received {len(several)} values, and people label one run; give one, and the next a run_name"
    if hparams.executor != "local" or (hparams.num_workers or 1) > 1:
        yield "executor, num_workers: people label one run, in this process; leave them out"


def _of_new_classes(hparams: Any) -> Iterator[str]:
    fixed = {
        "num_classes": hparams.num_classes is not None,
        "task": hparams.task in {"binary", "regression"},
        "class_weight": isinstance(hparams.class_weight, list),
        "pretrained": hparams.pretrained is not None,
    }
    for name, is_fixed in fixed.items():
        if is_fixed:
            yield f"{name}: fixes the number of classes, and new_classes lets it grow; leave one of them out"
    for name in hparams.names():
        if name in {"qbc", "qbc_variance"}:
            yield f"framework_type: {name!r} asks models of earlier rounds, which know fewer classes; leave out new_classes"
