"""G1, G3, G4, G6, G21 in short: what `python -m tests.torture` does at full length, with small numbers."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.crash import scenarios
from tests.crash.scenarios import Scenario
from tests.fakes import run_fake, small_params
from tests.torture import crashes, damage, damaged, edits, faults, file_sizes, power_loss
from utils.errors import FrameworkError

PEOPLE = scenarios.people(rounds=1)[1]
ANEW = scenarios.people(rounds=1)[-1]
OTHERS = {scenario.name: scenario for scenario in scenarios.other_kinds()}
COMMANDS = {scenario.name: scenario for scenario in scenarios.whole_commands()}


@pytest.mark.parametrize("scenario", [OTHERS["overwritten"], OTHERS["more rounds"], ANEW], ids=lambda scenario: scenario.name)
def test_a_run_over_another_is_killed_anywhere(scenario: Scenario, tmp_path: Path) -> None:
    reached = crashes.Reached()
    crashes.kill_everywhere(scenario, tmp_path, reached, step=17)
    assert reached.points > 200
    assert reached.disks > 8
    assert reached.commits > 5


@pytest.mark.parametrize("name", ["recordings", "texts", "predictions"])
def test_a_command_is_killed_at_some_of_its_writes(name: str, tmp_path: Path) -> None:
    reached = crashes.Reached()
    crashes.kill_everywhere(COMMANDS[name], tmp_path, reached, step=150 if name != "predictions" else 2)
    assert reached.disks >= 2


def test_killed_again_while_it_recovers(tmp_path: Path) -> None:
    reached = crashes.Reached()
    crashes.kill_twice([scenarios.compositions(rounds=2)[2], PEOPLE], tmp_path, reached, count=16, seed=0)
    assert reached.pairs == 16


def test_power_is_lost_at_some_moments(tmp_path: Path) -> None:
    reached = power_loss.Reached()
    power_loss.lose_power(scenarios.compositions(rounds=1)[0], tmp_path / "a", reached, drawn=20, seed=0, step=9)
    power_loss.lose_power(PEOPLE, tmp_path / "b", reached, drawn=10, seed=0, step=60, killed_at=30)
    assert (reached.drawn, reached.moments > 20) == (30, True)


def test_what_was_acknowledged_is_there_after_a_kill_and_a_loss_of_power(tmp_path: Path) -> None:
    assert power_loss.keep_promises(scenarios.people(rounds=1)[0], tmp_path, [1, 13, 40]) > 500


@pytest.mark.parametrize("scenario", [PEOPLE, OTHERS["overwritten"], COMMANDS["texts"]], ids=lambda scenario: scenario.name)
def test_a_disk_fails_at_some_operations(scenario: Scenario, tmp_path: Path) -> None:
    reached = faults.Reached()
    step = 100 if scenario is COMMANDS["texts"] else 40
    faults.fail_everywhere(scenario, tmp_path, reached, faults.FAULTS[:1], step=step, start=3)
    assert reached.faults == reached.told + reached.overcome >= 3


@pytest.mark.parametrize("backend", ["keras", "tf"])
def test_a_real_limit_on_the_size_of_files_is_said_on_one_line(backend: str, tmp_path: Path) -> None:
    file_sizes.check_told(file_sizes.run_within(tmp_path, backend, 3_000), backend)


def test_a_flipped_bit_is_noticed(tmp_path: Path) -> None:
    assert damage.flip_answers(tmp_path, 20, seed=0) == 20
    assert damage.flip_weights(tmp_path, 20, seed=0) == 20
    assert damage.flip_initial_model(tmp_path, 20, seed=0) == 20


def test_files_and_records_edited_by_hand_give_a_sentence_or_the_right_results(tmp_path: Path) -> None:
    edited = edits.edit_by_hand(tmp_path, step=37)
    assert set(edited) == {"done rightly", "refused"}
    assert edits.edit_records(tmp_path, step=23)["refused"] > 40


def test_values_forged_at_any_depth_give_a_sentence_or_a_story(tmp_path: Path) -> None:
    assert edits.edit_deeply(tmp_path, 8, seed=0)["refused"] > 5


def test_a_run_folder_under_the_name_of_another_seed_is_refused(outputs: Path) -> None:
    run_fake(small_params())
    shutil.copytree(outputs / damaged.RUN, outputs / damaged.RUN.replace("run_1", "run_2"))
    with pytest.raises(FrameworkError) as caught:
        run_fake(small_params(random_seed=2, max_round=6))
    assert caught.value.exit_code in {2, 65}
