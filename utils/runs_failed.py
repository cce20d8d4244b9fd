"""The end of a grid of which some runs failed."""

from __future__ import annotations

from collections.abc import Sequence

from utils.errors import FrameworkError
from utils.failure import Failure

_SHOWN = 15


class RunsFailedError(FrameworkError):
    """Some runs failed, the others are done; the exit code is theirs where all have the same, otherwise 70."""

    def __init__(self, failures: Sequence[Failure], total: int) -> None:
        """`failures` are those of `total` runs."""
        codes = {failure.exit_code for failure in failures}
        self.exit_code = codes.pop() if len(codes) == 1 else FrameworkError.exit_code
        shown = [f"{failure.run}: {'; '.join(map(str.strip, failure.error.splitlines()))}" for failure in failures[:_SHOWN]]
        if len(failures) > _SHOWN:
            shown.append(f"… and {len(failures) - _SHOWN:,} more")
        advice = "what they committed is kept: the same command, without --overwrite, continues them; --status lists them"
        super().__init__("\n  ".join([f"{len(failures):,} of {total:,} runs failed", *shown, advice]))
