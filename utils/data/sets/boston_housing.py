"""The founding house prices: 506 suburbs of Boston in the seventies.

One of its columns, B, was made on an assumption about race, and so the set serves to reproduce published numbers and little
else; Keras says the same.
"""

from __future__ import annotations

from utils.data.housing import Housing
from utils.data.source import DataSource, SourceRequest, sources

_HOUSING = Housing(
    "boston_housing",
    ("CRIM", "ZN", "INDUS", "CHAS", "NOX", "RM", "AGE", "DIS", "RAD", "TAX", "PTRATIO", "B", "LSTAT"),
    "prices in thousand dollars",
)


@sources.register("boston_housing")
def boston_housing(request: SourceRequest) -> DataSource:
    """Keras' Boston housing, `boston_housing.npz`: 506 prices in thousand dollars by 13 numbers; for regression."""
    return _HOUSING.source(request)
