"""The picture of what the labels of one run cost: how good the model became for how much of people's time, and their pace.

Over labels a strategy that asks for the hard samples looks better than it is where hard samples take longer; over hours it
cannot. Below stands whether people get faster or tired, and, where samples go to several, whether they agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from utils import canvas
from utils.annotation.agreement import Agreement
from utils.annotation.annotation import Annotation
from utils.annotation.cost import Cost
from utils.annotation.cost_curve import CostCurve
from utils.annotation.cost_of_run import CostOfRun
from utils.appearance import BLACK, BLUE, GREEN, ORANGE, PURPLE, SKY, SOLID, VERMILLION

_WIDTH, _LEFT, _MIDDLE, _RIGHT, _PANEL = 17.0, 1.7, 1.9, 0.4, 6.5
_UPPER, _LOWER, _FOOT, _HEAD, _LEGEND_LINE = 5.6, 4.2, 1.1, 0.3, 0.42
_LEGEND_COLUMNS = 3
_MOST_WITH_QUARTILES = 3
_MINUTES_BELOW = 2 * 3600.0
_LOGARITHMIC_FROM = 8.0
"""How many times the median of all answers the largest median of a round is that needs a logarithmic axis."""
_LOOKS = ((BLUE, "o"), (VERMILLION, "^"), (GREEN, "s"), (ORANGE, "D"), (PURPLE, "v"), (SKY, "P"))
_OTHERS = "#999999", "x"


@dataclass(frozen=True)
class _Pace:
    """Seconds of an annotator's answers by rounds; (r,) each."""

    name: str
    rounds: NDArray[np.float64]
    quartiles: NDArray[np.float64]
    """(3, r): lower quartile, median, upper quartile."""


def labelling(found: CostOfRun, path: Path, footnote: str = "") -> None:
    """Draws accuracy, in regression the mean absolute error, over hours and labels; below, of people, pace and agreement.

    Args:
        found: of a run; with a curve.
        path: where to write; its suffix (.png or .svg) decides the format.
        footnote: a warning to the reader of the picture; "" for none. The problems of `found` follow it.

    Raises:
        ValueError: there is no curve to draw.
    """
    if found.curve is None or not len(found.curve.labels):
        raise ValueError("labelling: nobody measured what the labels cost, or there is no result; leave the picture out")
    warning = "; ".join(text for text in (footnote, *found.problems) if text)
    paces = _paces(found.cost) if found.cost else []
    shares = _unanimous(found.cost) if found.cost else []
    below = canvas.footnote_height(warning, _WIDTH)
    legend = _LEGEND_LINE * -(-len(paces) // _LEGEND_COLUMNS) + 0.2
    lower = _LOWER + legend + _FOOT if paces or shares else 0.0
    height = _HEAD + _UPPER + _FOOT + lower + below
    with canvas.empty_figure(_WIDTH, height) as figure:
        _draw_curve(figure, found.curve, bottom=_FOOT + lower + below)
        if lower:
            place = {"bottom": _FOOT + below, "top": height - _FOOT - below - _LOWER}
            _draw_people(figure, paces, shares, found.cost, place)
        canvas.add_footnote_below(figure, warning)
        canvas.write(figure, path)


def _draw_curve(figure: Figure, curve: CostCurve, bottom: float) -> None:
    """The same results over time and over labels, on axes of the same height."""
    scale, unit = (60.0, "minutes") if curve.seconds[-1] < _MINUTES_BELOW else (3600.0, "hours")
    values = curve.measure.scale * curve.results
    left = canvas.add_axes(figure, left=_LEFT, right=_WIDTH - _LEFT - _PANEL, bottom=bottom, top=_HEAD)
    right = canvas.add_axes(figure, left=_LEFT + _PANEL + _MIDDLE, right=_RIGHT, bottom=bottom, top=_HEAD)
    for axes, x, name in ((left, curve.seconds / scale, f"{unit} of labelling"), (right, curve.labels, "labelled samples")):
        axes.plot(x, values, **canvas.line_settings(BLUE, "o", SOLID, len(x)))
        axes.set_xlim(0, 1.03 * float(x[-1]) or 1.0)
        axes.set_xlabel(name)
        canvas.write_values(axes.yaxis)
    canvas.count_in_round_steps(right.xaxis)
    left.set_ylabel(curve.measure.axis)
    right.tick_params(labelleft=False)


def _draw_people(
    figure: Figure, paces: Sequence[_Pace], shares: Sequence[tuple[int, float]], cost: Cost | None, place: dict[str, float]
) -> None:
    """Seconds of an answer by rounds, and beside them agreement where samples went to several."""
    if paces:
        right = _WIDTH - _LEFT - _PANEL if shares else _RIGHT
        axes = canvas.add_axes(figure, left=_LEFT, right=right, **place)
        _draw_paces(axes, paces, cost.median_seconds if cost else None)
    if shares:
        axes = canvas.add_axes(figure, left=_LEFT + _PANEL + _MIDDLE if paces else _LEFT, right=_RIGHT, **place)
        rounds, values = np.array(shares, dtype=np.float64).T
        axes.plot(rounds, 100 * values, **canvas.line_settings(BLACK, "o", SOLID, len(rounds)))
        axes.set(ylim=(0, 104), xlabel="round", ylabel="samples on which\nall agree (%)")
        canvas.count_in_round_steps(axes.xaxis)


def _draw_paces(axes: Any, paces: Sequence[_Pace], usual: float | None) -> None:
    """Medians as lines; of few annotators upright strokes from quartile to quartile, beside each other."""
    spread = len(paces) <= _MOST_WITH_QUARTILES
    for number, pace in enumerate(paces):
        colour, marker = _LOOKS[number] if number < len(_LOOKS) else _OTHERS
        x = pace.rounds + 0.12 * (number - (len(paces) - 1) / 2)
        low, middle, high = pace.quartiles
        if spread:
            axes.vlines(x, low, high, color=colour, linewidth=0.9, alpha=0.55)
        name = canvas.shortened(pace.name)
        axes.plot(x, middle, label=name, **canvas.line_settings(colour, marker, SOLID, len(x)))
    largest = max(float(pace.quartiles[1].max()) for pace in paces)
    if usual and largest > _LOGARITHMIC_FROM * usual:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(canvas.THOUSANDS)
    else:
        axes.set_ylim(bottom=0)
    axes.set(xlabel="round", ylabel=f"seconds of an answer,\nmedian{' and quartiles' if spread else ''}")
    canvas.count_in_round_steps(axes.xaxis)
    place = {"loc": "lower left", "bbox_to_anchor": (0, 1.02), "borderaxespad": 0}
    axes.legend(ncols=_LEGEND_COLUMNS, frameon=False, handlelength=2.2, columnspacing=1.2, **place)


def _paces(cost: Cost) -> list[_Pace]:
    """Of those annotators who were timed, in the order of names; of many the busiest, the rest as one."""
    by_round = cost.answers.by_round()
    busiest = sorted(cost.by_annotator, key=lambda one: (-one.labels, one.name))[: len(_LOOKS)]
    named = sorted(one.name for one in busiest)
    paces = [_pace(name, by_round, [name]) for name in named]
    if others := [name for name in cost.people if name not in named]:
        paces.append(_pace(f"{len(others):,} others", by_round, others))
    return [pace for pace in paces if len(pace.rounds)]


def _pace(name: str, by_round: dict[int, list[Annotation]], people: Sequence[str]) -> _Pace:
    rounds, quartiles = [], []
    for number, answers in by_round.items():
        times = [said.seconds for said in answers if said.by in people and said.seconds is not None]
        if times:
            rounds.append(number)
            quartiles.append(np.percentile(times, [25, 50, 75]))
    return _Pace(name, np.array(rounds, dtype=np.float64), np.array(quartiles).reshape(-1, 3).T)


def _unanimous(cost: Cost) -> list[tuple[int, float]]:
    """(round, share of its samples on which all agree) of the rounds with samples that went to several."""
    found = []
    for number, answers in cost.answers.by_round().items() if not cost.numbers else ():
        groups: dict[int, list[Annotation]] = {}
        for said in answers:
            groups.setdefault(said.id, []).append(said)
        if (share := Agreement.of(groups.values()).unanimous) is not None:
            found.append((number, share))
    return found
