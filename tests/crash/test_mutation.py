"""Mutants: which there are of a piece of code, and that one which no test notices is called a survivor."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.torture.mutation_operators import mutants_of
from tests.torture.mutation_targets import EQUIVALENT, TARGETS

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("x = a < 2", {"x = None", "a <= 2", "a >= 2", "3", "1"}),
        ("x = a and b", {"x = None", "a or b", "a", "b"}),
        (
            "x: A | None = f(a, b, c=1)",
            {"x: A | None = None", "f(a, b)", "f(None, b, c=1)", "f(a, None, c=1)", "f(b, a, c=1)", "2", "0"},
        ),
        ("def f(a: int = 1) -> int:\n    '''Text.'''\n    return -a", {"2", "0", "return None", "a"}),
        ("@d\ndef f():\n    raise E('some words')", {"def f(): raise E('some words')", "pass", "''"}),
        ("if not a:\n    b.c()", {"if not not a: b.c()", "a", "pass"}),
        ("with a, b as c:\n    pass", {"with b as c: pass"}),
        ("for a in b:\n    continue", {"for a in (): continue", "pass"}),
        ("f'{a} words'", {"pass", "f''", "'XX'", "''"}),
        ("import a\n__all__ = ['a']\nCheck = Callable[[int], str]\nif __name__ == '__main__':\n    a()", set()),
        ("class A:\n    b: int | None = 1", {"int", "None", "2", "0", "b: int | None = None"}),
        ("max(a, b)", {"max(None, b)", "max(a, None)", "pass"}),
        ("x = {1}", {"x = None", "{*()}", "2", "0"}),
        ("x = [y for y in z if y]", {"x = None", "for y in z"}),
    ],
)
def test_what_is_changed(code: str, expected: set[str]) -> None:
    found = {mutant.after for mutant in mutants_of(ast.parse(code))}
    assert found == expected


def test_every_mutant_of_a_module_is_another_program() -> None:
    tree = ast.parse((ROOT / "utils" / "pool.py").read_text(encoding="utf-8"))
    before = ast.unparse(tree)
    for number in range(len(mutants_of(tree))):
        copy = ast.parse(before)
        mutants_of(copy)[number].apply()
        assert ast.unparse(ast.fix_missing_locations(copy)) != before


def test_what_is_called_equivalent_is_among_the_mutants() -> None:
    for target in TARGETS:
        tree = ast.parse((ROOT / f"{target.module.replace('.', '/')}.py").read_text(encoding="utf-8"))
        mutants = {str(mutant) for mutant in mutants_of(tree)}
        known = EQUIVALENT.get(target.module, {})
        assert not known.keys() - mutants
        assert len(known) <= 0.03 * len(mutants)
        assert all(known.values())


def test_some_mutants_are_killed_and_those_that_nobody_tests_survive(tmp_path: Path) -> None:
    code = """
import json, sys
from pathlib import Path
from tests.torture.mutation import verdict
from tests.torture.mutation_targets import TARGETS, Target

folder = Path(sys.argv[1])
tested = verdict(TARGETS[0], folder, seed=3, workers=1, at_most=5)
untested = verdict(Target("utils.pool", (("tests/utils/test_csv_text.py",),)), folder, seed=3, workers=1, at_most=2)
print(json.dumps([tested.mutants, tested.survivors, untested.mutants, len(untested.survivors)]))
"""
    child = subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert json.loads(child.stdout) == [5, [], 2, 2]
