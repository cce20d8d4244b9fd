"""When a run ends. No rule looks at the test part."""

from __future__ import annotations

from utils.journal import Record


def stop_reason(rounds: list[Record], max_round: int, pool_left: int, rules: dict[str, float | None]) -> str | None:
    """Why no further round follows those in `rounds`, or None when one does.

    Args:
        rounds: the records of the committed rounds, at least one.
        max_round: rounds at most, the initial one not counted.
        pool_left: samples that could still be labelled.
        rules: target_accuracy, label_budget, plateau_rounds, wall_time; None where a rule is off.
    """
    stats = [record["stats"] for record in rounds]
    labels = stats[-1]["num_total_labeled"]
    accuracies = [row["valid_acc"] for row in stats if row["valid_acc"] is not None]
    reached = {
        "target_accuracy": (accuracies or [float("-inf")])[-1],
        "label_budget": labels,
        "plateau_rounds": _rounds_without_gain(accuracies),
        "wall_time": sum(sum(record["seconds"].values()) for record in rounds),
    }
    for name, value in reached.items():
        limit = rules[name]
        if limit is not None and value >= limit:
            return f"{name}: reached {_shown(value)} of {_shown(limit)}"
    if pool_left == 0:
        return f"pool empty: all {labels:,} samples are labelled"
    if len(rounds) > max_round:
        return f"max_round: {max_round} rounds done"
    return None


def _rounds_without_gain(accuracies: list[float]) -> int:
    """Rounds since the validation accuracy last rose above all before."""
    best, since = float("-inf"), -1
    for accuracy in accuracies:
        best, since = (accuracy, 0) if accuracy > best else (best, since + 1)
    return max(since, 0)


def _shown(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,.4f}".rstrip("0")
