"""A run whose model is to be used: what its folder says of model, classes and features, nothing of it trusted unread.

The parameters come from the journal, whose lines carry their own hashes; weights, class names and the files that features are
made with are those whose hashes the journal knows. Runs of earlier versions noted only that of the weights.
Nothing is locked and nothing is written: a run may go on meanwhile, or lie on a medium that nobody can write to.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from utils import reading
from utils.backends import backend, parameters
from utils.decision_threshold import EVEN
from utils.errors import DamagedRunError, ParameterError
from utils.journal import Record
from utils.journal_tail import JournalTail
from utils.learning_engine import LearningEngine, Sampling
from utils.run_directory import JOURNAL, VERSION, classes_sha256
from utils.saved_params import read_params

_SHOWN = 12
_BEST = "best.weights.h5"
_USED = (
    "sub_dir", "dataset", "data_params", "class_names", "num_classes", "task", "sample_rate", "num_bands", "num_frames",
    "hop_length", "fft_length", "use_delta", "short_clips", "backend", "model", "model_params", "threads",
)  # fmt: skip
"""Parameters that the model's shape and its features depend on."""
_UNCHECKED = (
    "{folder}: an earlier version made this run and noted no hashes of its class names and of the files that features are made "
    "with; they are taken as they lie there"
)
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
    kept_sha256: Mapping[str, str] = field(default_factory=dict)
    """Name of a file that features are made with → the hash of what the run wrote."""
    warning: str = ""
    """What cannot be checked, in a sentence; "" for nothing."""

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
        records = _believed(path, lambda: [record for record in _records(path) if record["type"] in {"header", "round"}])
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
        kept: dict[str, str] | None = _believed(path, lambda: _kept(rounds[-1]))
        shape, warning = _shape(params.get("sample_shape")), "" if kept is not None else _UNCHECKED.format(folder=folder)
        return cls(folder, hparams, classes, weights, threshold, shape, kept or {}, warning)

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
        """The content of the file `name` of the run; None where there is none.

        Raises:
            DamagedRunError: it cannot be read, or is not what the run wrote.
        """
        path = self.folder / name
        try:
            content = reading.read_bytes(path)
            text = content.decode()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            raise DamagedRunError(f"{path}: cannot be read ({error}); restore the file") from None
        received = hashlib.sha256(content).hexdigest()
        expected = self.kept_sha256.get(name, received)
        if received != expected:
            raise DamagedRunError(
                f"{path}: was altered (SHA-256 expected {expected}, received {received}), and the model would take new samples "
                "for others; restore the file, or give the run's own command again, which writes it anew"
            )
        return text


def _records(path: Path) -> list[Record]:
    """Those of the journal; its last line may be altered, as by a crash, and no other."""
    lines = reading.read_bytes(path, reading.LARGEST_JOURNAL).count(b"\n")
    records = JournalTail(path).news()
    if len(records) < lines - 1:
        raise DamagedRunError(f"{path}, line {len(records) + 1}: the record was altered; restore the file")
    return records


def _believed(path: Path, read: Callable[[], Any]) -> Any:
    """What `read` makes of records, whose lines are whole but may hold anything."""
    try:
        return read()
    except OSError as error:
        raise DamagedRunError(f"{error.filename or path}: cannot be read ({error.strerror}); restore the file") from None
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
    known: list[str] = last.get("class_names", [])
    grown = "class_names" in last
    right = names[: len(known)] == known if grown else last.get("classes_sha256") in {None, classes_sha256(names)}
    if not right:
        raise DamagedRunError(
            f"{folder / 'params.json'}: the classes, {', '.join(names[:_SHOWN])}, are not those of the run, or are in another "
            "order; restore the file, or give the run's own command again, which writes it anew"
        )
    names = names[: max(2, len(known))] if grown else names
    hparams.check_classes(names)
    return tuple(names)


def _weights(folder: Path, last: Record) -> Path:
    """The weights of the round `last`, which lie in two places once a run has ended."""
    expected, received = last["weights_sha256"], "missing"
    for path in (folder / f"round_{int(last['round']):04d}.weights.h5", folder / _BEST):
        if path.is_file():
            received = reading.sha256_of(path)
            if received == expected:
                return path
    raise DamagedRunError(
        f"{folder}: neither round_{int(last['round']):04d}.weights.h5 nor {_BEST} holds the weights of the last round (SHA-256 "
        f"expected {expected}, received {received}); restore one of them"
    )


def _kept(last: Record) -> dict[str, str] | None:
    """File name → hash of what the run keeps for predictions; None where it noted none."""
    return {str(name): str(digest) for name, digest in last["kept_sha256"].items()} if "kept_sha256" in last else None


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
