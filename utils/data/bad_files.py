"""How many files of a data set may be unusable: a few are left out with a reason, too many say that something else is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from utils.errors import DataError

_SHOWN = 3


def refuse_if_too_many(
    rejected: Sequence[tuple[str, str]],
    total: int,
    max_bad_files: float,
    what: str = "files",
    where: str = "",
    *,
    one_must_be_left: bool = False,
) -> None:
    """Nothing, unless too many files were rejected.

    Args:
        rejected: (name, reason) of each that cannot be used.
        total: how many there are, with those; at least one.
        max_bad_files: share of them, 0 to 1, that may be rejected.
        what: what the message calls them.
        where: what the message calls the set; "" for nothing.
        one_must_be_left: all are too many, whatever the share.

    Raises:
        DataError: with the share of the rejected, and the first of them.
    """
    if len(rejected) <= max_bad_files * total and not (one_must_be_left and len(rejected) == total):
        return
    shown = [f"{name}: {reason}" for name, reason in rejected[:_SHOWN]]
    if len(rejected) > len(shown):
        shown.append(f"… and {len(rejected) - len(shown):,} more")
    message = (
        f"{len(rejected):,} of {total:,} {what} cannot be used ({len(rejected) / total:.2%}), at most {max_bad_files:.2%} may "
        "be; repair or remove them, or raise max_bad_files:"
    )
    raise DataError("\n  ".join([f"{where}: {message}" if where else message, *shown]))
