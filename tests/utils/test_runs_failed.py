"""How a grid ends of which some runs failed."""

from utils.failure import Failure
from utils.runs_failed import RunsFailedError


def test_the_end_of_a_grid_names_what_failed():
    failures = [Failure(f"a/seed {seed}", "bad clip", 65) for seed in range(17)]
    error = RunsFailedError(failures, 1200)
    assert error.exit_code == 65
    lines = str(error).splitlines()
    assert lines[:2] == ["17 of 1,200 runs failed", "  a/seed 0: bad clip"]
    assert lines[-2:] == [
        "  … and 2 more",
        "  what they committed is kept: the same command, without --overwrite, continues them; --status lists them",
    ]
    assert RunsFailedError([*failures, Failure("b", "bug", 1)], 20).exit_code == 70
