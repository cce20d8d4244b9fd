"""A folder for the tests of the sections."""

import pytest

from tests.utils.known_runs import write_run
from tests.utils.report.sections.small_runs import POINTS


@pytest.fixture
def folder(tmp_path):
    """Two strategies with two seeds, three rounds each."""
    for strategy in ("margin", "random"):
        for seed in (1, 2):
            write_run(tmp_path, strategy, seed, POINTS)
    return tmp_path
