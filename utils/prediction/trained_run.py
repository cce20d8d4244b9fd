"""A run whose model is to be used: what its folder says of model, classes and features, nothing of it trusted unread.

The parameters come from the journal, whose lines carry their own hashes, and weights are those whose hash the journal knows.
Nothing is locked and nothing is written: a run may go on meanwhile, or lie on a medium that nobody can write to.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from utils import files
from utils.backends import backend, parameters
from utils.decision_threshold import EVEN
from utils.errors import DamagedRunError, ParameterError
from utils.journal import Record
from utils.journal_tail import JournalTail
from utils.learning_engine import LearningEngine, Sampling
from utils.run_directory import JOURNAL, VERSION
from utils.saved_params import read_params

_BEST = "best.weights.h5"
_USED = (
    "sub_dir", "dataset", "data_params", "class_names", "num_classes", "task", "sample_rate", "num_bands", "num_frames",
    "hop_length", "fft_length", "use_delta", "short_clips", "backend", "model", "model_params", "threads",
)  # fmt: skip
"""Parameters that the model's shape and its features depend on."""
_LARGEST_SIDE = 2**24


@dataclass(frozen=True)
class TrainedRun:
    """The folder of one run, with a round or more committed."""

    folder: Path
    hparams: Any
    """An instance of HParams: of the run's parameters those that shape model and features, of the others the defaults."""
    classes: tuple[str, ...]
    """None in regression."""
    weights: Path
    """Of the last round."""
    threshold: float
    """What the probability of class 1 must reach, where there are two classes."""
    sample_shape: tuple[int, ...] | None
    """Of what the model is fed, as the run wrote it down; None where it did not."""

    @classmethod
    def read(cls, folder: Path) -> TrainedRun:
        """Reads the run in `folder`, and the hash of its weights.

        Raises:
            ParameterError: it is not the folder of a run, or no round of it is committed.
            DamagedRunError: something in it is missing, or not what the run wrote.
        """
        path = folder / JOURNAL
        if not path.is_file():
            raise ParameterError(
                f"{folder} holds no {JOURNAL}: name the folder of a run, such as outputs/quickstart/stats/margin/run_1",
                "predict",
            )
        records = _believed(
            path, lambda: [record for record in JournalTail(path).news() if record["type"] in {"header", "round"}]
        )
        if not records or records[0]["type"] != "header" or records[0].get("version") != VERSION:
            raise DamagedRunError(f"{path}: does not begin as the journal of a run in version {VERSION}; restore the file")
        rounds = records[1:]
        if not rounds:
            raise ParameterError(f"{folder}: no round is committed yet; let the run go on until there is one", "predict")
        hparams = _parameters(path, records[0])
        params = read_params(folder / "params.json")
        classes = _believed(path, lambda: _classes(folder, params, rounds[-1], hparams))
        weights = _believed(path, lambda: _weights(folder, rounds[-1]))
        threshold = _believed(path, lambda: _threshold(rounds[-1], classes))
        return cls(folder, hparams, classes, weights, threshold, _shape(params.get("sample_shape")))

    def engine(self, sample_shape: tuple[int, ...]) -> LearningEngine:
        """The model with its weights, for samples of this shape; loads TensorFlow.

        Raises:
            DamagedRunError: the weights are of another model.
            ParameterError: the model cannot be built so.
        """
        hparams = self.hparams
        engine: LearningEngine = backend(hparams.backend).make_engine(
            hparams.model,
            sample_shape,
            hparams.num_outputs(len(self.classes)),
            hparams.model_params,
            hparams.training_settings(),
            Sampling(),
            hparams.threads,
        )[0]
        engine.load_weights(self.weights)
        return engine

    def text(self, name: str) -> str | None:
        """The content of the file `name` of the run; None where there is none."""
        try:
            return (self.folder / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise DamagedRunError(f"{self.folder / name}: cannot be read ({error}); restore the file") from None


def _believed(path: Path, read: Callable[[], Any]) -> Any:
    """What `read` makes of records, whose lines are whole but may hold anything."""
    try:
        return read()
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise DamagedRunError(f"{path}: a record is not what a run writes ({error!r}); restore the file") from None


def _parameters(path: Path, header: Record) -> Any:
    known = parameters()
    given = _believed(path, lambda: dict(header["fingerprint"]["params"]))
    values = {name: given[name] for name in _USED if name in given}
    try:
        hparams = known.parse(values, str(path))
    except ParameterError as error:
        raise DamagedRunError(f"{error}") from None
    missing = [name for name in ("dataset", "model", "threads") if not isinstance(getattr(hparams, name), str | int)]
    problems = [f"{name}: missing" for name in missing] or backend(hparams.backend).models.problems(
        hparams.model, hparams.model_params
    )
    if problems:
        raise DamagedRunError(f"{path}: {'; '.join(problems)}; restore the file, or install what the run was made with")
    return hparams


def _classes(folder: Path, params: Record, last: Record, hparams: Any) -> tuple[str, ...]:
    """Those of the round `last`: where people add classes, the run may know more by now than its weights do."""
    if "classes" not in params:
        raise DamagedRunError(
            f"{folder / 'params.json'}: names no classes; give the run's own command again, which writes the file anew"
        )
    names: list[str] = params["classes"]
    names = names[: max(2, len(last.get("class_names", names)))]
    hparams.check_classes(names)
    return tuple(names)


def _weights(folder: Path, last: Record) -> Path:
    """The weights of the round `last`, which lie in two places once a run has ended."""
    expected, received = last["weights_sha256"], "missing"
    for path in (folder / f"round_{int(last['round']):04d}.weights.h5", folder / _BEST):
        if path.is_file():
            received = files.sha256_of(path)
            if received == expected:
                return path
    raise DamagedRunError(
        f"{folder}: neither round_{int(last['round']):04d}.weights.h5 nor {_BEST} holds the weights of the last round (SHA-256 "
        f"expected {expected}, received {received}); restore one of them"
    )


def _threshold(last: Record, classes: tuple[str, ...]) -> float:
    threshold = last["stats"].get("decision_threshold")
    if threshold is None or len(classes) != 2:
        return EVEN
    if not math.isfinite(threshold):
        raise ValueError("the threshold is not finite")
    return float(threshold)


def _shape(sides: Any) -> tuple[int, ...] | None:
    if not isinstance(sides, list) or not sides or not all(type(side) is int and 0 < side < _LARGEST_SIDE for side in sides):
        return None
    return tuple(sides)
