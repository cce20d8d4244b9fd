"""What limits a comparison, one sentence each: it is said, never mended.

Few seeds, seeds that are not paired, runs that stand at different points, that were trained otherwise or on other data: none
of it stops a comparison, and a reader who does not know of it would believe too much.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from utils.comparison.evaluated import MIXTURE, cross_evaluated, of_cross_validation
from utils.comparison.pairing import differences_of_split
from utils.most_common import most_common
from utils.plan import CHOSEN_ON_TEST
from utils.saved_params import PARTS
from utils.saved_run import SavedRun

if TYPE_CHECKING:
    from utils.comparison.comparison import Comparison

SAME_FOR_ALL = (
    "backend", "model", "model_params", "data_params", "num_epochs", "batch_size", "learning_rate", "optimizer", "loss",
    "label_smoothing", "class_weight", "early_stopping", "monitor", "checkpoint", "warm_start", "pre_train", "pretrained",
    "frozen", "task", "num_classes", "decision_threshold", "labeled_percent", "num_select_per_round", "initial_selection",
    "initial_space", "dataset", "class_names", "group_by", "test_groups", "test_percent", "valid_percent", "num_total",
    "oracle", "oracle_error_rate", "annotators", "annotators_per_sample",
    "metric_baseline", "load_pretrained", "checkpoint_on", "sample_rate", "num_bands", "num_frames",
    "hop_length", "fft_length", "use_delta", "short_clips", "environment", "clip_norm",
)  # fmt: skip
"""Parameters that runs of one comparison share, so that they differ in the selection alone."""
SAME_IN_A_CURVE = (
    "strategy_params", "candidate_pool", "num_passes", "num_members", "num_augmented", "augmentations", "hist_sel_mode",
    "sel_thresholds", "hist_keep", "hist_rule", "pseudo_label", "decay_threshold", "decay_rate", "new_classes",
)  # fmt: skip
"""Parameters of the selection, which the seeds of one curve share."""
SAME_ON_ALL_LABELS = frozenset(SAME_FOR_ALL) - {
    "labeled_percent", "num_select_per_round", "initial_selection", "initial_space", "warm_start", "pre_train",
    "load_pretrained", "metric_baseline", "oracle", "oracle_error_rate", "annotators", "annotators_per_sample",
}  # fmt: skip
"""Parameters that a run on all labels shares with the runs that are measured against it."""
BASELINE = "random"
"""The strategy that the others are compared with."""
FEWEST_SEEDS = 5


def limits(comparison: Comparison) -> list[str]:
    """All of them, in the order in which a reader should know."""
    return [
        *_of_measures(comparison),
        *_of_evaluation(comparison),
        *_of_parts(comparison),
        *_of_data(comparison),
        *_of_params(comparison),
        *_of_full_data(comparison),
        *_of_budgets(comparison),
        *_of_checkpoints(comparison),
        *_of_groups(comparison),
        *_of_seeds(comparison),
        *_of_lengths(comparison),
        *_of_pairs(comparison),
        *_of_validation(comparison),
    ]


def named(runs: Sequence[SavedRun]) -> str:
    """The runs, for a sentence."""
    return "; ".join(f"{run.name}, seed {run.seed}" for run in runs)


def _of_measures(comparison: Comparison) -> Iterator[str]:
    measure = comparison.measure
    if comparison.measured_otherwise:
        yield (
            f"most runs are measured by {measure.label} ({measure.column}), left out is what is measured "
            f"otherwise: {named(comparison.measured_otherwise)}; give another task a sub_dir of its own"
        )


def _of_evaluation(comparison: Comparison) -> Iterator[str]:
    every = comparison.every_run
    if without := cross_evaluated(every):
        mixed = len(without) < len(every)
        yield of_cross_validation(without) + (f": {named(without)}" if mixed else "")
        if mixed:
            yield f"{MIXTURE}: give them a sub_dir of their own"


def _of_parts(comparison: Comparison) -> Iterator[str]:
    every = comparison.every_run
    if unknown := [run for run in every if run.parts is None]:
        yield f"no readable params.json with the sizes of the parts: {named(unknown)}; their pool is taken from the others"
    usual = most_common(run.parts for run in every)
    for run in every:
        if run.parts and run.parts != usual:
            yield (
                f"{run.name}, seed {run.seed}: its parts are {_shown(run.parts)}, those of most runs {_shown(usual)}; "
                "another data set or split does not belong into this comparison: give it a sub_dir of its own"
            )


def _of_data(comparison: Comparison) -> Iterator[str]:
    """Names the runs that read other data than most runs of their seed and variant; where a path differs, also that."""
    for seed in sorted({run.seed for run in comparison.every_run}):
        for variant in sorted({run.variant for run in comparison.every_run}):
            runs = [run for run in comparison.every_run if (run.seed, run.variant) == (seed, variant)]
            read = [run.params.get("data", {}).get("features") for run in runs]
            usual = most_common(read)
            place = next(
                (run.params.get("data_dir") for run, features in zip(runs, read, strict=True) if features == usual), None
            )
            for run, features in zip(runs, read, strict=True):
                if features not in (None, usual):
                    own = run.params.get("data_dir")
                    where = f" (data_dir {json.dumps(own)}, not {json.dumps(place)})" if own != place else ""
                    yield (
                        f"{run.name}, seed {seed}: read other samples or features than most runs of this seed{where}; "
                        "it is no pair with them: give it a sub_dir of its own"
                    )


def _of_groups(comparison: Comparison) -> Iterator[str]:
    for kind in sorted({kind for run in comparison.every_run for kind in run.params.get("split_ignores", ())}):
        yield (
            f"the split ignores {kind}: the same one lies in the training and in the test part, so results say little about "
            "new ones (group_by)"
        )


def _of_validation(comparison: Comparison) -> Iterator[str]:
    usual = most_common(run.parts for run in comparison.runs)
    if usual and usual[1]:
        yield (
            f"the validation part's {usual[1]:,} labels count as spent, too: curves and savings tell of those in the pool alone"
        )


def _of_params(comparison: Comparison) -> Iterator[str]:
    """Names the runs that were trained otherwise than most of their variant: what they say is not about selection alone."""
    for variant in sorted({run.variant for run in comparison.runs}):
        runs = [run for run in comparison.runs if run.variant == variant]
        for run, other in _otherwise(runs, runs, SAME_FOR_ALL):
            yield (
                f"{run.name}, seed {run.seed}: trained otherwise than most runs ({other}); "
                "what differs is not the strategy alone: give it a run_name"
            )
    for group in comparison.groups:
        for run, other in _otherwise(group, group, SAME_IN_A_CURVE):
            yield (
                f"{run.name}, seed {run.seed}: selected otherwise than most seeds of its curve ({other}); "
                "they are not seeds of one strategy: give it a run_name"
            )


def _of_full_data(comparison: Comparison) -> Iterator[str]:
    """Names the runs on all labels that were trained otherwise than the curves that are measured against them."""
    told: dict[tuple[str, str], dict[str, list[int]]] = {}
    for group, curve in zip(comparison.groups, comparison.curves, strict=True):
        for run, other in _otherwise(comparison.on_all_labels(curve), group, sorted(SAME_ON_ALL_LABELS)):
            told.setdefault((run.name, other), {}).setdefault(curve.name, []).append(run.seed)
    for (name, other), curves in told.items():
        seeds = sorted({seed for found in curves.values() for seed in found})
        yield (
            f"{name}, {listed('seed', seeds)}: trained otherwise than {', '.join(curves)} ({other}); what all labels give, and "
            "the labels to a share of that, are not theirs: run it again, or give it a run_name"
        )


def _otherwise(runs: Sequence[SavedRun], most: Sequence[SavedRun], names: Iterable[str]) -> Iterator[tuple[SavedRun, str]]:
    """Those of `runs` that have other values of the parameters `names` than `most` usually have, and which, in words."""
    usual = {name: most_common(json.dumps(run.params[name]) for run in most if name in run.params) for name in names}
    for run in runs:
        own = {name: json.dumps(run.params[name]) for name, value in usual.items() if value and name in run.params}
        if other := [f"{name} {value}, not {usual[name]}" for name, value in own.items() if value != usual[name]]:
            yield run, "; ".join(other)


def _of_budgets(comparison: Comparison) -> Iterator[str]:
    counts = {group[0].name: group[0].params.get("num_select_per_round") for group in comparison.groups}
    known = {name: count for name, count in counts.items() if isinstance(count, int)}
    if len(set(known.values())) > 1:
        shown = ", ".join(f"{name} {count:,}" for name, count in known.items())
        yield f"labels bought per round differ ({shown}): the curves are over labels, so they are still compared label by label"


def _of_checkpoints(comparison: Comparison) -> Iterator[str]:
    if founding := [run for run in comparison.every_run if run.chosen_on_test]:
        yield f"{CHOSEN_ON_TEST}: {named(founding)}"


def _of_seeds(comparison: Comparison) -> Iterator[str]:
    if empty := [run for run in comparison.every_run if not len(run.labels)]:
        yield f"no {comparison.measure.label} yet, left out of the picture: {named(empty)}"
    compared = len(comparison.groups) > 1 or not comparison.of_people
    if few := [group for group in comparison.groups if compared and len(group) < FEWEST_SEEDS]:
        counts = ", ".join(f"{group[0].name} {len(group)}" for group in few)
        yield f"fewer than {FEWEST_SEEDS} seeds: {counts}; differences of this size can be chance"
    seeds = {run.seed for group in comparison.groups for run in group}
    for group in comparison.groups:
        if missing := sorted(seeds - {run.seed for run in group}):
            lacking = f"{group[0].name} lacks {listed('seed', missing)}, which others have"
            yield f"{lacking}: it is compared over the seeds that both have"


def _of_lengths(comparison: Comparison) -> Iterator[str]:
    for group, curve in zip(comparison.groups, comparison.curves, strict=True):
        first, last = min(run.labels[-1] for run in group), max(run.labels[-1] for run in group)
        if first < last:
            behind = [run.seed for run in group if run.labels[-1] < last]
            yield (
                f"{curve.name}: {listed('seed', behind)} ended before {last:,.0f} labels; "
                f"beyond {first:,.0f} the mean is over the seeds that got there"
            )
        if any(len(run.labels) < np.isfinite(row).sum() for run, row in zip(group, curve.results, strict=True)):
            yield f"{curve.name}: the seeds stand at different label counts; interpolated between rounds"
    yield from _of_span(comparison)
    ends = {curve.name: curve.labels[-1] for curve in comparison.curves}
    if len(set(ends.values())) > 1:
        shown = ", ".join(f"{name} {end:,.0f}" for name, end in ends.items())
        yield f"strategies end at different labels ({shown}): compare them at the same labels only"


def _of_span(comparison: Comparison) -> Iterator[str]:
    low, high = comparison.common_span()
    curves = [curve for curve in comparison.curves if len(curve.labels) > 1]
    if math.isnan(low) and curves:
        yield f"the curves have no labels in common: no mean {comparison.measure.label} is shown"
    elif any((low, high) != (curve.labels[0], curve.labels[-1]) for curve in curves):
        yield f"the mean {comparison.measure.label} is over {low:,.0f} to {high:,.0f} labels, which all curves have in common"


def _of_pairs(comparison: Comparison) -> Iterator[str]:
    """What the tests against random selection leave out."""
    for group, curve in zip(comparison.groups, comparison.curves, strict=True):
        if curve.strategy == BASELINE:
            continue
        baseline = comparison.baseline(curve)
        if baseline is None:
            if comparison.has_baseline:
                yield f"{curve.name}: random selection did not run in this variant, so it is compared with none"
            continue
        others = {run.seed: run for run in comparison.group_of(baseline)}
        for run in group:
            if run.seed in others and (how := differences_of_split(run, others[run.seed])):
                yield (
                    f"{run.name}, seed {run.seed}: its split is not that of {baseline.name} ({', '.join(how)}): "
                    "this seed is left out of the tests"
                )
        yield from _of_tests(comparison, curve.name)


def _of_tests(comparison: Comparison, name: str) -> Iterator[str]:
    against = next(one for one in comparison.versus_random() if one.first == name)
    if not against.seeds:
        yield f"{name} and {against.second} have no seed with two rounds or more in common: no test can be made"
    elif len(against.seeds) > 1 and math.isnan(against.p):
        if against.mean == 0:
            yield f"{name} and {against.second} are alike in every seed: there is no difference to test"
        else:
            yield f"{name} differs from {against.second} by the same amount in every seed: no test can be made of that"


def _shown(parts: tuple[int, ...]) -> str:
    return ", ".join(f"{name} {size:,}" for name, size in zip(PARTS, parts, strict=True))


def listed(what: str, numbers: Sequence[int]) -> str:
    """`seed 3` or `seeds 3, 4`."""
    return f"{what}{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"
