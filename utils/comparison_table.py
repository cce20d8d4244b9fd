"""The table that `python -m utils.compare` prints: the numbers of a comparison, as a reader wants them.

The numbers themselves stay in the summary, in shares and labels; only here they become text, as their measure is shown, with
their deviation and a dash where one is undefined.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from rich.table import Table

from utils.comparison.wording import p_value
from utils.measure import ACCURACY, Measure


def comparison_table(summary: pd.DataFrame, goals: Sequence[float], measure: Measure = ACCURACY) -> Table:
    """One line per row of `summary`, the result of `Comparison.summary`.

    Args:
        summary: values of `measure`, labels and shares of them, how many seeds reached a goal, and p-values.
        goals: the shares of its columns `labels_…`.
        measure: what was compared.
    """
    table = Table(box=None, pad_edge=False)
    shown = [f"{100 * goal:.0f}" for goal in goals]
    table.add_column("strategy", no_wrap=True)
    goal_columns = [head for goal in goals for head in (f"labels to\n{measure.goal(goal)}", "share of\nrandom's")]
    heads = ("seeds", "labels", f"final\n{measure.label}", f"mean\n{measure.label}", *goal_columns, "against\nrandom")
    for head in heads:
        table.add_column(head, justify="right")
    for row in summary.to_dict("records"):
        ends = {f"{row['first_end']:,.0f}": None, f"{row['last_end']:,.0f}": None}
        cells = [
            str(row["seeds"]),
            "–".join(ends),
            measure.shown(row["final_mean"], row["final_deviation"]),
            measure.shown(row["mean_over_labels"]),
        ]
        for goal in shown:
            cells += [_labels(row[f"labels_{goal}"], row[f"reached_{goal}"], row["seeds"]), _percent(row[f"to_random_{goal}"])]
        cells.append("–" if np.isnan(row["p_random"]) else p_value(row["p_random"]))
        table.add_row(f"{row['strategy']}/{row['variant']}" if row["variant"] else row["strategy"], *cells)
    return table


def _labels(needed: float, reached: int, seeds: int) -> str:
    """The median over seeds, and where not all of them got there how many did."""
    shown = "–" if np.isnan(needed) else f"{needed:,.0f}"
    return f"{shown} ({reached} of {seeds})" if 0 < reached < seeds else shown


def _percent(share: float) -> str:
    return "–" if np.isnan(share) else f"{100 * share:.0f} %"
