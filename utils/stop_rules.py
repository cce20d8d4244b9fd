"""When a run ends. No rule looks at the test part."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from utils.journal import Record

Count = Annotated[int, Field(ge=1, lt=2**31)]


class StopRules(BaseModel):
    """When to stop before `max_round`; each rule is off unless given."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    target_accuracy: Annotated[float, Field(gt=0, le=1)] | None = Field(None, description="validation accuracy that is enough")
    label_budget: Count | None = Field(None, description="labels bought in all, the initial ones included")
    plateau_rounds: Count | None = Field(
        None, description="rounds without a validation accuracy above the best so far; in regression, error below it"
    )
    wall_time: Annotated[float, Field(gt=0)] | None = Field(None, description="seconds, summed over rounds")

    def reason(self, rounds: list[Record], max_round: int, pool_left: int) -> str | None:
        """Why no further round follows those in `rounds`, or None when one does.

        Args:
            rounds: the records of the committed rounds; one follows when there are none.
            max_round: rounds at most, the initial one not counted.
            pool_left: samples that could still be labelled.
        """
        if not rounds:
            return None
        stats = [record["stats"] for record in rounds]
        labels = stats[-1]["num_total_labeled"]
        accuracies = [row["valid_acc"] for row in stats if row.get("valid_acc") is not None]
        gains = [-row["valid_loss"] for row in stats if row.get("valid_loss") is not None]
        reached = {
            "target_accuracy": (accuracies or [float("-inf")])[-1],
            "label_budget": labels,
            "plateau_rounds": _rounds_without_gain(accuracies or gains),
            "wall_time": sum(sum(record["seconds"].values()) for record in rounds),
        }
        for name, value in reached.items():
            limit = getattr(self, name)
            if limit is not None and value >= limit:
                return f"{name}: reached {_shown(value)} of {_shown(limit)}"
        if pool_left == 0:
            return f"pool empty: all {labels:,} samples are labelled"
        return f"max_round: {max_round} rounds done" if len(rounds) > max_round else None


def _rounds_without_gain(gains: list[float]) -> int:
    """Rounds since the validation accuracy, or the error with a minus, last rose above all before."""
    best, since = float("-inf"), -1
    for gain in gains:
        best, since = (gain, 0) if gain > best else (best, since + 1)
    return max(since, 0)


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4f}".rstrip("0")
