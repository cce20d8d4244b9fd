"""MLflow: one of its runs for each of ours, so that those who keep their experiments there find them there.

The local store is an SQLite database beside a folder of artefacts: MLflow's file store is in maintenance and refuses to open
unless forced to, and a database needs no server either. What MLflow holds is a copy. A tracker that fails says so once and
never stops a run; rounds that it lacks are logged when the run ends, or when the same command is called again.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import json
import logging
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, quote, urlsplit

from utils import files
from utils.errors import ParameterError
from utils.journal import Record
from utils.mlflow_store import check_artefacts, check_no_links, database_of, is_elsewhere, waited_lock
from utils.results import stats_path

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Metric, Run

_RUN, _ENDED = "active_learning.run", "active_learning.ended"
_COUNT = "num_total_labeled"
"""A metric that every round has: its history tells which rounds are logged."""
_LONGEST_PARAMETER = 6000
_LONGEST_MESSAGE = 240
_PARAMETERS_PER_CALL = 100
_ROUNDS_PER_CALL = 30
"""MLflow takes 1,000 metrics in one call; a round has some 20, and none may be logged by halves."""
_SECONDS_TO_ANSWER = 5


def problems(uri: str | None) -> list[str]:
    """What stands against logging to the store `uri` (None: the local one), one sentence each; loads nothing of MLflow."""
    if importlib.util.find_spec("mlflow") is None:
        return ["mlflow: needs MLflow: pip install .[mlflow]"]
    if uri is None:
        return []
    parts = _parts(uri)
    if parts.scheme in {"", "file"} and uri != "databricks":
        wanted = "http://…, https://… or a database such as sqlite:///outputs/…; null: a local store beside the results"
        return [f"mlflow_uri: received {uri!r}, which MLflow does not open, expected {wanted}"]
    if parts.scheme.startswith("sqlite"):
        try:
            database_of(uri)
        except ParameterError as error:
            return error.problems
    if parts.password is not None:
        ways = "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or for a database those of its own (PGPASSWORD)"
        return [f"mlflow_uri: holds a password, which params.json would show; give it in the environment: {ways}"]
    return []


class MlflowTracker:
    """Logs one run; nothing it does raises an error."""

    def __init__(
        self,
        uri: str | None,
        folder: Path,
        experiment: str,
        title: str,
        key: Mapping[str, Any],
        params: Mapping[str, Any],
        warn: Callable[[str], None],
    ) -> None:
        """Opens nothing yet: the first call of `rounds` does.

        Args:
            uri: of the store; None: an SQLite database in `folder`.
            folder: of the local store; made when needed.
            experiment: its name in MLflow; made when it is not there.
            title: name of the run in MLflow.
            key: tags of the run: strategy, variant and seed; None: no tag.
            params: resolved parameters of the run.
            warn: is told, once, in one sentence, that MLflow failed and what to do.
        """
        self._uri, self._folder, self._experiment, self._title = uri, folder, experiment, title
        self._key, self._params, self._warn = dict(key), dict(params), warn
        self._rounds: list[Record] = []
        self._run: _LoggedRun | None = None
        self._failed = False

    def rounds(self, rounds: list[Record]) -> None:
        """Logs those of a run's committed `rounds`, round 0 first, that are not logged yet.

        After a failure nothing more is tried before the end, so that a server that is down costs a run seconds, not hours.
        """
        self._rounds = rounds
        if rounds and not self._failed:
            with self._without_failing():
                self._log_rounds()

    def end(self, run_folder: Path, reason: str) -> None:
        """Logs what is still missing, the files in `run_folder` worth keeping, and why the run ended."""
        with self._without_failing():
            if self._rounds:
                self._log_rounds().finish(run_folder, reason, self._rounds)

    def _log_rounds(self) -> _LoggedRun:
        self._run = self._run or self._open()
        self._run.log(self._rounds)
        return self._run

    def _open(self) -> _LoggedRun:
        if self._uri and not self._uri.startswith("sqlite"):
            is_database = _parts(self._uri).scheme not in {"http", "https", ""}
            return self._opened(self._uri, self._artefacts().as_uri() if is_database else None)
        folder = files.make_folder(self._folder).resolve()
        database = database_of(self._uri) if self._uri else folder / "mlflow.db"
        # MLflow makes the tables of a new database without asking whether another process is at it
        with waited_lock(folder / "mlflow.lock"):
            check_no_links(database, self._artefacts())
            return self._opened(f"sqlite:///{quote(str(database))}", self._artefacts().as_uri(), is_local=True)

    def _artefacts(self) -> Path:
        return self._folder.resolve() / "artifacts"

    def _opened(self, uri: str, artefacts: str | None, *, is_local: bool = False) -> _LoggedRun:
        client = _client(uri)
        run = self._found_or_made(client, _experiment(client, self._experiment, artefacts))
        place = run.info.artifact_uri or ""
        if is_local or not is_elsewhere(place):
            check_artefacts(place, self._artefacts().as_uri())
        return _LoggedRun(client, run, self._params)

    def _found_or_made(self, client: MlflowClient, experiment: str) -> Run:
        """The run whose first round is this one's: a run that was started afresh measured other seconds."""
        name = hashlib.sha256(json.dumps(self._rounds[0], sort_keys=True).encode()).hexdigest()
        if found := client.search_runs([experiment], f"tags.`{_RUN}` = '{name}'", max_results=1):
            return found[0]
        tags = {_RUN: name} | {tag: str(value) for tag, value in self._key.items() if value is not None}
        began = round(1000 * (time.time() - _seconds(self._rounds)))
        return client.create_run(experiment, began, tags, self._title)

    @contextlib.contextmanager
    def _without_failing(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:  # whatever a store, a server or a disk comes up with is not worth a run
            if not self._failed:
                self._warn(
                    f"MLflow at {_shown(self._uri) if self._uri else self._folder}: {self._reason(error)}; the run goes on "
                    "without: see to the server, address or disk, and the same command, called again, logs what is missing"
                )
            self._failed = True

    def _reason(self, error: Exception) -> str:
        text = " ".join(str(error).split()) or type(error).__name__
        secret = _parts(self._uri or "").netloc.rpartition("@")[0]
        if secret:
            text = text.replace(f"{secret}@", "")
        half = _LONGEST_MESSAGE // 2
        return text if len(text) <= _LONGEST_MESSAGE else f"{text[:half]} … {text[-half:]}"


class _LoggedRun:
    """A run in the store."""

    def __init__(self, client: MlflowClient, run: Run, params: Mapping[str, Any]) -> None:
        """Logs those of `params` that `run` lacks; of one that has another value by now, the new one becomes a tag."""
        self._client, self._id, self._began = client, run.info.run_id, run.info.start_time
        self._finished: bool = run.info.status == "FINISHED"
        self._logged: set[int] = {metric.step for metric in client.get_metric_history(self._id, _COUNT)}
        values = {name: _text(value)[:_LONGEST_PARAMETER] for name, value in params.items()}
        self._log_params({name: value for name, value in values.items() if name not in run.data.params})
        for name, value in values.items():
            if run.data.params.get(name, value) != value:
                client.set_tag(self._id, name, value)

    def _log_params(self, values: Mapping[str, str]) -> None:
        from mlflow.entities import Param

        params = [Param(name, value) for name, value in values.items()]
        for start in range(0, len(params), _PARAMETERS_PER_CALL):
            self._client.log_batch(self._id, params=params[start : start + _PARAMETERS_PER_CALL])

    def log(self, rounds: list[Record]) -> None:
        """Logs the rounds that the store lacks."""
        missing = [record for record in rounds if record["round"] not in self._logged]
        if missing and self._finished:
            self._client.update_run(self._id, "RUNNING")
            self._finished = False
        for start in range(0, len(missing), _ROUNDS_PER_CALL):
            some = missing[start : start + _ROUNDS_PER_CALL]
            self._client.log_batch(self._id, [metric for record in some for metric in self._metrics(record, rounds)])
            self._logged |= {record["round"] for record in some}

    def _metrics(self, record: Record, rounds: list[Record]) -> list[Metric]:
        from mlflow.entities import Metric

        number = record["round"]
        moment = self._moment(rounds[: number + 1])
        return [Metric(name, value, moment, number) for name, value in record["stats"].items() if _is_metric(name, value)]

    def _moment(self, rounds: list[Record]) -> int:
        """When `rounds` were done, in milliseconds since 1970, had there been no break: the same whenever they are logged."""
        return self._began + round(1000 * _seconds(rounds))

    def finish(self, folder: Path, reason: str, rounds: list[Record]) -> None:
        """Logs the files of the run folder `folder` and why the run ended, unless that was done before."""
        if self._finished:
            return
        table = stats_path(folder)
        for path in (table, folder / "params.json", folder / "selections.csv"):
            if path.exists():
                self._client.log_artifact(self._id, str(path))
        for path in sorted((folder / "plots").glob("*.png")):
            self._client.log_artifact(self._id, str(path), "plots")
        self._client.set_tag(self._id, _ENDED, reason)
        self._client.set_terminated(self._id, end_time=self._moment(rounds))
        self._finished = True


def _client(uri: str) -> MlflowClient:
    """A client that sends nothing to MLflow's makers, gives up soon and says nothing of its own accord.

    What the user has set in the environment stands.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")  # is read while mlflow is imported, so there is no call for it
    import mlflow
    from mlflow import environment_variables as known

    logging.getLogger("mlflow").setLevel(logging.ERROR)
    for variable, value in (
        (known.MLFLOW_HTTP_REQUEST_MAX_RETRIES, 1),
        (known.MLFLOW_HTTP_REQUEST_TIMEOUT, _SECONDS_TO_ANSWER),
        (known.MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT, True),
    ):
        if not variable.is_set():
            variable.set(value)
    return mlflow.MlflowClient(tracking_uri=uri)


def _experiment(client: MlflowClient, name: str, artefacts: str | None) -> str:
    """The identity of the experiment `name`, made with its files in `artefacts` where it is not there."""
    from mlflow.exceptions import MlflowException

    if found := client.get_experiment_by_name(name):
        return found.experiment_id
    try:
        return client.create_experiment(name, artefacts)
    except MlflowException:
        if made_by_another := client.get_experiment_by_name(name):
            return made_by_another.experiment_id
        raise


def _seconds(rounds: list[Record]) -> float:
    """Seconds of work in `rounds`."""
    return math.fsum(seconds for record in rounds for seconds in record["seconds"].values())


def _is_metric(name: str, value: Any) -> bool:
    return name != "round" and isinstance(value, int | float) and math.isfinite(value)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _shown(uri: str) -> str:
    """`uri` without name and password."""
    parts = _parts(uri)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _parts(uri: str) -> SplitResult:
    """Those of `uri`; none where it is no address at all."""
    try:
        return urlsplit(uri)
    except ValueError:
        return urlsplit("")
