"""The founding composition of entropy-weighted density peaks and history selection."""

from __future__ import annotations

from strategies.base import strategies
from strategies.edpc import Edpc


@strategies.register("hist_select")
class HistSelect(Edpc):
    """Picks as `edpc` does; of the samples labelled earlier a part is trained on again: `hist_sel_mode` "all" is "certain"."""

    reference = "the founding ALFramework, 2019"
