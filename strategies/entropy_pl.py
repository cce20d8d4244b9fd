"""The founding composition of entropy sampling and pseudo-labels."""

from __future__ import annotations

from strategies.base import strategies
from strategies.entropy import Entropy


@strategies.register("entropy_pl")
class EntropyWithPseudoLabels(Entropy):
    """Picks by entropy; what is not picked and has an entropy below the threshold is trained on with the model's label.

    The same as `entropy` with `pseudo_label: true`: the largest entropies are those above the threshold wherever enough
    lie above it.
    """

    pseudo_label = True
    reference = "Wang et al. 2017, Cost-effective active learning for deep image classification, arXiv 1701.03551"
