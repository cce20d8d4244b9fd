"""What the tests of comparisons share."""

import gc
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True, scope="module")
def _quick_collections() -> Iterator[None]:
    """statsmodels collects garbage at each correction; what other tests have loaded need not be looked through each time."""
    gc.freeze()
    yield
    gc.unfreeze()
