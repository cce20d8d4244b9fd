"""Every parameter of an experiment, once: name, type, range, default, unit and one line of help.

The class below is the single source of the checks, their messages, `--help`, the JSON Schema that editors use
(`python hparams.py --schema`) and README's table (`python hparams.py --table`). An instance is frozen and holds what the
parameter file and the command line said, with defaults filled in; `single_runs` unfolds lists into one instance per run.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from utils import files, grid
from utils.constraints import at_most, finite, sentences
from utils.data.source import Kind
from utils.decision_threshold import Criterion
from utils.errors import MOST_SHOWN, ParameterError
from utils.oracles.annotator import Annotator
from utils.parameter_conflicts import check_classes, conflicts_of, conflicts_of_running, conflicts_with_kind
from utils.parameter_table import notes_on, plain, print_parameters, table_of
from utils.pretrained_file import PretrainedFile
from utils.run_settings import RunSettings
from utils.saved_run import FULL_DATA
from utils.signals import run_program
from utils.single_runs import FINAL, single_runs, variant_of
from utils.stop_rules import StopRules

__all__ = ["DATA", "FINAL", "FULL_DATA", "HParams", "about", "main", "parameter_table"]

DATA = Path("data")
_AFTER_ROUND_0 = {
    "framework_type", "strategy_params", "run_name", "max_round", "num_select_per_round", "stop", "hist_sel_mode",
    "sel_thresholds", "hist_keep", "hist_rule", "pseudo_label", "decay_threshold", "decay_rate", "candidate_pool", "num_passes",
    "num_members", "num_augmented", "augmentations", "autolabel", "autolabel_step",
}  # fmt: skip
"""Parameters that no result of round 0 depends on."""

HistoryMode = Literal["all", "certain", "var", "no"]
HistoryRule = Literal["highest_entropy", "lowest_entropy", "random", "density_peaks", "misclassified"]
NamesOrName = str | Annotated[list[str], Field(min_length=1, max_length=100)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]
Count = Annotated[int, Field(ge=1, lt=2**31)]
Cores = Annotated[int, Field(ge=1, le=1024)]
Weight = Annotated[float, Field(ge=0, le=1e9)]
Share = Annotated[float, Field(gt=0, lt=1)]
NameList = Annotated[list[str], Field(min_length=1, max_length=1000)]
Grid = Annotated[dict[str, Annotated[list[Any], Field(min_length=1, max_length=500)]], Field(max_length=100)]


def _parameter(default: Any, group: str, help_line: str, *, changes_results: bool = True, **constraints: Any) -> Any:
    extra: dict[str, Any] = {"group": group, "changes_results": changes_results}
    return Field(default, description=help_line, json_schema_extra=extra, **constraints)


Check = Callable[["HParams"], list[str]]


class HParams(RunSettings, BaseModel):
    """The parameters of one experiment; lists, and `grid` for parameters that take none, stand for a grid of runs."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)
    _point: dict[str, Any] = PrivateAttr(default_factory=dict)

    # What is asked
    sub_dir: str = _parameter(..., "Experiment", "task folder: data under data/<sub_dir>/, results under outputs/<sub_dir>/")
    mode: Literal["active_learning", "train", "cross_validate"] = _parameter(
        "active_learning",
        "Experiment",
        "train: one plain training on the whole training part; cross_validate: one on all but each of num_folds folds, "
        "then the final model",
    )
    framework_type: NamesOrName = _parameter("random", "Experiment", "selection engine, or a list of them to compare")
    strategy_params: dict[str, Any] = _parameter(
        {}, "Experiment", "parameters of the selection engine, or engine name → its parameters when several are compared"
    )
    random_seed: Seed | Annotated[list[Seed], Field(min_length=1, max_length=10_000)] = _parameter(
        1, "Experiment", "seed of a run, or a list: one run each, paired over the engines"
    )
    max_round: int = _parameter(60, "Experiment", "rounds at most", ge=0, lt=2**31)
    num_select_per_round: Count | Annotated[list[Count], Field(min_length=1, max_length=500)] = _parameter(
        200, "Experiment", "labels bought each round (the budget), or a list: one run each"
    )
    grid: Grid = _parameter(
        {},
        "Experiment",
        "any other parameter → a list of values: one run for each combination, in a folder named after it",
        changes_results=False,
    )
    stop: StopRules = _parameter(
        StopRules(),
        "Experiment",
        "rules that end a run early: target_accuracy, label_budget, plateau_rounds, stable_kappa, max_entropy, wall_time",
    )
    full_data_baseline: bool = _parameter(
        False, "Experiment", "also train once per seed on all labels: the ALL line of the comparison", changes_results=False
    )
    num_folds: int = _parameter(4, "Experiment", "parts of the training part in a cross-validation", ge=2, le=1000)
    fold: Annotated[int, Field(ge=1)] | Literal["final"] | None = _parameter(
        None, "Experiment", "only this fold of a cross-validation, or only the final model; null: all, one after the other"
    )
    final_epochs: Count | None = _parameter(
        None, "Experiment", "epochs of the final model; null: those at which the smoothed mean curve of the folds is best"
    )
    curve_smoothing: float = _parameter(
        0.9, "Experiment", "exponential smoothing of that curve: the weight of what went before", ge=0, lt=1
    )
    curve_skip: int = _parameter(10, "Experiment", "first epochs that are left out of that curve", ge=0, lt=2**31)
    run_name: str | None = _parameter(None, "Experiment", "names the variant folder stats/<engine>/<run_name>/")

    # What a selection engine sees
    initial_selection: Literal["random", "stratified", "kmeans", "typiclust"] = _parameter(
        "random",
        "Selection",
        "how the first labels are drawn, the same for all engines; stratified looks at labels not yet bought; kmeans and "
        "typiclust spread them over the data",
    )
    initial_space: Literal["raw", "embedded"] = _parameter(
        "raw",
        "Selection",
        "where kmeans and typiclust look at the first labels: the features, or the untrained model's embedding",
    )
    candidate_pool: Count | None = _parameter(
        None,
        "Selection",
        "unlabelled samples drawn each round for engine and pseudo-labels to choose from, at least the budget; null: all",
    )
    num_passes: int = _parameter(
        20, "Selection", "passes with dropout for engines that ask for them (bald, batchbald, epig, qbc, …)", ge=2, le=1000
    )
    num_members: int = _parameter(
        5, "Selection", "rounds whose last weights make up the committee of qbc and qbc_variance", ge=2, le=100
    )
    num_augmented: int = _parameter(8, "Selection", "augmented copies of each sample, for aift", ge=2, le=1000)
    augmentations: Annotated[list[str], Field(min_length=1, max_length=100)] | None = _parameter(
        None,
        "Selection",
        "what changes the copies; spectrograms: time_shift, time_mask, frequency_mask, gain, noise; images: shift, rotation, "
        "flip; texts: word_dropout; null: all of these but flip",
    )
    autolabel: Literal["no", "all", "stepwise"] = _parameter(
        "no",
        "Selection",
        "after the last round the model labels the rest: all at once, or the surest first, with a refit after each step",
    )
    autolabel_step: int = _parameter(10, "Selection", "samples labelled by the model between two refits", ge=1, lt=2**31)

    # On which data
    dataset: NamesOrName | None = _parameter(
        None, "Data", "data set, or a list: one run each; null: the one that sub_dir names"
    )
    data_params: dict[str, Any] = _parameter(
        {},
        "Data",
        "options of the data set: columns, vocabulary, image size, …; or data set → its options when there are several",
    )
    data_dir: str | None = _parameter(
        None,
        "Data",
        "where the data lie; null: data/<sub_dir>/; of several data sets each lies in a folder of its name inside",
        changes_results=False,
    )
    class_names: Annotated[list[str], Field(min_length=1)] | None = _parameter(
        None, "Data", "which classes, in this order; null: the set's own"
    )
    num_classes: Count | None = _parameter(
        None, "Data", "classes; 1: one sigmoid output for labels 0/1; null: as many as the set has"
    )
    task: Literal["multiclass", "binary", "regression"] | None = _parameter(
        None, "Data", "kind of target; null: binary when num_classes is 1, otherwise multiclass; regression: a number"
    )
    num_total: int = _parameter(100000, "Data", "samples drawn from the data set (all, if it has fewer)", ge=1, lt=2**31)
    test_percent: Annotated[float, Field(ge=0, lt=1)] | None = _parameter(
        0.2,
        "Data",
        "share of all samples that is the test part; null: the set's own test part; 0, and without a say "
        "for a set with gaps: none, each round is then evaluated by cross-validation over what is labelled",
    )
    valid_percent: float = _parameter(0.0, "Data", "share of all samples that is the validation part", ge=0, lt=1)
    labeled_percent: float = _parameter(0.1, "Data", "share of the training part that is labelled at the start", gt=0, le=1)
    group_by: str | None = _parameter(
        None,
        "Data",
        "groups that never straddle a split: clip, speaker, fold, source, none; null: clip where the set has clips",
    )
    test_groups: Annotated[list[str], Field(min_length=1)] | None = _parameter(
        None, "Data", "the groups that make up the test part, instead of test_percent of the samples"
    )
    max_bad_files: float = _parameter(0.01, "Data", "share of unreadable files above which a run does not start", ge=0, le=1)

    # Audio features
    sample_rate: int = _parameter(22050, "Audio", "Hz; every recording is resampled to it", ge=1000, le=192000)
    num_bands: int = _parameter(60, "Audio", "mel bands", ge=1, le=512)
    num_frames: int = _parameter(
        41, "Audio", "frames per window; a window has hop_length·(num_frames − 1) samples", ge=2, le=4096
    )
    hop_length: int = _parameter(512, "Audio", "samples between frames", ge=16, le=65536)
    fft_length: int = _parameter(2048, "Audio", "samples per frame", ge=32, le=65536)
    use_delta: bool = _parameter(True, "Audio", "the delta of the log-mel spectrogram as second channel")
    short_clips: Literal["pad", "drop"] = _parameter(
        "pad", "Audio", "recordings shorter than a window: zero-padded or dropped (UrbanSound8K always drops them)"
    )

    # Who learns
    backend: Literal["keras", "tf"] = _parameter("keras", "Learning", "learning engines of models_keras or of models_tf")
    model: NamesOrName | None = _parameter(
        None, "Learning", "architecture, or a list: one run each; null: the one that suits the data set"
    )
    model_params: dict[str, Any] = _parameter({}, "Learning", "parameters of the architecture")
    num_epochs: int = _parameter(50, "Learning", "epochs of training each round", ge=1, lt=2**31)
    batch_size: int = _parameter(
        64, "Learning", "samples per training step at most; those of a round are spread evenly", ge=1, lt=2**31
    )
    learning_rate: float = _parameter(0.0005, "Learning", "step size of the optimizer", gt=0, le=10)
    optimizer: Literal["adam", "rmsprop"] = _parameter("adam", "Learning", "how weights follow gradients; afresh each round")
    clip_norm: Annotated[float, Field(gt=0, le=1e9)] | None = _parameter(
        None, "Learning", "length that the gradient of all weights together is cut to where it is longer; null: none"
    )
    loss: Literal["cross_entropy", "mse"] | None = _parameter(
        None, "Learning", "what training makes small; null: cross-entropy, in regression the squared error"
    )
    label_smoothing: float = _parameter(
        0.0, "Learning", "share ε of each label that is spread evenly over the classes while training", ge=0, lt=1
    )
    class_weight: Literal["inverse", "balanced", "none"] | Annotated[list[Weight], Field(min_length=1)] = _parameter(
        "inverse", "Learning", "weights of the classes in the loss: N/n_c, N/(C·n_c), none, or one number per class"
    )
    early_stopping: Count | None = _parameter(
        None, "Learning", "epochs without a better validation result after which a round's training ends"
    )
    pretrained: PretrainedFile | None = _parameter(
        None,
        "Learning",
        "weights to start from: path of a .weights.h5 or .keras file of the same architecture, and its sha256; null: untrained",
    )
    frozen: Literal["extractor"] | NameList | None = _parameter(
        None, "Learning", "layers that training leaves as they are, or extractor: all up to the embedding; null: none"
    )
    warm_start: bool = _parameter(
        True, "Learning", "true: each round trains on from the weights of the last; false: from the initial, untrained weights"
    )
    load_pretrained: bool = _parameter(
        True, "Learning", "start from the stored initial model in init_ckpt/, so that all engines start at the same point"
    )
    pre_train: bool = _parameter(False, "Learning", "train on the initial labels before round 1; otherwise only evaluate")
    checkpoint: Literal["best", "best_of_round", "last"] = _parameter(
        "best", "Learning", "weights kept and evaluated: best over all rounds, best epoch of the round, or the last epoch"
    )
    checkpoint_on: Literal["validation", "test_as_founding_systems_did"] = _parameter(
        "validation",
        "Learning",
        "what 'best' is measured on: the validation part (with valid_percent 0, a stratified tenth of the labelled samples), "
        "or the test part, only to reproduce the founding systems",
    )
    monitor: Literal["accuracy", "loss"] = _parameter(
        "accuracy", "Learning", "by which 'best' is told: validation accuracy (of equal ones, loss) or loss; in regression loss"
    )
    decision_threshold: Share | Criterion = _parameter(
        0.5,
        "Learning",
        "binary tasks: the probability of class 1 that counts as a yes in the metrics, or the criterion by which it is chosen "
        "on the validation part each round",
    )
    metric_baseline: float = _parameter(
        0.0, "Learning", "accuracy that a model must beat before its weights are kept as the best over all rounds", ge=0, le=1
    )

    # What else is trained on
    hist_sel_mode: HistoryMode | Annotated[list[HistoryMode], Field(min_length=1, max_length=4)] = _parameter(
        "all",
        "History and pseudo-labels",
        "which labelled samples are trained on again: all; certain: once more than the threshold are labelled, a part; "
        "var: the same, one run per threshold as a group; no: only the new ones; with hist_select, all stands for certain; "
        "a list: one run each",
    )
    sel_thresholds: Count | Annotated[list[Count], Field(min_length=1, max_length=1000)] = _parameter(
        [10000], "History and pseudo-labels", "labels above which history is selected; a list stands for one run each"
    )
    hist_keep: float = _parameter(
        0.5,
        "History and pseudo-labels",
        "share of a class's rightly predicted history that is kept, highest entropy first",
        gt=0,
        le=1,
    )
    hist_rule: HistoryRule = _parameter(
        "highest_entropy",
        "History and pseudo-labels",
        "which part of a class's rightly predicted history is kept, or misclassified: the wrongly predicted samples instead",
    )
    pseudo_label: bool = _parameter(
        False, "History and pseudo-labels", "also train on the model's own label where its entropy is below the threshold"
    )
    decay_threshold: float = _parameter(
        0.046, "History and pseudo-labels", "pseudo-label threshold on the entropy, in nats", ge=0
    )
    decay_rate: float = _parameter(
        0.001, "History and pseudo-labels", "decay of that threshold: after round t, minus decay_rate·t, not below 0.0001", ge=0
    )

    # Who labels
    oracle: Literal["simulated", "web", "label_studio", "csv"] = _parameter(
        "simulated",
        "Oracle",
        "who labels: the ground truth of the data set, or people: on a web page, in Label Studio, in a spreadsheet",
    )
    oracle_error_rate: float = _parameter(0.0, "Oracle", "share of labels that the simulated oracle gets wrong", ge=0, le=1)
    annotators: Annotated[list[Annotator], Field(min_length=1, max_length=100)] | None = _parameter(
        None,
        "Oracle",
        "simulated annotators: name, error_rate or confusion, abstention, seconds_per_label, seconds_per_second; samples go to "
        "them in turn; null: one, with oracle_error_rate",
    )
    annotators_per_sample: int = _parameter(
        1,
        "Oracle",
        "annotators that each sample goes to; the majority counts, of a tie what was said first, of numbers the median",
        ge=1,
        le=100,
    )
    new_classes: bool = _parameter(False, "Oracle", "people may add classes to class_names")
    show_guess: bool = _parameter(False, "Oracle", "people see the model's guess before they answer", changes_results=False)
    prefetch: int = _parameter(
        0, "Oracle", "samples that people may go on with while the model trains", changes_results=False, ge=0, le=10000
    )
    web_host: str = _parameter(
        "127.0.0.1",
        "Oracle",
        "address that the page listens on; any but this machine's own asks for the token in the link that is printed",
        changes_results=False,
    )
    web_port: int = _parameter(8765, "Oracle", "port of the page", changes_results=False, ge=1, le=65535)
    label_studio_url: str = _parameter(
        "http://localhost:8080",
        "Oracle",
        "of the Label Studio server; its access token comes from the environment: LABEL_STUDIO_API_KEY",
        changes_results=False,
    )

    # How it runs
    threads: Cores | None = _parameter(
        None, "Running", "threads of TensorFlow in a run; results depend on it; null: the cores shared out among num_workers"
    )
    num_workers: Cores | None = _parameter(
        None,
        "Running",
        "runs at once; null: one, on a Ray cluster as many as it has room for",
        changes_results=False,
    )
    executor: Literal["local", "ray"] = _parameter(
        "local", "Running", "where the runs of a grid are executed: this machine, or a Ray cluster", changes_results=False
    )
    ray_address: str | None = _parameter(
        None,
        "Running",
        "of the cluster's head, host:port or auto; null: a Ray of its own on this machine",
        changes_results=False,
    )
    gpus_per_run: float = _parameter(
        0.0, "Running", "GPUs, or the share of one, that Ray sets aside for a run", changes_results=False, ge=0, le=64
    )
    shard_scoring: bool = _parameter(
        False,
        "Running",
        "score a large pool on all nodes of the Ray cluster, for engines that score each sample alone",
        changes_results=False,
    )
    map_projection: Literal["pca", "tsne"] = _parameter(
        "pca", "Running", "how the map of pool and picks brings embeddings into the plane", changes_results=False
    )
    overwrite: bool = _parameter(False, "Running", "start afresh: a run of that name is removed", changes_results=False)
    tensorboard: bool = _parameter(False, "Running", "write TensorBoard logs into the run's folder", changes_results=False)
    mlflow: bool = _parameter(
        False, "Running", "log each run to MLflow: parameters, metrics of each round, pictures", changes_results=False
    )
    mlflow_uri: str | None = _parameter(
        None, "Running", "MLflow's tracking URI; null: a local store in outputs/<sub_dir>/", changes_results=False
    )

    _are_finite = field_validator("strategy_params", "grid", "data_params", "model_params")(finite)
    _are_short = field_validator("strategy_params", "model_params")(at_most(1_000))
    _are_no_table = field_validator("data_params")(at_most(10_000))

    @model_validator(mode="after")
    def _check_together(self, info: ValidationInfo) -> Self:
        if not (info.context or {}).get("each_alone") and (problems := self._conflicts(())):
            raise ValueError("\n".join(problems))
        return self

    def _conflicts(self, checks: Sequence[Check]) -> list[str]:
        """What does not go together in this grid or in any of its cells, each sentence once."""
        cells, problems = grid.checked_cells(self)
        if problems:
            return problems
        found = dict.fromkeys(conflicts_of_running(self))
        for cell in cells:
            found |= dict.fromkeys([*conflicts_of(cell), *(text for check in checks for text in check(cell))])
            if len(found) > MOST_SHOWN:
                break
        return list(found)

    @classmethod
    def parse(cls, values: Mapping[str, Any], where: str = "parameters", checks: Sequence[Check] = ()) -> Self:
        """An instance from plain values, which `checks` may find fault with too.

        Raises:
            ParameterError: one sentence for each thing that is wrong, all at once.
        """
        problems: list[str] = []
        alone = {"each_alone": True}
        try:
            hparams = cls.model_validate(dict(values), context=alone)
        except ValidationError as error:
            problems = sentences(error, cls)
            wrong = {problem["loc"][0] for problem in error.errors()}
            right = {name: value for name, value in values.items() if name not in wrong}
            hparams = cls.model_validate({"sub_dir": "digits"} | right, context=alone)
        problems += hparams._conflicts(checks)
        if problems:
            raise ParameterError(problems, where)
        return hparams

    def cells(self) -> list[HParams]:
        """One instance for each combination of values in `grid` and in lists but those that `single_runs` unfolds."""
        return grid.cells(self)

    def changed(self, values: Mapping[str, Any], point: Mapping[str, Any]) -> Self:
        """The cell with `values`, which their parameters hold just so, and that differs from others of its grid in `point`."""
        cell = self.model_copy(update={**dict(self), **values})
        cell._point = dict(point)
        return cell

    @property
    def point(self) -> dict[str, Any]:
        """Of a cell or a single run: the values in which it differs from other cells of its grid."""
        return self._point

    def names(self) -> list[str]:
        """The selection engines asked for."""
        return [self.framework_type] if isinstance(self.framework_type, str) else self.framework_type

    def params_of(self, strategy: str) -> dict[str, Any]:
        """The part of `strategy_params` that is meant for `strategy`."""
        if any(name in self.strategy_params for name in self.names()):
            params = self.strategy_params.get(strategy, {})
            return dict(params) if isinstance(params, dict) else {}
        return dict(self.strategy_params)

    def seeds(self) -> list[int]:
        """The seeds asked for."""
        return self.random_seed if isinstance(self.random_seed, list) else [self.random_seed]

    def history_mode(self, strategy: str) -> HistoryMode:
        """What `hist_sel_mode` comes to with `strategy`: the founding hist_select selects history unless told otherwise."""
        mode: Any = self.hist_sel_mode
        return "certain" if strategy == "hist_select" and mode == "all" else mode

    def thresholds(self, strategy: str) -> list[int]:
        """The history thresholds that make a difference with `strategy`: one run each."""
        given = self.sel_thresholds if isinstance(self.sel_thresholds, list) else [self.sel_thresholds]
        return given if self.history_mode(strategy) in {"certain", "var"} else given[:1]

    def is_binary(self) -> bool:
        """Whether class 1 is the positive class of a binary task."""
        return self.task == "binary" or self.num_classes == 1

    def asks_people(self) -> bool:
        """Whether labels come from people rather than from the data set."""
        return self.oracle != "simulated"

    def is_regression(self) -> bool:
        """Whether labels are numbers rather than classes."""
        return self.task == "regression"

    def tasks(self, num_classes: int | None = None) -> frozenset[str]:
        """What kinds of task this may be, of "multiclass", "binary" and "regression", on a set of `num_classes` if known."""
        if self.task:
            return frozenset({self.task})
        if self.new_classes:
            return frozenset({"multiclass"})
        count = self.num_classes or num_classes
        kinds = {1: {"binary"}, 2: {"binary", "multiclass"}, None: {"binary", "multiclass"}}
        return frozenset(kinds.get(count, {"multiclass"}))

    def check_classes(self, class_names: Sequence[str]) -> None:
        """Raises DataError when the classes of the data set, none in regression, are not as many as the parameters say."""
        check_classes(self, class_names)

    def conflicts_with(self, kind: Kind) -> list[str]:
        """What does not suit samples of this `kind`, one sentence each."""
        return conflicts_with_kind(self, kind)

    def data_folder(self) -> Path:
        """Where the data lie."""
        return Path(self.data_dir) if self.data_dir else files.safe_join(DATA, self.sub_dir)

    def shown_in(self) -> tuple[str, str]:
        """What the results are, and in which file or folder below that of the task they are best looked at."""
        return {
            "active_learning": ("comparison", "comparison.png"),
            "cross_validate": ("cross-validation", "cross_validation.png"),
            "train": ("results", "stats/train"),
        }[self.mode]

    def strategy_folder(self) -> str:
        """Of a single run: the name of its folder in stats/."""
        if self.mode != "active_learning":
            return self.mode
        return FULL_DATA if self.full_data_baseline else self.names()[0]

    def variant(self) -> str | None:
        """Of a single run: the name of its folder in that of its engine."""
        return variant_of(self.run_name, self.fold)

    def key(self) -> dict[str, Any]:
        """Of a single run: what tells its rows from those of others."""
        return {"strategy": self.strategy_folder(), "variant": self.variant(), "seed": self.seeds()[0]}

    def run_folder(self, outputs: Path) -> Path:
        """Of a single run: its folder below `outputs`."""
        variant = [name] if (name := self.variant()) else []
        return files.safe_join(outputs, self.sub_dir, "stats", self.strategy_folder(), *variant, f"run_{self.seeds()[0]}")

    def title(self) -> str:
        """Of a single run: what the terminal calls it."""
        return "/".join(filter(None, (self.strategy_folder(), self.variant(), f"seed {self.seeds()[0]}")))

    def budget(self, num_labelled: int) -> int:
        """Samples to ask for this round, with `num_labelled` labelled before it."""
        asked: Any = self.num_select_per_round
        return asked if self.stop.label_budget is None else min(asked, self.stop.label_budget - num_labelled)

    def planned_labels(self, pool: int, given: int = 0) -> list[int]:
        """Of a run on a training part of `pool` samples: the labels bought by the end of each round, round 0 first.

        Where some, `given`, came with the data set, these alone are labelled at the start.
        """
        asked: Any = self.num_select_per_round
        labels = [given or max(1, round(self.labeled_percent * pool))]
        enough = min(pool, self.stop.label_budget or pool)
        if labels[0] > enough:
            raise ParameterError(f"stop.label_budget: received {enough}, but {labels[0]} samples are labelled at the start")
        while len(labels) <= self.max_round and labels[-1] < enough:
            labels.append(min(labels[-1] + asked, enough))
        return labels

    def single_runs(self) -> Iterator[HParams]:
        """One instance per run, seeds innermost: first the full-data runs where asked for, then engine by engine."""
        return single_runs(self, _AFTER_ROUND_0)

    def waits_for_folds(self) -> bool:
        """Of a single run: whether its num_epochs is read off the curves of the folds."""
        return self.fold == FINAL and self.final_epochs is None

    @classmethod
    def defaults(cls) -> dict[str, Any]:
        """The default of each parameter that has one, as plain JSON values."""
        return {name: plain(field.default) for name, field in cls.model_fields.items() if not field.is_required()}

    def result_params(self, *, of_initial_model: bool = False) -> dict[str, Any]:
        """The parameters on which results, or those of round 0 alone, depend, as plain JSON values."""
        left_out = _AFTER_ROUND_0 if of_initial_model else set()
        values = self.model_dump(mode="json")
        if self.pretrained:
            values["pretrained"] = self.pretrained.sha256
        values["oracle"] = "people" if self.asks_people() else self.oracle
        return {name: value for name, value in values.items() if about(name)["changes_results"] and name not in left_out}


def about(name: str) -> dict[str, Any]:
    """What is noted of the parameter `name`: its `group`, and whether it `changes_results`."""
    return notes_on(HParams, name)


def parameter_table() -> str:
    """README's table of parameters, in Markdown."""
    return table_of(HParams)


def main(arguments: list[str]) -> int:
    """`--schema` prints the JSON Schema of a parameter file, `--table` README's table."""
    return print_parameters(HParams, arguments)


if __name__ == "__main__":
    sys.exit(run_program(partial(main, sys.argv[1:])))
