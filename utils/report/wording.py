"""Numbers as the report writes them: a dash for what is not known, a true minus, never more digits than they carry."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

from utils.comparison.wording import p_digits
from utils.measure import Measure

UNKNOWN = "–"
_MOST_LISTED = 12


def number(value: float, digits: int = 0, *, signed: bool = False) -> str:
    """`value` with `digits` after the point and commas between thousands."""
    if not math.isfinite(value):
        return UNKNOWN
    shown = f"{value:{'+' if signed else ''},.{digits}f}".replace("-", "−")
    return shown if shown.strip("+−0.,") else shown.lstrip("+−")


def significant(value: float, digits: int = 3) -> str:
    """`value` with so many digits that count, without an exponent where it is of everyday size."""
    if not math.isfinite(value):
        return UNKNOWN
    if value == 0:
        return "0"
    if not 1e-4 <= abs(value) < 1e9:
        return f"{value:.{digits - 1}e}".replace("-", "−")
    return number(value, max(0, digits - 1 - math.floor(math.log10(abs(value)))))


def p_value(p: float) -> str:
    """A p-value, with the digits that the sentences of a comparison give it."""
    return p_digits(p) if math.isfinite(p) else UNKNOWN


def seconds(value: float) -> str:
    """A duration: milliseconds, seconds, minutes or hours."""
    if not math.isfinite(value):
        return UNKNOWN
    if value < 1:
        return f"{significant(1000 * value, 2)} ms"
    for unit, length in (("h", 3600), ("min", 60)):
        if value >= 2 * length:
            return f"{significant(value / length)} {unit}"
    return f"{significant(value)} s"


def difference_digits(measure: Measure, values: Iterable[float]) -> int:
    """Digits after the point that show the largest of these differences with two that count, at least one for a share."""
    largest = max((abs(measure.scale * value) for value in values if math.isfinite(value)), default=0.0)
    wanted = 1 - math.floor(math.log10(largest)) if largest else 1
    return max(1, min(wanted, 2)) if measure.is_share else max(0, wanted)


def difference_unit(measure: Measure) -> str:
    """In what differences of the measure are counted."""
    return "percentage points" if measure.is_share else f"units of the {measure.label}"


def mean_of(name: str) -> str:
    """`mean accuracy`; of a measure that is a mean by name, its name."""
    return name if name.startswith("mean ") else f"mean {name}"


def capitalised(text: str) -> str:
    """`text` as a sentence begins."""
    return text[:1].upper() + text[1:]


def listed(names: Sequence[object], most: int = _MOST_LISTED) -> str:
    """`names` with commas; of a longer list the first, and how many follow."""
    shown = ", ".join(map(str, names[:most]))
    return f"{shown} and {len(names) - most:,} more" if len(names) > most else shown


def counted(count: int, what: str) -> str:
    """`1 seed`, `5 seeds`."""
    return f"{count:,} {what}{'' if count == 1 else 's'}"
