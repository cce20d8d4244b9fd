"""From what a parameter file says to what is run: names looked up, nulls filled in, sizes counted.

The registries of strategies and models are handed in: nothing in utils/ knows either.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from utils.data.audio_extraction import core_count
from utils.data.parts import PartSettings, choose_parts, parts_of_folds
from utils.data.source import DataSet, DataSource, LoadedData, SampleTable, sources
from utils.errors import ParameterError
from utils.plan import Plan
from utils.pretrained import checked
from utils.registry import Registry

_BACKENDS = ("keras", "tf")


@dataclass(frozen=True)
class Resolution:
    """Works on instances of HParams, which it leaves as they are."""

    strategies: Registry[Any]
    models: Callable[[str], Registry[Any]]
    """Name of a backend → its models."""
    unfit: Callable[..., list[str]]
    """Names of strategies that can serve none of the tasks; see strategies/composition/suitability.py."""

    def names(self) -> dict[str, list[str]]:
        """Parameter → the names that are known for it, sorted."""
        models = {model for backend in _BACKENDS for model in self.models(backend).names()}
        return {"framework_type": self.strategies.names(), "dataset": sources.names(), "model": sorted(models)}

    def problems(self, hparams: Any) -> list[str]:
        """What is wrong with the names in `hparams` and with the parameters given to them."""
        of_engines = [text for name in hparams.names() for text in self.strategies.problems(name, hparams.params_of(name))]
        problems = [f"framework_type: {text}" for text in of_engines]
        problems += [f"dataset: {text}" for text in sources.problems(hparams.dataset or hparams.sub_dir, hparams.data_params)]
        if problems and not hparams.dataset:
            problems = [text.replace("dataset: ", "dataset: null stands for sub_dir, but ") for text in problems]
        problems = problems or self.unfit(hparams.names(), hparams.tasks(), validated=hparams.validates())
        models = self.models(hparams.backend)
        of_model = models.problems(hparams.model, hparams.model_params) if hparams.model else []
        return problems + [f"model: {text}" for text in of_model]

    def resolve(self, hparams: Any) -> tuple[Any, DataSource]:
        """`hparams` with all that null stands for filled in, and the data source that they name; checks all names.

        Raises:
            ParameterError: a name or a parameter is wrong, or does not suit the data.
            DataError: the pretrained weights are not those meant.
        """
        if problems := self.problems(hparams):
            raise ParameterError(problems)
        dataset = hparams.dataset or hparams.sub_dir
        source = sources.get(dataset)(hparams.source_request(), **hparams.data_params)
        model, models = hparams.model or source.default_model, self.models(hparams.backend)
        known = models.takes(model) if model in models.names() else []
        follows = {name: value for name, value in source.model_params.items() if name in known}
        threads = hparams.threads or max(1, core_count() // (hparams.num_workers or 1))
        found = {"dataset": dataset, "threads": threads, "model": model}
        hparams = hparams.model_copy(update=found | {"model_params": follows | hparams.model_params})
        if problems := self.problems(hparams) or hparams.conflicts_with(source.kind):
            raise ParameterError(problems)
        if hparams.pretrained:
            checked(hparams.pretrained.path, hparams.pretrained.sha256)
        return hparams, source

    def warnings(self, hparams: Any, data: LoadedData) -> list[str]:
        """What only the loaded data tell and a careful reader of the results would want to know."""
        found = []
        if data.rejected:
            file, reason = data.rejected[0]
            found.append(f"{len(data.rejected):,} left out, see rejected.csv of each run; the first: {file}: {reason}")
        if hparams.pretrained and not isinstance(data, DataSet):
            found.append(
                "the pretrained weights meet features that are made anew from this run's first labels (a vocabulary, means and "
                "deviations): they fit only as far as these are those that they were trained with"
            )
        return found

    def plan(self, hparams: Any, table: SampleTable) -> Plan:
        """What resolved `hparams` come to on a data set, with its classes and sizes checked against them."""
        hparams.check_classes(table.class_names)
        if problems := self.unfit(hparams.names(), hparams.tasks(table.num_classes), validated=hparams.validates()):
            raise ParameterError(problems)
        runs = list(hparams.single_runs())
        splits: dict[str, tuple[PartSettings, int, dict[int | None, None]]] = {}
        for single in runs:
            settings, seed = single.part_settings(), single.seeds()[0]
            whole = replace(settings, fold=None)
            splits.setdefault(repr((whole, seed)), (whole, seed, {}))[2][settings.fold] = None
        for whole, seed, folds in splits.values():
            deque(parts_of_folds(table, whole, seed, folds), maxlen=0)  # each is looked at, none is kept
        parts = choose_parts(table, hparams.model_copy(update={"fold": None}).part_settings(), hparams.seeds()[0])
        given = int(table.known[parts.train].sum()) if hparams.asks_people() and not table.known.all() else 0
        chosen = isinstance(hparams.decision_threshold, str) and hparams.is_binary()
        if not parts.has_test and chosen and not len(parts.validation):
            raise ParameterError(
                f"decision_threshold: {hparams.decision_threshold!r} is chosen on a validation part, and there is neither one "
                "nor a test part; give valid_percent, or a number"
            )
        if not parts.has_test and hparams.checkpoint_on != "validation":
            raise ParameterError("checkpoint_on: there is no test part to choose checkpoints on; leave it out")
        return Plan(hparams.model_dump(), table, parts, len(runs), runs[-1].planned_labels(len(parts.train), given), given)
