"""The founding lesson in imbalance: a model that never finds the rare class is right 17 times of 18.

Two Gaussian clouds, made rather than read, of which the answer is known: the best possible ROC-AUC is Φ(√2) = 0.921, and it
is reached by a weighted sum of three of the five features; the other two are noise.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from utils.data.source import DataSource, SampleTable, SourceRequest, sources
from utils.data.table_columns import Column
from utils.data.table_data import TableData
from utils.data.table_source import TableSource
from utils.errors import ParameterError

_TIMES_RARER = 17
_CLASSES = ("common", "rare")
_CENTRE = np.sqrt([2.56, 1.0, 0.44, 0.0, 0.0])
"""Of the rare cloud, in deviations; that of the common one, 0, is 2 away."""
Count = Annotated[int, Field(ge=100, le=10_000_000)]
Seed = Annotated[int, Field(ge=0, lt=2**63)]


@sources.register("imbalanced")
def imbalanced(request: SourceRequest, *, samples: Count = 3600, seed: Seed = 0) -> DataSource:
    """Made numbers: five features and two classes, common and rare, the second 17 times rarer.

    Raises:
        ParameterError: the task is regression, or class_names are others.
    """
    if request.regression:
        raise ParameterError("task: data set 'imbalanced' has the classes common and rare; set task to binary")
    classes = request.class_names or _CLASSES
    if sorted(classes) != sorted(_CLASSES):
        raise ParameterError(f"class_names: received {list(classes)}; data set 'imbalanced' has {' and '.join(_CLASSES)}")
    return TableSource(lambda: _make(samples, seed, classes))


def _make(samples: int, seed: int, classes: tuple[str, ...]) -> TableData:
    rng = np.random.default_rng(seed)
    rare = rng.permutation(np.arange(samples) < round(samples / (_TIMES_RARER + 1)))
    values = rng.normal(size=(samples, len(_CENTRE))) + rare[:, np.newaxis] * _CENTRE
    columns = tuple(Column(f"feature {number}", column) for number, column in enumerate(values.T, 1))
    labels = np.where(rare, classes.index("rare"), classes.index("common"))
    return TableData.of(SampleTable(labels, classes, np.array([f"row {row}" for row in range(samples)])), columns)
