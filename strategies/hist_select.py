"""The founding composition of entropy-weighted density peaks and history selection."""

from __future__ import annotations

from strategies.base import strategies
from strategies.edpc import Edpc


@strategies.register("hist_select")
class HistSelect(Edpc):
    """Picks as `edpc` does; of the samples labelled earlier, only those that `hist_sel_mode` chooses are trained on again."""

    selects_history = True
    reference = "the founding ALFramework, 2019"
