"""The process that serves the labelling page: `python -m utils.web.server <labelling folder> --host H --port P`.

The run starts it and reads one line of JSON from it: the URL of the page, or an error. A process of its own answers at once
while the run trains, and may die without harm. It ends with its parent: when its standard input ends, or at SIGTERM.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import errno
import json
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import uvicorn

from utils import files
from utils.annotation.ledger import LOCK
from utils.errors import DiskError, FolderInUseError, FrameworkError, ParameterError
from utils.web.access import Access
from utils.web.audience import ENDINGS, Audience
from utils.web.connection import MOST, Connection
from utils.web.desk import GRACE, Desk
from utils.web.faults import Faults
from utils.web.page import Page

_SECONDS_BETWEEN_LOOKS = 0.1
_SECONDS_FOR_A_FAREWELL = 3.0
_BACKLOG = 128
_LONGEST_HEAD = 16_384
"""Bytes of the URL and the headers of a request."""
_ANY = ("0.0.0.0", "::")  # noqa: S104 names the addresses, listens on none
_SOME_NETWORK = "192.0.2.1"
"""An address of no machine (RFC 5737); nothing is sent to it."""


class _PortTakenError(ParameterError):
    """Another process listens there, perhaps the page of a run that is just ending."""


def main(arguments: Sequence[str]) -> int:
    """The command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m utils.web.server", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="folder labelling of a run")
    parser.add_argument("--host", required=True, help="address to listen on")
    parser.add_argument("--port", required=True, type=int, help="port to listen on")
    parser.add_argument("--grace", type=float, default=GRACE, help="seconds in which the last answer of a round can be undone")
    options = parser.parse_args(arguments)
    try:
        with (
            files.locked(options.folder / LOCK, f"the labelling page, process {os.getpid()}", whole_folder=True),
            _listening(options.host, options.port) as listener,
        ):
            _serve(options.folder, options.grace, listener)
    except FrameworkError as error:
        text = error.problems[0] if isinstance(error, ParameterError) else str(error)
        _say({"error": text, "exit_code": error.exit_code, "passes": isinstance(error, _PortTakenError | FolderInUseError)})
        return error.exit_code
    except OSError as error:
        _say({"error": f"{options.folder}: {error}", "exit_code": DiskError.exit_code, "passes": False})
        return DiskError.exit_code
    return 0


def _serve(folder: Path, grace: float, listener: socket.socket) -> None:
    address, port = listener.getsockname()[:2]
    desk, access, audience, faults = Desk(folder, grace), Access.to(folder, address, port), Audience(), Faults()
    server = uvicorn.Server(
        uvicorn.Config(
            Page(desk, folder, access, audience, faults).application(),
            http=Connection,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MOST,
            timeout_keep_alive=30,
            timeout_graceful_shutdown=1,
            h11_max_incomplete_event_size=_LONGEST_HEAD,
        )
    )
    threading.Thread(target=_end_with_parent, args=(server, desk, audience), daemon=True).start()
    _say({"url": access.link(_own_name(address))})
    asyncio.run(_served(server, desk, faults, listener))


async def _served(server: uvicorn.Server, desk: Desk, faults: Faults, listener: socket.socket) -> None:
    async with _settling(server, desk, faults):
        await server.serve([listener])


@contextlib.asynccontextmanager
async def _settling(server: uvicorn.Server, desk: Desk, faults: Faults) -> AsyncIterator[None]:
    """Makes answers final when it is time, for the length of the block; an error that is a bug ends the server."""

    async def settle() -> None:
        try:
            while True:
                # what cannot be read or written now is tried again
                try:
                    await asyncio.to_thread(desk.settle)
                except (FrameworkError, OSError) as error:
                    faults.say(error)
                await asyncio.sleep(_SECONDS_BETWEEN_LOOKS)
        finally:
            # the run would wait for ever; it starts a server anew that has ended
            server.should_exit = True

    task = asyncio.create_task(settle())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _end_with_parent(server: uvicorn.Server, desk: Desk, audience: Audience) -> None:
    """Waits for the end of the standard input; of an ending run everybody is told before the page goes away."""
    # not sys.stdin: its lock would be held by this thread at the end of the process
    while os.read(0, 4096):
        pass
    if desk.stage() in ENDINGS:
        audience.wait(_SECONDS_FOR_A_FAREWELL)
    server.should_exit = True


def _listening(host: str, port: int) -> socket.socket:
    """A socket that listens.

    Raises:
        ParameterError: it cannot; says which parameter to change.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            problem = f"web_port: {port} is taken on {host} by another program or run; end that, or give another web_port"
            raise _PortTakenError(problem) from None
        if error.errno == errno.EACCES:
            raise ParameterError(
                f"web_port: {port} is not for everybody on this machine; give one from 1024 to 65535"
            ) from None
        raise ParameterError(_no_address(host, error.strerror or str(error))) from None
    except UnicodeError:
        raise ParameterError(_no_address(host, "it is no name of a machine either")) from None
    return listener


def _no_address(host: str, why: str) -> str:
    return f"web_host: {host!r} is no address of this machine ({why}); give 127.0.0.1, 0.0.0.0, or one that is"


def _own_name(address: str) -> str:
    """By which other machines find this one when it listens on `address`."""
    if address not in _ANY:
        return address
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((_SOME_NETWORK, 9))
        except OSError:
            return socket.gethostname()
        return str(probe.getsockname()[0])


def _say(line: dict[str, object]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
