"""The sentence that a comparison says, and its advice, for results whose tests are known from print."""

import math

import numpy as np
import pytest
from scipy import stats

from tests.utils.known_runs import only_comparison, write_run
from utils.comparison.advice import seeds_needed
from utils.comparison.judging import best_of
from utils.comparison.testing import of_areas

SLEEP = (0.012, 0.024, 0.013, 0.013, 0.0, 0.010, 0.018, 0.008, 0.046, 0.014)
""""Student"'s differences, here in shares: t = 4.06 with 9 degrees of freedom, p = 0.002833, 0.70 to 2.46 hundredths."""
SCATTERED = (0.03, -0.01, 0.02, -0.015, 0.01)
GAIN = " on average over the budget"


def flat(folder, strategy, values, measure="eval_acc", variant="", params=None):
    """Curves whose area is their value."""
    for seed, value in enumerate(values, start=1):
        write_run(folder, strategy, seed, [(100, value), (400, value)], variant=variant, measure=measure, params=params)


def rival(folder, differences, strategy="margin", **how):
    flat(folder, strategy, [0.5 + difference for difference in differences], **how)


def answer_of(folder):
    return only_comparison(folder).answer()


def test_a_difference_in_points(tmp_path):
    flat(tmp_path, "random", [0.5] * 10)
    rival(tmp_path, SLEEP)
    answer = answer_of(tmp_path)
    assert answer.sentence == (
        f"margin's accuracy is 1.6 percentage points above random's{GAIN} (95 % CI 0.7 to 2.5, p = 0.003, 10 seeds)."
    )
    assert answer.shown
    assert answer.advice == (
        "Use margin for the real labelling.",
        "Set full_data_baseline to true: the result with all labels says how far a strategy has come and when to stop.",
    )


def test_labels_saved_at_the_highest_goal(tmp_path):
    for seed, of_random in enumerate((400, 420, 380, 400, 440), start=1):
        write_run(tmp_path, "random", seed, [(100, 0.5), (of_random, 0.8), (500, 0.8)])
        write_run(tmp_path, "edpc", seed, [(100, 0.5 + seed / 1000), (200, 0.8), (500, 0.8)])
        write_run(tmp_path, "full_data", seed, [(1000, 0.8)])
    answer = answer_of(tmp_path)
    logs = np.log(200 / np.array([400, 420, 380, 400, 440]))
    ends = stats.t.interval(0.95, 4, logs.mean(), stats.sem(logs))
    assert [round(100 * (1 - math.exp(log))) for log in (logs.mean(), *ends)] == [51, 54, 47]
    assert answer.sentence == (
        "edpc reaches 99 % of the full accuracy with 51 % fewer labels than random (95 % CI 47 to 54 %, p < 0.001, 5 seeds)."
    )
    assert answer.advice[0] == (
        "Use edpc for the real labelling and stop at about 200 labels, when it reaches 95 % of the full accuracy."
    )
    assert answer.advice[1] == (
        "With 5 seeds the Wilcoxon test cannot fall below p = 0.0625, so it can neither confirm nor deny this at 5 %; "
        "with 6 seeds or more it can."
    )


def test_no_difference(tmp_path):
    flat(tmp_path, "random", [0.5] * 5)
    rival(tmp_path, SCATTERED)
    answer = answer_of(tmp_path)
    assert answer.sentence == (
        f"No difference from random is shown in accuracy: margin is 0.7 percentage points above random{GAIN} "
        "(95 % CI 1.7 below to 3.1 above, p = 0.46, 5 seeds)."
    )
    assert not answer.shown
    assert answer.advice[:2] == (
        "Until a difference is shown, label at random: nothing is simpler.",
        "Run about 62 seeds instead of 5: so many show a difference of this size four times out of five.",
    )


def test_the_number_of_seeds_is_that_of_the_noncentral_t():
    size = np.mean(SCATTERED) / np.std(SCATTERED, ddof=1)
    power = {n: stats.nct.sf(stats.t.ppf(0.975, n - 1), n - 1, size * n**0.5) for n in (61, 62)}
    assert power[61] < 0.8 <= power[62]


def test_a_difference_too_small_to_matter(tmp_path):
    flat(tmp_path, "random", [0.5] * 4)
    rival(tmp_path, (0.03, -0.03, 0.02, -0.019))
    assert (
        "It would take more than 100 seeds to show a difference of the size found; "
        "the interval says how large one might still be." in answer_of(tmp_path).advice
    )


def test_who_else_is_better_and_who_is_worse(tmp_path):
    flat(tmp_path, "random", [0.5] * 10)
    rival(tmp_path, SLEEP)
    rival(tmp_path, [2 * difference for difference in SLEEP], "badge")
    rival(tmp_path, [-difference for difference in SLEEP], "egl")
    assert answer_of(tmp_path).sentence == (
        f"badge's accuracy is 3.2 percentage points above random's{GAIN} (95 % CI 1.4 to 4.9, p = 0.008 "
        "after Holm's correction over 3 strategies, 10 seeds); "
        "margin is shown better, too; egl is shown worse than random."
    ), "three equal p of 0.002833 are 0.0085 after Holm"


def test_only_worse_ones(tmp_path):
    flat(tmp_path, "random", [0.5] * 10)
    rival(tmp_path, [-difference for difference in SLEEP], "egl")
    answer = answer_of(tmp_path)
    assert answer.sentence == (
        f"egl's accuracy is 1.6 percentage points below random's{GAIN} (95 % CI 0.7 to 2.5, p = 0.003, 10 seeds)."
    )
    assert answer.shown
    assert answer.advice[0] == "Until a difference is shown, label at random: nothing is simpler."


def test_several_worse_ones(tmp_path):
    flat(tmp_path, "random", [0.5] * 10)
    rival(tmp_path, [-difference for difference in SLEEP], "egl")
    rival(tmp_path, [-2 * difference for difference in SLEEP], "margin")
    assert answer_of(tmp_path).sentence == (
        f"No strategy is shown better than random in accuracy: even the best, egl, is 1.6 percentage points below random{GAIN} "
        "(95 % CI 0.7 to 2.5, p = 0.006 after Holm's correction over 2 strategies, 10 seeds); "
        "egl and margin are shown worse than random."
    ), "two equal p of 0.002833 are 0.0057 after Holm"


BELOW = (-0.10, -0.02, 0.03)
"""Mean −0.03, standard error √(0.0043 / 3) = 0.03786; 4.3027 of these, the quantile of t, are 0.1629: −0.193 to 0.133."""


def test_an_interval_on_both_sides_of_random_says_which_end_is_where(tmp_path):
    flat(tmp_path, "random", [0.5] * 3)
    rival(tmp_path, BELOW)
    assert answer_of(tmp_path).sentence == (
        f"No difference from random is shown in accuracy: margin is 3.0 percentage points below random{GAIN} "
        "(95 % CI 19.3 below to 13.3 above, p = 0.51, 3 seeds)."
    )
    rival(tmp_path, [2 * difference for difference in BELOW], "egl")
    rival(tmp_path, [3 * difference for difference in BELOW], "badge")
    assert ": even the best, margin, is 3.0 percentage points below random" in answer_of(tmp_path).sentence


def test_an_error_above_that_of_random_is_the_worse_one(tmp_path):
    flat(tmp_path, "random", [2.0] * 3, "eval_mae")
    flat(tmp_path, "igs", [2.0 - 10 * difference for difference in BELOW], "eval_mae")
    assert answer_of(tmp_path).sentence == (
        f"No difference from random is shown in mean absolute error: igs is 0.300 above random{GAIN} "
        "(95 % CI 1.329 below to 1.929 above, p = 0.51, 3 seeds)."
    )


PEOPLE = {"oracle": "web", "num_folds": 4}


def test_of_one_run_that_people_labelled_the_model_is_what_counts(tmp_path):
    untested = {"pool": 1000, "validation": 0, "test": 0}
    write_run(tmp_path, "margin", 1, [(20, 0.5), (60, 0.84)], parts=untested, params=PEOPLE)
    comparison = only_comparison(tmp_path)
    answer = comparison.answer()
    assert answer.sentence == "With 60 labels by people the accuracy is 84.0 % by cross-validation over the labelled samples."
    assert not answer.shown
    assert answer.advice == (
        f"Label new files with the model: python -m utils.predict {tmp_path / 'stats/margin/run_1'} NEW_FILES",
    )
    assert not [warning for warning in comparison.warnings if "seeds" in warning], "there is no difference that could be chance"


def test_of_several_runs_that_people_labelled_none_is_asked_for_again(tmp_path):
    for strategy, accuracy in (("margin", 0.7), ("random", 0.6)):
        flat(tmp_path, strategy, [accuracy] * 2, params=PEOPLE)
    answer = answer_of(tmp_path)
    assert answer.sentence.startswith("margin's accuracy is 10.0 percentage points above random's")
    commands = [f"python -m utils.predict {tmp_path / 'stats' / name} NEW_FILES" for name in ("margin/run_1", "margin/run_2")]
    assert answer.advice[:2] == tuple(f"Label new files with the model: {command}" for command in commands)
    assert answer.advice[3:] == ("So with the models of 1 other run that people labelled.",)
    assert "fewer than 5 seeds" in " ".join(only_comparison(tmp_path).warnings)


def test_people_on_a_test_part_and_two_seeds(tmp_path):
    flat(tmp_path, "margin", [0.5, 0.7], params=PEOPLE)
    assert answer_of(tmp_path).sentence == (
        "With 400 labels by people the accuracy is 60.0 %, the mean of 2 seeds, on the test part."
    )


def test_errors_fall(tmp_path):
    flat(tmp_path, "random", [2.0] * 10, "eval_mae")
    flat(tmp_path, "igs", [2.0 - 10 * difference for difference in SLEEP], "eval_mae")
    assert answer_of(tmp_path).sentence == (
        f"igs's mean absolute error is 0.158 below random's{GAIN} (95 % CI 0.070 to 0.246, p = 0.003, 10 seeds)."
    )


def test_one_seed_tells_nothing(tmp_path):
    flat(tmp_path, "random", [0.5])
    flat(tmp_path, "margin", [0.6])
    answer = answer_of(tmp_path)
    assert (
        answer.sentence
        == f"margin's accuracy is 10.0 percentage points above random's{GAIN}: one seed tells nothing about chance."
    )
    assert not answer.shown
    assert "Run at least 5 seeds, such as random_seed [1, 2, 3, 4, 5]: one cannot tell skill from luck." in answer.advice


def test_the_same_difference_in_every_seed(tmp_path):
    flat(tmp_path, "random", [0.5, 0.52])
    flat(tmp_path, "margin", [0.51, 0.53])
    assert answer_of(tmp_path).sentence == (
        f"margin's accuracy is 1.0 percentage points above random's{GAIN}: "
        "the difference is the same in every seed, so no test can be made."
    )
    assert "margin differs from random by the same amount in every seed: no test can be made of that" in (
        only_comparison(tmp_path).warnings
    )


def test_without_random_the_best_two_are_compared(tmp_path):
    flat(tmp_path, "entropy", [0.5] * 10)
    flat(tmp_path, "egl", [0.3] * 10)
    rival(tmp_path, SLEEP)
    answer = answer_of(tmp_path)
    assert answer.sentence == (
        "margin's accuracy is 1.6 percentage points above that of entropy, the second best, on average over the budget "
        "(95 % CI 0.7 to 2.5, p = 0.003 after Holm's correction over 2 pairs, 10 seeds); random selection did not run."
    )
    assert 'Add "random" to framework_type: without it nothing says what choosing gains over not choosing.' in answer.advice


def test_without_random_and_without_a_difference(tmp_path):
    flat(tmp_path, "entropy", [0.5] * 5)
    rival(tmp_path, SCATTERED)
    assert answer_of(tmp_path).sentence == (
        "No difference between the best two is shown: margin's accuracy is 0.7 percentage points above that of entropy, "
        f"the second best,{GAIN} (95 % CI 1.7 below to 3.1 above, p = 0.46, 5 seeds); random selection did not run."
    )


def test_without_common_seeds(tmp_path):
    write_run(tmp_path, "entropy", 1, [(100, 0.5), (200, 0.6)])
    write_run(tmp_path, "margin", 2, [(100, 0.5), (200, 0.7)])
    assert answer_of(tmp_path).sentence == (
        "entropy and margin have no seed in common on the same split, so they cannot be compared; random selection did not run."
    )


def test_random_of_another_seed(tmp_path):
    write_run(tmp_path, "random", 1, [(100, 0.5), (200, 0.6)])
    write_run(tmp_path, "margin", 2, [(100, 0.5), (200, 0.7)])
    assert answer_of(tmp_path).sentence.startswith("margin and random have no seed in common on the same split")
    assert "margin and random have no seed with two rounds or more in common: no test can be made" in (
        only_comparison(tmp_path).warnings
    )


@pytest.mark.parametrize(("strategy", "advice"), [("random", "Add a strategy to framework_type"), ("margin", 'Add "random"')])
def test_one_strategy_alone(tmp_path, strategy, advice):
    flat(tmp_path, strategy, [0.5] * 5)
    answer = answer_of(tmp_path)
    assert answer.sentence == f"Only {strategy} ran, so there is nothing to compare it with."
    assert any(sentence.startswith(advice) for sentence in answer.advice)


def test_nothing_yet(tmp_path):
    write_run(tmp_path, "margin", 1, [])
    answer = answer_of(tmp_path)
    assert answer.sentence == "No run of a strategy has a result yet, so there is nothing to compare."
    assert answer.advice == ("Wait until the first round of a run is done, or look at why the runs ended.",)


def test_everything_nan(tmp_path):
    for strategy in ("random", "margin"):
        write_run(tmp_path, strategy, 1, [(100, "nan"), (200, "nan")])
    comparison = only_comparison(tmp_path)
    assert comparison.answer().sentence.startswith("No run of a strategy has a result yet")
    assert comparison.warnings == ["no accuracy yet, left out of the picture: margin, seed 1; random, seed 1"]
    assert (comparison.versus_random(), comparison.pairs(), comparison.savings()) == ([], [], [])


def test_a_shorter_span_is_named(tmp_path):
    for seed, difference in enumerate(SLEEP, start=1):
        write_run(tmp_path, "random", seed, [(100, 0.5), (400, 0.5)])
        write_run(tmp_path, "margin", seed, [(100, 0.5 + difference), (200, 0.5 + difference)])
    answer = answer_of(tmp_path)
    assert answer.sentence.startswith(
        "margin's accuracy is 1.6 percentage points above random's on average between 100 and 200 labels (95 % CI"
    )
    assert answer.advice[0] == (
        "Wait before choosing margin: runs are still under way or ended early, so that it and random have only 100 to 200 "
        "labels in common, less than half of the budget."
    )


def test_the_highest_goal_speaks_even_where_a_lower_one_would_say_more(tmp_path):
    for seed in range(1, 6):
        write_run(tmp_path, "random", seed, [(100, 0.5), (400 + seed, 0.77), (500, 0.8)])
        write_run(tmp_path, "margin", seed, [(100, 0.5), (200, 0.77), (480 + 10 * seed, 0.8)])
        write_run(tmp_path, "full_data", seed, [(1000, 0.8)])
    at = {one.goal: one for one in only_comparison(tmp_path).savings() if one.curve == "margin"}
    assert at[0.95].p_holm < 0.001
    assert at[0.99].p_holm > 0.05
    assert answer_of(tmp_path).sentence.startswith("margin's accuracy is ")


def test_random_that_never_gets_there(tmp_path):
    for seed, difference in enumerate(SLEEP, start=1):
        write_run(tmp_path, "random", seed, [(100, 0.5), (400, 0.75)])
        write_run(tmp_path, "margin", seed, [(100, 0.5), (200, 0.76 + difference), (400, 0.78)])
        write_run(tmp_path, "full_data", seed, [(1000, 0.8)])
    assert answer_of(tmp_path).advice[:2] == (
        "Use margin for the real labelling and stop at about 200 labels, when it reaches 95 % of the full accuracy.",
        "random never reaches 95 % of the full accuracy with up to 400 labels; margin does with 200.",
    )


def test_the_second_best_is_so_over_labels_that_all_share(tmp_path):
    """entropy is better than egl where both are, but stands at lower results as it ended early."""
    for seed, difference in enumerate(SLEEP, start=1):
        write_run(tmp_path, "margin", seed, [(100, 0.5 + difference), (400, 0.9 + difference)])
        write_run(tmp_path, "egl", seed, [(100, 0.3), (400, 0.8)])
        write_run(tmp_path, "entropy", seed, [(100, 0.45 + difference / 2), (200, 0.58)])
    assert "above that of entropy, the second best, on average between 100 and 200 labels" in answer_of(tmp_path).sentence


def test_without_anything_in_common_none_is_the_best(tmp_path):
    for strategy, first in (("margin", 100), ("egl", 300), ("entropy", 500)):
        write_run(tmp_path, strategy, 1, [(first, 0.5), (first + 100, 0.6)])
    assert answer_of(tmp_path).sentence == (
        "The strategies have no seeds and labels that all of them share, so none of them can be called the best; "
        "random selection did not run."
    )


@pytest.mark.parametrize(("rivals", "seeds", "hint"), [(1, 5, 6), (2, 6, 7), (1, 6, None), (2, 7, None)])
def test_wilcoxon_needs_more_seeds_for_more_tests(tmp_path, rivals, seeds, hint):
    flat(tmp_path, "random", [0.5] * seeds)
    for strategy in ("margin", "badge")[:rivals]:
        rival(tmp_path, SLEEP[:seeds], strategy)
    said = [sentence for sentence in answer_of(tmp_path).advice if "Wilcoxon" in sentence]
    assert [sentence.split("; ")[-1] for sentence in said] == ([f"with {hint} seeds or more it can."] if hint else [])
    if rivals == 2 and hint:
        assert "cannot fall below p = 0.0625 after Holm's correction over 2 strategies," in said[0]


def test_a_large_difference_that_two_seeds_do_not_show(tmp_path, recwarn):
    flat(tmp_path, "random", [0.5] * 2)
    rival(tmp_path, (0.2, 0.3))
    rival(tmp_path, (0.19, 0.25), "badge")
    assert any(sentence.startswith("Run about 4 seeds instead of 2: ") for sentence in answer_of(tmp_path).advice)
    assert not recwarn.list


@pytest.mark.parametrize("size", [0.01, 0.3, 1, 3, 5, 10, 50, 1e9])
def test_seeds_needed_are_a_number_for_any_size(size):
    scale = size / math.sqrt(2)
    test = of_areas("a", "b", (1, 2), np.array([scale - 1, scale + 1]) / 1e9, np.zeros(2))
    for tests in (1, 50):
        needed = seeds_needed(test, tests)
        assert 3 <= needed <= 100 or (needed == math.inf and size < 0.5)


def test_a_curve_that_still_rises(tmp_path):
    for seed, difference in enumerate(SLEEP, start=1):
        write_run(tmp_path, "random", seed, [(100, 0.2), (200, 0.3), (300, 0.4)])
        write_run(tmp_path, "margin", seed, [(100, 0.2), (200, 0.3 + difference), (300, 0.4)])
    assert "The curve of margin has not levelled off: raise max_round, more labels still help." in answer_of(tmp_path).advice


def test_a_variant_in_which_all_goes_wrong_is_not_the_best(tmp_path):
    for seed in range(1, 6):
        shift = seed / 1000
        for variant, random, margin in (("good", 0.90, 0.94 - shift), ("broken", 0.05, 0.30 + shift)):
            write_run(tmp_path, "random", seed, [(100, random), (200, random + shift)], variant=variant)
            write_run(tmp_path, "margin", seed, [(100, margin), (200, margin)], variant=variant)
    tested = only_comparison(tmp_path).versus_random()
    assert {one.first: one.shown for one in tested} == {"margin/broken": True, "margin/good": True}
    assert best_of(tested).first == "margin/broken"
    assert only_comparison(tmp_path).answer().sentence.startswith("margin/good's accuracy")
