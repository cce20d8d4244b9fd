"""One decoding process as the run sees it: started when first needed, replaced when a file has ended it.

A file that makes its decoder crash, hang or take more than it may costs this process and not the run: the process answers file
by file, so the first file without an answer is to blame, and a new process goes on behind it. Nothing that comes back is
trusted before it has been checked.
"""

from __future__ import annotations

import atexit
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, TypeVar

from utils.data.passing_error import PassingError
from utils.decoding.frames import FrameError, packed, read_frame
from utils.decoding.limits import PATIENCE
from utils.errors import DataError, FrameworkError

T = TypeVar("T")
Reply = tuple[dict[str, Any], bytes | bytearray]
"""The object of an answer, and its bytes."""
_ROOT = Path(__file__).parents[2]
_ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
_FROM_OUTSIDE = {signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT}
_LAST_SECONDS = 5.0
"""For a process that has closed its pipe to end by itself."""
_OUT_OF_TIME = {signal.SIGPROF, signal.SIGXCPU}


class StoppedError(Exception):
    """Nobody waits for the answers any more."""


class DecodingProcess:
    """A process that decodes for one thread of the run at a time; ends at the latest when the run does."""

    def __init__(self, module: str, patience: float = PATIENCE) -> None:
        """Starts nothing yet.

        Args:
            module: what the process runs.
            patience: seconds without an answer after which the process is ended.
        """
        self._command = (sys.executable, "-m", module)
        self._patience = patience
        self._process: subprocess.Popen[bytes] | None = None
        self._poll = select.poll()
        self._ready = False
        self._stopped = False

    def __enter__(self) -> Self:
        """Starts nothing yet."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Ends the process."""
        self.close()

    def close(self) -> None:
        """Ends the process, if there is one; another is started when it is needed."""
        process = self._process
        if process is not None:
            source, target = self._pipes()
            self._process, self._ready = None, False
            atexit.unregister(self.close)
            self._poll.unregister(target)
            process.kill()
            process.wait()
            source.close()
            target.close()

    def start(self) -> None:
        """Starts the process if there is none, without waiting until it is ready."""
        if self._stopped:
            raise StoppedError
        if self._process is None:
            atexit.register(self.close)
            try:
                self._process = subprocess.Popen(  # noqa: S603
                    self._command,
                    bufsize=0,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    cwd=_ROOT,
                    env={**os.environ, **_ONE_THREAD},
                    start_new_session=True,  # a Ctrl-C is for the run alone, which then ends this process
                )
            except OSError as error:
                raise FrameworkError(f"no process that decodes files could be started ({error.strerror or error})") from None
            self._poll.register(self._pipes()[1], select.POLLIN)
            if self._stopped:  # while it was being started
                self._process.kill()

    def stop(self) -> None:
        """Ends the process whatever it does, called by another thread; the thread that waits for it gets `StoppedError`."""
        self._stopped = True
        process = self._process
        if process is not None:
            process.kill()

    def each(
        self, task: Mapping[str, Any], files: Sequence[Path | bytes], most: int, take: Callable[[Iterator[Reply]], T]
    ) -> Iterator[T | DataError]:
        """Yields, for each of the files in turn, what `take` makes of the answers, or why there is none.

        Args:
            task: what to do with each, as its module understands it.
            files: paths, or contents of files.
            most: bytes that one answer may have.
            take: reads the answers about one file to their end; raises FrameError where they cannot be true.

        Raises:
            FrameworkError: no process can be started.
            StoppedError: another thread has called `stop`.
        """
        done, again = 0, False
        try:
            while done < len(files):
                try:
                    asked = done + self._ask(task, files[done:])
                    while done < asked and self._process is not None:
                        yield self._told(most, take)
                        done, again = done + 1, False
                except (EOFError, BrokenPipeError, FrameError, TimeoutError) as error:
                    code = self._end(error)
                    if self._stopped:
                        raise StoppedError from None
                    if -code in _FROM_OUTSIDE and not again:
                        again = True  # somebody, or a system short of memory, ended it: that need not be the file's fault
                        continue
                    yield self._blame(error, code, task["seconds"])
                    done, again = done + 1, False
        except BaseException:
            self.close()  # answers that nobody has read are in the pipe
            raise

    def _ask(self, task: Mapping[str, Any], files: Sequence[Path | bytes]) -> int:
        """Sends the task for as many of the files as go together, and returns their number; contents go one by one."""
        content = files[0] if isinstance(files[0], bytes) else b""
        paths = [] if isinstance(files[0], bytes) else [os.fspath(file.absolute()) for file in files if isinstance(file, Path)]
        self.start()
        if not self._ready:
            self._greet()
        message = memoryview(packed({**task, "files": paths}, len(content)) + content)
        while message:
            message = message[self._pipes()[0].write(message) :]
        return len(paths) or 1

    def _greet(self) -> None:
        """Waits until the process has limited itself; whatever fails before has nothing to do with a file."""
        try:
            header, _ = read_frame(self._read, 0)
        except (EOFError, FrameError, TimeoutError) as error:
            code = self._end(error)
            raise FrameworkError(
                f"the process that decodes files could not be started (exit code {code}, {type(error).__name__}); see what "
                f"{' '.join(self._command)} says in {_ROOT}"
            ) from None
        self._ready = header.get("ready") is True

    def _told(self, most: int, take: Callable[[Iterator[Reply]], T]) -> T | DataError:
        """What came of one file."""
        replies = self._replies(most)
        try:
            return take(replies)
        except DataError as error:
            return error

    def _replies(self, most: int) -> Iterator[Reply]:
        more = True
        while more:
            header, content = read_frame(self._read, most)
            if header.get("leaving") is True:
                self.close()
            if "reason" in header:
                raise (PassingError if header.get("passing") is True else DataError)(str(header["reason"]))
            more = header.get("more") is True
            yield header, content

    def _pipes(self) -> tuple[IO[bytes], IO[bytes]]:
        """What the process reads and what it writes."""
        if self._process is None or self._process.stdin is None or self._process.stdout is None:
            raise EOFError
        return self._process.stdin, self._process.stdout

    def _read(self, size: int) -> bytearray:
        """Exactly `size` bytes of what the process says."""
        content, got = bytearray(size), 0
        descriptor = self._pipes()[1].fileno()
        while got < size:
            if not self._poll.poll(self._patience * 1000):
                raise TimeoutError
            count = os.readv(descriptor, [memoryview(content)[got:]])
            if not count:
                raise EOFError
            got += count
        return content

    def _end(self, error: Exception) -> int:
        """Ends the process and returns its exit code: minus the number of the signal that ended it before; 0 if none had to."""
        process = self._process
        if process is None or isinstance(error, (FrameError, TimeoutError)):
            self.close()
            return 0
        try:
            code = process.wait(_LAST_SECONDS)
        except subprocess.TimeoutExpired:
            code = 0
        self.close()
        return code

    def _blame(self, error: Exception, code: int, seconds: float) -> DataError:
        """Why the file has no answer."""
        if isinstance(error, TimeoutError):
            return PassingError(f"its decoder gave no answer within {self._patience:g} seconds")
        if isinstance(error, FrameError):
            return DataError(f"its decoder gave an answer that cannot be true ({error})")
        if -code in _OUT_OF_TIME:
            return DataError(f"its decoding took more than {seconds:g} seconds of processor time")
        if -code in _FROM_OUTSIDE:
            return PassingError(f"its decoder was ended from outside ({_name(code)})")
        return DataError(f"its decoder crashed ({_name(code)})")


def _name(code: int) -> str:
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"exit code {code}"
