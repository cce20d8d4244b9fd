"""House prices of the Californian census of 1990, in the place of the Boston ones."""

from __future__ import annotations

from utils.data.housing import Housing
from utils.data.source import DataSource, SourceRequest, sources

_HOUSING = Housing("california_housing", tuple(f"x[{column}]" for column in range(8)), "prices in dollars")
"""Its columns have numbers for names: Keras' documentation and the usual tables of this census order them differently."""


@sources.register("california_housing")
def california_housing(request: SourceRequest) -> DataSource:
    """Keras' California housing, `california_housing.npz`: 20,640 prices in dollars by 8 numbers; for regression."""
    return _HOUSING.source(request)
