"""Connections to Ray: a cluster that answers, one that does not, and signals that come while Ray is busy."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from utils import ray_session
from utils.errors import ParameterError
from utils.ray_session import RaySession

ray = pytest.importorskip("ray")


@pytest.fixture
def listening() -> Iterator[str]:
    """The address of something that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"127.0.0.1:{server.getsockname()[1]}"


def refused(address: str) -> str:
    with pytest.raises(ParameterError) as caught, RaySession(address, 1):
        pytest.fail("connected")
    return str(caught.value)


def test_a_ray_of_its_own_has_the_cores_that_a_run_names_and_ends_with_the_session() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with RaySession(None, 33) as session:
        assert ray.cluster_resources()["CPU"] == 33
        assert signal.getsignal(signal.SIGTERM) == before
        session.check_room(33, 0)
        with pytest.raises(ParameterError, match=r"a run asks for 34 CPUs .* the largest has 33 CPUs and"):
            session.check_room(34, 0)
        RaySession(None, 34).check(0)
        with pytest.raises(ParameterError, match=r"and 1e\+06 GPUs \(gpus_per_run\), and no node"):
            RaySession(None, 33).check(1e6)
        with RaySession("nobody:1", 1):
            assert ray.is_initialized()
        assert ray.is_initialized()
    assert not ray.is_initialized()


def test_a_cluster_is_connected_to_by_its_address_and_goes_on_without_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    cluster = Cluster(
        initialize_head=True, head_node_args={"num_cpus": 3, "object_store_memory": 80_000_000, "include_dashboard": False}
    )
    try:
        with pytest.raises(ParameterError, match=r"a run asks for 4 CPUs .* the largest has 3 CPUs and"):
            RaySession(cluster.address, 4).check(0)
        assert not ray.is_initialized()
        assert cluster.head_node.live_processes()
    finally:
        cluster.shutdown()


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nonsense", "127.0.0.1:99999999", "127.0.0.1:²"])
def test_an_address_where_nothing_listens(address: str) -> None:
    message = refused(address)
    assert f"ray_address: no Ray cluster answers at {address!r}; expected the host:port of its head; start one with" in message
    assert "`ray start --head`, or leave ray_address out" in message


def test_a_grid_is_not_begun_from_outside_the_cluster() -> None:
    assert "ray_address: received 'ray://head:10001', expected the host:port of the head, or auto" in refused(
        "ray://head:10001"
    )


def test_something_else_that_listens_is_not_waited_for(listening: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_session, "_ANSWER_SECONDS", 0.2)
    assert "no Ray cluster answers at" in refused(listening)


def test_a_cluster_that_is_gone_when_it_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_session, "_answer", lambda _: "here")
    monkeypatch.setattr(ray, "init", raising(ConnectionError("gone")))
    assert "no Ray cluster answers at 'auto'" in refused("auto")


WHO_ARE_YOU = "wants a token that this process did not bring; set RAY_AUTH_MODE=token, and Ray takes the one in"


def test_a_cluster_that_wants_a_token_is_there_and_says_so(listening: str, monkeypatch: pytest.MonkeyPatch) -> None:
    done = subprocess.CompletedProcess([], 1, b"", b"ray.exceptions.AuthenticationError: RPC error")
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: done)
    assert f"the cluster at {listening!r} {WHO_ARE_YOU}" in refused(listening)


def test_a_token_that_the_cluster_does_not_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_session, "_answer", lambda _: "who are you")
    monkeypatch.setattr(ray, "init", raising(ray.exceptions.AuthenticationError("InvalidAuthToken")))
    assert f"the cluster at 'auto' {WHO_ARE_YOU}" in refused("auto")


def test_a_cluster_that_is_not_well(listening: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 1, b"", b"?"))
    assert "no Ray cluster answers at" in refused(listening)


def test_another_version_of_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ray_session, "_answer", lambda _: "here")
    monkeypatch.setattr(ray, "init", raising(RuntimeError("Version mismatch: The cluster was started with:\n    Ray: 2.1.0")))
    message = refused("head:6379")
    assert "the cluster at 'head:6379' runs another version of Ray or Python than this process (here Ray 2." in message
    assert "The cluster was started with: Ray: 2.1.0" in message


def test_ray_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    assert "executor: 'ray' needs Ray: pip install .[ray]" in refused("auto")
    with pytest.raises(ParameterError, match=r"executor: 'ray' needs Ray: pip install"):
        RaySession(None, 1).check(0)


def test_an_address_is_checked_before_anything_is_begun() -> None:
    with pytest.raises(ParameterError, match=r"no Ray cluster answers at '127\.0\.0\.1:1'"):
        RaySession("127.0.0.1:1", 1).check(0)


def raising(error: Exception) -> Any:
    def raise_it(*_: Any, **__: Any) -> None:
        raise error

    return raise_it


def test_a_signal_waits_until_it_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    received = list[int]()
    before = signal.signal(signal.SIGTERM, lambda number, _: received.append(number))
    try:
        with RaySession(None, 1).signals_held_back() as hand_on:
            hand_on()
            signal.raise_signal(signal.SIGTERM)
            assert received == []
            hand_on()
            assert received == [signal.SIGTERM]
        signal.raise_signal(signal.SIGTERM)
        assert received == [signal.SIGTERM] * 2
    finally:
        signal.signal(signal.SIGTERM, before)


def test_outside_the_main_thread_there_is_nothing_to_hold_back() -> None:
    done = list[str]()

    def hold() -> None:
        with RaySession(None, 1).signals_held_back() as hand_on:
            hand_on()
        done.append("done")

    thread = threading.Thread(target=hold)
    thread.start()
    thread.join()
    assert done == ["done"]
