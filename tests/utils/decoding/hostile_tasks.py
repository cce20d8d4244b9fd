"""A decoding process whose decoder does what its file's name says: what no honest decoder does, and damaged files provoke."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from utils.decoding.child import Answer, serve


def _do(file: str, task: Mapping[str, Any]) -> Iterator[Answer]:  # noqa: C901, PLR0912
    del task
    what = Path(file).name
    if what == "burn":
        while True:
            pass
    if what == "allocate":
        bytearray(2**30)
    if what == "segfault":
        ctypes.string_at(0)
    if what == "block":
        signal.pause()
    if what == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "killed once" and Path(file).stat().st_mtime_ns:
        os.utime(file, ns=(0, 0))
        os.kill(os.getpid(), signal.SIGTERM)
    if what == "exit":
        os._exit(3)
    if what == "talk":
        sys.stdout.buffer.write(b"\xff" * 100)
        sys.stdout.buffer.flush()
    if what == "too much":
        yield {"more": True}, bytes(1_000)
    if what == "half":
        yield {"more": True}, b"1"
        os.abort()
    if what == "limits":
        kinds = ("AS", "FSIZE", "CORE", "NOFILE", "NPROC")
        yield {kind: resource.getrlimit(getattr(resource, f"RLIMIT_{kind}"))[1] for kind in kinds}, b""
    elif what == "write":
        os.write(os.open(f"{file}.new", os.O_WRONLY | os.O_CREAT), b"data")
    else:
        yield {"session": os.getsid(0), "process": os.getpid(), "parent": os.getppid()}, b"good"


if __name__ == "__main__":
    serve({"do": _do})
