"""All runs of an experiment: their plan before they begin, their order, how far they are, and their results together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from utils.data.source import DataSource, LoadedData, SampleTable
from utils.errors import naming_the_data
from utils.executors.base import Job
from utils.failure import Failure
from utils.grid import axes
from utils.plan import Plan
from utils.printable import printable
from utils.results import stats_path
from utils.run_directory import check_free, check_same
from utils.run_status import RunStatus, status_text
from utils.runs_failed import RunsFailedError
from utils.single_runs import FINAL

if TYPE_CHECKING:
    import pandas as pd

Resolve = Callable[[Any], tuple[Any, DataSource]]
MakePlan = Callable[[Any, SampleTable], Plan]


class GridOfRuns:
    """The runs that the parameters of an experiment, an instance of `HParams`, come to.

    Attributes:
        cells: resolved parameters, one instance for each combination of values in lists; see utils/grid.py.
        jobs: the runs, cell by cell.
    """

    def __init__(self, hparams: Any, resolve: Resolve, make_plan: MakePlan) -> None:
        """Reads no data yet: what is asked first makes the plans from a quick look at the data sets.

        Args:
            hparams: as they were given.
            resolve: fills in what the parameters of a cell leave open, and finds its data source.
            make_plan: checks a cell against the samples of its data set.

        Raises:
            ParameterError: a name or a parameter is wrong.
        """
        resolved = [resolve(cell) for cell in hparams.cells()]
        self._hparams, self._make_plan = hparams, make_plan
        self._sources = [source for _, source in resolved]
        self.cells = [cell for cell, _ in resolved]
        self.jobs = [job for cell in self.cells for job in _jobs(cell)]
        self._plans: dict[str, Plan] = {}
        self._warnings: dict[str, None] = {}

    def check(self, outputs: Path) -> None:
        """Checks all that can be checked before anything slow begins; run folders lie below `outputs`.

        Raises:
            FolderInUseError: another process works in a run's folder.
            ParameterError: a cell does not suit its data, or a folder holds a run with other parameters.
            DataError: a data set is missing or damaged.
        """
        for job in self.jobs:
            check_free(job.params.run_folder(outputs))
        self._scan()
        defaults = type(self._hparams).defaults()
        for single in (single for cell in self.cells for single in _all_folds(cell)):
            if not single.waits_for_folds():
                check_same(single.run_folder(outputs), single.result_params(), self._hparams.overwrite, defaults)

    def load(self, load: Callable[[Any], LoadedData], warnings_of: Callable[[Any, LoadedData], list[str]]) -> None:
        """Has the features of all data sets extracted, or found in the cache, and makes the plans anew from them.

        Args:
            load: of a cell.
            warnings_of: a cell, and what it loaded: what a careful reader of the results would want to know.
        """
        for cell in self.cells:
            data = load(cell)
            self._add(cell, data.table)
            self._warnings |= dict.fromkeys(warnings_of(cell, data))

    def _scan(self) -> None:
        tables: dict[str, SampleTable] = {}
        for cell, source in zip(self.cells, self._sources, strict=True):
            key = cell.data_key()
            if key not in tables:
                with naming_the_data(cell.dataset):
                    tables[key] = source.scan()
            self._add(cell, tables[key])

    def _add(self, cell: Any, table: SampleTable) -> None:
        self._plans[repr(cell.point)] = self._make_plan(cell, table)

    def text(self) -> str:
        """The plan of all, one fact a line, warnings last.

        Raises:
            ParameterError: a cell does not suit its data.
            DataError: a data set is missing or damaged.
        """
        if not self._plans:
            self._scan()
        varied = {name: values for name, values in axes(self._hparams).items() if len(values) > 1}
        first, *others = self._of_each_data_set()
        facts = first.facts() | {"runs": f"{len(self.jobs):,}" + first.facts()["runs"].removeprefix(f"{first.runs}")}
        if varied:
            shown = "; ".join(f"{name} {', '.join(map(str, values))}" for name, values in varied.items())
            facts = {"grid": f"{len(self.cells):,} combinations of {shown}"} | facts
        facts |= {"executed": self._executed()} if self._executed() else {}
        lines = [f"{name:<10} {value}" for name, value in facts.items()]
        for plan in others:
            lines += [f"{name:<10} {plan.facts()[name]}" for name in ("data", "parts", "labels", "model")]
        warnings = dict.fromkeys(text for plan in self._plans.values() for text in plan.warnings()) | self._warnings
        if self._hparams.executor == "ray" and (self._hparams.threads, self._hparams.num_workers) == (None, None):
            cores = self.cells[0].threads
            warnings[f"each run takes as many cores as this machine has ({cores}): with threads given, more run at once"] = None
        return "\n".join(map(printable, [*lines, *(f"warning    {text}" for text in warnings)]))

    def _of_each_data_set(self) -> list[Plan]:
        """The plan of the first cell of each data set."""
        first: dict[str, Plan] = {}
        for cell in self.cells:
            first.setdefault(cell.data_key(), self._plans[repr(cell.point)])
        return list(first.values())

    def _executed(self) -> str:
        cell = self.cells[0]
        workers, threads = min(cell.num_workers or 0, len(self.jobs)), f"{cell.threads} thread{'s' * (cell.threads > 1)} each"
        if cell.executor == "ray":
            where = cell.ray_address or "a Ray of its own on this machine"
            return f"on Ray ({where}), {threads}" + (f", {workers} at once" if workers else "")
        return f"{workers} at once, {threads}" if workers and workers > 1 else ""

    def planned_labels(self) -> dict[str, list[int]]:
        """Title of each run → the labels bought by the end of each of its rounds."""
        plans = {repr(cell.point): self._plans[repr(cell.point)] for cell in self.cells}
        of_jobs = {job.title: (job.params, plans[repr(job.params.point)]) for job in self.jobs}
        return {title: params.planned_labels(len(plan.parts.train), plan.given) for title, (params, plan) in of_jobs.items()}

    def execute(self, run: Callable[[Sequence[Job]], list[Failure]]) -> list[Failure]:
        """Has all runs done by `run`, final models after their folds, and not at all where one of these failed."""
        final = [job for job in self.jobs if job.params.fold == FINAL]
        others = [job for job in self.jobs if job.params.fold != FINAL]
        failures = run(others) if others else []
        failed = {failure.run for failure in failures}
        without_folds = {_of_fold(job) for job in others if job.title in failed}
        ready = [job for job in final if _of_fold(job) not in without_folds]
        return failures + (run(ready) if ready else [])

    def status(self, outputs: Path) -> str:
        """How far each run is, whose folders lie below `outputs`, one line each; then how many of each kind there are."""
        defaults = type(self._hparams).defaults()
        return status_text([RunStatus.of(job.params, outputs, defaults) for job in self.jobs])

    def results(self, outputs: Path, failures: Sequence[Failure]) -> pd.DataFrame:
        """One row per run and round: the columns of al_stats, then strategy, variant and seed.

        Raises:
            RunsFailedError: there are `failures`.
        """
        import pandas as pd

        if failures:
            raise RunsFailedError(failures, len(self.jobs))
        tables = []
        for job in self.jobs:
            folder = job.params.run_folder(outputs)
            table = pd.read_csv(stats_path(folder))
            tables.append(table.assign(**job.params.key()))
        return pd.concat(tables, ignore_index=True)


def _of_fold(job: Job) -> tuple[Any, ...]:
    """What a final model and its folds have in common."""
    return job.params.run_name, *job.params.seeds()


def _all_folds(cell: Any) -> list[Any]:
    """The runs of a cell, and those folds beside them that a final model is made of."""
    return [*cell.model_copy(update={"fold": None}).single_runs()]


def _jobs(cell: Any) -> list[Job]:
    """The runs of a cell; those of a cross-validation share the engine of its folds, but for the final model."""
    shared = _all_folds(cell)[0] if cell.mode == "cross_validate" else cell
    return [Job(single, single if single.fold == FINAL else shared) for single in cell.single_runs()]
