"""Which runs are pairs, over which labels, and the area under a curve, by hand."""

import math

import numpy as np
import pytest

from tests.utils.known_runs import PARTS, only_comparison, write_run
from utils.comparison.pairing import NOTHING, OF_THE_SPLIT, areas, common_span, pairs_of


def runs_of(folder, strategy):
    return [run for run in only_comparison(folder).runs if run.strategy == strategy]


def test_areas_by_hand(tmp_path):
    write_run(tmp_path, "margin", 1, [(100, 0.5), (200, 0.7), (400, 0.9)])
    write_run(tmp_path, "random", 1, [(150, 0.4), (350, 0.6), (500, 0.6)])
    runs = only_comparison(tmp_path).runs
    assert common_span(runs) == (150, 400)
    of_margin = (50 * (0.6 + 0.7) / 2 + 200 * (0.7 + 0.9) / 2) / 250
    of_random = (200 * (0.4 + 0.6) / 2 + 50 * 0.6) / 250
    assert areas(runs, (150, 400)) == pytest.approx([of_margin, of_random])
    [against] = only_comparison(tmp_path).versus_random()
    assert (against.span, against.mean, against.wins) == ((150, 400), pytest.approx(of_margin - of_random), 1)
    assert math.isnan(against.p)
    assert against.least_wilcoxon == 1


def test_of_errors_the_smaller_area_is_better(tmp_path):
    write_run(tmp_path, "igs", 1, [(100, 4.0), (200, 2.0)], measure="eval_mae")
    write_run(tmp_path, "random", 1, [(100, 4.0), (200, 3.0)], measure="eval_mae")
    assert only_comparison(tmp_path).versus_random()[0].differences == (0.5,)


@pytest.mark.parametrize("points", [[], [(100, 0.5)], [(300, 0.5), (400, 0.6)]], ids=str)
def test_without_labels_in_common_there_is_no_area(tmp_path, points):
    write_run(tmp_path, "margin", 1, points)
    write_run(tmp_path, "random", 1, [(100, 0.5), (300, 0.7)])
    found = [one for one in only_comparison(tmp_path).versus_random() if one.seeds]
    assert found == []
    assert common_span([]) is NOTHING


def test_a_seed_is_paired_on_the_same_parts_alone(tmp_path):
    for seed in (1, 2, 3, 4):
        write_run(tmp_path, "random", seed, [(100, 0.5), (200, 0.6)])
    for seed in (2, 3, 4, 5):
        parts = PARTS | ({"pool": 900} if seed == 3 else {})
        write_run(tmp_path, "margin", seed, [(100, 0.5), (200, 0.7)], parts=parts)
    comparison = only_comparison(tmp_path)
    assert comparison.versus_random()[0].seeds == (2, 4)
    assert [warning for warning in comparison.warnings if "left out of the tests" in warning] == [
        "margin, seed 3: its split is not that of random (sizes of the parts): this seed is left out of the tests"
    ]
    assert "margin lacks seed 1, which others have: it is compared over the seeds that both have" in comparison.warnings


@pytest.mark.parametrize("name", [name for name in OF_THE_SPLIT if name != "dataset"])
def test_a_seed_is_paired_on_the_same_split_alone(tmp_path, name):
    write_run(tmp_path, "random", 1, [(100, 0.5), (200, 0.6)], params={name: "this"})
    write_run(tmp_path, "margin", 1, [(100, 0.5), (200, 0.7)], params={name: "that"})
    write_run(tmp_path, "badge", 1, [(100, 0.5), (200, 0.7)])
    comparison = only_comparison(tmp_path)
    assert {one.first: one.seeds for one in comparison.versus_random()} == {"badge": (1,), "margin": ()}
    assert f"its split is not that of random ({name})" in " ".join(comparison.warnings)


def test_what_was_read_decides_where_it_is_known(tmp_path):
    known = {"features": "f", "parts": "p"}
    write_run(tmp_path, "random", 1, [(100, 0.5), (200, 0.6)], params={"data": known, "data_dir": "here"})
    for strategy, data in (("margin", known), ("badge", known | {"features": "g"}), ("egl", known | {"parts": "q"})):
        write_run(tmp_path, strategy, 1, [(100, 0.5), (200, 0.7)], params={"data": data, "data_dir": "there"})
    comparison = only_comparison(tmp_path)
    assert {one.first: one.seeds for one in comparison.versus_random()} == {"badge": (), "egl": (), "margin": (1,)}
    told = "its split is not that of random"
    for strategy, what in (("badge", "samples or features"), ("egl", "which sample lies in which part")):
        assert f"{strategy}, seed 1: {told} ({what}): this seed is left out of the tests" in comparison.warnings


def test_other_data_are_said_with_their_folder(tmp_path):
    for strategy, features, place in (("random", "f", "a"), ("margin", "f", "a"), ("badge", "g", "b")):
        params = {"data": {"features": features, "parts": "p"}, "data_dir": place}
        write_run(tmp_path, strategy, 1, [(100, 0.5), (200, 0.6)], params=params)
    [warning] = [one for one in only_comparison(tmp_path).warnings if "read other samples" in one]
    assert warning == (
        "badge, seed 1: read other samples or features than most runs of this seed "
        '(data_dir "b", not "a"); it is no pair with them: give it a sub_dir of its own'
    )


def test_the_machine_does_not_unpair(tmp_path):
    for strategy, device in (("random", "CPU"), ("margin", "GPU")):
        write_run(tmp_path, strategy, 1, [(100, 0.5), (200, 0.6)], params={"environment": {"device": device}})
    [pair] = pairs_of(runs_of(tmp_path, "margin"), runs_of(tmp_path, "random"))
    assert [run.strategy for run in pair] == ["margin", "random"]


def test_unequal_budgets_are_compared_label_by_label_and_said(tmp_path):
    for seed in (1, 2):
        write_run(tmp_path, "random", seed, [(100, 0.5), (300, 0.7)], variant="a", params={"num_select_per_round": 200})
        write_run(tmp_path, "random", seed, [(100, 0.5), (200, 0.6), (300, 0.7)], params={"num_select_per_round": 100})
    comparison = only_comparison(tmp_path)
    assert comparison.pairs()[0].differences == (0, 0)
    assert (
        "labels bought per round differ (random 100, random/a 200): the curves are over labels, "
        "so they are still compared label by label" in comparison.warnings
    )


def test_a_variant_without_random_is_said(tmp_path):
    for variant in ("a", "b"):
        write_run(tmp_path, "random", 1, [(100, 0.5), (200, 0.6)], variant=variant)
    write_run(tmp_path, "margin", 1, [(100, 0.5), (200, 0.6)], variant="c")
    comparison = only_comparison(tmp_path)
    assert "margin/c: random selection did not run in this variant, so it is compared with none" in comparison.warnings
    assert comparison.versus_random() == []
    assert "no strategy ran in a variant that random selection ran in" in comparison.answer().sentence


def test_curves_that_are_alike_are_said(tmp_path):
    for strategy in ("random", "margin"):
        for seed in (1, 2):
            write_run(tmp_path, strategy, seed, [(100, 0.5), (200, 0.1 * (seed + 5))])
    comparison = only_comparison(tmp_path)
    assert "margin and random are alike in every seed: there is no difference to test" in comparison.warnings
    assert np.isnan([comparison.versus_random()[0].p, comparison.versus_random()[0].wilcoxon]).all()
