"""What a parameter file comes to, in numbers, before anything is trained: the text of `--dry_run`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from utils.data.parts import straddling
from utils.data.source import SampleTable
from utils.data.splits import Parts
from utils.printable import printable

CHOSEN_ON_TEST = "checkpoints are chosen on the test part, as the founding systems did: the results are optimistic"
CROSS_EVALUATED = (
    "no test part: judged by {folds}-fold cross-validation over the labelled samples, which were chosen and not drawn; "
    "what it will reach on new ones may differ"
)


KNOWN_AND_ASKED = (
    "all labels of the data set are known, and people are asked: those of the {count:,} samples of the training part are "
    "hidden, and people give them anew"
)
_FEWEST_TESTED = 50
"""Samples of a test part that says something: with fewer, one of them is two points of accuracy or more."""


@dataclass(frozen=True)
class Plan:
    """Sizes and warnings of an experiment, from its parameters and the table of its samples."""

    params: Mapping[str, Any]
    """All parameters by name, resolved."""
    table: SampleTable
    parts: Parts
    """Of the first seed."""
    runs: int
    labels: list[int]
    """Labels bought by the end of each round of a run, round 0 first, unless a stop rule ends it before."""
    given: int = 0
    """Of those of round 0, labels that came with the data set while others are asked of people."""

    def text(self) -> str:
        """The facts, one a line, warnings last."""
        lines = [f"{name:<10} {printable(value)}" for name, value in self.facts().items()]
        return "\n".join([*lines, *(f"warning    {printable(text)}" for text in self.warnings())])

    def facts(self) -> dict[str, str]:
        """The plan, one fact under each name."""
        params, parts = self.params, self.parts
        facts = {
            "runs": self._runs(),
            "data": f"{params['dataset']}: {len(self.table):,} samples, {self._labels()}"
            + (f"; {self.table.note}" if self.table.note else ""),
            "parts": f"training {len(parts.train):,}, validation {len(parts.validation):,}, test {len(parts.test):,}"
            f" ({self._split_rule()}; seed {_listed(params['random_seed'])[0]})",
            "labels": self._spent(),
            "model": self._model(),
            "round 0": "trains on the initial labels"
            if params["pre_train"]
            else "only evaluates the initial model (pre_train is false)",
            "evaluated": self._checkpoint_rule(),
            "results": f"outputs/{params['sub_dir']}/",
        }
        if params["oracle"] != "simulated":
            facts["labelled"] = self._people()
        if not self.learns_actively:
            del facts["round 0"]
        return facts

    @property
    def learns_actively(self) -> bool:
        """Whether labels are bought round after round."""
        return bool(self.params["mode"] == "active_learning")

    def _people(self) -> str:
        """Who labels, and how they are reached."""
        params = self.params
        where = {
            "web": f"on a web page, port {params['web_port']}",
            "label_studio": f"in Label Studio, {params['label_studio_url']}",
            "csv": "in a spreadsheet: the run writes to_label.csv and ends; called again, it goes on",
        }[params["oracle"]]
        each = params["annotators_per_sample"]
        counts = "median" if params["task"] == "regression" else "majority"
        return f"by people, {where}" + (f"; each sample by {each}, the {counts} counts" if each > 1 else "")

    def _runs(self) -> str:
        params, seeds = self.params, ", ".join(map(str, _listed(self.params["random_seed"])))
        if params["mode"] == "train":
            return f"{self.runs}: one plain training per seed; seeds {seeds}"
        if params["mode"] == "cross_validate":
            folds, only = params["num_folds"], params["fold"]
            named = {None: f"{folds} folds and the final model", "final": f"the final model of {folds} folds"}
            return f"{self.runs}: {named.get(only, f'fold {only} of {folds}')}; seeds {seeds}"
        whole = "; and once per seed on all labels" if params["full_data_baseline"] else ""
        return f"{self.runs}: {', '.join(_listed(params['framework_type']))}; seeds {seeds}{whole}"

    def _labels(self) -> str:
        names, labels = self.table.class_names, self.table.labels[self.table.known]
        unlabelled = len(self.table) - len(labels)
        if self.params["task"] != "regression" and unlabelled:
            known = f"classes {', '.join(names[:12])}{' …' if len(names) > 12 else ''}" if names else "no class known yet"
            more = "; people may add more" if self.params["new_classes"] else ""
            return f"{unlabelled:,} of them without a label; {known}{more}{self._positive()}"
        if not len(labels):
            return "none of them with a number"
        if not names:
            return f"targets from {labels.min():,g} to {labels.max():,g}, mean {labels.mean():,.4g}"
        return f"{len(names)} classes ({', '.join(names[:12])}{' …' if len(names) > 12 else ''}){self._positive()}"

    def _positive(self) -> str:
        """Which class is the positive one of a binary task; "" elsewhere."""
        names, is_binary = self.table.class_names, self.params["task"] == "binary" or self.params["num_classes"] == 1
        if not is_binary or len(names) != 2:
            return ""
        turned = json.dumps([names[1], names[0]], ensure_ascii=False)
        return f"; {names[1]!r} is the positive one (class_names {turned} turns them round)"

    def _model(self) -> str:
        params = self.params
        from_where = "trained on from round to round" if params["warm_start"] else "from untrained weights each round"
        rounds = (" a round", f", {from_where}") if self.learns_actively else ("", "")
        return (
            f"{params['model']} on {params['backend']}, {params['num_epochs']} epochs{rounds[0]}, "
            f"batch {params['batch_size']}{rounds[1]}"
        )

    def _spent(self) -> str:
        pool, validation = len(self.parts.train), len(self.parts.validation)
        also = f"; and {validation:,} for validation" if validation else ""
        if not self.learns_actively:
            return f"all {pool:,} of the training part{also}"
        number = len(self.labels) - 1
        rounds = f"{number:,} round{'' if number == 1 else 's'} of {self.params['num_select_per_round']:,}"
        came = " (they came with the data set)" if self.given else ""
        return (
            f"{self.labels[0]:,} at the start{came}, then {rounds}: {self.labels[-1]:,} in all, "
            f"{self.labels[-1] / pool:.1%} of the training part{also}"
        )

    def warnings(self) -> list[str]:
        """What a careful reader of the results would want to know."""
        params, found = self.params, []
        if not self.parts.has_test:
            found.append(CROSS_EVALUATED.format(folds=params["num_folds"]))
        elif params["checkpoint_on"] != "validation":
            found.append(CHOSEN_ON_TEST)
        if params["oracle"] != "simulated":
            found += self._of_people()
        seeds = _listed(params["random_seed"])
        if self.learns_actively and len(_listed(params["framework_type"])) > 1 and len(seeds) < 5:
            found.append(f"{len(seeds)} seed{'s' * (len(seeds) > 1)}: five or more are needed to compare selection engines")
        kinds = straddling(self.table, self.parts)
        if kinds:
            known = ", ".join(sorted(kinds))
            found.append(f"the split ignores {known}: the same one lies in the training and in the test part (see group_by)")
        if self.table.test is not None and params["test_percent"] is not None:
            found.append(
                f"the set has a test part of its own ({int(self.table.test.sum()):,} samples); test_percent null uses it"
            )
        selects = params["hist_sel_mode"] in {"certain", "var"} or "hist_select" in _listed(params["framework_type"])
        if selects and min(_listed(params["sel_thresholds"])) >= self.labels[-1]:
            found.append(
                f"history is selected above {min(_listed(params['sel_thresholds'])):,} labels (sel_thresholds), and at most "
                f"{self.labels[-1]:,} are bought: all history is trained on"
            )
        if params["num_total"] < len(self.table):
            found.append(f"num_total leaves out {len(self.table) - params['num_total']:,} samples")
        return found

    def _of_people(self) -> list[str]:
        """What to know of the labels that are there before people give any."""
        table, test = self.table, self.parts.test
        if table.known.all():
            return [KNOWN_AND_ASKED.format(count=len(self.parts.train))]
        absent = [name for label, name in enumerate(table.class_names) if not (table.labels[test] == label).any()]
        if not self.parts.has_test or (len(test) >= _FEWEST_TESTED and not absent):
            return []
        none_of = f" and none of {', '.join(map(repr, absent[:3]))}{' …' if absent[3:] else ''}" if absent else ""
        text = (
            f"the test part has {len(test):,} sample{'s' * (len(test) != 1)}{none_of}, too few to judge by; with test_percent "
            "0 they are trained on, and all labelled samples are judged by, in cross-validation"
        )
        return [text]

    def _split_rule(self) -> str:
        if not self.parts.has_test:
            return "nothing is set apart for a test"
        group = self.params["group_by"] or ("clip" if "clip" in self.table.groups else "none")
        if self.params["test_groups"]:
            return f"test: {group} {', '.join(self.params['test_groups'])}"
        if self.params["test_percent"] is None:
            return "test part of the set"
        return "stratified" + ("" if group == "none" else f", by {group}")

    def _checkpoint_rule(self) -> str:
        params, several = self.params, self.learns_actively
        if params["mode"] == "cross_validate":
            return "the last epoch, on the fold left out; of the final model, on the test part"
        best = {"best": "the best weights over all rounds", "best_of_round": "the best epoch of each round", "last": ""}
        rule = best[params["checkpoint"]] if several else "the best epoch"
        if params["checkpoint"] == "last":
            return "the last epoch" + (" of each round" if several else "")
        by = "loss" if params["task"] == "regression" or params["monitor"] == "loss" else "accuracy"
        if params["checkpoint_on"] != "validation":
            return f"{rule}, by {by} on the test part"
        if len(self.parts.validation):
            return f"{rule}, by {by} on the validation part"
        return f"{rule}, by {by} on a stratified tenth of the labelled samples, which is not trained on"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
