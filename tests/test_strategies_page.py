"""docs/strategies.md says what the engines' classes say, and both it and its picture hold every engine."""

import importlib.util
import re
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from strategies.base import strategies

DOCS = Path(__file__).parents[1] / "docs"


def loaded(name):
    specification = importlib.util.spec_from_file_location(name, DOCS / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    sys.modules[name] = module
    specification.loader.exec_module(module)
    return module


maker, picture = loaded("make_strategies_page"), loaded("strategies_picture")


def test_the_page_is_what_the_classes_say():
    assert (DOCS / "strategies.md").read_text(encoding="utf-8") == maker.page(), "call `make docs`"


def test_every_engine_has_one_section_and_one_line_in_the_overview():
    text = (DOCS / "strategies.md").read_text(encoding="utf-8")
    assert sorted(re.findall(r"^### (\w+)$", text, re.MULTILINE)) == strategies.names()
    assert sorted(re.findall(r"^\| \[`(\w+)`\]\(#\1\) \|", text, re.MULTILINE)) == strategies.names()
    assert text.count("\n- Source: ") == len(strategies.names())


def test_the_families_hold_each_engine_once():
    listed = [name for names in maker.sections().values() for name in names]
    assert sorted(listed) == strategies.names()
    planned = [name for _, names in maker.FAMILIES.values() for name in names.split()]
    assert len(planned) == len(set(planned))


def with_parameters(self, *, share: float = 0.5, count: int | None = None) -> None:
    """Takes two.

    Args:
        share: Of [0, 1], as in `a_b`,
            wrapped.
        count: of samples; None: all.

    Raises:
        ValueError: never.
    """


def with_sentences(self, *, bias: bool = True) -> None:
    """With `bias` False the length is
    that of *x*."""


def test_the_parameters_stand_with_their_defaults_and_meanings():
    plugin = type("Plugin", (), {"__init__": with_parameters})
    assert list(maker._parameter_rows(plugin)) == [
        "| `share` | a number | `0.5` |",
        "| `count` | a whole number or null | `null` |",
    ]
    assert list(maker._meanings(plugin)) == [
        "- `share`: Of \\[0, 1\\], as in `a_b`, wrapped.",
        "- `count`: of samples; `null`: all.",
    ]


def test_the_meaning_may_stand_in_sentences():
    plugin = type("Plugin", (), {"__init__": with_sentences})
    assert list(maker._meanings(plugin)) == ["With `bias` `false` the length is that of \\*x\\*."]


@pytest.mark.parametrize("name", strategies.names())
def test_every_parameter_is_explained(name):
    plugin = strategies.get(name)
    explained = " ".join(maker._meanings(plugin))
    for row in maker._parameter_rows(plugin):
        assert row.split(" ")[1] in explained


def test_formulas_are_not_taken_for_markdown():
    assert maker._escaped("a*b*c < d_i [e]_{·,c} `x*y` |f|") == "a\\*b\\*c \\< d_i \\[e\\]\\_{·,c} `x*y` \\|f\\|"


def test_the_picture_is_there_and_has_room_for_every_engine():
    header = (DOCS / "strategies.png").read_bytes()[:24]
    assert header[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = (pixels / 150 * 2.54 for pixels in struct.unpack(">II", header[16:]))
    assert round(width / picture.PANEL) * int(height / picture.PANEL) >= len(strategies.names())


@pytest.mark.parametrize("name", strategies.names())
def test_every_engine_has_a_panel(name):
    scene, picks = picture.picks_of(name)
    assert len(set(picks.tolist())) == picture.PICKS
    assert not np.isin(picks, scene.labelled).any()


def test_the_drawing_is_the_same_every_time(tmp_path):
    for number in (1, 2):
        picture.draw(["random", "margin"], tmp_path / f"{number}.png")
    assert (tmp_path / "1.png").read_bytes() == (tmp_path / "2.png").read_bytes()
