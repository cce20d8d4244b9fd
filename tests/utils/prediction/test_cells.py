"""Tables of new samples that are no files."""

import os

import pytest

from utils.errors import DataError
from utils.prediction.cells import new_cells


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "new.csv")
    with pytest.raises(DataError, match=r"new\.csv: cannot be read \(it is no plain file\); make it readable"):
        new_cells(tmp_path / "new.csv")
