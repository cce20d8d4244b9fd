"""What MLflow holds of a run, and that nothing which happens to it costs a run anything."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from utils import files, mlflow_store, mlflow_tracker
from utils.errors import ParameterError
from utils.journal import Record
from utils.mlflow_store import check_artefacts, is_elsewhere
from utils.mlflow_tracker import MlflowTracker, problems

pytest.importorskip("mlflow", reason="the extra mlflow is not installed")
ROOT = Path(__file__).parents[2]
KEY = {"strategy": "margin", "variant": None, "seed": 1}
REASON = "max_round: 2 rounds done"


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One for all tests, each with an experiment of its own: making the tables takes a second."""
    return tmp_path_factory.mktemp("store") / "a b%41é?#x" / "mlruns"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
        "MLFLOW_HTTP_REQUEST_TIMEOUT": "2",
        "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    }.items():
        monkeypatch.setenv(name, value)


def records(count: int, first: float = 0.5) -> list[Record]:
    return [
        {
            "round": number,
            "stats": {
                "round": number, "num_total_labeled": 10 * (number + 1), "eval_acc": 0.5 + number / 1000, "valid_acc": None,
            },
            "seconds": {"select": first if number == 0 else 1.0, "train": 1.5},
        }
        for number in range(count)
    ]  # fmt: skip


def tracker(store: Path, experiment: str, said: list[str], uri: str | None = None, **params: Any) -> MlflowTracker:
    return MlflowTracker(uri, store, experiment, "margin/seed 1", KEY, {"max_round": 2} | params, said.append)


def run_folder(parent: Path) -> Path:
    folder = parent / "stats" / "margin" / "run_1"
    (folder / "plots").mkdir(parents=True)
    for path in ("params.json", "selections.csv", "best.weights.h5", "plots/map.png", "plots/map.svg", "../al_stats_1.csv"):
        (folder / path).write_text(path, encoding="utf-8")
    return folder


def client_of(store: Path) -> Any:
    return mlflow_tracker._client(f"sqlite:///{mlflow_tracker.quote(str(store / 'mlflow.db'))}")


def runs_of(store: Path, experiment: str) -> list[Any]:
    client = client_of(store)
    return list(client.search_runs([client.get_experiment_by_name(experiment).experiment_id]))


def steps_of(store: Path, run: Any, metric: str = "eval_acc") -> list[tuple[int, float]]:
    return [(point.step, point.value) for point in client_of(store).get_metric_history(run.info.run_id, metric)]


def test_a_run_stands_there_with_tags_parameters_and_a_value_a_round(store: Path) -> None:
    said: list[str] = []
    one, rounds = tracker(store, "values", said, stop={"label_budget": None}, backend="keras"), records(3)
    for count in (1, 2, 3):
        one.rounds(rounds[:count])
    [run] = runs_of(store, "values")
    assert said == []
    assert run.info.run_name == "margin/seed 1"
    assert {name: value for name, value in run.data.tags.items() if "." not in name} == {"strategy": "margin", "seed": "1"}
    assert run.data.params == {"max_round": "2", "stop": '{"label_budget": null}', "backend": "keras"}
    assert run.data.metrics == {"num_total_labeled": 30.0, "eval_acc": 0.502}
    assert steps_of(store, run) == [(0, 0.5), (1, 0.501), (2, 0.502)]
    assert run.info.status == "RUNNING"


def test_a_round_stands_at_the_moment_of_the_work_at_which_it_was_done(store: Path) -> None:
    tracker(store, "moments", []).rounds(records(3))
    [run] = runs_of(store, "moments")
    history = client_of(store).get_metric_history(run.info.run_id, "eval_acc")
    assert [point.timestamp - run.info.start_time for point in history] == [2000, 4500, 7000]


def test_a_resumed_run_goes_on_where_it_stood(store: Path) -> None:
    rounds = records(5)
    tracker(store, "resumed", []).rounds(rounds[:2])
    tracker(store, "resumed", []).rounds(json.loads(json.dumps(rounds)))
    [run] = runs_of(store, "resumed")
    assert [step for step, _ in steps_of(store, run)] == [0, 1, 2, 3, 4]


def test_a_run_that_was_started_afresh_is_another(store: Path) -> None:
    tracker(store, "afresh", []).rounds(records(3))
    tracker(store, "afresh", []).rounds(records(1, first=0.6))
    assert sorted(len(steps_of(store, run)) for run in runs_of(store, "afresh")) == [1, 3]


def test_a_complete_run_is_logged_whole_and_only_once(store: Path, tmp_path: Path) -> None:
    folder = run_folder(tmp_path)
    one = tracker(store, "whole", [])
    one.rounds(records(3))
    one.end(folder, REASON)
    [run] = runs_of(store, "whole")
    client = client_of(store)
    assert run.info.status == "FINISHED"
    assert run.info.end_time - run.info.start_time == 7000
    assert run.data.tags["active_learning.ended"] == REASON
    top = [entry.path for entry in client.list_artifacts(run.info.run_id)]
    assert top == ["al_stats_1.csv", "params.json", "plots", "selections.csv"]
    assert [entry.path for entry in client.list_artifacts(run.info.run_id, "plots")] == ["plots/map.png"]
    kept = store / "artifacts" / run.info.run_id / "artifacts" / "params.json"
    assert kept.read_text(encoding="utf-8") == "params.json"
    kept.unlink()
    again = tracker(store, "whole", [])
    again.rounds(records(3))
    again.end(folder, REASON)
    assert not kept.exists()
    assert len(runs_of(store, "whole")) == 1


def test_a_run_that_goes_on_to_a_larger_max_round_is_finished_again(store: Path, tmp_path: Path) -> None:
    folder, rounds = run_folder(tmp_path), records(4)
    for count, reason in ((3, REASON), (4, "max_round: 3 rounds done")):
        one = tracker(store, "larger", [], max_round=count - 1, new=count)
        one.rounds(rounds[:count])
        assert [run.info.status for run in runs_of(store, "larger")] == ["RUNNING"]
        one.end(folder, reason)
    [run] = runs_of(store, "larger")
    assert (run.info.status, run.data.tags["active_learning.ended"]) == ("FINISHED", "max_round: 3 rounds done")
    assert (run.data.params["max_round"], run.data.tags["max_round"]) == ("2", "3")
    assert len(steps_of(store, run)) == 4


def test_many_rounds_and_parameters_and_long_ones_fit(store: Path) -> None:
    said: list[str] = []
    rounds = records(90)
    for record in rounds:
        record["stats"] |= {f"m{number}": float(number) for number in range(18)}
    tracker(store, "many", said, long="x" * 9000, **{f"p{number}": number for number in range(150)}).rounds(rounds)
    [run] = runs_of(store, "many")
    assert said == []
    assert len(run.data.params) == 152
    assert run.data.params["long"] == "x" * 6000
    assert len(steps_of(store, run, "m17")) == 90


def test_a_run_without_a_round_is_not_logged(tmp_path: Path) -> None:
    one = tracker(tmp_path / "mlruns", "nothing", [])
    one.rounds([])
    one.end(tmp_path, REASON)
    assert not (tmp_path / "mlruns").exists()


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


def test_a_server_that_does_not_answer_is_said_once_without_the_password(closed_port: int, tmp_path: Path) -> None:
    said: list[str] = []
    one = tracker(tmp_path, "down", said, uri=f"http://me:secret@127.0.0.1:{closed_port}")
    for count in (1, 2, 3):
        one.rounds(records(count))
    one.end(run_folder(tmp_path), REASON)
    [warning] = said
    assert warning.startswith(f"MLflow at http://127.0.0.1:{closed_port}: ")
    assert "Connection refused" in warning
    assert warning.endswith("the same command, called again, logs what is missing")
    assert "secret" not in warning
    assert "\n" not in warning


def test_what_a_store_in_trouble_missed_is_logged_at_the_end(tmp_path: Path) -> None:
    said: list[str] = []
    store = tmp_path / "mlruns"
    store.write_text("in the way", encoding="utf-8")
    one, rounds = tracker(store, "mended", said), records(3)
    one.rounds(rounds[:1])
    assert said[0].startswith(f"MLflow at {store}: ")
    assert "is a file where a folder is needed" in said[0]
    store.unlink()
    one.rounds(rounds)
    assert not store.exists()
    one.end(run_folder(tmp_path), REASON)
    [run] = runs_of(store, "mended")
    assert (len(said), len(steps_of(store, run)), run.info.status) == (1, 3, "FINISHED")


def test_a_store_that_another_process_holds_for_long_is_said(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow_store, "_TRIES_TO_LOCK", 1)
    tracker(store, "held", []).rounds(records(1))
    said: list[str] = []
    with files.locked(store / "mlflow.lock", "process 7"):
        tracker(store, "held", said).rounds(records(2))
    assert "is in use by process 7" in said[0]


def test_an_experiment_that_another_process_makes_at_that_moment_is_taken(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import mlflow

    create = mlflow.MlflowClient.create_experiment

    def slow(self: Any, *arguments: Any) -> Any:
        create(self, *arguments)
        return create(self, *arguments)

    monkeypatch.setattr(mlflow.MlflowClient, "create_experiment", slow)
    said: list[str] = []
    tracker(store, "raced", said).rounds(records(1))
    assert said == []
    assert len(runs_of(store, "raced")) == 1


def test_a_deleted_experiment_is_said(store: Path) -> None:
    tracker(store, "deleted", []).rounds(records(1))
    client_of(store).delete_experiment(client_of(store).get_experiment_by_name("deleted").experiment_id)
    said: list[str] = []
    tracker(store, "deleted", said).rounds(records(1))
    assert "deleted" in said[0].partition(": ")[2]


ONE_OF_TWO = """
import sys
from pathlib import Path
from utils.mlflow_tracker import MlflowTracker

def record(number):
    stats = {"round": number, "num_total_labeled": number, "eval_acc": 0.5}
    return {"round": number, "stats": stats, "seconds": {"train": float(sys.argv[2])}}

rounds = [record(number) for number in range(20)]
tracker = MlflowTracker(None, Path(sys.argv[1]), "two", sys.argv[2], {"seed": sys.argv[2]}, {"a": 1}, print)
for count in range(1, 21):
    tracker.rounds(rounds[:count])
tracker.end(Path(sys.argv[1]) / "run_1", "done")

import mlflow, threading
print(mlflow.telemetry.get_telemetry_client(), [thread.name for thread in threading.enumerate()], end="")
"""


def test_two_processes_log_into_a_new_store_at_once_and_send_and_say_nothing(tmp_path: Path) -> None:
    told_to_be_quiet = ("MLFLOW_", "PYTEST_", "CI", "GITHUB_", "DO_NOT_TRACK")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(told_to_be_quiet)}
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", ONE_OF_TWO, str(tmp_path / "mlruns"), seed],
            cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for seed in ("1", "2")
    ]  # fmt: skip
    assert [worker.communicate() for worker in workers] == [("None ['MainThread']", "")] * 2
    runs = runs_of(tmp_path / "mlruns", "two")
    assert sorted(run.info.run_name for run in runs) == ["1", "2"]
    assert [(run.info.status, len(steps_of(tmp_path / "mlruns", run))) for run in runs] == [("FINISHED", 20)] * 2


def test_without_the_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mlflow_tracker.importlib.util, "find_spec", lambda name: None)
    assert problems(None) == ["mlflow: needs MLflow: pip install .[mlflow]"]


@pytest.mark.parametrize("uri", [None, "http://localhost:5000", "https://host/path", "sqlite:///outputs/a.db", "databricks"])
def test_an_address_of_a_store_is_taken(uri: str | None) -> None:
    assert problems(uri) == []


@pytest.mark.parametrize("uri", ["mlruns", "/data/mlruns", "file:///data/mlruns", "", "localhost", "http://[::1"])
def test_an_address_that_mlflow_does_not_open_is_refused_before_anything_starts(uri: str) -> None:
    [problem] = problems(uri)
    assert problem.startswith(f"mlflow_uri: received {uri!r}, which MLflow does not open, expected http://…")


@pytest.mark.parametrize(
    "uri",
    [
        "sqlite:////tmp/a.db", "sqlite:///a.db", "sqlite:///outputs/../a.db", "sqlite://", "sqlite+pysqlite:///outputs/a.db",
        "SQLite:///outputs/a.db", "sqlite:///outputs/a.db?uri=true", "sqlite:///file:outputs/a.db", "sqlite:///outputs/%2e%2e/a",
    ],
)  # fmt: skip
def test_a_database_outside_of_the_outputs_is_refused(uri: str) -> None:
    [problem] = problems(uri)
    assert "outputs/" in problem


def test_a_database_below_the_outputs_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store, said = Path("outputs") / "x" / "mlflow", list[str]()
    one = tracker(store, "below", said, uri="sqlite:///outputs/all.db")
    one.rounds(records(2))
    one.end(run_folder(tmp_path / "outputs" / "x"), "max_round")
    assert said == []
    assert (tmp_path / "outputs" / "all.db").is_file()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["outputs"]
    assert list((tmp_path / store / "artifacts").rglob("map.png"))


@pytest.mark.parametrize("name", ["mlflow.db", "mlflow.db-wal", "artifacts"])
def test_a_planted_link_is_not_followed(name: str, tmp_path: Path) -> None:
    store, said = tmp_path / "store", list[str]()
    store.mkdir()
    (store / name).symlink_to(tmp_path / "elsewhere")
    tracker(store, "links", said).rounds(records(1))
    assert f"{name} is a link, and what is written there may lie elsewhere" in said[0].replace("\n", " ")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store"]


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_files_never_go_where_an_altered_store_says(scheme: str, tmp_path: Path) -> None:
    store, said = tmp_path / "store", list[str]()
    tracker(store, "altered", said).rounds(records(1))
    with contextlib.closing(sqlite3.connect(store / "mlflow.db")) as database:
        database.execute("update experiments set artifact_location = ?", [f"{scheme}://{tmp_path / 'elsewhere'}"])
        database.commit()
    one = tracker(store, "altered", said)
    one.rounds(records(2, first=0.25))
    one.end(run_folder(tmp_path), "max_round")
    assert f"the store has the files of this run in {scheme}:" in said[0]
    assert not (tmp_path / "elsewhere").exists()


def test_files_never_go_where_a_server_says_on_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tracker(tmp_path / "server", "elsewhere", []).rounds(records(1))
    served, said = client_of(tmp_path / "server"), list[str]()
    monkeypatch.setattr(mlflow_tracker, "_client", lambda _: served)
    one = tracker(tmp_path / "store", "elsewhere", said, "http://localhost:5000")
    one.rounds(records(2))
    one.end(run_folder(tmp_path), "max_round")
    assert "the store has the files of this run in file:" in said[0]
    assert not list((tmp_path / "server" / "artifacts").rglob("*.csv"))


@pytest.mark.parametrize("uri", ["mlflow-artifacts:/1/a/artifacts", "s3://bucket/1", "https://host/api", "dbfs:/databricks/x"])
def test_a_server_may_take_files_to_another_machine(uri: str) -> None:
    assert is_elsewhere(uri)


@pytest.mark.parametrize("uri", ["", "/etc", "etc", "file:///etc", "file:etc", "C:/x", "runs:/1/x", "models:/x"])
def test_files_go_nowhere_else_on_this_machine(uri: str, tmp_path: Path) -> None:
    assert not is_elsewhere(uri)
    with pytest.raises(ParameterError, match=f"in {uri}, expected in {tmp_path.as_uri()}: .* with --serve-artifacts"):
        check_artefacts(uri, tmp_path.as_uri())


@pytest.mark.parametrize("uri", ["https://me:secret@host:5000", "postgresql://me:secret@host/runs"])
def test_a_password_in_the_address_is_refused_without_showing_it(uri: str) -> None:
    [problem] = problems(uri)
    assert problem.startswith("mlflow_uri: holds a password, which params.json would show; give it in the environment: MLFLOW_")
    assert "secret" not in problem


def test_it_costs_nothing_before_it_is_used() -> None:
    code = "import sys, utils.mlflow_tracker as t; t.problems(None); print([m for m in sys.modules if m == 'mlflow'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
