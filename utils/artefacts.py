"""What a finished run leaves beside its numbers: pictures and the model."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from utils import plots
from utils.data.source import DataSet
from utils.evaluation import Evaluation
from utils.explanation import Explanation
from utils.learning_engine import LearningEngine
from utils.picture_settings import PictureSettings
from utils.pool_view import PoolView
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
        evaluation: of the run, for the confusion matrix.
        data: the data set.
        view: of a round that would follow, with the probabilities of what is left, and embeddings of everything.
        explain: what the engine can tell of its choice in that round.
        settings: how they are drawn.
    """
    folder, plotted = directory.folder, directory.folder / "plots"
    plots.learning_curve(
        pd.DataFrame([record["stats"] for record in directory.rounds]), plotted / "learning_curve.png", settings.footnote
    )
    plots.confusion_matrix(evaluation.confusion(), data.table.class_names, plotted / "confusion_matrix.png")
    if len(view.unlabelled):
        plots.confidence_curve(view.probabilities, plotted / "confidence_curve.png", settings.footnote)
    SelectionArtefacts(plotted, data, settings).write(view, directory.rounds, explain)
    engine.save_weights(folder / "best.weights.h5")
    engine.export(folder / "model.keras")
