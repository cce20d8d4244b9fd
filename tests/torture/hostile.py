"""Names and links that lead out of outputs/: whatever a parameter, a data set or a planted link says, nothing is written there.

The tree outside is compared after each attempt: names, kinds, sizes, times and contents.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import os
import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from tests.clerk import Clerk
from tests.fakes import FakeEngine, blobs, run_fake, small_params, without_pictures
from tests.torture.sweep import Sweep
from utils import files
from utils.annotation.shown import Shown
from utils.compare import compare
from utils.data.source import DataSet
from utils.errors import FrameworkError, ParameterError
from utils.web.access import Access

_PARTS = (
    "..", ".", "", "...", "a.", "a ", " a", "a..", "-rf", "--", "-", "~", "~root", "$HOME", "`id`", "$(id)", "a;id", "a|id",
    "*", "?", "[a]", "{a,b}", "CON", "NUL", "aux.txt", "COM1", "a:b", "a\\b", "\\\\host\\share", "C:\\x", ".tmp-0123abcd-x",
    ".tmp-", ".git", ".ssh", "run_1", "al_stats_1.csv", "rounds.log", "run.lock", "stats", "features", "init_ckpt",
    "labelling", "media", "a\0b", "\0", "\0..", "a\nb", "a\rb", "a\tb", "a\x1b[2J", "a\x7f", "a\x85", "a\u2028b", "\u202e",
    "a\u202egnp.exe", "\u2066a", "\u200b", "a\u200b", "\ufeff", "\u2024\u2024", "\uff0e\uff0e", "\u2025", "\u2026",
    "a\u2215b", "a\uff0fb", "a\u2044b", "a\u29f8b", "\u0430\u0441", "\u00e9", "e\u0301", "\ud800", "a\udfff", "\udcff",
    "x" * 200, "x" * 201, "x" * 255, "x" * 256, "x" * 5000, "é" * 100, "é" * 101, "犬" * 67, "犬" * 86, "\U0001f600" * 51,
    "\U0001f600" * 64, "=cmd|' /C calc'!A0", "@SUM(1)", "+1", "'", '"', "%2e%2e", "%2e%2e%2f", "..%2f", "..;", "..\\..",
    "a\u0338", "\u3000", "\xa0", "a\xa0", "１", "nul", "None", "null", "True",
)  # fmt: skip
Attempt = Callable[[Sequence[str]], None]
_WAYS = ("{}", "../{}", "a/{}", "a/../{}", "{}/..", "/{}", "{}/../../{}")


def hostile_names() -> list[str]:
    """At least 200 names, each once: parts of paths as they are, and on ways that lead up, down or to the root."""
    absolute = ("/", "//", "/etc", "/var/x", "../../../../../../etc/x", "a//b", "a/", "/a", "./a", "a/./b", "\x00/etc")
    ways = [way.format(*[part] * way.count("{}")) for part in _PARTS[:24] for way in _WAYS[1:]]
    return list(dict.fromkeys([*_PARTS, *absolute, *ways]))


def tree(folder: Path, but: Path | None = None) -> dict[str, tuple[Any, ...]]:
    """All below `folder` but what is below `but`: path → kind, size, time of change in ns, links, SHA-256 or target."""
    found: dict[str, tuple[Any, ...]] = {}
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if Path(place, name) != but]
        for path in [Path(place, name) for name in (*folders, *names)]:
            about = path.lstat()
            content = (
                "" if path.is_dir() else path.readlink() if path.is_symlink() else hashlib.sha256(path.read_bytes()).hexdigest()
            )
            found[str(path)] = (about.st_mode, about.st_size, about.st_mtime_ns, content)
    return found


def _shown(data: DataSet) -> DataSet:
    return dataclasses.replace(data, show=lambda sample: Shown("text", text=str(data.table.names[sample]), sound=b"RIFF"))


def _named(names: Sequence[str]) -> DataSet:
    """A data set whose files, classes and groups are called so; the sources refuse names that are no Unicode."""
    data = blobs(num_classes=8)
    names = [name.encode(errors="replace").decode() for name in names]
    files_of_it = np.array([f"{names[number % len(names)]}{number}" for number in range(len(data.table))])
    classes = tuple(dict.fromkeys([*names, *"abcdefgh"]))[:8]
    table = dataclasses.replace(data.table, class_names=classes, names=files_of_it, groups={names[0]: files_of_it})
    return _shown(dataclasses.replace(data, table=table))


def _in_parameter(**values: Any) -> Attempt:
    """A run whose parameters hold the first name, in place of each "NAME", or all of them in place of ["NAMES"]."""

    def put(value: Any, names: Sequence[str]) -> Any:
        if isinstance(value, dict):
            return {put(key, names): put(inner, names) for key, inner in value.items()}
        if value == ["NAMES"]:
            return [{"name": name[:80] or "x", "error_rate": 0.1} for name in names]
        return [put(inner, names) for inner in value] if isinstance(value, list) else names[0] if value == "NAME" else value

    def attempt(names: Sequence[str]) -> None:
        for cell in small_params(**{"max_round": 1} | put(values, names)).cells():
            run_fake(cell)

    return attempt


def _in_data(names: Sequence[str]) -> None:
    params = small_params(max_round=1, framework_type="entropy_pl", autolabel="all", decay_threshold=0.9)
    run_fake(params, _named(names), FakeEngine(8))


def _labelled_by_people(names: Sequence[str]) -> None:
    run_fake(small_params(max_round=1, oracle="csv", run_name="people"), _named(names), FakeEngine(8))


def _joined(names: Sequence[str]) -> None:
    """The door itself: what it lets through lies below its root."""
    root = Path("outputs").resolve()
    path = files.safe_join(root, "a", names[0])
    assert path.is_relative_to(root / "a")
    assert ".." not in path.parts


def _in_grid(names: Sequence[str]) -> None:
    """The folders that cells of a grid are called after the values of."""
    params = small_params(grid={"frozen": [[names[0]], [names[0], "b"]], "model_params": [{}, {names[0]: 1}]})
    root = Path("outputs").resolve()
    assert all(cell.run_folder(root).resolve().is_relative_to(root) for cell in params.cells())


PLACES: dict[str, tuple[int, Attempt]] = {
    "safe_join": (1, _joined),
    "sub_dir": (1, _in_parameter(sub_dir="NAME")),
    "run_name": (1, _in_parameter(run_name="NAME")),
    "grid": (1, _in_grid),
    "annotators": (25, _in_parameter(annotators=["NAMES"])),
    "data set": (6, _in_data),
    "people": (6, _labelled_by_people),
}
"""Where names may come from that become, or might become, part of a path; and how many of them at once."""


@contextlib.contextmanager
def place_to_work(folder: Path) -> Iterator[tuple[Path, Path]]:
    """outputs/ in a current folder, and a tree outside of it, both in the empty `folder`; everybody asked is the clerk."""
    outside, work = folder / "outside", folder / "work"
    (outside / "folder").mkdir(parents=True)
    (work / "outputs").mkdir(parents=True)
    for name in ("file", "empty", "folder/file"):
        (outside / name).write_bytes(b"" if name == "empty" else f"{name}, which nobody may change\n".encode() * 20)
    people = mock.patch("utils.oracles.csv_file.CsvOracle", Clerk)
    with contextlib.chdir(work), without_pictures(work / "outputs"), people:
        yield work / "outputs", outside


def _clear(outputs: Path) -> None:
    for path in outputs.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def try_names(folder: Path, names: list[str], places: list[str] | None = None) -> Counter[str]:
    """Has each of the names become part of a path in each of the ways.

    Raises:
        AssertionError: something was created, changed or removed outside, or an attempt ended with no error of ours.
    """
    outcomes = Counter[str]()
    with place_to_work(folder) as (outputs, _):
        before = tree(folder, outputs)
        for place in places or PLACES:
            at_once, attempt = PLACES[place]
            for some in (names[start : start + at_once] for start in range(0, len(names), at_once)):
                try:
                    attempt(some)
                    outcomes["done inside"] += len(some)
                except FrameworkError:
                    outcomes["refused"] += len(some)
                except Exception as error:
                    raise AssertionError(f"{place}, {some!r}: {type(error).__name__}: {error}; in {folder}") from error
                after = tree(folder, outputs)
                assert after == before, f"{place}, {some!r}: {dict(after.items() ^ before.items())}; in {folder}"
                _clear(outputs)
    return outcomes


def _all_that_writes(**changes: Any) -> list[Callable[[], Any]]:
    """What a program may be asked to do once there are results: go on, start afresh, compare, report, label, serve."""
    simulated = {"max_round": 3, "autolabel": "all", "load_pretrained": True} | changes
    people = {"oracle": "csv", "max_round": 2, "run_name": "people"}
    labelling = Path("outputs/fake/stats/margin/people/run_1/labelling")
    return [
        lambda: run_fake(small_params(**simulated)),
        lambda: run_fake(small_params(**simulated | {"framework_type": "random"})),
        lambda: run_fake(small_params(**people), _shown(blobs())),
        lambda: compare(Path("outputs/fake")),
        lambda: Access.to(labelling, "192.0.2.1", 8765) if labelling.exists() else None,
        lambda: run_fake(small_params(**simulated | {"overwrite": True})),
    ]


def _plant(path: Path, outside: Path, kind: str) -> None:
    """Puts a link of this kind in the place of `path`, file or folder."""
    is_folder = path.is_dir() and not path.is_symlink()
    shutil.rmtree(path) if is_folder else path.unlink()
    if kind == "hard link" and not is_folder:
        path.hardlink_to(outside / "file")
    elif kind == "dangling":
        path.symlink_to(outside / "folder" / "not there")
    elif kind == "relative":
        path.symlink_to(os.path.relpath(outside / ("folder" if is_folder else "empty"), path.parent))
    else:
        path.symlink_to(outside / ("folder" if is_folder else "file"))


def _entries(outputs: Path) -> list[Path]:
    """What lies there, and what may come to lie there, relative to `outputs`."""
    return [*(path.relative_to(outputs) for path in sorted(outputs.rglob("*"))), *map(Path, _NOT_THERE_YET)]


KINDS = ("symbolic", "dangling", "relative", "hard link")


def try_links(folder: Path, seed: int, most: int | None = None) -> Counter[str]:
    """Puts a link out of outputs/ in the place of each file and folder that runs leave, one at a time, and goes on.

    Args:
        folder: empty.
        seed: of the order in which they are tried.
        most: links at most; None: every entry, each kind.

    Raises:
        AssertionError: the tree outside changed.
    """
    outcomes = Counter[str]()
    with place_to_work(folder) as (outputs, outside):
        before = tree(folder, outputs)
        for attempt in _all_that_writes(max_round=2):
            attempt()
        assert tree(folder, outputs) == before
        shutil.copytree(outputs, folder / "kept")
        before = tree(folder, outputs)
        chosen = [(entry, kind) for entry in _entries(outputs) for kind in KINDS]
        random.Random(seed).shuffle(chosen)
        for entry, kind in chosen[:most]:
            _clear(outputs)
            shutil.copytree(folder / "kept", outputs, dirs_exist_ok=True)
            (outputs / entry).parent.mkdir(parents=True, exist_ok=True)
            if not (outputs / entry).exists():
                (outputs / entry).touch()
            _plant(outputs / entry, outside, kind)
            outcomes["links"] += 1
            for number, attempt in enumerate(_all_that_writes()):
                outcomes["attempts"] += 1
                try:
                    attempt()
                except FrameworkError as error:
                    outcomes["refused"] += 1
                    outcomes["refused as a link"] += isinstance(error, ParameterError) and "link" in str(error)
                except Exception as error:
                    where = f"{kind} in place of {entry}, attempt {number}"
                    raise AssertionError(f"{where}: {type(error).__name__}: {error}; in {folder}") from error
                after = tree(folder, outputs)
                where = f"{kind} in place of {entry}, attempt {number}"
                assert after == before, f"{where}: {dict(after.items() ^ before.items())}; in {folder}"
    return outcomes


_NOT_THERE_YET = (
    "fake/stats/margin/run_1/round_0003.weights.h5", "fake/stats/margin/run_1/tensorboard", "fake/features",
    "fake/stats/margin/run_1/failure.json", "fake/stats/margin/run_1/model", "fake/mlflow.db", "fake/stats/margin/run_1/plots",
    "fake/stats/margin/people/run_1/labelling/token", "fake/stats/random", "fake/comparison.svg", "fake/report.html",
)  # fmt: skip
"""Places where something may be written later."""


def _everything(seed: int, folder: Path) -> str:
    names = hostile_names()
    (folder / "names").mkdir()
    (folder / "links").mkdir()
    tried = try_names(folder / "names", names)
    planted = try_links(folder / "links", seed)
    return (
        f"{len(names)} names in {len(PLACES)} places: {tried['refused']:,} refused, {tried['done inside']:,} stayed inside; "
        f"{planted['links']:,} links planted, "
        f"{planted['attempts']:,} attempts to write, {planted['refused as a link']:,} refused "
        "as links: the tree outside is unchanged"
    )


SWEEPS = (Sweep("hostile", "G12", _everything),)
