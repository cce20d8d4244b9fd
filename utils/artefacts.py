"""What a finished run leaves beside its numbers: pictures and the model."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from utils import plots
from utils.evaluation import Evaluation
from utils.journal import Record
from utils.learning_engine import LearningEngine, Need
from utils.rows import Rows


def write_artefacts(
    folder: Path, rounds: list[Record], engine: LearningEngine, evaluation: Evaluation, class_names: tuple[str, ...], rest: Rows
) -> None:
    """Writes plots/, best.weights.h5 and model.keras below `folder`; made again when a process died while making them.

    Args:
        folder: of the run.
        rounds: its records.
        engine: holds the weights that the last round evaluated.
        evaluation: of the run, for the confusion matrix.
        class_names: of the data set.
        rest: what is left unlabelled in the pool, for the confidence curve; may be empty.
    """
    plots.learning_curve(pd.DataFrame([record["stats"] for record in rounds]), folder / "plots" / "learning_curve.png")
    plots.confusion_matrix(evaluation.confusion(), class_names, folder / "plots" / "confusion_matrix.png")
    probabilities = engine.infer(rest, frozenset({Need.PROBABILITIES})).probabilities if len(rest) else None
    if probabilities is not None:
        plots.confidence_curve(probabilities, folder / "plots" / "confidence_curve.png")
    engine.save_weights(folder / "best.weights.h5")
    engine.export(folder / "model.keras")
