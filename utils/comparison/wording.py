"""Numbers and names of a comparison as they stand in a sentence."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal

from utils.comparison.savings import Savings
from utils.comparison.versus import Versus
from utils.measure import Measure

_MOST_NAMES = 3


def p_value(p: float) -> str:
    """`p = 0.012`, `p < 0.001`."""
    shown = p_digits(p)
    return f"p {shown}" if shown.startswith("<") else f"p = {shown}"


def p_digits(p: float) -> str:
    """`0.012`, `< 0.001`: three digits below 0.1 and two above, more where they would hide on which side of 5 % it lies."""
    if p < 0.001:
        return "< 0.001"
    exact, limit = Decimal(repr(float(p))), Decimal("0.05")
    digits = 3 if p < 0.0995 else 2
    while exact != limit and exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) == limit:
        digits += 1
    return str(exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP))


def evidence(one: Versus | Savings, low: str, high: str, correction: str) -> str:
    """What stands in brackets behind a difference: its interval, which is not corrected, and p, with what `corrected` says."""
    return f"95 % CI {low} to {high}, {p_value(one.p_holm)}{correction}"


def corrected(p: Iterable[float], what: str) -> str:
    """What stands behind a p-value of a family of tests; "" where the family is one test, so that nothing was corrected.

    Args:
        p: of all of the family; NaN where there was no test.
        what: was tested, in the plural.
    """
    tests = made(p)
    return f" after Holm's correction over {tests} {what}" if tests > 1 else ""


def made(p: Iterable[float]) -> int:
    """How many tests of a family were made: those that have a p-value."""
    return sum(not math.isnan(one) for one in p)


def of_curves(names: Iterable[str]) -> str:
    """What several curves are called: strategies, unless some are of one strategy in several variants."""
    return "curves" if any("/" in name for name in names) else "strategies"


def difference(measure: Measure, one: Versus, rival: str) -> str:
    """`margin's accuracy is 2.1 percentage points above random's`."""
    return f"{one.first}'s {measure.label} is {amount(measure, one)} {rival}"


def amount(measure: Measure, one: Versus) -> str:
    """`2.1 percentage points above`, or below: of errors that is better."""
    unit = " percentage points" if measure.is_share else ""
    side = "above" if measure.sign * one.mean >= 0 else "below"
    return f"{in_units(measure, abs(one.mean), one.mean)}{unit} {side}"


def interval(measure: Measure, one: Versus) -> tuple[str, str]:
    """The ends of the confidence interval of the difference, without signs.

    Both are on the side of 0 that `amount` names; where they are on both sides, each says its own: `1.7 below`, `3.1 above`.
    """
    low, high = sorted(measure.sign * end for end in (one.low, one.high))
    below, above = (in_units(measure, abs(end), one.mean) for end in (low, high))
    if low < 0 < high and all(shown.strip("0.,") for shown in (below, above)):
        return f"{below} below", f"{above} above"
    return (above, below) if abs(high) < abs(low) else (below, above)


def not_better(measure: Measure, one: Versus, tested: int) -> str:
    """`the best, margin, is 2.1 percentage points above`: the most that can be said where no strategy is shown better.

    Args:
        measure: of the difference.
        one: the best of them.
        tested: how many there are.
    """
    best = one.first if tested == 1 else f"the best, {one.first}," if one.mean >= 0 else f"even the best, {one.first},"
    return f"{best} is {amount(measure, one)}"


def in_units(measure: Measure, value: float, like: float) -> str:
    """`value` as the measure is shown, with the digits that suit `like`, and a real minus sign."""
    size = abs(measure.scale * like)
    significant = max(0, 2 - math.floor(math.log10(size))) if size else 1
    digits = max(1, significant - 1) if measure.is_share and size < 0.1 else 1 if measure.is_share else significant
    return _signed(f"{measure.scale * value:,.{digits}f}")


def fewer(one: Savings) -> tuple[str, str, str]:
    """Labels saved and the ends of their interval, in per cent; of both ends only the second says that."""
    saved, low, high = (_signed(f"{100 * (1 - ratio):.0f}") for ratio in (one.ratio, one.high, one.low))
    return f"{saved} %", low, f"{high} %"


def counted(number: int, what: str) -> str:
    """`5 seeds`, `1 seed`."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def few(names: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`; of more than three how many there are."""
    if len(names) > _MOST_NAMES:
        return f"{len(names)} others"
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _signed(number: str) -> str:
    """`number` with a real minus sign, and with none where all its digits are 0."""
    digits = number.removeprefix("-")
    return digits if digits == number or not digits.strip("0.,") else f"−{digits}"
