"""A run's folder that is damaged in some way, again and again, and what goes on from there."""

from __future__ import annotations

import contextlib
import shutil
import signal
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from types import FrameType
from typing import Any

from tests.crash.disk_model import lay_out, state_of
from tests.fakes import blobs, results_of, run_fake, small_params
from tests.test_people import shown
from utils.errors import FrameworkError

RUN = "fake/stats/margin/run_1"
Change = Callable[[bytes], bytes]
_TOO_LONG = 60


class Damaged:
    """The folder `outputs` as it was before, and what goes on from there without damage."""

    def __init__(self, outputs: Path, proceed: Callable[[Path], object]) -> None:
        """`outputs` are whole; `proceed` uses what lies there."""
        self.whole = state_of(outputs)
        self._outputs, self._proceed = outputs, proceed
        proceed(outputs)
        self.results = results_of(outputs)

    def outcome(self, damage: Callable[[Path], object]) -> FrameworkError | None:
        """The error after the `damage`; None where the results are the same. Raises AssertionError at anything else."""
        remove(self._outputs)
        lay_out(self.whole, self._outputs)
        damage(self._outputs)
        try:
            with _not_for_ever():
                self._proceed(self._outputs)
        except FrameworkError as error:
            return error
        received = results_of(self._outputs)
        assert received == self.results, (
            f"other bytes in {sorted(n for n in self.results if received.get(n) != self.results[n])}"
        )
        return None


def remove(folder: Path) -> None:
    """Whatever lies there."""
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder, ignore_errors=True)
    else:
        folder.unlink(missing_ok=True)


@contextlib.contextmanager
def _not_for_ever() -> Iterator[None]:
    """Raises AssertionError where the block waits for something that never comes, such as the other end of a pipe."""

    def too_long(number: int, frame: FrameType | None) -> None:
        raise AssertionError(f"nothing came of it in {_TOO_LONG} s")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(_TOO_LONG)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def continued(**changes: Any) -> Callable[[Path], object]:
    """One more round of the run that `begun` did."""
    return lambda _: run_fake(small_params(max_round=3, **changes), shown() if "oracle" in changes else blobs())


def begun(**changes: Any) -> None:
    """A run of two rounds after the first."""
    run_fake(small_params(max_round=2, **changes), shown() if "oracle" in changes else blobs())


def content_of(state: Mapping[str, bytes | None], path: str) -> bytes:
    content = state[path]
    if content is None:
        raise ValueError(f"{path} is a folder")
    return content


def rewrite(path: Path, change: Change) -> None:
    path.write_bytes(change(path.read_bytes()))


def counted(outcomes: Counter[str]) -> str:
    return ", ".join(f"{count:,} {what}" for what, count in sorted(outcomes.items()))
