"""Which faults lie in the moment and not in the file."""

import errno

import pytest

from utils.data.passing_error import may_pass


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.EIO, "Input/output error"), True),
        (PermissionError(errno.EACCES, "Permission denied"), True),
        (MemoryError(), True),
        (OSError("image file is truncated"), False),
        (ValueError("damaged"), False),
    ],
)
def test_what_may_pass(error, expected):
    assert may_pass(error) is expected
