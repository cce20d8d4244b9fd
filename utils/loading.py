"""The moments in which TensorFlow is loaded: what it prints then is for nobody, and interrupting it ends the process."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from utils.signals import signals_held


@contextlib.contextmanager
def loading_tensorflow() -> Iterator[None]:
    """Keeps what its C++ part prints while it loads, before any log level counts, off the terminal; signals wait."""
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        with signals_held():
            yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
