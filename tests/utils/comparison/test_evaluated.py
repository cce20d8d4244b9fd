"""Figures of a test part and figures of a cross-validation, and a folder that holds both."""

import re

import pytest

from tests.utils.known_runs import only_comparison, write_run
from utils.comparison.evaluated import BY_CROSS_VALIDATION, EITHER, MIXTURE, ON_TEST, cross_evaluated, judged

TESTED, UNTESTED = ({"pool": 100, "validation": 0, "test": size} for size in (20, 0))
NO_TEST = (
    "no test part: judged by {}-fold cross-validation over the labelled samples, which were chosen and not drawn; "
    "what it will reach on new ones may differ"
)


def runs(folder, *, parts=(UNTESTED, UNTESTED), folds=(4, 4), **params):
    for strategy, sizes, number in zip(("margin", "random"), parts, folds, strict=True):
        of_folds = {} if number is None else {"num_folds": number}
        write_run(folder, strategy, 1, [(10, 0.5), (20, 0.6)], parts=sizes, params=of_folds | params)
    return only_comparison(folder)


@pytest.mark.parametrize(
    ("parts", "how"),
    [
        ((TESTED, TESTED), ON_TEST),
        ((TESTED, None), ON_TEST),
        ((UNTESTED, UNTESTED), BY_CROSS_VALIDATION),
        ((UNTESTED, TESTED), EITHER),
    ],
)
def test_how_runs_were_judged(tmp_path, parts, how):
    found = runs(tmp_path, parts=parts)
    assert (judged(found.runs), found.judged) == (how, how)
    assert len(cross_evaluated(found.runs)) == list(parts).count(UNTESTED)


@pytest.mark.parametrize(("folds", "told"), [((4, 4), "4"), ((10, 5), "5- or 10"), ((None, "many"), "k")])
def test_runs_without_a_test_part_are_said_to_have_none(tmp_path, folds, told):
    found = runs(tmp_path, folds=folds)
    assert found.warnings[0] == found.footnote == NO_TEST.format(told)
    assert not [warning for warning in found.warnings if MIXTURE in warning]


def test_runs_with_and_without_a_test_part_are_a_limit_of_their_own(tmp_path):
    found = runs(tmp_path, parts=(UNTESTED, TESTED))
    assert found.warnings[:2] == [f"{NO_TEST.format(4)}: margin, seed 1", f"{MIXTURE}: give them a sub_dir of their own"]
    assert found.footnote == MIXTURE
    assert found.versus_random()[0].seeds == (), "they are no pair"


def test_checkpoints_were_chosen_on_a_test_part_only_where_there_is_one(tmp_path):
    chosen = "test_as_founding_systems_did"
    assert runs(tmp_path / "none", checkpoint_on=chosen).footnote == NO_TEST.format(4)
    both = runs(tmp_path / "some", parts=(UNTESTED, TESTED), checkpoint_on=chosen).footnote
    assert re.fullmatch(rf"checkpoints are chosen on the test part, .*; {MIXTURE}", both)


def test_the_picture_says_it_below_its_axes(tmp_path):
    from utils.compare import compare

    runs(tmp_path)
    compare(tmp_path)
    assert "no test part: judged by 4-fold cross-validation" in (tmp_path / "comparison.svg").read_text()
