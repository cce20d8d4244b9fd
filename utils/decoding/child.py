"""The decoding process: reads tasks from its input, answers file by file on its output, and ends when its input does.

`utils/decoding/process.py` runs `python -m utils.decoding.sound_tasks`, or `picture_tasks`. A task names a kind of work, its
settings and files; for each file one or more frames go back, at once, so that after a crash it is known which file was to
blame. What is wrong with a file is told as a reason; nothing is printed, for the run alone speaks.
"""

from __future__ import annotations

import contextlib
import os
import signal
import stat
import sys
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from typing import Any

from utils.data.passing_error import PassingError
from utils.decoding.frames import packed, read_frame
from utils.decoding.limits import MEMORY, limit_next_file, limit_this_process
from utils.errors import DataError

_LARGEST_TASK = 2**31
Answer = tuple[dict[str, Any], bytes | memoryview]
Work = Callable[[Any, Mapping[str, Any]], Iterator[Answer]]
"""The answers about one file, which is a path or an open file in memory."""


def serve(work: Mapping[str, Work]) -> None:
    """Does what it is asked to until nobody asks any more, or a file has taken too much memory.

    Args:
        work: kind of a task → what gives the answers about one file.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    limit_this_process()
    with contextlib.suppress(EOFError, BrokenPipeError):  # the run has ended; nobody is left to be told anything
        _tell({"ready": True})
        while True:
            task, content = read_frame(_read, _LARGEST_TASK)
            for file in task["files"] or [content]:
                limit_next_file(task["seconds"])
                _answer(work[task["kind"]], file, task)
            limit_next_file(0)
    os._exit(0)  # without a word about the pipe that is closed


def _answer(work: Work, file: str | bytes, task: Mapping[str, Any]) -> None:
    try:
        for header, answer in work(_regular(file), task):
            _tell(header, answer)
    except DataError as error:
        _tell({"reason": str(error), "passing": isinstance(error, PassingError)})
    except MemoryError:
        _tell({"reason": f"its decoder needed more than {MEMORY / 2**30:g} GB of memory", "leaving": True})
        raise EOFError from None  # what a decoder was in the middle of is in no state to go on


def _read(size: int) -> bytes:
    content = sys.stdin.buffer.read(size)
    if len(content) < size:
        raise EOFError
    return content


def _tell(header: Mapping[str, Any], content: bytes | memoryview = b"") -> None:
    sys.stdout.buffer.write(packed(header, len(content)))
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def _regular(file: str | bytes) -> str | BytesIO:
    """What a decoder can open; a pipe would have it wait for ever."""
    if not isinstance(file, str):
        return BytesIO(file)
    try:
        mode = os.stat(file).st_mode  # noqa: PTH116
    except OSError:
        return file  # the decoder says why
    if not stat.S_ISREG(mode):
        raise DataError(f"it is {'a folder' if stat.S_ISDIR(mode) else 'a pipe or device'}, expected a file")
    return file
