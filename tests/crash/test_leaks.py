"""G18 and G19 in short; `python -m tests.torture leaks not_a_number` does every strategy, composition, place and backend."""

from __future__ import annotations

from pathlib import Path
from unittest import mock

import numpy as np
import pytest

from strategies.composition.pseudo_labels import PseudoLabels
from tests.torture.leaks import no_label_leaks, stops_where_it_diverges


@pytest.mark.parametrize("composition", ["warm, best", "pseudo-labels", "selected history", "annotators"])
def test_no_label_that_was_not_bought_changes_a_round(composition: str, tmp_path: Path) -> None:
    assert no_label_leaks(tmp_path, ["margin"], [composition], rounds=1)["runs"] == 2


def test_a_leak_would_be_found(tmp_path: Path) -> None:
    from tests import fakes

    true_labels = fakes.blobs

    def leaking() -> object:
        data = true_labels()
        mock_labels.append(data.table.labels)
        return data

    mock_labels: list[np.ndarray] = []
    choose = PseudoLabels.choose

    def peeking(self: PseudoLabels, view: object, ids: object) -> object:
        chosen, labels = choose(self, view, ids)  # type: ignore[arg-type]
        return chosen, mock_labels[-1][chosen].astype(labels.dtype)

    with (
        mock.patch("tests.torture.leaks.blobs", leaking),
        mock.patch.object(PseudoLabels, "choose", peeking),
        pytest.raises(AssertionError, match=r"the (weights|picks)"),
    ):
        no_label_leaks(tmp_path, ["margin"], ["pseudo-labels"], rounds=2)


def test_a_number_that_is_none_stops_its_round_and_is_named(tmp_path: Path) -> None:
    stops_where_it_diverges(tmp_path, "tf", "validation loss", np.nan)
