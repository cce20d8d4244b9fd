"""The page: complete, escaped, the same every time, and readable by a browser that knows nothing else."""

import base64
import csv
import hashlib
import html
import json
import re
import shutil
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from hparams import HParams
from tests.utils.known_runs import write_grid, write_known_runs, write_run
from utils.comparison.comparisons import Comparisons
from utils.report.page import render, write_report
from utils.report.wording import p_value

VOID = {"meta", "link", "br", "wbr", "img", "input", "hr"}
HOSTILE = "</script><script>alert(1)</script>\"'&\u2028"
SECTIONS = ["asked", "curves", "savings", "tests", "stopping", "cost", "classes", "picks", "accounts", "repeat"]


class Page(HTMLParser):
    """Checks that tags are balanced, and collects what a browser would see."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.ids, self.text = [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attributes]
        self.ids += [value for name, value in attributes if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attributes]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] not in {"style", "script"}:
            self.text.append(data)

    @property
    def words(self):
        return re.sub(r"\s+", " ", " ".join(self.text))


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    folder = tmp_path_factory.mktemp("results") / "a_task"
    write_grid(folder)
    return Comparisons(folder)


@pytest.fixture(scope="module")
def text(grid):
    return render(grid)


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def page_of(folder):
    return Page(render(Comparisons(folder)))


def test_the_file_lies_beside_the_comparison(grid):
    path = write_report(grid)
    assert path == grid.folder / "report.html"
    assert path.read_text(encoding="utf-8") == render(grid)


def test_another_metric_has_a_file_of_its_own(grid):
    other = Comparisons(grid.folder, "f1")
    assert write_report(other).name == "report.eval_f1.html"
    assert "F1" in Page(render(other)).words


def test_the_same_folder_gives_the_same_bytes(grid, text):
    assert render(Comparisons(grid.folder)) == text


def test_all_sections_are_there_once_and_in_order(page):
    assert [name for name in page.ids if name.startswith("d1-")] == [f"d1-{name}" for name in SECTIONS]
    assert len(set(page.ids)) == len(page.ids)
    linked = {value[1:] for tag, name, value in page.attributes if tag == "a" and name == "href"}
    assert linked <= set(page.ids)


def test_of_a_run_of_people_stands_what_there_is_and_how_to_use_it(tmp_path):
    params = {"oracle": "web", "max_round": 1, "num_folds": 4}
    parts = {"pool": 100, "validation": 0, "test": 0}
    write_run(tmp_path, "margin", 1, [(20, 0.5), (60, 0.84)], parts=parts, params=params)
    page = page_of(tmp_path)
    assert [name for name in page.ids if name.startswith("d1-")] == ["d1-asked", "d1-curves", "d1-picks", "d1-repeat"]
    assert "How to label new files" in page.words
    assert page.words.count("python -m utils.predict") == 2, "as advice and at the end"
    assert "One run, by cross-validation over the labelled samples." in page.words
    for claim in ("test part,", "to framework_type", "full_data_baseline", "all labels", "random_seed [", "runs again"):
        assert claim not in page.words
    assert "what people’s labels came to" in render(Comparisons(tmp_path))


def test_of_two_strategies_that_people_labelled_the_tests_stay(tmp_path):
    for strategy in ("margin", "random"):
        write_run(tmp_path, strategy, 1, [(20, 0.5), (60, 0.84)], params={"oracle": "web"})
    shown = [name.removeprefix("d1-") for name in page_of(tmp_path).ids if name.startswith("d1-")]
    assert shown == ["asked", "curves", "tests", "cost", "picks", "repeat"]


def test_the_answer_comes_first(grid, page):
    words = page.words
    answer = grid.answer()
    assert words.index("a_task") < words.index(answer.sentence) < words.index(answer.advice[0]) < words.index("What was asked")


def test_no_line_of_the_answer_begins_with_a_per_cent_sign(tmp_path):
    write_known_runs(tmp_path)
    page = render(Comparisons(tmp_path))
    answer = page[page.index('<p class="answer">') :].partition("</p>")[0]
    assert "95&nbsp;% CI" in answer
    assert " %" not in answer


def test_warnings_stand_in_plain_view(tmp_path):
    write_known_runs(tmp_path)
    (tmp_path / "stats" / "margin" / "al_stats_5.csv").unlink()
    comparisons = Comparisons(tmp_path)
    assert comparisons.warnings
    shown = page_of(tmp_path).words
    assert all(warning in shown for warning in comparisons.warnings)


def test_every_test_is_shown_as_it_was_computed(grid, page):
    [comparison] = grid.each
    for versus in comparison.versus_random():
        mean, low, high = (f"{100 * value:+.1f}".replace("-", "−") for value in (versus.mean, versus.low, versus.high))
        tests = [versus.p, versus.p_holm, versus.wilcoxon, versus.wilcoxon_holm]
        row = f"{versus.first} {mean} {low} to {high} {versus.wins} of 5 {' '.join(map(p_value, tests))}"
        assert row in page.words


def test_every_pair_is_in_the_matrix(grid, text):
    for versus in grid.each[0].pairs():
        hint = f"{versus.first} beat {versus.second} in {versus.wins} of {len(versus.seeds)} seeds"
        back = f"{versus.second} beat {versus.first} in {sum(d < 0 for d in versus.differences)} of {len(versus.seeds)} seeds"
        assert hint in text
        assert back in text


def test_savings_are_shown_as_they_were_computed(grid, page):
    found = [saving for saving in grid.each[0].savings() if saving.ratio == saving.ratio]
    assert found
    for saving in found:
        assert f"{saving.ratio:.2f} ({saving.low:.2f} to {saving.high:.2f})" in page.words


def test_the_script_reads_the_values_of_the_curves(grid, text):
    data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)[1])
    assert data["names"] == sorted(curve.name for curve in grid.each[0].curves)
    shown = data["charts"]["d1-curves"]
    for curve in grid.each[0].curves:
        series = next(one for one in shown["series"] if data["names"][one["id"]] == curve.name)
        assert shown["x"] == curve.labels.tolist()
        assert series["y"] == [round(100 * value, 1) for value in curve.mean().tolist()]
        assert series["h"] == [round(100 * value, 1) for value in curve.half_width().tolist()]


def test_the_page_loads_nothing(text, page):
    addresses = [value for _, name, value in page.attributes if name in {"src", "href", "srcset", "data", "action"}]
    assert all(value.startswith(("#", "data:")) for value in addresses)
    assert not re.search(r"@import|url\(", text)
    named = set(re.findall(r"\w+://[^\s\"&<]*", text))
    assert named <= {"http://www.w3.org/2000/svg", HParams.defaults()["label_studio_url"]}  # the latter as a parameter's value
    assert "link" not in page.tags


def test_the_policy_names_the_script_that_is_there(text):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    assert html.unescape(policy).startswith("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-")
    [script] = re.findall(r"<script>(.*?)</script>", text, re.S)
    assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in html.unescape(policy)


def test_hostile_names_stay_names(tmp_path):
    folder = tmp_path / "x<b>&y"
    write_grid(folder, strategies=("random", "margin"), seeds=(1, 2, 3), rounds=4)
    name = "<script>alert(1)<\\script>\"'&\u2028"
    (folder / "stats" / "margin").rename(folder / "stats" / name)
    for path in folder.glob("stats/*/run_*/params.json"):
        params = json.loads(path.read_text())
        params |= {
            "classes": [HOSTILE, *params["classes"][1:]],
            "dataset": HOSTILE,
            "hardware": {HOSTILE: HOSTILE},
            "model": HOSTILE,
        }
        path.write_text(json.dumps(params))
        rows = list(csv.reader((path.parent / "classes.csv").open()))
        with (path.parent / "classes.csv").open("w", newline="") as file:
            csv.writer(file).writerows([[HOSTILE if cell == "class 0" else cell for cell in row] for row in rows])
    text = render(Comparisons(folder))
    page = Page(text)
    assert page.tags.count("script") == 2
    assert "<b>&y" not in text
    assert "alert(1)<" not in text
    assert "\u2028" not in re.search(r'id="data">(.*?)</script>', text, re.S)[1]
    assert name.replace("\u2028", "\\u2028") in "".join(page.text)
    assert HOSTILE in "".join(page.text)


def test_a_hundred_runs_of_sixty_rounds_make_a_small_page(tmp_path):
    strategies = ["random", "margin", *(f"strategy_{number}" for number in range(18))]
    write_grid(tmp_path / "t", strategies=strategies, rounds=60, per_round=10)
    text = render(Comparisons(tmp_path / "t"))
    assert len(text.encode()) < 3_000_000
    assert [name for name in Page(text).ids if name.startswith("d1-")] == [f"d1-{name}" for name in SECTIONS]


def test_several_data_sets_have_a_part_each(tmp_path):
    write_grid(tmp_path / "t", strategies=("random", "margin", "entropy"), rounds=5, datasets=("digits", "fsdd"))
    comparisons = Comparisons(tmp_path / "t")
    comparisons.write()
    page = page_of(tmp_path / "t")
    words = page.words
    assert words.index(comparisons.answer().sentence) < words.index("Over all data sets") < words.index("Data set: digits")
    assert words.index(comparisons.each[0].answer().sentence) < words.index("Data set: fsdd")
    assert f"χ² = {comparisons.overall().friedman:.2f}" in words
    [diagram] = [value for tag, name, value in page.attributes if tag == "img" and name == "src"]
    assert base64.b64decode(diagram.partition(",")[2]) == comparisons.critical_difference.read_bytes()


def test_regression_is_told_in_its_own_units(tmp_path):
    write_grid(tmp_path / "t", rounds=5, regression=True)
    words = page_of(tmp_path / "t").words
    assert "units of the mean absolute error" in words
    assert "mean mean" not in words.lower()
    assert "The target is a number, so there are no classes." in words
    assert "Quantiles of the targets among the picks" in words


def test_bare_csvs_of_an_old_version_are_enough(tmp_path):
    write_known_runs(tmp_path)
    for path in tmp_path.glob("stats/*/run_*/params.json"):
        path.unlink()
    words = page_of(tmp_path).words
    assert "unknown: no readable params.json" in words
    assert "10 runs of 10 left no params.json: their parameters are not known." in words
    assert "timing.csv is missing: margin seed 1, margin seed 2, margin seed 3 and 7 more" in words
    assert "classes.csv is missing" in words
    assert "selections.csv is missing" in words
    assert "10 runs without params.json cannot be repeated from here." in words
    assert "unknown: these runs did not write it down" in words


def test_one_strategy_with_one_seed_is_a_page(tmp_path):
    write_run(tmp_path, "margin", 1, [(100, 0.5), (200, 0.6)])
    words = page_of(tmp_path).words
    assert "Nothing can be compared with random selection here" in words
    assert "No run on all labels, so there is no full result to come near" in words


def test_a_folder_without_a_result_is_a_page(tmp_path):
    write_run(tmp_path, "margin", 1, [])
    assert "No run has a result yet." in page_of(tmp_path).words


def test_a_run_under_way_is_said(tmp_path):
    write_grid(tmp_path / "t", rounds=5)
    path = tmp_path / "t" / "stats" / "margin" / "al_stats_2.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:4]))
    words = page_of(tmp_path / "t").words
    assert "1 run of 15 did fewer rounds than max_round allows" in words
    assert "margin seed 2 (2 of 4)" in words


def test_commands_leave_out_what_is_the_default(grid):
    [line] = re.findall(r"<pre>(.*?)</pre>", render(grid), re.S)
    assert "--max_round=11" in line
    assert "--num_bands" not in line
    assert "--full_data_baseline=true" in line


def test_headings_never_skip_a_level(grid, text, tmp_path):
    write_grid(tmp_path / "t", rounds=5, datasets=("digits", "fsdd"), seeds=(1, 2))
    for shown in (text, render(Comparisons(tmp_path / "t"))):
        levels = [int(tag[1]) for tag in Page(shown).tags if re.fullmatch(r"h\d", tag)]
        assert levels[0] == 1
        assert all(after - before <= 1 for before, after in pairwise(levels))


def test_models_with_full_data_runs_of_their_own_are_not_denied_them(tmp_path):
    write_grid(tmp_path / "t", rounds=5, models=("cnn", "mlp"), seeds=(1, 2, 3))
    comparisons = Comparisons(tmp_path / "t")
    page = Page(text := render(comparisons))
    assert "No run on all labels" not in page.words
    assert '"full_data_baseline": true' not in page.words
    commands = re.findall(r"<pre>(.*?)</pre>", text, re.S)
    assert len(commands) == 2
    assert all("--full_data_baseline=true" in line for line in commands)
    [comparison] = comparisons.each
    for curve in comparison.curves:
        full = comparison.measure.shown(comparison.full_data_of(curve))
        assert f"{full} ({curve.variant})" in page.words
    assert text.count('class="reference"') == 4


def test_a_diagram_of_earlier_runs_is_not_shown(tmp_path):
    write_grid(tmp_path / "t", strategies=("random", "margin", "entropy"), rounds=5, datasets=("digits", "fsdd"), seeds=(1, 2))
    comparisons = Comparisons(tmp_path / "t")
    comparisons.critical_difference.write_text("<svg>stale</svg>")
    [diagram] = [value for tag, name, value in Page(render(comparisons)).attributes if tag == "img" and name == "src"]
    assert b"stale" not in base64.b64decode(diagram.partition(",")[2])
    for strategy in ("margin", "entropy"):
        shutil.rmtree(tmp_path / "t" / "stats" / strategy)
    assert "img" not in page_of(tmp_path / "t").tags
