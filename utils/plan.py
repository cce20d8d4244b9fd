"""What a parameter file comes to, in numbers, before anything is trained: the text of `--dry_run`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from utils.data.parts import straddling
from utils.data.source import SampleTable
from utils.data.splits import Parts

CHOSEN_ON_TEST = "checkpoints are chosen on the test part, as the founding systems did: the results are optimistic"


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

    def text(self) -> str:
        """The plan, one fact a line, warnings last."""
        params, parts = self.params, self.parts
        names, seeds = _listed(params["framework_type"]), _listed(params["random_seed"])
        rounds = f"{len(self.labels) - 1:,} rounds of {params['num_select_per_round']:,}"
        shown = ", ".join(self.table.class_names[:12]) + (" …" if len(self.table.class_names) > 12 else "")
        facts = {
            "runs": f"{self.runs}: {', '.join(names)}; seeds {', '.join(map(str, seeds))}"
            + ("; and once per seed on all labels" if params["full_data_baseline"] else ""),
            "data": f"{params['dataset']}: {len(self.table):,} samples, {len(self.table.class_names)} classes ({shown})",
            "parts": f"training {len(parts.train):,}, validation {len(parts.validation):,}, test {len(parts.test):,}"
            f" ({self._split_rule()}; seed {seeds[0]})",
            "labels": f"{self.labels[0]:,} at the start, then {rounds}: "
            f"{self.labels[-1]:,} in all, {self.labels[-1] / len(parts.train):.1%} of the training part"
            + (f"; and {len(parts.validation):,} for validation" if len(parts.validation) else ""),
            "model": f"{params['model']} on {params['backend']}, {params['num_epochs']} epochs a round, "
            f"batch {params['batch_size']}, "
            + ("trained on from round to round" if params["warm_start"] else "from untrained weights each round"),
            "round 0": "trains on the initial labels"
            if params["pre_train"]
            else "only evaluates the initial model (pre_train is false)",
            "evaluated": self._checkpoint_rule(),
            "results": f"outputs/{params['sub_dir']}/",
        }
        lines = [f"{name:<10} {value}" for name, value in facts.items()]
        return "\n".join([*lines, *(f"warning    {text}" for text in self.warnings())])

    def warnings(self) -> list[str]:
        """What a careful reader of the results would want to know."""
        params, found = self.params, []
        if params["checkpoint_on"] != "validation":
            found.append(CHOSEN_ON_TEST)
        seeds = _listed(params["random_seed"])
        if len(_listed(params["framework_type"])) > 1 and len(seeds) < 5:
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

    def _split_rule(self) -> str:
        group = self.params["group_by"] or ("clip" if "clip" in self.table.groups else "none")
        if self.params["test_groups"]:
            return f"test: {group} {', '.join(self.params['test_groups'])}"
        if self.params["test_percent"] is None:
            return "test part of the set"
        return "stratified" + ("" if group == "none" else f", by {group}")

    def _checkpoint_rule(self) -> str:
        rule = {"best": "the best weights over all rounds", "best_of_round": "the best epoch of each round"}.get(
            self.params["checkpoint"]
        )
        if rule is None:
            return "the last epoch of each round"
        if self.params["checkpoint_on"] != "validation":
            return f"{rule}, by accuracy on the test part"
        if len(self.parts.validation):
            return f"{rule}, by accuracy on the validation part"
        return f"{rule}, by accuracy on a stratified tenth of the labelled samples, which is not trained on"


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
