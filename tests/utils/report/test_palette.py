"""Colours that are told from the page they stand on."""

import pytest

from utils.appearance import APPEARANCES
from utils.report.palette import NIGHT, PAPER, contrast, palette, toned


@pytest.mark.parametrize(("first", "second", "ratio"), [("#000000", "#ffffff", 21.0), ("#767676", "#ffffff", 4.54)])
def test_contrast_is_that_of_the_guidelines(first, second, ratio):
    assert contrast(first, second) == pytest.approx(ratio, abs=0.005)
    assert contrast(second, first) == contrast(first, second)


@pytest.mark.parametrize("strategy", [*APPEARANCES, "one of my own"])
def test_every_strategy_can_be_seen_and_read_on_both_pages(strategy):
    tones = palette(strategy)
    assert contrast(tones.line, PAPER) >= 3
    assert contrast(tones.night_line, NIGHT) >= 4
    assert min(contrast(tones.text, PAPER), contrast(tones.night_text, NIGHT)) >= 4.5


def test_a_colour_that_can_be_seen_stays_as_it_is():
    assert toned("#0072b2", PAPER, 3.0) == "#0072b2"


def test_black_is_white_at_night():
    assert contrast(palette("random").night_line, NIGHT) > 14
