"""The numbers of each section, computed by hand from the files of a few runs."""

import json
import math

import numpy as np

from tests.utils.known_runs import write_grid, write_run
from tests.utils.report.sections.small_runs import POINTS, add_params, read, section, set_column, write
from utils.report.sections.accounts import accounts
from utils.report.sections.asked import asked
from utils.report.sections.labels_saved import labels_saved, median_labels
from utils.report.sections.learning_curves import learning_curves
from utils.report.sections.per_class import per_class
from utils.report.sections.picks import picks
from utils.report.sections.repeat import repeat
from utils.report.sections.stopping import stopping
from utils.stop_replay import replay


def test_picks_are_shares_by_rounds(folder):
    add_params(folder, classes=["cat", "dog"])
    for seed in (1, 2):
        write(folder, "margin", seed, "selections.csv", "round,label\n0,0\n1,0\n1,0\n1,0\n1,1\n2,1\n2,1\n")
        write(folder, "random", seed, "selections.csv", "round,label\n0,1\n1,0\n1,1\n2,0\n2,1\n")
    found = section(picks, folder)
    random, margin = found.tables
    assert found.beside == "by random"
    assert random.head == ["1", "2", "all"]
    assert [(name, [cell.text for cell in cells]) for name, cells in margin.rows] == [
        ("cat", ["75", "0", "50"]),
        ("dog", ["25", "100", "50"]),
    ]
    assert [cell.shade for cell in margin.rows[0][1]] == [round(math.log2(1.5) / 2, 2), -1.0, 0.0]
    assert {cell.shade for _, cells in random.rows for cell in cells} == {0.0}
    assert [[cell.way for cell in cells] for _, cells in margin.rows] == [["↑", "↓", ""], ["↓", "↑", ""]]
    assert {cell.way for _, cells in random.rows for cell in cells} == {""}


def test_a_round_that_is_none_costs_its_run_alone(folder):
    write(folder, "margin", 1, "selections.csv", "round,label\n0,0\ninf,0\n")
    write(folder, "margin", 2, "selections.csv", "round,label\n0,0\n1,0\n")
    found = section(picks, folder)
    assert [table.identity.name for table in found.tables] == ["margin"]
    assert any("round is inf in line 3" in note and "margin, seed 1" in note for note in found.notes)


def test_labels_of_the_validation_part_are_counted(folder):
    write_grid(folder / "t", rounds=8)
    comparison, known = read(folder / "t")
    [besides] = [value for name, value in asked(comparison).facts if name == "Labels besides"]
    assert besides.startswith("100 of the validation part: they are spent, too")
    needs, hindsight = stopping(comparison, known).caveats
    assert needs.startswith("target_accuracy and plateau_rounds need the labels of the validation part, 100 here,")
    assert "in hindsight" in hindsight


def test_without_a_validation_part_there_is_nothing_to_count(tmp_path):
    write_run(tmp_path, "margin", 1, POINTS, parts={"pool": 100, "validation": 0, "test": 10})
    comparison, known = read(tmp_path)
    assert "Labels besides" not in dict(asked(comparison).facts)
    assert stopping(comparison, known).caveats == []


def test_rare_classes_are_one_row(folder):
    labels = [*range(20), *range(5)]
    rows = "".join(f"1,{label}\n" for label in labels)
    write(folder, "margin", 1, "selections.csv", "round,label\n" + rows)
    [table] = section(picks, folder).tables
    assert [name for name, _ in table.rows][:5] == ["0", "1", "2", "3", "4"]
    assert len(table.rows) == 13
    assert table.rows[-1][0] == "8 other classes"
    assert table.rows[-1][1][0].text == "32"


def test_picked_targets_are_quantiles(tmp_path):
    for strategy in ("margin", "random"):
        write_run(tmp_path, strategy, 1, [(10, 3.0), (20, 2.0)], measure="eval_mae")
        write(
            tmp_path, strategy, 1, "selections.csv", "round,label\n0,99\n" + "".join(f"1,{value / 2}\n" for value in range(101))
        )
    found = section(picks, tmp_path)
    assert found.of_targets
    assert [(name, cells[0].text) for name, cells in found.tables[0].rows] == [
        ("95 %", "47.5"), ("75 %", "37.5"), ("median", "25.0"), ("25 %", "12.5"), ("5 %", "2.50"),
    ]  # fmt: skip


def test_classes_are_means_over_seeds_and_the_hardest_comes_first(folder):
    for seed, shift in ((1, 0.0), (2, 0.2)):
        rows = [
            f"{number},{name},{value + shift}" for number in range(3) for name, value in (("cat", 0.1 * number), ("dog", 0.7))
        ]
        write(folder, "margin", seed, "classes.csv", "round,class,f1\n" + "\n".join(rows) + "\n")
    found = section(per_class, folder)
    assert [chart.name for chart in found.charts] == ["cat", "dog"]
    assert found.rows == [["cat", "30.0"], ["dog", "80.0"]]
    assert found.charts[0].data["x"] == [10, 20, 30]
    assert found.charts[0].data["series"][0]["y"] == [10.0, 20.0, 30.0]
    assert found.notes == ["classes.csv is missing: random seed 1, random seed 2"]


def test_of_very_many_classes_the_easiest_have_no_chart(folder):
    rows = "".join(f"0,class {number:02d},{number / 100}\n" for number in range(40))
    write(folder, "margin", 1, "classes.csv", "round,class,f1\n" + rows)
    found = section(per_class, folder)
    assert (len(found.charts), len(found.rows)) == (36, 40)
    assert "4 more classes have no chart, only a row in the table." in found.notes


def test_wrong_pseudo_labels_are_counted(folder):
    for seed in (1, 2):
        set_column(folder, "margin", seed, "num_pseudo_labeled", [0, 10, 20])
        set_column(folder, "margin", seed, "pseudo_acc", ["", 0.9, 0.75])
    [found] = section(accounts, folder)
    assert (found.identity.name, found.pseudo, found.wrong, found.history) == ("margin", "10.0", "2.0 (20.0 %)", "–")
    assert found.rows == [["0", "10", "0", "0", "–"], ["1", "20", "10", "1", "–"], ["2", "30", "20", "5", "–"]]


def test_history_is_counted_where_it_was_selected(folder):
    assert section(accounts, folder) == []
    add_params(folder, hist_sel_mode="certain")
    for seed, history in ((1, [0, 4, 8]), (2, [0, 6, 8])):
        set_column(folder, "margin", seed, "num_history", history)
        set_column(folder, "margin", seed, "num_pseudo_labeled", [0, 0, 0])
    [found] = section(accounts, folder)
    assert found.history == "4.3"
    assert [row[-1] for row in found.rows] == ["0", "5", "8"]


def test_what_differs_is_listed_and_what_not_is_shared(folder):
    add_params(folder, model="cnn", num_select_per_round=10, max_round=2, dataset="digits")
    path = folder / "stats" / "margin" / "run_2" / "params.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"model": "mlp"}))
    found = asked(read(folder)[0])
    [difference] = found.differences
    assert (difference.name, difference.values) == ("model", [('"cnn"', "margin, random"), ('"mlp"', "margin")])
    assert ("num_select_per_round", "10") in found.shared
    facts = dict(found.facts)
    assert facts["Data set"] == "digits"
    assert facts["Labels"] == "from 10 to 30 (3.0 % of the pool), 10 a round for at most 2 rounds"
    assert facts["Seeds"] == "2: 1, 2"
    assert found.notes == []


def test_checkpoints_that_were_chosen_on_the_test_part_are_said(folder):
    assert dict(asked(read(folder)[0]).facts)["Judged by"].endswith("which no strategy ever saw")
    add_params(folder, checkpoint_on="test")
    assert dict(asked(read(folder)[0]).facts)["Judged by"].endswith("on which checkpoints were chosen, too")


def test_without_a_test_part_the_figures_are_of_a_cross_validation(folder):
    add_params(folder, parts={"pool": 100, "validation": 0, "test": 0})
    facts = dict(asked(read(folder)[0]).facts)
    assert facts["Samples"] == "100 to label from (the pool), none for validation, none for the test"
    assert facts["Judged by"] == (
        "accuracy by cross-validation over the labelled samples (more is better), "
        "each judged by a model that was trained on others"
    )
    wide, narrow = (chart.frame for chart in section(learning_curves, folder).charts)
    assert wide.y_title == "accuracy (%) by cross-validation over the labelled samples"
    assert narrow.y_title == "accuracy (%) by cross-validation"
    assert wide.title.startswith("Mean accuracy by cross-validation over the labelled samples over the number of labels")


def test_where_some_runs_have_no_test_part_no_axis_claims_one(folder):
    path = folder / "stats/margin/run_2/params.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"parts": {"pool": 100, "validation": 0, "test": 0}}))
    either = "accuracy on the test part or, where there is none, by cross-validation over the labelled samples (more is better)"
    assert dict(asked(read(folder)[0]).facts)["Judged by"] == f"{either}, which are not the same thing"
    assert [chart.frame.y_title for chart in section(learning_curves, folder).charts] == [
        "accuracy (%) on the test part or, where there is none, by cross-validation over the labelled samples",
        "accuracy (%)",
    ]


def test_what_people_labelled_is_not_made_again_but_used(folder):
    path = folder / "stats/margin/run_2/params.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"oracle": "web"}))
    found = repeat(read(folder)[0])
    assert found.predictions == [f"python -m utils.predict {path.parent} NEW_FILES"]
    assert [line.count("margin") for line in found.commands] == [1]
    add_params(folder, oracle="csv")
    found = repeat(read(folder)[0])
    assert (len(found.predictions), found.commands) == (4, [])


def test_machines_that_differ_are_counted(folder):
    add_params(folder, hardware={"processor": "one", "gpus": []}, environment={"tensorflow": "2.21.0"})
    path = folder / "stats" / "margin" / "run_2" / "params.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"hardware": {"processor": "two", "gpus": ["H"]}}))
    comparison, _ = read(folder)
    facts = dict(repeat(comparison).facts)
    assert facts == {
        "processor": "one (3 runs), two (1 run)",
        "graphics cards": "H (1 run), none (3 runs)",
        "tensorflow": "2.21.0",
    }


def test_curves_are_ranked_and_their_values_tabled(folder):
    write_run(folder, "best", 1, [(10, 0.2), (20, 0.9)])
    found = section(learning_curves, folder)
    assert [(entry.identity.name, entry.last, entry.where) for entry in found.legend] == [
        ("best", "90.0 %", "at 20"), ("margin", "60.0 %", ""), ("random", "60.0 %", ""),
    ]  # fmt: skip
    assert found.head == ["labels", "best", "margin", "random"]
    assert found.rows == [
        ["10", "20.0", "20.0 ± 0.0", "20.0 ± 0.0"],
        ["20", "90.0", "40.0 ± 0.0", "40.0 ± 0.0"],
        ["30", "–", "60.0 ± 0.0", "60.0 ± 0.0"],
    ]
    assert found.full_data == ""


def test_labels_saved_are_medians_and_ratios(tmp_path):
    for seed in (1, 2, 3):
        write_run(tmp_path, "random", seed, [(10, 0.2), (40, 0.9)])
        write_run(tmp_path, "margin", seed, [(10, 0.2), (20, 0.9 if seed < 3 else 0.5), (40, 0.9)])
        write_run(tmp_path, "full_data", seed, [(1000, 0.9)])
    best = section(labels_saved, tmp_path)[-1]
    assert (best.share, best.level) == ("99 % of full", "89.1 %")
    assert [(row.identity.name, row.labels, row.reached) for row in best.rows] == [
        ("margin", "20", "3 of 3"),
        ("random", "40", "3 of 3"),
    ]
    ratio = (0.5 * 0.5 * 1) ** (1 / 3)
    assert best.rows[0].ratio.startswith(f"{ratio:.2f} (")
    assert best.rows[0].saved == "37 % fewer"


def test_without_random_there_is_no_ratio_and_it_is_said(tmp_path):
    write_run(tmp_path, "margin", 1, [(10, 0.2), (40, 0.9)])
    write_run(tmp_path, "random", 1, [(10, 0.2), (40, 0.3)])
    write_run(tmp_path, "full_data", 1, [(1000, 0.9)])
    assert section(labels_saved, tmp_path)[0].note == (
        "No ratio: random selection got there in 0 of 1 seed, within the labels that it bought."
    )


def test_the_median_counts_seeds_that_never_got_there():
    comparison = type("Saving", (), {"labels": {1: 10.0, 2: math.nan, 3: 30.0}})
    assert median_labels(comparison) == 30
    assert math.isnan(median_labels(type("Saving", (), {"labels": {1: 10.0, 2: math.nan}})))
    assert median_labels(type("Saving", (), {"labels": {1: 10.0, 2: 20.0}})) == 15


def test_stop_rules_are_shown_as_they_were_replayed(tmp_path):
    write_grid(tmp_path / "t", rounds=15)
    comparison, known = read(tmp_path / "t")
    found = stopping(comparison, known)
    rows = {(table.identity.name, row.rule): row for table in found.tables for row in table.rows}
    told = [result for result in replay(comparison.groups) if not result.reason_missing]
    assert len(told) == len(rows) > 0
    for result in told:
        row = rows[result.curve, result.rule]
        assert row.stopped == f"{len(result.seeds_stopped)} of 5"
        assert row.labels == f"{np.mean(result.labels):,.0f}"
    assert found.example in {result.rule for result in told}


def test_rules_that_cannot_be_replayed_say_why(folder):
    found = section(stopping, folder)
    assert found.tables == []
    assert all(reason for _, reason in found.missing)
