"""When a run ends. No rule looks at the test part."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer

from utils.journal import Record

_KAPPAS = 3
"""Rounds over which the agreement of predictions is averaged, as Bloodgood and Vijay-Shanker (2009) do."""
_SINCE_VERSION_1 = ("stable_kappa", "max_entropy")

Count = Annotated[int, Field(ge=1, lt=2**31)]


class StopRules(BaseModel):
    """When to stop before `max_round`; each rule is off unless given."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)

    target_accuracy: Annotated[float, Field(gt=0, le=1)] | None = Field(None, description="validation accuracy that is enough")
    label_budget: Count | None = Field(None, description="labels bought in all, the initial ones included")
    plateau_rounds: Count | None = Field(
        None, description="rounds without a validation accuracy above the best so far; in regression, error below it"
    )
    stable_kappa: Annotated[float, Field(gt=0, le=1)] | None = Field(
        None, description="Cohen's kappa of the stop set's predictions with those of the round before, mean of three rounds"
    )
    max_entropy: Annotated[float, Field(gt=0)] | None = Field(
        None, description="mean predictive entropy of the stop set that is low enough, in nats"
    )
    wall_time: Annotated[float, Field(gt=0)] | None = Field(None, description="seconds, summed over rounds")

    @model_serializer(mode="wrap")
    def _without_later_rules_that_are_off(self, serialise: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Plain values; runs that began before there were rules as they are now remain the same runs."""
        values: dict[str, Any] = serialise(self)
        return {name: value for name, value in values.items() if value is not None or name not in _SINCE_VERSION_1}

    def reason(self, rounds: Sequence[Record], max_round: int, pool_left: int) -> str | None:
        """Why no further round follows those in `rounds`, or None when one does.

        Args:
            rounds: the records of the committed rounds; one follows when there are none.
            max_round: rounds at most, the initial one not counted.
            pool_left: samples that could still be labelled.
        """
        if not rounds:
            return None
        for name, reached in _REACHED.items():
            limit = getattr(self, name)
            if limit is not None and (value := reached(rounds)) is not None and value >= limit:
                return f"{name}: reached {_shown(value)} of {_shown(limit)}"
        entropy = rounds[-1]["stats"].get("stop_entropy")
        if self.max_entropy is not None and entropy is not None and entropy <= self.max_entropy:
            return f"max_entropy: down to {_shown(entropy)}, at most {_shown(self.max_entropy)}"
        if pool_left == 0:
            return f"pool empty: all {rounds[-1]['stats']['num_total_labeled']:,} samples are labelled"
        return f"max_round: {max_round} rounds done" if len(rounds) > max_round else None


def _measured(rounds: Sequence[Record], column: str) -> list[float]:
    """The values of a column of al_stats, without the rounds that have none."""
    return [value for record in rounds if (value := record["stats"].get(column)) is not None]


def _last_accuracy(rounds: Sequence[Record]) -> float | None:
    known = (record["stats"].get("valid_acc") for record in reversed(rounds))
    return next((accuracy for accuracy in known if accuracy is not None), None)


def _labels(rounds: Sequence[Record]) -> float:
    return float(rounds[-1]["stats"]["num_total_labeled"])


def _rounds_without_gain(rounds: Sequence[Record]) -> float:
    """Rounds since the validation accuracy, without one the validation loss with a minus, last rose above all before."""
    gains = _measured(rounds, "valid_acc") or [-loss for loss in _measured(rounds, "valid_loss")]
    best, since = float("-inf"), -1
    for gain in gains:
        best, since = (gain, 0) if gain > best else (best, since + 1)
    return max(since, 0)


def _stability(rounds: Sequence[Record]) -> float | None:
    """Mean kappa of the last rounds, rounded once (three times 0.99 is 0.99); None before there are enough."""
    kappas = _measured(rounds[-_KAPPAS:], "stop_kappa")
    return mean(kappas) if len(kappas) == _KAPPAS else None


def _seconds(rounds: Sequence[Record]) -> float:
    return float(sum(sum(record["seconds"].values()) for record in rounds))


_REACHED = {
    "target_accuracy": _last_accuracy,
    "label_budget": _labels,
    "plateau_rounds": _rounds_without_gain,
    "stable_kappa": _stability,
    "wall_time": _seconds,
}
"""What each rule measures; it ends the run where that is at least its value."""


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4f}".rstrip("0") if value >= 1e-3 else f"{value:.2g}"
