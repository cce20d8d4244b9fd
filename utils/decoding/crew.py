"""Blocks of files through several decoding processes at a time, each beside a thread that makes something of what it gives."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TypeVar

from utils.decoding.process import DecodingProcess

D = TypeVar("D", bound=DecodingProcess)
B = TypeVar("B")
R = TypeVar("R")


def in_turn(kind: Callable[[], D], count: int, blocks: Sequence[B], work: Callable[[D, B], R]) -> Generator[R, None, None]:
    """Yields what `work` makes of each block, in their order, never more than a few ahead of whoever takes it.

    Args:
        kind: makes a process that has not been started.
        count: processes at most; no more than blocks are started.
        blocks: in any number.
        work: called in several threads, each time with a process that no other thread uses meanwhile.
    """
    processes = [kind() for _ in range(min(count, len(blocks)))]
    waiting: deque[Future[R]] = deque()
    idle: SimpleQueue[D] = SimpleQueue()

    def done(block: B) -> R:
        process = idle.get()
        try:
            return work(process, block)
        finally:
            idle.put(process)

    # threads end before what they read from is closed: they would wait for a closed pipe
    with contextlib.ExitStack() as stack, ThreadPoolExecutor(max(1, len(processes))) as pool:
        for process in processes:
            stack.enter_context(process)
            process.start()
            idle.put(process)
        try:
            for block in blocks:
                waiting.append(pool.submit(done, block))
                if len(waiting) > len(processes) + 1:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
            for process in processes:
                process.stop()


def batched(found: Sequence[B], together: int) -> list[Sequence[B]]:
    """`found` in pieces of `together`; the last may be shorter."""
    return [found[start : start + together] for start in range(0, len(found), together)]
