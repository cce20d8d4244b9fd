"""The one set that needs no file: it comes with scikit-learn."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from utils.data.image_source import ImageArrays, ImageSource
from utils.data.keras_files import refuse_regression
from utils.data.source import DataSource, SourceRequest, sources
from utils.errors import DataError

_LARGEST = 16
"""The value of a pixel that is all ink."""


@sources.register("digits")
def digits(request: SourceRequest) -> DataSource:
    """Scikit-learn's 1,797 handwritten digits, 8 × 8 pixels."""
    refuse_regression(request, "digits")
    return ImageSource("scikit-learn's digits", _read, request.class_names)


def _read() -> ImageArrays:
    """The set from the file that scikit-learn ships; importing scikit-learn would take longer than the whole dry run."""
    found = find_spec("sklearn")
    if found is None or not found.submodule_search_locations:
        raise DataError("scikit-learn is not installed: install requirements.txt")
    path = Path(found.submodule_search_locations[0], "datasets", "data", "digits.csv.gz")
    rows = np.loadtxt(path, delimiter=",", dtype=np.uint8)
    images = rows[:, :-1].reshape(-1, 8, 8).astype(np.float32) / np.float32(_LARGEST)
    names = np.array([f"digit {index}" for index in range(len(rows))])
    return ImageArrays(images, rows[:, -1].astype(np.int64), names)
