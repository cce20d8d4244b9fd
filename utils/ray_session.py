"""A connection to Ray: a cluster that runs already, or a Ray of its own on this machine for as long as it is asked for.

Ray waits for a cluster that does not answer, and for nodes that nobody has, without end; and a signal whose handler raises
in the midst of a call of Ray is lost. What of this can be said beforehand is said here, in one sentence.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any, Literal, Self

from utils.errors import ParameterError

_PROJECT = Path(__file__).parents[1]
_PROBE_SECONDS = 5
_ANSWER_SECONDS = 10
_STORE_BYTES = 256 << 20
"""Of the object store of a Ray of our own: events and candidates are small."""
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class RaySession:
    """Connects on entry; on exit shuts down what it started, and disconnects from what it did not.

    A process that is connected to Ray already stays as it is: `address` is not looked at.
    """

    def __init__(self, address: str | None, cpus: int) -> None:
        """`address` of a cluster, as ray.init takes it, or None; `cpus` that a Ray of its own has at least."""
        self._address, self._cpus, self._is_own = address, cpus, False

    def __enter__(self) -> Self:
        """Connects.

        Raises:
            ParameterError: Ray is not installed, or no cluster of the same version answers at the address.
        """
        ray = _library()
        if ray.is_initialized():
            return self
        # Ray prints the last words of a node that died, a screenful, also without log_to_driver; there is no public switch
        ray._private.worker._worker_logs_enabled = False
        handlers = {number: signal.getsignal(number) for number in _SIGNALS}
        self._is_own = True
        try:
            ray.init(**self._options(), runtime_env=self.environment(), log_to_driver=False, logging_level=logging.ERROR)
        except ConnectionError:
            raise self._unreachable() from None
        except ray.exceptions.AuthenticationError:
            raise self._unknown() from None
        except RuntimeError as error:
            if "ersion mismatch" not in str(error):
                raise
            raise ParameterError(
                f"ray_address: the cluster at {self._address!r} runs another version of Ray or Python than this process "
                f"(here Ray {ray.__version__}, Python {sys.version.split()[0]}): {' '.join(str(error).split())}"
            ) from None
        finally:
            self._restore(handlers)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Disconnects."""
        if self._is_own:
            _library().shutdown()

    def check(self, gpus: float) -> None:
        """Whether a run can be had with the CPUs of the session and `gpus`; connects for that where it has to.

        Raises:
            ParameterError: Ray is not installed, no cluster answers at the address, or none of its nodes has them.
        """
        _library()
        # a Ray of its own has as many CPUs as are asked for
        if self._address is not None or gpus:
            with self:
                self.check_room(self._cpus, gpus)

    def _options(self) -> dict[str, Any]:
        if self._address is not None:
            if self._address.startswith("ray://"):
                raise ParameterError(
                    f"ray_address: received {self._address!r}, expected the host:port of the head, or auto: a grid is begun on "
                    "a node of the cluster, where the outputs/ is that all nodes share, not from outside through Ray Client"
                )
            answer = _answer(self._address)
            if answer == "nothing":
                raise self._unreachable()
            # a token is Ray's to bring: it does so of itself to "auto" alone, and to any other address when told to
            if answer == "who are you" and self._address != "auto":
                raise self._unknown()
            return {"address": self._address}
        # named, for otherwise Ray would look into RAY_ADDRESS; and the cores may be fewer than a run names as its threads
        cpus = max(self._cpus, os.cpu_count() or 1)
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        return {"address": "local", "num_cpus": cpus, "include_dashboard": False, "object_store_memory": _STORE_BYTES}

    def _unreachable(self) -> ParameterError:
        return ParameterError(
            f"ray_address: no Ray cluster answers at {self._address!r}; expected the host:port of its head; start one with "
            "`ray start --head`, or leave ray_address out for a Ray of its own on this machine"
        )

    def _unknown(self) -> ParameterError:
        return ParameterError(
            f"ray_address: the cluster at {self._address!r} wants a token that this process did not bring; set "
            "RAY_AUTH_MODE=token, and Ray takes the one in ~/.ray/auth_token or in the file that RAY_AUTH_TOKEN_PATH names; on "
            "the head's own machine ray_address 'auto' does without that setting"
        )

    def _restore(self, handlers: dict[signal.Signals, Any]) -> None:
        """Ray sets a handler of its own for SIGTERM, where it can."""
        if threading.current_thread() is threading.main_thread():
            for number, handler in handlers.items():
                signal.signal(number, handler or signal.SIG_DFL)

    @staticmethod
    def environment() -> dict[str, Any]:
        """Of all processes of a grid, as Ray wants it told: they find this project where this process has it."""
        paths = [str(_PROJECT), os.environ.get("PYTHONPATH")]
        return {"env_vars": {"PYTHONPATH": os.pathsep.join(filter(None, paths))}}

    def check_room(self, cpus: int, gpus: float) -> None:
        """Raises ParameterError when no node of the cluster has `cpus` and `gpus`, busy or not: Ray would wait without end."""
        found = [node["Resources"] for node in _library().nodes() if node["Alive"]]
        nodes = [(node.get("CPU", 0.0), node.get("GPU", 0.0)) for node in found]
        if not any(cpus <= cpu and gpus <= gpu for cpu, gpu in nodes):
            cpu, gpu = max(nodes, key=lambda node: (node[1] >= gpus, *node), default=(0.0, 0.0))
            raise ParameterError(
                f"executor: a run asks for {cpus} CPUs (threads) and {gpus:g} GPUs (gpus_per_run), and no node of the Ray "
                f"cluster has them: the largest has {cpu:g} CPUs and {gpu:g} GPUs; lower threads or gpus_per_run, or add a node"
            )

    @contextlib.contextmanager
    def signals_held_back(self) -> Iterator[Callable[[], None]]:
        """While it lasts, signals wait until what it yields is called, which hands them on to whoever handled them before."""
        received: list[int] = []

        def receive(number: int, _frame: FrameType | None) -> None:
            received.append(number)

        def hand_on() -> None:
            for number in received:
                signal.signal(number, previous[number])
                signal.raise_signal(number)

        if threading.current_thread() is not threading.main_thread():
            yield hand_on
            return
        previous: dict[int, Any] = {number: signal.signal(number, receive) or signal.SIG_DFL for number in _SIGNALS}
        try:
            yield hand_on
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)


def _library() -> Any:
    try:
        import ray
    except ModuleNotFoundError:
        raise ParameterError("executor: 'ray' needs Ray: pip install .[ray]") from None
    return ray


def _answer(address: str) -> Literal["nothing", "who are you", "here"]:
    """What a cluster answers at `address`, asked by a process of its own: Ray can be told neither to give up nor to be quiet.

    It is asked without a token, unless RAY_AUTH_MODE says that there is one.
    """
    if address != "auto" and not _listens(address):
        return "nothing"
    where = [] if address == "auto" else ["--address", address]
    command = [sys.executable, "-m", "ray.scripts.scripts", "health-check", "--skip-version-check", *where]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_ANSWER_SECONDS, check=False)  # noqa: S603
    except subprocess.TimeoutExpired:
        return "nothing"
    if done.returncode == 0:
        return "here"
    return "who are you" if b"AuthenticationError" in done.stderr else "nothing"


def _listens(address: str) -> bool:
    """Whether anything listens at `address`, host:port."""
    host, _, port = address.rpartition(":")
    if not port.isascii() or not port.isdigit() or not 0 < int(port) < 1 << 16:
        return False
    try:
        socket.create_connection((host.strip("[]"), int(port)), _PROBE_SECONDS).close()
    except (OSError, UnicodeError):
        return False
    return True
