"""The process that reads planted files under an audit hook: `python -m tests.torture.code_reader FOLDER [--careless]`.

Everything is imported, and each reader used once, on files of the same kind, before the hook listens: libraries compile and
import as they please while they load. After that no event of the kinds in `FORBIDDEN` has an excuse.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import pickle
import sys
import sysconfig
import traceback
import typing
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

import framework
from tests.torture.code_in_data import CANARY, FORBIDDEN, plant
from utils.backends import backend
from utils.errors import FrameworkError
from utils.learning_engine import Sampling, TrainingSettings
from utils.prediction.trained_run import TrainedRun
from utils.pretrained import checked

_SETTINGS = TrainingSettings(num_epochs=1, batch_size=8, learning_rate=0.01)
_INSTALLED = tuple({sysconfig.get_path(name) for name in ("stdlib", "purelib", "platlib")} | {str(Path(__file__).parents[2])})


def _asked_by_a_library() -> bool:
    """Whether a library installed in the environment, not this project, is the nearest that asks for what goes on."""
    frame = sys._getframe(3)
    while frame is not None and frame.f_code.co_filename.startswith((sysconfig.get_path("stdlib"), "<frozen")):
        if "site-packages" in frame.f_code.co_filename or "importlib" in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return frame is not None and "site-packages" in frame.f_code.co_filename


class Watch:
    """An audit hook that notes forbidden events while it listens."""

    def __init__(self) -> None:
        """Starts deaf; the hook stays for the life of the process."""
        self.events: list[str] = []
        self.listens = False
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self.listens or not event.startswith(FORBIDDEN):
            return
        self.listens = False
        if not self._is_installed(event, arguments):
            asked = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in traceback.extract_stack()[-6:-1]]
            self.events.append(f"{event} {str(arguments)[:200]}, from {' '.join(asked)}")
        self.listens = True

    @staticmethod
    def _is_installed(event: str, arguments: tuple[Any, ...]) -> bool:
        """Whether it is a module of the environment or the project that is imported, or code of one that is run."""
        if event == "import":
            return True  # what it runs is seen as "exec", with the file that the code comes from
        if event == "compile":
            only_parsed = arguments[1] == "<unknown>"  # by ast.parse; running it would be seen as "exec"
            is_annotation = sys._getframe(2).f_code.co_filename == typing.__file__  # of a plug-in's own signature
            return CANARY not in str(arguments[0]) and (only_parsed or is_annotation or _asked_by_a_library())
        if event == "exec":
            return str(getattr(arguments[0], "co_filename", "")).startswith((*_INSTALLED, "<"))
        return event == "marshal.loads" and _asked_by_a_library()

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Notes events within the block."""
        self.listens = True
        try:
            yield
        finally:
            self.listens = False


def _data_set(dataset: str, folder: Path) -> None:
    task = {"task": "regression"} if dataset.endswith("housing") else {}
    params = framework.HParams.parse({"sub_dir": "x", "dataset": dataset, "data_dir": str(folder)} | task)
    resolved, source = framework.resolve(params)
    source.scan()
    source.load(Path("cache"), lambda *_: None)
    del resolved


def _engine(name: str) -> Any:
    return backend(name).make_engine("softmax", (4,), 3, {}, _SETTINGS, Sampling(), 1)[0]


def _run_folder(folder: Path, weights: Path) -> None:
    """A run whose journal is in order and names the planted weights with their true hash."""
    from utils.journal import Journal

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rounds.log").unlink(missing_ok=True)
    digest = hashlib.sha256(weights.read_bytes()).hexdigest()
    (folder / "round_0000.weights.h5").write_bytes(weights.read_bytes())
    params = framework.HParams.parse({"sub_dir": "x", "dataset": "digits", "model": "softmax", "threads": 1})
    header = {"type": "header", "version": 1, "fingerprint": {"params": params.result_params()}}
    Journal(folder / "rounds.log").append(
        header, {"type": "round", "round": 0, "weights_sha256": digest, "stats": {"round": 0}}
    )
    (folder / "params.json").write_text(json.dumps({"classes": list("abc"), "dataset": "digits"}), encoding="utf-8")
    TrainedRun.read(folder).engine((4,))


def readers(planted: Path) -> Iterator[Callable[[], Any]]:
    """What reads each of the files: every kind in every place where the program takes it."""
    for folder in sorted(planted.iterdir()):
        for dataset, place in _data_sets(folder):
            yield partial(_data_set, dataset, place)
    for weights in sorted((planted / "weights").iterdir()):
        yield partial(checked, str(weights), hashlib.sha256(weights.read_bytes()).hexdigest())
        for name in ("keras", "tf"):
            yield partial(_engine(name).load_weights, weights)
            yield partial(_engine(name).load_pretrained, weights)
        yield partial(_run_folder, planted / "run", weights)
    for file in ("new.npz", "new.npy"):
        yield partial(_predicted, planted / "new" / file)
    yield partial(_cached, planted)


def _data_sets(folder: Path) -> list[tuple[str, Path]]:
    """(name, place) of each data set that would look at the files in `folder`."""
    kind = folder.name.partition(" ")[0]
    if kind == "keras":
        names = ("keras_imdb", "keras_reuters", "keras_mnist", "california_housing", "boston_housing")
        return [(name, folder) for name in names]
    places = {"npz": [folder, folder / "data.npz"], "cifar10": [folder], "table": [folder], "text": [folder]}
    called = {"cifar10": "keras_cifar10", "table": "table_csv", "text": "text_csv"}
    return [(called.get(kind, kind), place) for place in places.get(kind, [])]


def _cached(planted: Path) -> None:
    """Features that an honest extraction left in the cache, replaced by an array of objects."""
    folder, cache = planted / "pictures", planted / "cache"
    for number in range(4):
        path = folder / "ab"[number % 2] / f"{number}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((8, 8), number, np.uint8)).save(path)
    values = {"sub_dir": "x", "dataset": "image_folders", "data_dir": str(folder), "data_params": {"image_size": 8}}
    for _ in range(2):
        framework.resolve(framework.HParams.parse(values))[1].load(cache, lambda *_: None)
        for array in cache.rglob("*.npy"):
            array.write_bytes((planted / "new" / "new.npy").read_bytes())


def _predicted(path: Path) -> None:
    from utils.prediction.arrays import Arrays

    list(Arrays(path, (4,)).batches())


def read_all(planted: Path, watch: Watch) -> Counter[str]:
    """Reads everything that is planted, while the hook listens."""
    outcomes = Counter[str]()
    for read in readers(planted):
        with watch.listening():
            try:
                read()
            except FrameworkError:
                outcome = "refused"
            except Exception as error:
                outcome = f"another error: {type(error).__name__}: {error}"[:300]
            else:
                outcome = "read as data"
        outcomes[outcome] += 1
    return outcomes


def main(planted: Path, *, careless: bool) -> None:
    """Reads everything, after a rehearsal with the same files; `careless` unpickles two instead, which has to be seen."""
    watch, outcomes = Watch(), Counter[str]()
    if careless:
        with watch.listening():
            pickle.loads((planted / "weights" / "model.pkl").read_bytes())  # noqa: S301 the proof that the hook hears
            np.load(planted / "new" / "new.npy", allow_pickle=True)
    else:
        rehearsal = planted.parent / "rehearsal"
        plant(rehearsal, planted.parent / "canary of the rehearsal")
        read_all(rehearsal, Watch())
        outcomes = read_all(planted, watch)
    sys.stdout.write("\n" + json.dumps({"events": watch.events, "outcomes": outcomes}) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), careless="--careless" in sys.argv[2:])
