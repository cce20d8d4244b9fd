"""Everything in one folder: a comparison for each data set, all of them together, and the files that show them.

Everything is derived afresh from the CSVs of the runs, finished or not, so it can be called after every run of a batch and
repeated at any time.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path

from utils import comparison_plot, files
from utils.comparison.answer import Answer
from utils.comparison.comparison import Comparison
from utils.comparison.limits import named
from utils.comparison.overall import Overall
from utils.comparison.pooling import answer_over
from utils.comparison.ranking import overall
from utils.errors import ParameterError
from utils.failure import FILE as FAILURE
from utils.failure import Failure
from utils.measure import DEFAULTS, Measure, measure_called
from utils.printable import printable
from utils.saved_run import SavedRun, read_runs

_SHOWN_FAILURES = 3
_KEYS = ("dataset", "strategy", "variant", "seed", "pool")


class Comparisons:
    """The runs of one folder, read once; nothing here changes them.

    Attributes:
        folder: `outputs/<sub_dir>`.
        each: one comparison for each data set, in the order of their names.
    """

    def __init__(self, folder: Path, metric: str | None = None) -> None:
        """Reads the runs below `folder`; a CSV that cannot be read is left out with a warning.

        Args:
            folder: `outputs/<sub_dir>`.
            metric: column of al_stats, with or without its `eval_`, that they are compared by; None for accuracy, in
                regression the mean absolute error.

        Raises:
            ParameterError: `folder` does not exist or holds no CSV of a run; there is no such metric, or no run has it.
        """
        self.folder = folder
        self._asked: Measure | None = measure_called(metric) if metric else None
        runs, self._unread = read_runs(folder, self._asked)
        if self._asked and runs and not any(len(run.labels) for run in runs):
            raise ParameterError(f"no run in {folder} has a value of {self._asked.column}: choose another metric", "--metric")
        names = sorted({run.dataset for run in runs if run.dataset}) or [""]
        self._unknown = [run for run in runs if not run.dataset] if len(names) > 1 else []
        by_name = {name: [run for run in runs if run.dataset == name or len(names) == 1] for name in names}
        self._doubles: list[str] = []
        self.each = [Comparison(folder, name, self._once(_in_order(found))) for name, found in by_name.items()]

    @cached_property
    def warnings(self) -> list[str]:
        """One sentence for each thing that limits the comparisons; with the data set in front where there are several."""
        if len(self.each) == 1:
            return [*self._failed(), *self._unread, *self._doubles, *self.each[0].warnings]
        found = [f"{comparison.dataset}: {warning}" for comparison in self.each for warning in comparison.warnings]
        return [*self._failed(), *self._unread, *self._doubles, *self._of_datasets(), *found]

    def _failed(self) -> Iterator[str]:
        """Runs whose last attempt failed: all that is known of some of them."""
        stats = self.folder / "stats"
        found = [Failure.read(path.parent) for path in sorted([*stats.glob(f"*/*/{FAILURE}"), *stats.glob(f"*/*/*/{FAILURE}")])]
        failures = [failure for failure in found if failure]
        if failures:
            shown = "; ".join(f"{failure.run}: {failure.error.splitlines()[0]}" for failure in failures[:_SHOWN_FAILURES])
            more = f"; and {len(failures) - _SHOWN_FAILURES} more" if len(failures) > _SHOWN_FAILURES else ""
            are = "run is" if len(failures) == 1 else "runs are"
            yield f"{len(failures)} {are} missing here or cut short, for an attempt failed: {shown}{more}"

    @property
    def suffix(self) -> str:
        """Stands in the names of the files before their last point, for another metric than the usual one."""
        return "" if self._asked in (None, *DEFAULTS) else f".{self._asked.column}"

    @property
    def picture(self) -> Path:
        """Where the bitmap lies."""
        return self.folder / f"comparison{self.suffix}.png"

    @property
    def critical_difference(self) -> Path:
        """Where the critical-difference diagram lies, when there is one."""
        return self.folder / f"critical_difference{self.suffix}.svg"

    @property
    def report(self) -> Path:
        """Where the report lies."""
        return self.folder / f"report{self.suffix}.html"

    def overall(self) -> Overall | None:
        """What several data sets say together; None where fewer than two have a curve."""
        return self._overall

    def answer(self) -> Answer:
        """What the folder says, and what to do next."""
        found = self.overall()
        with_curves = [comparison for comparison in self.each if comparison.curves] or self.each
        return answer_over(with_curves, found) if found else with_curves[0].answer()

    def write(self) -> None:
        """Writes comparison.csv and, when there is a curve, the pictures into the folder.

        Where no strategy ran, there is nothing to compare and nothing is written.
        """
        if any(comparison.runs for comparison in self.each):
            files.write_text(self.folder / "comparison.csv", self._tidy())
        panels = [comparison for comparison in self.each if comparison.curves]
        if not panels:
            return
        png, svg = self.picture, self.picture.with_suffix(".svg")
        if len(panels) == 1:
            comparison_plot.comparison(panels[0].curves, png, svg, panels[0].full_data_lines, panels[0].footnote)
        else:
            footnote = _footnote(panels)
            shown = [(panel.dataset, panel.curves, panel.full_data_lines) for panel in panels]
            comparison_plot.comparisons(shown, png, svg, footnote)
        found = self.overall()
        if found and found.ranks:
            files.write_bytes(self.critical_difference, found.diagram())

    @cached_property
    def _overall(self) -> Overall | None:
        return overall(self.each)

    def _once(self, runs: Sequence[SavedRun]) -> list[SavedRun]:
        """The runs without those that another one of the same strategy, variant and seed got at least as far as."""
        kept: dict[tuple[str, str, int], SavedRun] = {}
        for run in runs:
            key = (run.strategy, run.variant, run.seed)
            other = kept.get(key, run)
            kept[key], left = (run, other) if _reached(run) > _reached(other) else (other, run)
            if left is not kept[key]:
                places = [printable(str(one.folder.relative_to(self.folder))) for one in (left, kept[key])]
                self._doubles.append(
                    f"{run.name}, seed {run.seed} lies here twice, and a seed counts once: {places[0]} is left out, "
                    f"{places[1]} got as far or further; give one of them a sub_dir of its own"
                )
        return list(kept.values())

    def _of_datasets(self) -> Iterator[str]:
        names = ", ".join(comparison.dataset for comparison in self.each)
        stray = [run for comparison in self.each for run in comparison.runs if "dataset" not in (run.params.get("grid") or {})]
        if stray:
            yield (
                f"several data sets ({names}) lie in this folder, each is compared by itself; "
                f"not of a grid over data sets: {named(stray)}; give them a sub_dir of their own"
            )
        if self._unknown:
            yield f"no params.json that names the data set, left out: {named(self._unknown)}"

    def _tidy(self) -> str:
        runs = [run for comparison in self.each for run in comparison.runs]
        columns = dict.fromkeys([*_KEYS, *(column for run in runs for column in (run.rows[0] if run.rows else ()))])
        text = io.StringIO()
        writer = csv.DictWriter(text, list(columns), restval="", lineterminator="\n")
        writer.writeheader()
        for run in runs:
            own = (run.dataset, run.strategy, run.variant, run.seed, run.pool or "")
            keys = dict(zip(_KEYS, own, strict=True))
            writer.writerows({**row, **keys} for row in run.rows)
        return text.getvalue()


def _footnote(panels: Sequence[Comparison]) -> str:
    """What the picture of all must say; with the names of the data sets that it is true of where these are not all."""
    found: dict[str, list[str]] = {}
    for panel in panels:
        if panel.footnote:
            found.setdefault(panel.footnote, []).append(panel.dataset)
    return "; ".join(note if len(names) == len(panels) else f"{', '.join(names)}: {note}" for note, names in found.items())


def _reached(run: SavedRun) -> float:
    return float(run.labels[-1]) if len(run.labels) else 0.0


def _in_order(runs: Sequence[SavedRun]) -> list[SavedRun]:
    return sorted(runs, key=lambda run: (run.strategy, run.variant, run.seed))
