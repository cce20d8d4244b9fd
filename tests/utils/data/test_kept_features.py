"""Some rows of an array are those rows, whoever asks for them."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from utils.data.kept_features import KeptFeatures
from utils.rows import Rows


@given(st.lists(st.integers(0, 9), max_size=12), st.data())
def test_rows_of_rows(kept, data):
    features = np.arange(60, dtype=np.float32).reshape(10, 3, 2)
    found, copied = KeptFeatures(features, np.array(kept, np.int64)), features[np.array(kept, np.int64)]
    asked = data.draw(st.lists(st.integers(0, len(kept) - 1), max_size=9)) if kept else []
    ids = np.array(asked, np.int64)
    assert found.shape == copied.shape
    np.testing.assert_array_equal(found[ids], copied[ids])
    np.testing.assert_array_equal(Rows(found, ids).take(), copied[ids])
