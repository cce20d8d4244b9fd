"""What a finished run leaves beside its numbers: pictures and the model."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from utils import decision_plots, files, labelling_plot, plots, training_plots
from utils.annotation.cost_of_run import CostOfRun
from utils.data.source import DataSet
from utils.decision import EVEN
from utils.evaluation import Evaluation
from utils.explanation import Explanation
from utils.journal import Record
from utils.learning_engine import LearningEngine
from utils.metrics import confusion
from utils.picture_settings import PictureSettings
from utils.pool_view import PoolView
from utils.results import epochs_csv, predictions_csv
from utils.run_directory import RunDirectory
from utils.selection_artefacts import SelectionArtefacts


def write_artefacts(
    directory: RunDirectory,
    engine: LearningEngine,
    evaluation: Evaluation,
    data: DataSet,
    view: PoolView,
    explain: Callable[[PoolView], Explanation],
    settings: PictureSettings,
) -> None:
    """Writes plots/, best.weights.h5 and model.keras of a run; made again when a process died while making them.

    Args:
        directory: of the run, all its rounds committed.
        engine: holds the weights that the last round evaluated.
        evaluation: of the run.
        data: the data set.
        view: of a round that would follow, with what the model says of what is left, and embeddings of everything.
        explain: what the engine can tell of its choice in that round.
        settings: how they are drawn.
    """
    folder, plotted = directory.folder, directory.folder / "plots"
    _curves(directory, plotted, settings, evaluation.regression)
    _answers(directory, evaluation, data, plotted, settings.footnote)
    paid = CostOfRun.read(folder)
    if paid.curve is not None and len(paid.curve.labels):
        labelling_plot.labelling(paid, plotted / "labelling.png", settings.footnote)
    if len(view.unlabelled) and not evaluation.regression:
        plots.confidence_curve(view.probabilities, plotted / "confidence_curve.png", settings.footnote)
    SelectionArtefacts(plotted, data, settings).write(view, directory.rounds, explain)
    engine.save_weights(folder / "best.weights.h5")
    engine.export(folder / "model.keras")


def write_autolabels(directory: RunDirectory, steps: list[Record], footnote: str) -> None:
    """Records and draws what the model labelled after the last round, if anything."""
    directory.keep_autolabels(steps)
    if steps:
        training_plots.autolabel_curve(steps, directory.folder / "plots" / "autolabels.png", footnote)


def _curves(directory: RunDirectory, plotted: Path, settings: PictureSettings, regression: bool) -> None:
    """Draws what the run went through: each round, and each epoch."""
    stats = pd.DataFrame([record["stats"] for record in directory.rounds])
    if len(stats) > 1:
        plots.learning_curve(stats, plotted / "learning_curve.png", settings.footnote)
    epochs = pd.read_csv(io.StringIO(epochs_csv(directory.rounds)))
    if len(epochs):
        metric = "mean absolute error" if regression else "accuracy"
        training_plots.training_curves(
            epochs, plotted / "training_curves.png", settings.footnote, metric, weighted=settings.weighted
        )


def _answers(directory: RunDirectory, evaluation: Evaluation, data: DataSet, plotted: Path, footnote: str) -> None:
    """Writes and draws what the model says of the test part, or of what stands in for it."""
    if not evaluation.measurable:
        return
    answers = evaluation.answers()
    text = predictions_csv(evaluation.samples[0], evaluation.labels, data.table, answers)
    files.write_text(directory.folder / "predictions.csv", text)
    if evaluation.regression:
        plots.regression_scatter(evaluation.labels, answers[:, 0], plotted / "predictions.png", footnote)
        return
    threshold = directory.rounds[-1]["stats"].get("decision_threshold")
    used = EVEN if threshold is None else threshold
    counts = confusion(evaluation.labels, answers, threshold=used)
    plots.confusion_matrix(counts, data.table.class_names, plotted / "confusion_matrix.png")
    decision_plots.calibration(evaluation.labels, answers, plotted / "calibration.png", used, footnote)
    if threshold is not None:
        decision_plots.threshold_curve(evaluation.labels, answers[:, 1], threshold, plotted / "threshold_curve.png", footnote)
        decision_plots.roc_pr(evaluation.labels, answers[:, 1], threshold, plotted / "roc_pr.png", footnote)
