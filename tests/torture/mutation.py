"""Mutants of the modules that everything rests on: how many of their small changes the tests notice.

A child process of its own imports the changed module from memory (the file stays as it is) and runs the tests of the module,
quickest first, until one fails. A mutant that no test tells from the original is a survivor, unless it stands among the
equivalent ones with its reason.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import importlib.abc
import importlib.util
import io
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from multiprocessing import connection
from multiprocessing.context import ForkProcess
from pathlib import Path
from types import ModuleType

from tests.torture.mutation_operators import Mutant, mutants_of
from tests.torture.mutation_targets import EQUIVALENT, TARGETS, Target
from tests.torture.sweep import Sweep

_ROOT = Path(__file__).parents[2]
_OURS = {"framework", "hparams", "models_keras", "models_tf", "strategies", "tests", "utils"}
_SECONDS_AT_LEAST, _TIMES_UNCHANGED = 20.0, 8
"""A mutant may take so long, and that many times what the unchanged module took: then it hangs, which is noticed too."""
_SHARE_KILLED = 0.95
_FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Verdict:
    """What came of the mutants of a module; `survivors` are those neither killed nor listed as equivalent."""

    module: str
    mutants: int
    survivors: list[str]
    equivalent: int

    @property
    def share(self) -> float:
        """Of the mutants that were killed or are known to be equivalent."""
        return 1 - len(self.survivors) / self.mutants

    def __str__(self) -> str:
        killed = self.mutants - len(self.survivors) - self.equivalent
        return f"{self.module} {killed} of {self.mutants} ({self.share:.1%}, {self.equivalent} equivalent)"


@dataclass(frozen=True)
class Trial:
    """What all mutants of a module have in common: the tree that each changes in its own process, and where to write."""

    target: Target
    tree: ast.Module
    folder: Path
    seed: int


class _Changed(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from a tree in place of its file."""

    def __init__(self, module: str, tree: ast.Module) -> None:
        self._module, self._tree = module, tree

    def find_spec(self, name: str, path: Sequence[str] | None, target: ModuleType | None = None) -> ModuleSpec | None:
        return importlib.util.spec_from_loader(name, self, origin=str(_path(name))) if name == self._module else None

    def exec_module(self, module: ModuleType) -> None:
        module.__file__ = str(_path(self._module))
        exec(compile(ast.fix_missing_locations(self._tree), module.__file__, "exec"), module.__dict__)  # noqa: S102


def verdict(target: Target, folder: Path, seed: int, workers: int, at_most: int | None = None) -> Verdict:
    """Tries every mutant of a module, or `at_most` that many of them, in an order that depends on `seed`."""
    tree = ast.parse(_path(target.module).read_text(encoding="utf-8"))
    mutants = mutants_of(tree)
    random.Random(seed).shuffle(mutants)
    mutants = mutants[:at_most]
    _preload(target.module)
    trial, begun = Trial(target, tree, folder, seed), time.monotonic()
    assert _survivors(trial, [None], 1, 600.0), f"{target.module}: its tests fail without a change; see {folder}/said_0"
    limit = _SECONDS_AT_LEAST + _TIMES_UNCHANGED * (time.monotonic() - begun)
    found = [str(mutant) for mutant in _survivors(trial, mutants, workers, limit)]
    known = EQUIVALENT.get(target.module, {})
    survivors = sorted(mutant for mutant in found if mutant not in known)
    return Verdict(target.module, len(mutants), survivors, len(found) - len(survivors))


def _path(module: str) -> Path:
    return _ROOT / f"{module.replace('.', '/')}.py"


def _preload(module: str) -> None:
    """Imports what every child needs: other people's libraries, and those of our modules that do not depend on `module`."""
    import hypothesis
    import pytest

    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    with contextlib.redirect_stdout(io.StringIO()):
        pytest.main(["--version", "-p", "_hypothesis_pytestplugin"])
    importlib.import_module("framework")
    quick = (hypothesis.Phase.explicit, hypothesis.Phase.generate)
    hypothesis.settings.register_profile("mutation", database=None, phases=quick, deadline=None, report_multiple_bugs=False)
    hypothesis.settings.load_profile("mutation")
    _forget(_ours())
    importlib.import_module(module)
    _forget({module})


def _ours() -> set[str]:
    """The modules of the program and of its tests that are in memory."""
    return {name for name in sys.modules if name.partition(".")[0] in _OURS}


def _forget(names: set[str]) -> None:
    for name in names:
        del sys.modules[name]
        parent, _, last = name.rpartition(".")
        if hasattr(sys.modules.get(parent), last):
            delattr(sys.modules[parent], last)


def _survivors(trial: Trial, mutants: Sequence[Mutant | None], workers: int, limit: float) -> list[Mutant | None]:
    """Those of `mutants` with which every test passes within `limit` seconds; None is the module as it is."""
    waiting, running, found = list(reversed(mutants)), dict[int, tuple[ForkProcess, Mutant | None, float]](), []
    while waiting or running:
        for place in range(workers):
            if waiting and place not in running:
                mutant = waiting.pop()
                child = _FORK.Process(target=_try, args=(trial, mutant, place))
                child.start()
                running[place] = child, mutant, time.monotonic() + limit
        connection.wait([child.sentinel for child, _, _ in running.values()], timeout=1.0)
        for place, (child, mutant, until) in list(running.items()):
            if child.exitcode is None and time.monotonic() < until:
                continue
            if child.pid:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
            child.join()
            del running[place]
            if child.exitcode == 0:
                found.append(mutant)
                with (trial.folder / "survivors").open("a", encoding="utf-8") as file:
                    file.write(f"{trial.target.module} {mutant or 'without a change'}\n")
    return found


def _try(trial: Trial, mutant: Mutant | None, place: int) -> None:
    """In a child process: ends with 0 when every test passes."""
    import pytest

    os.setsid()
    descriptor = os.open(trial.folder / f"said_{place}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    if mutant:
        mutant.apply()
    sys.meta_path.insert(0, _Changed(trial.target.module, trial.tree))
    os.chdir(_ROOT)
    base = trial.folder / f"place_{place}"
    options = ["-x", "--tb=line", "--basetemp", str(base), f"--hypothesis-seed={trial.seed}"]
    options += ["-p", "no:cacheprovider", "-p", "_hypothesis_pytestplugin"]
    for tests in trial.target.tests:
        if pytest.main([*options, *tests]) != pytest.ExitCode.OK:
            os._exit(1)
    shutil.rmtree(base, ignore_errors=True)
    os._exit(0)


def _every_mutant(seed: int, folder: Path) -> str:
    verdicts = [verdict(target, folder, seed, os.cpu_count() or 1) for target in TARGETS]
    poor = [one for one in verdicts if one.share < _SHARE_KILLED]
    left = [f"{one.module} {mutant}" for one in verdicts for mutant in one.survivors]
    assert not poor, "\n".join([*map(str, verdicts), "survivors:", *left])
    told = f"mutants killed: {', '.join(map(str, verdicts))}"
    return f"{told}; survivors: {'; '.join(left) or 'none'}"


SWEEPS: tuple[Sweep, ...] = (Sweep("mutation", "G1", _every_mutant),)


def _main(arguments: Sequence[str]) -> None:
    """`python -m tests.torture.mutation <module> [at most]`: one module alone, in a folder that stays."""
    [target] = [target for target in TARGETS if target.module == arguments[0]]
    folder = Path(tempfile.mkdtemp(prefix=f"mutants-{target.module}-"))
    sys.stdout.write(f"{folder}/survivors\n")
    found = verdict(target, folder, 0, os.cpu_count() or 1, int(arguments[1]) if arguments[1:] else None)
    sys.stdout.write("\n".join([*found.survivors, str(found), ""]))


if __name__ == "__main__":
    _main(sys.argv[1:])
