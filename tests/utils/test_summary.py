"""What is said at the end of the runs: no path of a file that is not there."""

from hparams import HParams
from tests.utils.known_runs import write_run
from utils.console import Reporter
from utils.summary import Summary


def told(outputs, capsys, **params):
    hparams = HParams(sub_dir="t", **params)
    Summary(hparams, outputs, Reporter()).finish([hparams])
    return capsys.readouterr().out.splitlines()


def test_without_a_figure_no_report_is_named(tmp_path, capsys):
    write_run(tmp_path / "t", "margin", 1, [], params={"oracle": "csv"})
    folder = tmp_path / "t/stats/margin/run_1"
    assert told(tmp_path, capsys, oracle="csv", framework_type="margin", random_seed=1) == [
        f"labels: {folder / 'labels.csv'}",
        f"label new files with the model: python -m utils.predict {folder} NEW_FILES",
    ]


def test_the_report_of_a_run_of_people_is_named(tmp_path, capsys):
    write_run(tmp_path / "t", "margin", 1, [(10, 0.5)], params={"oracle": "csv"})
    last = told(tmp_path, capsys, oracle="csv", framework_type="margin", random_seed=1)[-1]
    assert last == f"results: {tmp_path / 't/report.html'}"
    assert (tmp_path / "t/report.html").is_file()


def test_of_simulated_labels_too_only_files_that_are_there_are_named(tmp_path, capsys):
    path = write_run(tmp_path / "t", "margin", 1, [])
    assert not [line for line in told(tmp_path, capsys) if line.startswith("comparison")]
    path.unlink()
    (tmp_path / "t/stats/margin/run_1/params.json").unlink()
    (tmp_path / "t/stats/margin/run_1").rmdir()
    write_run(tmp_path / "t", "random", 1, [(10, 0.5)])
    files = [tmp_path / "t" / name for name in ("report.html", "comparison.png")]
    assert told(tmp_path, capsys)[-2:] == [f"comparison: {path}" for path in files]
