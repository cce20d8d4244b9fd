"""The table that `python -m utils.compare` prints: the numbers of a comparison, as a reader wants them.

The numbers themselves stay in the summary, in shares and labels; only here they become text, per cents with their deviation
and a dash where one is undefined.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from rich.table import Table


def comparison_table(summary: pd.DataFrame, goals: Sequence[float]) -> Table:
    """One line per row of `summary`, the result of `Comparison.summary`; `goals` are the shares of its columns `labels_…`."""
    table = Table(box=None, pad_edge=False)
    shown = [f"{100 * goal:.0f}" for goal in goals]
    table.add_column("strategy", no_wrap=True)
    goal_columns = [head for goal in shown for head in (f"labels to\n{goal} % of full", "share of\nrandom's")]
    for head in ("seeds", "labels", "final\naccuracy", "mean\naccuracy", *goal_columns):
        table.add_column(head, justify="right")
    for row in summary.to_dict("records"):
        ends = {f"{row['first_end']:,.0f}": None, f"{row['last_end']:,.0f}": None}
        deviation = "" if np.isnan(row["final_deviation"]) else f" ± {100 * row['final_deviation']:.1f}"
        cells = [
            str(row["seeds"]),
            "–".join(ends),
            f"{100 * row['final_mean']:.1f}{deviation} %",
            percent(row["mean_accuracy"]),
        ]
        for goal in shown:
            needed = row[f"labels_{goal}"]
            cells += ["–" if np.isnan(needed) else f"{needed:,.0f}", percent(row[f"to_random_{goal}"], 0)]
        table.add_row(f"{row['strategy']}/{row['variant']}" if row["variant"] else row["strategy"], *cells)
    return table


def percent(share: float, digits: int = 1) -> str:
    """`share` in per cent with so many digits; a dash where it is NaN."""
    return "–" if np.isnan(share) else f"{100 * share:.{digits}f} %"
