"""What is written when runs of an experiment are over: the comparison of strategies and its report, or the sum of the folds."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from utils import files
from utils.console import Reporter
from utils.executors.base import Job
from utils.oracles.people import LABELS
from utils.refresher import Refresher
from utils.signals import stop_if_asked


class Summary:
    """Derived from the folders of the runs alone, so it can be made at any time."""

    def __init__(self, hparams: Any, outputs: Path, reporter: Reporter) -> None:
        """`hparams` of the experiment, whose results lie below `outputs`; `reporter` is told what came out."""
        self._hparams, self._reporter, self._outputs = hparams, reporter, outputs
        self._folder = files.safe_join(outputs, hparams.sub_dir)
        self._cannot_draw = False
        self._refresher = Refresher(self._compare)

    def refresh(self, _job: Job) -> None:
        """A run is over: draws the comparison again, unless that was done a short while ago; never ends the other runs."""
        try:
            self._refresher.refresh()
        except Exception as error:
            stop_if_asked()
            if not self._cannot_draw:
                self._reporter.say(f"warning    no comparison for now: {error}", style="yellow")
            self._cannot_draw = True

    def finish(self, cells: list[Any]) -> None:
        """All runs of the `cells` are over: writes everything and says what came out and where it lies."""
        from utils.cross_validation import summarise

        answer, warnings, shown = self._compare()
        if self._hparams.asks_people():
            for cell in cells:
                self._tell_of_labels(next(cell.single_runs()).run_folder(self._outputs))
            return
        if self._hparams.mode == "cross_validate":
            for cell in cells:
                found = summarise(self._folder, cell.run_name, cell.num_folds, **cell.curve_settings())
                warnings = found.warnings
                self._reporter.say(found.text())
        for warning in warnings:
            self._reporter.say(f"warning    {warning}", style="yellow")
        if answer:
            self._reporter.say(answer, style="bold")
        what, where = self._hparams.shown_in()
        self._tell_of_files(what, shown or [self._folder / where])

    def _tell_of_labels(self, folder: Path) -> None:
        """Says where the labels of people lie, and the model that learnt from them."""
        self._reporter.say(f"labels: {folder / LABELS}")
        self._reporter.say(f"label new files with the model: python -m utils.predict {folder} NEW_FILES")
        self._tell_of_files("results", [self._folder / "report.html"])

    def _tell_of_files(self, what: str, paths: list[Path]) -> None:
        """Says where they lie, those that are there: without a figure no report is written."""
        for path in paths:
            if path.exists():
                self._reporter.say(f"{what}: {path}")

    def _compare(self) -> tuple[str, list[str], list[Path]]:
        """Writes the comparison; its answer, what limits it, and the files to look at: nothing where no strategy ran."""
        from utils.compare import compare

        if not any((self._folder / "stats").rglob("al_stats_*.csv")):
            return "", [], []
        comparisons = compare(self._folder)
        if self._hparams.mode != "active_learning":
            return "", [], []
        return comparisons.answer().sentence, comparisons.warnings, [comparisons.report, comparisons.picture]
