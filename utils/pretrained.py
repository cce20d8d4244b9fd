"""Weights that were trained elsewhere: a file named in the parameters, used only while its hash is the one written there.

Weight files carry no checksum of their own, and one from elsewhere may be another than the one that was meant.
"""

from __future__ import annotations

from pathlib import Path

from utils import reading
from utils.errors import DataError, ParameterError

SUFFIXES = (".weights.h5", ".keras")


def checked(path: str, sha256: str) -> Path:
    """The file at `path` (relative to the working folder), once its SHA-256 is found to be `sha256`, 64 hexadecimal digits.

    Raises:
        ParameterError: there is no such file that can be read, or its name says that it is of another kind.
        DataError: its hash is another.
    """
    where = Path(path)
    if not where.name.endswith(SUFFIXES):
        raise ParameterError(
            f"pretrained.path: received {path!r}, expected a file called *{' or *'.join(SUFFIXES)}, as Keras 3 and this "
            "program write them; of a model in another format save the weights with model.save_weights('….weights.h5')"
        )
    try:
        received = reading.sha256_of(where)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ParameterError(
            f"pretrained.path: {path!r} cannot be read ({reason}): give the path of a file of weights"
        ) from None
    if received != sha256.lower():
        raise DataError(
            f"pretrained: {path} has the sha256 {received}, but pretrained.sha256 says {sha256}: the file was altered or cut, "
            f"or is another one. Get it again; or, once you have checked where it comes from, write {received} there"
        )
    return where
