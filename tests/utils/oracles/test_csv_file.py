"""The sheet that people fill in: what it may look like when it comes back, and a sentence for each way in which it may not."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import re
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.fakes import points, regression_params, run_fake, small_params
from tests.test_people import TRUTH, by_spreadsheet, fill, rows_of, shown, spreadsheet, true_name
from utils.annotation.cost_answers import Answers
from utils.annotation.questions import Questions
from utils.annotation.shown import Shown
from utils.data.source import DataSet
from utils.errors import DataError, LabelsAwaitedError, OtherRunError

LONG = 131_073
"""Characters: one more than Python's csv module reads by itself."""


def asked(outputs: Path, **changes: Any) -> Path:
    """The sheet of a run that has just begun."""
    with pytest.raises(LabelsAwaitedError):
        run_fake(small_params(oracle="csv", **changes), shown())
    return spreadsheet(outputs)


def rewritten(path: Path, rows: list[dict[str, str]]) -> None:
    fill(path, lambda row: row["label"], rows)


@pytest.mark.parametrize("letter", ["x", "\N{MUSICAL SYMBOL G CLEF}"])
def test_a_long_text_is_cut_to_what_a_cell_takes_and_says_so(letter: str, outputs: Path) -> None:
    params = small_params(oracle="csv", max_round=0)
    data = dataclasses.replace(shown(), show=lambda sample: Shown("text", text=letter * LONG))
    with pytest.raises(LabelsAwaitedError):
        run_fake(params, data)
    for row in rows_of(spreadsheet(outputs)):
        units = len(row["content"].encode("utf-16-le")) // 2
        assert 30_000 < units < 32_767
        sample = row["id"]
        assert row["content"].endswith(f" […] cut off here: all 131,073 characters are in labelling/media/{sample}.json")
        kept = json.loads((spreadsheet(outputs).parent / f"labelling/media/{sample}.json").read_text(encoding="utf-8"))
        assert kept["text"] == letter * LONG
    assert len(by_spreadsheet(params, outputs, data)) == 1


def test_a_text_that_fits_is_whole(outputs: Path) -> None:
    data = dataclasses.replace(shown(), show=lambda sample: Shown("text", text="x" * 30_000))
    with pytest.raises(LabelsAwaitedError):
        run_fake(small_params(oracle="csv"), data)
    assert {row["content"] for row in rows_of(spreadsheet(outputs))} == {"x" * 30_000}


def test_a_cell_of_any_length_is_read(outputs: Path) -> None:
    path, limit = asked(outputs, max_round=0), csv.field_size_limit()
    rewritten(path, [row | {"label": true_name(row), "content": "y" * LONG} for row in rows_of(path)])
    assert len(run_fake(small_params(oracle="csv", max_round=0), shown())) == 1
    assert csv.field_size_limit() == limit


def shown_points() -> DataSet:
    return dataclasses.replace(points(), show=lambda sample: Shown("text", text="a point"))


@pytest.mark.parametrize("label", ["1e300", "-1e39", "inf", "nan", "much", "1,5"])
def test_numbers_that_cannot_be_learnt_are_refused(label: str, outputs: Path) -> None:
    params = regression_params(oracle="csv", max_round=0)
    with pytest.raises(LabelsAwaitedError):
        run_fake(params, shown_points())
    fill(spreadsheet(outputs), lambda row: label)
    with pytest.raises(DataError) as caught:
        run_fake(params, shown_points())
    assert (
        f"row 2: the label {label!r} is no number that can be learnt; write one such as 3, -0.5 or 1e-3, with a point and "
        "within ±3.4e+38, or ? where there is none" in str(caught.value)
    )
    assert not list(outputs.rglob("labels.csv"))


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("x" * 101, "The name of the class has 101 characters; 100 at most are possible."),
        ("a\u202eb", "The name of the class holds control characters; write it anew by hand."),
        ("\u3164", "The name of the class cannot be seen; write at least one letter, digit or sign."),
    ],
)
def test_a_class_that_nobody_could_read_is_refused(label: str, said: str, outputs: Path) -> None:
    fill(asked(outputs, new_classes=True), lambda row: label)
    with pytest.raises(DataError, match=f"row 2: {re.escape(said)}"):
        run_fake(small_params(oracle="csv", new_classes=True), shown())


def test_no_row_that_is_not_shown_gets_a_guess(outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guessed = []
    monkeypatch.setattr("utils.oracles.csv_file.did_you_mean", lambda name, known: guessed.append(name) or "; or?")
    fill(asked(outputs), lambda row: f"none {row['id']}")
    with pytest.raises(DataError, match=r"there is no class 'none \d+'; or\?; known: "):
        run_fake(small_params(oracle="csv"), shown())
    assert len(guessed) == 5


@pytest.mark.parametrize("new_classes", [False, True])
def test_a_class_that_is_written_otherwise_and_looks_the_same_is_the_same(new_classes: bool, outputs: Path) -> None:
    params, data = small_params(oracle="csv", new_classes=new_classes), shown(class_names=("caf\u00e9", "b", "c"))
    with pytest.raises(LabelsAwaitedError):
        run_fake(params, data)
    fill(spreadsheet(outputs), lambda row: "cafe\u0301 ")
    with pytest.raises(LabelsAwaitedError):
        run_fake(params, data)
    assert {one.label for one in Answers.read(next(outputs.rglob("labels.csv"))).all} == {"caf\u00e9"}


def test_one_name_twice_for_a_sample_is_refused_with_both_rows(outputs: Path) -> None:
    path = asked(outputs, annotators_per_sample=2)
    rewritten(path, [row | {"annotator": "ann", "label": "a"} for row in rows_of(path)])
    with pytest.raises(DataError) as caught:
        run_fake(small_params(oracle="csv", annotators_per_sample=2), shown())
    first = rows_of(path)[0]["id"]
    assert (
        f"row 3: 'ann' has answered the sample {first} in row 2 already; write another name into the column annotator, or "
        "delete one of these rows" in str(caught.value)
    )


@pytest.mark.parametrize(("deleted", "words"), [(1, "{0}; write"), (7, "{0}, {1}, {2}, {3}, {4} and 2 more; write")])
def test_rows_that_were_deleted_are_named_and_come_back(deleted: int, words: str, outputs: Path) -> None:
    path = asked(outputs)
    rows = [row | {"label": true_name(row)} for row in rows_of(path)]
    rewritten(path, rows[deleted:])
    gone = words.format(*(row["id"] for row in rows))
    with pytest.raises(
        LabelsAwaitedError, match=rf"{deleted} of 10 samples wait for labels\n  rows are missing: those with "
    ) as told:
        run_fake(small_params(oracle="csv"), shown())
    assert f"the id {gone} them anew, or remove the file: the next call writes it with all rows" in str(told.value)
    path.unlink()
    with pytest.raises(LabelsAwaitedError, match=rf"{deleted} of 10 samples wait for labels\n  fill in"):
        run_fake(small_params(oracle="csv"), shown())
    assert [row["label"] for row in rows_of(path)] == [""] * deleted + [row["label"] for row in rows[deleted:]]


def test_the_row_of_a_second_annotator_that_was_deleted_is_named(outputs: Path) -> None:
    path = asked(outputs, annotators_per_sample=2)
    rows = [row | {"label": true_name(row)} for row in rows_of(path)]
    rewritten(path, rows[1:])
    with pytest.raises(LabelsAwaitedError, match=rf"rows are missing: those with the id {rows[0]['id']}; write them anew"):
        run_fake(small_params(oracle="csv", annotators_per_sample=2), shown())


def test_a_name_that_a_spreadsheet_would_compute_is_read_as_it_was(outputs: Path) -> None:
    path = asked(outputs, annotators_per_sample=2)
    names = {"annotator 1": "'@ann", "annotator 2": "'quoted"}
    rewritten(path, [row | {"annotator": names[row["annotator"]], "label": true_name(row)} for row in rows_of(path)])
    run_to_next(outputs, annotators_per_sample=2)
    said = Answers.read(next(outputs.rglob("labels.csv"))).all
    assert {one.by for one in said} == {"@ann", "'quoted"}


@pytest.mark.parametrize("seconds", [70_000_000_000_000_000, 300_000_000_000, -70_000_000_000_000, 0])
def test_a_sheet_of_any_time_is_read(seconds: int, outputs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = asked(outputs, max_round=0)
    fill(path, true_name)
    known_stat = Path.stat

    def stat(found: Path, **how: Any) -> os.stat_result:
        known = known_stat(found, **how)
        return os.stat_result((*known[:8], seconds, known[9])) if found.name == path.name else known

    monkeypatch.setattr(Path, "stat", stat)
    before = time.gmtime().tm_year
    run_fake(small_params(oracle="csv", max_round=0), shown())
    log = next(outputs.rglob("annotations.log")).read_text(encoding="utf-8")
    years = {int(year) for year in re.findall(r'"when":"(\d+)-\d\d-\d\dT\d\d:\d\d:\d\dZ"', log)}
    assert years
    assert years <= ({1970} if seconds == 0 else {before, time.gmtime().tm_year})


def test_a_class_that_a_spreadsheet_would_compute_is_read_as_it_was(outputs: Path) -> None:
    params, data = small_params(oracle="csv"), shown(class_names=("=a", "'+b", "c"))
    with pytest.raises(LabelsAwaitedError):
        run_fake(params, data)
    path = spreadsheet(outputs)
    said = dict(zip([row["id"] for row in rows_of(path)], ["=a", "'=a", "'+b", "c"], strict=False))
    fill(path, lambda row: said.get(row["id"], ""))
    for _ in range(2):
        with pytest.raises(LabelsAwaitedError, match="6 of 10"):
            run_fake(params, data)
        assert [one.label for one in Answers.read(next(outputs.rglob("labels.csv"))).all] == ["=a", "=a", "'+b", "c"]
        path.unlink(missing_ok=True)
        with pytest.raises(LabelsAwaitedError, match="6 of 10"):
            run_fake(params, data)


def run_to_next(outputs: Path, **changes: Any) -> list[dict[str, str]]:
    """The rows of labels.csv after another call, which asks for the next round."""
    with pytest.raises(LabelsAwaitedError):
        run_fake(small_params(oracle="csv", **changes), shown())
    return rows_of(next(outputs.rglob("labels.csv")))


@pytest.mark.parametrize("stage", ["training", "collecting", "stopped"])
def test_a_sheet_left_from_a_time_when_people_labelled_elsewhere_is_replaced(stage: Any, outputs: Path) -> None:
    """As where a run goes on with the sheet after some rounds on the web page, where the sheet's samples were labelled."""
    path = asked(outputs)
    stale = path.read_bytes()
    fill(path, true_name)
    run_to_next(outputs)
    path.write_bytes(stale)
    folder = path.parent / "labelling"
    questions = Questions.read(folder)
    dataclasses.replace(questions, stage=stage, ahead=questions.asked, asked=()).write(folder)
    run_to_next(outputs)
    assert {row["id"] for row in rows_of(path)} == {str(question.id) for question in questions.asked}


def test_a_sample_of_another_round_is_still_refused(outputs: Path) -> None:
    path = asked(outputs)
    rows = rows_of(path)
    rewritten(path, [rows[0] | {"id": "33000"}, *rows[1:]])
    with pytest.raises(DataError, match=re.escape("row 2: the id '33000' was not asked for; leave the column id as it was")):
        run_fake(small_params(oracle="csv"), shown())


def test_the_median_of_several_numbers_counts(outputs: Path) -> None:
    params = regression_params(oracle="csv", max_round=0, annotators_per_sample=3)
    with pytest.raises(LabelsAwaitedError):
        run_fake(params, shown_points())
    said = {"annotator 1": "50", "annotator 2": "100", "annotator 3": "100.0"}
    rewritten(spreadsheet(outputs), [row | {"label": said[row["annotator"]]} for row in rows_of(spreadsheet(outputs))])
    (record,) = run_fake(params, shown_points())
    assert np.unique([pick[3] for pick in record["selected"]]).tolist() == [100.0]


def changed(**changes: Any) -> DataSet:
    """Other data than those that were asked about first."""
    return dataclasses.replace(shown(**changes), fingerprint="fingerprint of other blobs")


def test_a_filled_sheet_is_not_read_for_other_data(outputs: Path) -> None:
    path = asked(outputs)
    fill(path, true_name)
    kept = path.read_bytes()
    for _ in range(2):
        with pytest.raises(OtherRunError, match=r"holds answers of people, in to_label\.csv, and the data have changed since"):
            run_fake(small_params(oracle="csv"), changed(names=np.roll(TRUTH.names, 1)))
        assert path.read_bytes() == kept
    assert run_to_next(outputs)


def test_what_nobody_answered_is_asked_and_shown_anew_where_the_data_have_changed(outputs: Path) -> None:
    path = asked(outputs)
    other = dataclasses.replace(changed(names=np.roll(TRUTH.names, 1)), show=lambda sample: Shown("text", text=f"new {sample}"))
    with pytest.raises(LabelsAwaitedError):
        run_fake(small_params(oracle="csv"), other)
    for row in rows_of(path):
        sample = int(row["id"])
        assert (row["name"], row["content"]) == (f"point {(sample - 1) % 60}", f"new {sample}")
        media = json.loads((path.parent / f"labelling/media/{sample}.json").read_text(encoding="utf-8"))
        assert media["text"] == f"new {sample}"


def test_answers_in_the_log_stay_where_the_way_of_learning_has_changed(outputs: Path) -> None:
    path = asked(outputs)
    fill(path, lambda row: true_name(row) if row == rows_of(path)[0] else "")
    for rate in (0.02, 0.03):
        with pytest.raises(LabelsAwaitedError, match="9 of 10"):
            run_fake(small_params(oracle="csv", learning_rate=rate), shown())
    with pytest.raises(OtherRunError, match=r"in labelling/, labels\.csv and to_label\.csv, and the data have changed since"):
        run_fake(small_params(oracle="csv", learning_rate=rate), changed())


def test_a_row_of_another_sample_is_refused(outputs: Path) -> None:
    path = asked(outputs)
    rows = rows_of(path)
    rewritten(path, [row | {"name": name, "label": "a"} for row, name in zip(rows, ["b05.txt", " ", *["x"] * 8], strict=True)])
    rewritten(path, [rows_of(path)[0], rows_of(path)[1], *rows[2:]])
    with pytest.raises(DataError) as caught:
        run_fake(small_params(oracle="csv"), shown())
    assert str(caught.value) == (
        f"{path}: cannot be taken over; correct it, then run the same command again\n  row 2: the sample {rows[0]['id']} is "
        f"{rows[0]['name']!r}, and the row is of 'b05.txt'; leave the column name as it was written, or, where the data have "
        "changed since, move the sheet elsewhere: the next call writes another"
    )
    assert not list(outputs.rglob("labels.csv"))


def test_a_name_is_the_same_as_spreadsheets_save_it(outputs: Path) -> None:
    params, data = small_params(oracle="csv", max_round=0), shown(names=np.array(["0012", "cafe\u0301", "=1+1"] * 20))
    with pytest.raises(LabelsAwaitedError):
        run_fake(params, data)
    path, saved = spreadsheet(outputs), {"0012": "12", "cafe\u0301": "caf\u00e9 ", "'=1+1": "=1+1"}
    rewritten(path, [row | {"name": saved[row["name"]], "label": true_name(row)} for row in rows_of(path)])
    assert len(run_fake(params, data)) == 1


@pytest.mark.parametrize("line_end", ["\r", "\r\n", "\n"])
def test_the_end_of_a_line_in_a_name_may_be_written_otherwise(line_end: str, outputs: Path) -> None:
    params, data = small_params(oracle="csv", max_round=0), shown(names=np.array(["x\ry", "x\r\ny", "x\ny"] * 20))
    for _ in range(2):
        with pytest.raises(LabelsAwaitedError):
            run_fake(params, data)
    path = spreadsheet(outputs)
    rewritten(path, [row | {"name": f"x{line_end}y", "label": true_name(row)} for row in rows_of(path)])
    assert len(run_fake(params, data)) == 1


def test_a_filled_sheet_is_not_replaced_by_one_of_other_samples(outputs: Path) -> None:
    path = asked(outputs)
    chosen = {row["id"] for row in rows_of(path)}
    rewritten(
        path, [row | {"id": str(sample), "label": "?"} for sample, row in zip(_others(chosen), rows_of(path), strict=True)]
    )
    kept = path.read_bytes()
    with pytest.raises(DataError) as caught:
        run_fake(small_params(oracle="csv"), shown())
    assert str(caught.value) == (
        f"{path}: holds labels, the first in row 2, and none of its samples is asked for now; move it elsewhere, or give the "
        "parameters again with which it was written, then run the same command again"
    )
    assert path.read_bytes() == kept
    path.rename(outputs / "elsewhere.csv")
    assert asked(outputs) == path


def _others(chosen: set[str]) -> list[int]:
    return [sample for sample in range(60) if str(sample) not in chosen][: len(chosen)]


def test_a_sheet_whose_labels_stand_in_the_log_is_replaced(outputs: Path) -> None:
    path = asked(outputs)
    fill(path, lambda row: "?" if row == rows_of(path)[0] else true_name(row))
    filled = path.read_bytes()
    run_to_next(outputs)
    later = rows_of(path)
    path.write_bytes(filled)
    run_to_next(outputs)
    assert rows_of(path) == later


def test_a_filled_sheet_is_not_removed_by_an_option(outputs: Path) -> None:
    path = asked(outputs)
    fill(path, lambda row: true_name(row) if row == rows_of(path)[-1] else "")
    kept = path.read_bytes()
    with pytest.raises(
        OtherRunError, match=r"holds answers of people, in to_label\.csv, which overwrite would remove; move it"
    ):
        run_fake(small_params(oracle="csv", overwrite=True), shown())
    assert path.read_bytes() == kept
    fill(path, lambda row: "")
    assert asked(outputs, overwrite=True) == path


def test_a_label_that_is_taken_back_is_asked_for_again(outputs: Path) -> None:
    path = asked(outputs)
    first, *others = rows_of(path)
    fill(path, lambda row: true_name(row) if row != others[-1] else "")
    with pytest.raises(LabelsAwaitedError, match="1 of 10 samples wait for labels"):
        run_fake(small_params(oracle="csv"), shown())
    fill(path, lambda row: true_name(row) if row["id"] != first["id"] else "")
    with pytest.raises(LabelsAwaitedError, match=r"1 of 10 samples wait for labels\n  fill in"):
        run_fake(small_params(oracle="csv"), shown())
    fill(path, true_name)
    assert {row["id"]: row["label"] for row in run_to_next(outputs)}[first["id"]] == true_name(first)


@pytest.mark.parametrize("by", ["", "bob"])
def test_a_correction_counts_whoever_makes_it(by: str, outputs: Path) -> None:
    path = asked(outputs)
    first, *others = rows_of(path)
    fill(path, lambda row: "a" if row["id"] == first["id"] else true_name(row) if row != others[-1] else "")
    with pytest.raises(LabelsAwaitedError, match="1 of 10 samples wait for labels"):
        run_fake(small_params(oracle="csv"), shown())
    rewritten(path, [first | {"label": "b", "annotator": by}, *(row | {"label": true_name(row)} for row in others)])
    found = {row["id"]: (row["label"], row["annotator"]) for row in run_to_next(outputs)}
    assert found[first["id"]] == ("b", by or "spreadsheet")
    assert len(found) == 10


def test_more_answers_than_are_asked_of_a_sample_are_refused_with_the_rows(outputs: Path) -> None:
    path = asked(outputs)
    rows = [row | {"label": true_name(row)} for row in rows_of(path)]
    rewritten(path, [*rows, rows[0] | {"annotator": "bob", "label": "b"}])
    with pytest.raises(DataError) as caught:
        run_fake(small_params(oracle="csv"), shown())
    assert (
        f"row 12: the sample {rows[0]['id']} has as many answers as are asked of it before this row, the last in row 2; delete "
        "one of these rows, or empty its label" in str(caught.value)
    )


def test_a_sheet_that_is_written_again_keeps_the_names(outputs: Path) -> None:
    path = asked(outputs)
    first, *others = rows_of(path)
    rewritten(path, [first | {"label": true_name(first), "annotator": "=bob"}, *others])
    with pytest.raises(LabelsAwaitedError, match="9 of 10"):
        run_fake(small_params(oracle="csv"), shown())
    path.unlink()
    with pytest.raises(LabelsAwaitedError, match="9 of 10"):
        run_fake(small_params(oracle="csv"), shown())
    assert [row["annotator"] for row in rows_of(path)] == ["'=bob", *[""] * 9]
    fill(path, true_name)
    assert {row["id"]: row["annotator"] for row in run_to_next(outputs)}[first["id"]] == "'=bob"
