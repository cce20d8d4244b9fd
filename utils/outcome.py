"""What one round of training ended with."""

from __future__ import annotations

from dataclasses import dataclass

from utils.journal import Record
from utils.learning_engine import Epoch


@dataclass(frozen=True)
class Outcome:
    """What a round of training ended with; validation values are those of the weights that are in the engine now."""

    epochs: int
    valid_metric: float | None
    """Accuracy on the validation part, in regression the mean absolute error; None without one."""
    valid_loss: float | None
    has_best: bool
    """Whether these are the best weights over all rounds, better than the baseline."""
    curve: tuple[Epoch, ...] = ()
    """Each epoch of the round's training."""
    kept_epoch: int | None = None
    """Of these, the one whose weights training ended with; None where there was none, or older weights were taken back."""

    def record(self) -> Record:
        """What the journal keeps of it; of each epoch loss, metric, validation loss and validation metric."""
        epochs = [[epoch.loss, epoch.metric, epoch.valid_loss, epoch.valid_metric] for epoch in self.curve]
        return {"has_best": self.has_best, "epochs": epochs, "kept_epoch": self.kept_epoch}
