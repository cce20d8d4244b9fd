"""The sentence on several data sets: which of them it speaks of, and what is not known of the others."""

import pytest

from tests.utils.known_runs import write_run
from utils.comparison.comparisons import Comparisons

SEEDS = (0.012, 0.024, 0.013, 0.019, 0.02, 0.010)


def of_dataset(folder, dataset, differences, *, seeds_apart=0, margin_ends=400):
    """Curves whose area is their value; margin's seeds are `seeds_apart` further on than random's."""
    params = {"dataset": dataset, "grid": {"dataset": dataset}}
    for seed, difference in enumerate(differences, start=1):
        write_run(folder, "random", seed, [(100, 0.5), (400, 0.5)], variant=f"dataset_{dataset}", params=params)
        points = [(100, 0.5 + difference), (margin_ends, 0.5 + difference)]
        write_run(folder, "margin", seed + seeds_apart, points, variant=f"dataset_{dataset}", params=params)


def test_only_data_sets_with_pairs_are_counted_and_judged(tmp_path):
    of_dataset(tmp_path, "a", SEEDS)
    of_dataset(tmp_path, "b", SEEDS[:5])
    of_dataset(tmp_path, "c", SEEDS, seeds_apart=10)
    answer = Comparisons(tmp_path).answer()
    assert answer.sentence.startswith(
        "margin's accuracy is 1.7 percentage points above random's on average over 11 pairs of data set and seed "
        "from 2 of 3 data sets (a, b) (95 % CI 1.4 to 2.0, p < 0.001)"
    )
    assert answer.advice[0] == "Use margin for the real labelling.", "of c nothing is known"
    assert answer.advice[-1].startswith("2 data sets say little about others")


def test_a_data_set_on_which_it_was_not_better_is_named(tmp_path):
    of_dataset(tmp_path, "a", SEEDS)
    of_dataset(tmp_path, "b", [-difference / 10 for difference in SEEDS])
    of_dataset(tmp_path, "c", SEEDS)
    answer = Comparisons(tmp_path).answer()
    assert "over 18 pairs of data set and seed from 3 data sets (95 % CI" in answer.sentence
    assert answer.advice[0] == "Use margin for the real labelling, but on b it was not better."


def test_where_one_data_set_has_pairs_it_is_said_to_be_one(tmp_path):
    of_dataset(tmp_path, "a", SEEDS)
    of_dataset(tmp_path, "b", SEEDS, seeds_apart=10)
    answer = Comparisons(tmp_path).answer()
    assert "over 6 pairs of data set and seed from 1 of 2 data sets (a) (95 % CI" in answer.sentence
    assert answer.advice[-1] == "One data set says little about others: the tests speak of it alone."


def test_no_strategy_is_chosen_while_runs_are_under_way(tmp_path):
    of_dataset(tmp_path, "a", SEEDS)
    of_dataset(tmp_path, "b", SEEDS, margin_ends=200)
    assert Comparisons(tmp_path).answer().advice[0] == (
        "Wait before choosing margin: on b runs are still under way or ended early, so that it and random have less than half "
        "of the budget in common."
    )


@pytest.mark.parametrize("differences", [(0.2, 0.01)])
def test_how_many_pairs_would_show_it_is_a_number(tmp_path, differences, recwarn):
    for dataset in ("a", "b"):
        of_dataset(tmp_path, dataset, differences[:1] if dataset == "a" else differences[1:])
    said = " ".join(Comparisons(tmp_path).answer().advice)
    assert "pairs of data set and seed instead of 2" in said and "nan" not in said
    assert not recwarn.list
