"""Names, near names, and parameters held against the plug-in's own signature."""

import importlib
import itertools
import sys
from importlib.metadata import EntryPoint, EntryPoints

import pytest

from strategies.base import strategies
from utils import registry as module
from utils.errors import ParameterError
from utils.registry import Registry, did_you_mean

PLUGINS = """
from typing import Annotated
from pydantic import Field
from {package} import things

@things.register("marmot")
class Marmot:
    def __init__(self, *, weight: Annotated[float, Field(gt=0)] = 1.0, teeth: int = 4, names: tuple[str, ...] = ()) -> None:
        pass

@things.register("beaver")
def beaver(position, *, dam: bool) -> None:
    pass
"""
numbers = itertools.count()


@pytest.fixture
def things(tmp_path, monkeypatch):
    """A registry of a package on disk: one module of plug-ins, and one that must not be imported."""
    name = f"zoo_{next(numbers)}"
    folder = tmp_path / name
    folder.mkdir()
    (folder / "__init__.py").write_text(
        f"from utils.registry import Registry\nthings = Registry('thing', '{name}', 'no.such.group', leave_out=('heavy',))\n"
    )
    (folder / "rodents.py").write_text(PLUGINS.format(package=name))
    (folder / "heavy.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module(name).things
    for loaded in [key for key in sys.modules if key.startswith(name)]:
        del sys.modules[loaded]


def test_names_and_plugins_are_found_in_the_package(things):
    assert things.names() == ["beaver", "marmot"]
    assert things.get("marmot").__name__ == "Marmot"


@pytest.mark.parametrize("name", ["mramot", "MARMOT", "marmots"])
def test_an_unknown_name_is_answered_with_the_nearest(things, name):
    words = rf"there is no thing '{name}'; did you mean marmot\?; known: beaver, marmot"
    with pytest.raises(ParameterError, match=words):
        things.get(name)
    assert things.problems(name, {})[0] == f"there is no thing '{name}'; did you mean marmot?; known: beaver, marmot"


def test_an_empty_registry_says_so(tmp_path):
    assert Registry("thing", "tests.contract", "no.such.group", ("test_strategies",)).unknown("x") == (
        "there is no thing 'x'; known: none in this version"
    )


def test_a_name_is_never_an_import_path(things):
    for name in ("os.system", "utils.files:remove_tree", "__class__", ""):
        with pytest.raises(ParameterError, match="there is no thing"):
            things.get(name)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"wieght": 2.0}, "thing 'marmot' has no parameter 'wieght'; did you mean weight?; it takes: weight, teeth, names"),
        ({"weight": -1.0}, "thing 'marmot', weight: received -1.0; Input should be greater than 0"),
        ({"weight": "heavy"}, "thing 'marmot', weight: received 'heavy'; Input should be a valid number"),
        ({"weight": "5"}, "thing 'marmot', weight: received '5'; Input should be a valid number"),
        ({"weight": True}, "thing 'marmot', weight: received True; Input should be a valid number"),
        ({"teeth": 4.0}, "thing 'marmot', teeth: received 4.0; Input should be a valid integer"),
        ({"teeth": False}, "thing 'marmot', teeth: received False; Input should be a valid integer"),
        ({"names": "abc"}, "thing 'marmot', names: received 'abc'; Input should be a valid"),
        ({"names": [1]}, "thing 'marmot', names: received [1]; Input should be a valid string"),
    ],
)
def test_wrong_parameters(things, params, words):
    [problem] = things.problems("marmot", params)
    assert problem.startswith(words)


@pytest.mark.parametrize("params", [{}, {"weight": 2}, {"weight": 0.5, "teeth": 2}, {"names": ["a", "b"]}, {"names": []}])
def test_right_parameters(things, params):
    assert things.problems("marmot", params) == []


def test_annotations_may_be_postponed(things, tmp_path):
    [folder] = tmp_path.glob("zoo_*")
    (folder / "rodents.py").write_text("from __future__ import annotations\n" + PLUGINS.format(package=folder.name))
    assert things.problems("marmot", {"weight": 2.0, "teeth": 3}) == []
    [problem] = things.problems("marmot", {"weight": -1.0})
    assert problem.startswith("thing 'marmot', weight: received -1.0; Input should be greater than 0")


def test_only_keyword_parameters_may_be_set(things):
    assert things.problems("beaver", {"dam": True, "position": 1}) == [
        "thing 'beaver' has no parameter 'position'; it takes: dam"
    ]


def test_a_parameter_without_default_must_be_given(things):
    [problem] = things.problems("beaver", {})
    assert "dam" in problem


def test_two_plugins_of_one_name_are_refused():
    registry = Registry("thing", "tests.contract", "no.such.group")
    registry.register("a")(dict)
    registry.register("a")(dict)
    with pytest.raises(ValueError, match=r"two plug-ins are registered as thing 'a'"):
        registry.register("a")(list)


def test_other_packages_add_theirs_through_entry_points(things, tmp_path, monkeypatch):
    (tmp_path / "stranger.py").write_text(f"from {things._package} import things\nthings.register('otter')(dict)\n")
    points = EntryPoints([EntryPoint("otter", "stranger", things._group)])
    monkeypatch.setattr(module, "_entry_points", lambda: points)
    assert things.names() == ["beaver", "marmot", "otter"]


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("marign", "; did you mean margin?"),
        ("MARGIN", "; did you mean margin?"),
        ("entropy_", "; did you mean entropy or entropy_pl?"),
        ("qqq", ""),
        ("", ""),
    ],
)
def test_near_names(name, answer):
    assert did_you_mean(name, ["entropy", "entropy_pl", "margin", "random"]) == answer


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("bga", "; did you mean Bag?"),
        ("BAGS", "; did you mean Bag?"),
        ("Sandel", "; did you mean Sandal or sandals?"),
        ("ankle BOOT", "; did you mean Ankle boot or ANKLE BOOT?"),
    ],
)
def test_near_names_in_another_case(name, answer):
    assert did_you_mean(name, ["Bag", "Sandal", "sandals", "Ankle boot", "ANKLE BOOT", "ankle Boot"]) == answer


def test_near_names_are_looked_for_among_the_first_thousands():
    others = [f"x{number}" for number in range(10_000)]
    assert did_you_mean("entropi", ["entropy", *others]) == "; did you mean entropy?"
    assert did_you_mean("entropi", [*others, "entropy"]) == ""


def test_an_inherited_constructor_is_checked_by_the_names_of_the_module_that_wrote_it() -> None:
    assert strategies.problems("hist_select", {}) == []
    (problem,) = strategies.problems("hist_select", {"centre_share": 2})
    assert problem.startswith("selection engine 'hist_select', centre_share: received 2; Input should be less than or equal")
