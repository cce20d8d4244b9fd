"""How a strategy looks: always the same, in colours that all can tell apart, and like no other."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from utils.appearance import APPEARANCES, appearance

ROOT = Path(__file__).parents[2]
ENGINES = [
    "random", "least_confidence", "margin", "entropy", "entropy_pl", "egl", "ecg", "dpc", "edpc", "aift", "kmeans",
    "ratio", "hist_select", "badge", "coreset", "bald", "power_bald", "batchbald", "epig", "typiclust", "probcover",
    "cluster_margin", "dropquery", "information_density", "galaxy", "qbc", "gsx", "gsy", "igs", "qbc_variance",
    "mc_variance",
]  # fmt: skip  # fmt: skip
OKABE_ITO = {"#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7"}


def test_every_known_engine_is_in_the_table():
    assert sorted(APPEARANCES) == sorted(ENGINES)


def test_known_engines_differ_in_colour_or_marker_and_are_of_okabe_and_ito():
    looks = [appearance(name) for name in ENGINES]
    assert len(set(looks)) == len(ENGINES)
    assert len({(colour, marker) for colour, marker, _ in looks}) == len(ENGINES), "dashes are left to variants"
    assert {colour for colour, _, _ in looks} == OKABE_ITO
    assert [name for name in ENGINES if appearance(name)[0] == "#000000"] == ["random"]


@pytest.mark.parametrize(
    "together",
    [
        "random entropy egl dpc edpc",
        "random entropy egl ecg dpc edpc aift hist_select",
        "random least_confidence margin entropy badge coreset bald typiclust",
        "bald power_bald batchbald epig qbc dropquery aift",
        "gsx gsy igs qbc_variance mc_variance",
    ],
)
def test_engines_that_are_compared_most_differ_in_colour_and_in_marker(together):
    looks = [appearance(name) for name in together.split()]
    assert len({colour for colour, _, _ in looks}) == len(looks)
    assert len({marker for _, marker, _ in looks}) == len(looks)


def test_unknown_engines_look_the_same_in_every_process_and_like_no_known_one():
    names = [f"mine_{number}" for number in range(40)]
    looks = [appearance(name) for name in names]
    code = f"from utils.appearance import appearance; print([appearance(name) for name in {names}])"
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        printed = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
        )
        assert printed.stdout.strip() == str(looks)
    assert {colour for colour, _, _ in looks} <= OKABE_ITO - {"#000000"}
    assert not {marker for _, marker, _ in looks} & {marker for _, marker, _ in APPEARANCES.values()}
    assert len(set(looks)) > 25
