"""Where else a run is followed than in its folder: TensorBoard's logs and MLflow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from utils import files
from utils.journal import Record
from utils.mlflow_tracker import MlflowTracker
from utils.run_directory import RunDirectory

WriteTensorboard = Callable[[Path, list[Record]], None]


class Trackers:
    """Those that the parameters of one run ask for; what they hold is derived from its committed rounds."""

    def __init__(self, params: Any, outputs: Path, write_tensorboard: WriteTensorboard, warn: Callable[[str], None]) -> None:
        """`params` of the run, an instance of HParams; results lie below `outputs`; `warn` is told what failed."""
        self._write = write_tensorboard if params.tensorboard else None
        self._mlflow: MlflowTracker | None = None
        if params.mlflow:
            folder, shown = files.safe_join(outputs, params.sub_dir), params.model_dump(mode="json")
            uri, key = params.mlflow_uri, params.key()
            self._mlflow = MlflowTracker(uri, folder / "mlflow", params.sub_dir, params.title(), key, shown, warn)

    def follow(self, directory: RunDirectory) -> None:
        """Shows all committed rounds of the run in `directory`, and its end when it is complete."""
        if self._write:
            self._write(directory.folder / "tensorboard", directory.rounds)
        if self._mlflow:
            self._mlflow.rounds(directory.rounds)
            if directory.ended is not None:
                self._mlflow.end(directory.folder, directory.ended)
