"""How the pictures of a run are drawn, as its parameters say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from utils.learning_engine import Augments


@dataclass(frozen=True)
class PictureSettings:
    """What pictures depend on besides the results."""

    footnote: str
    """A warning to the reader of the curves; "" for none."""
    map_projection: Literal["pca", "tsne"]
    """How the map of pool and picks brings embeddings into the plane."""
    augmenter: Augments | None
    """Made the augmented copies of the run, where its data have any."""
    weighted: bool
    """Whether some samples count for more than others in the loss of training."""
    seed: int
    """Of the run."""
