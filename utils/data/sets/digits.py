"""The one set that needs no file: it comes with scikit-learn."""

from __future__ import annotations

import numpy as np

from utils.data.image_source import ImageArrays, ImageSource
from utils.data.source import DataSource, SourceRequest, sources


@sources.register("digits")
def digits(request: SourceRequest) -> DataSource:
    """Scikit-learn's 1,797 handwritten digits, 8 × 8 pixels."""

    def read() -> ImageArrays:
        from sklearn.datasets import load_digits

        bunch = load_digits()
        labels = bunch.target.astype(np.int64)
        return ImageArrays(bunch.images.astype(np.uint8), labels, np.array([f"digit {index}" for index in range(len(labels))]))

    return ImageSource("scikit-learn's digits", read, request.class_names)
