"""What a finished run leaves beside its numbers: pictures and the model."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from utils import plots
from utils.data.source import DataSet
from utils.evaluation import Evaluation
from utils.learning_engine import LearningEngine, Need
from utils.rows import Rows
from utils.run_directory import RunDirectory


def write_artefacts(
    directory: RunDirectory,
    engine: LearningEngine,
    evaluation: Evaluation,
    data: DataSet,
    unlabelled: NDArray[np.int64],
    footnote: str,
) -> None:
    """Writes plots/, best.weights.h5 and model.keras of a run; made again when a process died while making them.

    Args:
        directory: of the run, all its rounds committed.
        engine: holds the weights that the last round evaluated.
        evaluation: of the run, for the confusion matrix.
        data: the data set.
        unlabelled: (m,) ids left in the pool, for the confidence curve; may be empty.
        footnote: a warning to the reader of the curves; "" for none.
    """
    folder, plotted = directory.folder, directory.folder / "plots"
    plots.learning_curve(
        pd.DataFrame([record["stats"] for record in directory.rounds]), plotted / "learning_curve.png", footnote
    )
    plots.confusion_matrix(evaluation.confusion(), data.table.class_names, plotted / "confusion_matrix.png")
    if len(unlabelled):
        probabilities = engine.infer(Rows(data.features, unlabelled), frozenset({Need.PROBABILITIES})).probabilities
        if probabilities is not None:
            plots.confidence_curve(probabilities, plotted / "confidence_curve.png", footnote)
    engine.save_weights(folder / "best.weights.h5")
    engine.export(folder / "model.keras")
