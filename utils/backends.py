"""The packages of learning engines, and the class of parameters, by names that stand here and nowhere in data.

Importing them by name keeps TensorFlow out of everything that does not train, and lets utils/ ask for what it may not import.
"""

from __future__ import annotations

import importlib
from typing import Any

from utils.data.source import LoadedData
from utils.journal import Record
from utils.learning_engine import LearningEngine
from utils.registry import Registry

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
    """
    outputs = hparams.num_outputs(max(data.table.num_classes, FEWEST_CLASSES))
    how = hparams.training_settings(), hparams.sampling(data.kind), hparams.threads
    return backend(hparams.backend).make_engine(hparams.model, data.sample_shape, outputs, hparams.model_params, *how)


def parameters() -> Any:
    """The class HParams."""
    return importlib.import_module("hparams").HParams
