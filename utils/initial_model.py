"""The stored initial models in `init_ckpt/`, so that every strategy of a comparison starts at the same point.

The key covers everything that the initial weights depend on, so taking them from the store and making them anew are the
same, bit for bit; the store only saves the time.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from utils import files, reading
from utils.errors import DamagedRunError
from utils.learning_engine import Epoch, LearningEngine
from utils.outcome import Outcome
from utils.strict_json import Count, Number, first_problem

_WEIGHTS, _ABOUT = "initial.weights.h5", "initial.json"


class _Epoch(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid")
    loss: Number
    valid_loss: Number | None = None
    valid_metric: Number | None = None
    metric: Number | None = None


class _Outcome(BaseModel):
    """What `asdict` made of an outcome."""

    model_config = ConfigDict(strict=True, extra="forbid")
    epochs: Count
    valid_metric: Number | None
    valid_loss: Number | None
    has_best: bool
    curve: list[_Epoch]
    kept_epoch: Count | None = None


class _Stored(BaseModel):
    """What the record holds; whoever edits it can give it the hash that it needs."""

    model_config = ConfigDict(strict=True)
    sha256: str
    outcome: _Outcome
    key: str | None = None
    """Absent in those of earlier versions."""


class InitialModel:
    """One stored initial model; `folder` is `outputs/<sub_dir>/init_ckpt`."""

    def __init__(self, folder: Path, depends_on: dict[str, Any]) -> None:
        """`depends_on` holds all that the weights depend on, as plain JSON values."""
        text = json.dumps(depends_on, sort_keys=True)
        self._folder = folder / hashlib.sha256(text.encode()).hexdigest()[:16]

    def load(self, engine: LearningEngine) -> Outcome | None:
        """Sets `engine` to the stored weights and returns what their training ended with; None when there are none yet.

        Those of another key, whose folder was copied or renamed, count as none.

        Raises:
            DamagedRunError: the stored weights are not those that were stored.
        """
        about = self._folder / _ABOUT
        if not about.exists():
            return None
        weights = self._folder / _WEIGHTS
        try:
            digest, _, text = reading.read_text(about, reading.LARGEST_SMALL).partition(" ")
            if hashlib.sha256(text.encode()).hexdigest() != digest:
                raise ValueError("it was altered")
            stored = _Stored.model_validate(json.loads(text))
            if stored.key not in (None, self._folder.name):
                return None
            outcome, expected = _outcome(stored.outcome), stored.sha256
            received = reading.sha256_of(weights)
        except (OSError, ValueError, RecursionError) as error:
            reason = first_problem(error) if isinstance(error, ValidationError) else error
            raise DamagedRunError(f"{about}: cannot be read ({reason}); remove {self._folder} and it is made anew") from None
        if received != expected:
            raise DamagedRunError(
                f"{weights}: the initial model was altered (SHA-256 expected {expected}, received {received}); "
                f"remove {self._folder} and it is made anew"
            )
        engine.load_weights(weights)
        return outcome

    def save(self, engine: LearningEngine, outcome: Outcome) -> None:
        """Keeps the weights of `engine` for the next run that starts at this point."""
        weights = self._folder / _WEIGHTS
        engine.save_weights(weights)
        about = {"sha256": reading.sha256_of(weights), "outcome": asdict(outcome), "key": self._folder.name}
        text = json.dumps(about) + "\n"
        files.write_text(self._folder / _ABOUT, f"{hashlib.sha256(text.encode()).hexdigest()} {text}")


def _outcome(stored: _Outcome) -> Outcome:
    """Raises ValueError where an epoch was kept that is none of those on the curve."""
    values = stored.model_dump()
    if stored.kept_epoch is not None and stored.kept_epoch >= len(stored.curve):
        raise ValueError(f"kept_epoch is {stored.kept_epoch} of {len(stored.curve)} epochs")
    return Outcome(**values | {"curve": tuple(Epoch(**epoch) for epoch in values["curve"])})
