"""Which sweeps there are, and one of them run in a folder of its own."""

from __future__ import annotations

import importlib
import os
import pkgutil
import shutil
import tempfile
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

from tests import torture
from tests.torture.sweep import Sweep


@dataclass(frozen=True)
class Outcome:
    """What came of a sweep; `fault` is empty where the guarantee held."""

    sweep: str
    reached: str
    minutes: float
    fault: str


def every_sweep() -> dict[str, Sweep]:
    """Every sweep of every module beside this one, by its name, in the order of the guarantees."""
    names = [module.name for module in pkgutil.iter_modules(torture.__path__) if not module.name.startswith("_")]
    modules = [importlib.import_module(f"tests.torture.{name}") for name in names]
    found: list[Sweep] = [sweep for module in modules for sweep in getattr(module, "SWEEPS", ())]
    return {sweep.name: sweep for sweep in sorted(found, key=lambda sweep: int(sweep.guarantee.removeprefix("G")))}


def run_sweep(name: str, seed: int) -> Outcome:
    """Runs one sweep in this process; its folder is left where it fails."""
    sweep, begun = every_sweep()[name], time.perf_counter()
    folder = Path(tempfile.mkdtemp(prefix=f"torture-{name}-"))
    os.chdir(folder)
    reached = fault = ""
    try:
        reached = sweep.run(seed, folder)
        shutil.rmtree(folder, ignore_errors=True)
    except Exception:
        fault = f"{traceback.format_exc()}what it left: {folder}\nagain: python -m tests.torture {name} --seed {seed}"
    return Outcome(name, reached, (time.perf_counter() - begun) / 60, fault)
