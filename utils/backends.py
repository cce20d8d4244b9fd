"""The packages of learning engines, and the class of parameters, by names that stand here and nowhere in data.

Importing them by name keeps TensorFlow out of everything that does not train, and lets utils/ ask for what it may not import.
"""

from __future__ import annotations

import importlib
import shutil
import tempfile
from typing import Any

from utils.data.source import LoadedData
from utils.errors import DiskError
from utils.journal import Record
from utils.learning_engine import LearningEngine
from utils.registry import Registry
from utils.signals import signals_held

FEWEST_CLASSES = 2
"""That a model tells apart, also where people have named fewer so far."""
_PACKAGES = {"keras": "models_keras", "tf": "models_tf"}


def backend(name: str) -> Any:
    """The package of learning engines "keras" or "tf"; imports no TensorFlow."""
    return importlib.import_module(_PACKAGES[name])


def models_of(name: str) -> Registry[Any]:
    """The architectures of that backend."""
    return backend(name).models


def make_engine(hparams: Any, data: LoadedData) -> tuple[LearningEngine, Record]:
    """The learning engine, and what the bits of its results depend on; the first call imports TensorFlow.

    Args:
        hparams: resolved parameters, an instance of HParams.
        data: whose samples it is to learn.

    Raises:
        DiskError: there is no room for the temporary files of TensorFlow, which cannot be imported then.
    """
    _check_temporary_files()
    outputs = hparams.num_outputs(max(data.table.num_classes, FEWEST_CLASSES))
    how = hparams.training_settings(), hparams.sampling(data.kind), hparams.threads
    return backend(hparams.backend).make_engine(hparams.model, data.sample_shape, outputs, hparams.model_params, *how)


def _check_temporary_files() -> None:
    try:
        tempfile.gettempdir()
    except FileNotFoundError as error:
        raise DiskError(
            f"TensorFlow needs temporary files: {error.strerror}, {shutil.disk_usage('/').free:,} bytes free in /; "
            "what was committed is intact: make room, or name a folder that has some in TMPDIR, then run the same command again"
        ) from error


def parameters() -> Any:
    """The class HParams."""
    with signals_held():  # Pydantic is partly written in Rust, and panics where its import is interrupted
        return importlib.import_module("hparams").HParams
