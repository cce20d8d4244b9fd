"""What is wrong is said, but not many times a second."""

import errno

from tests.utils.web.fakes import Clock
from utils.errors import DiskError
from utils.web.faults import PREFIX, Faults


def test_each_kind_is_said_once_a_minute(capsys):
    clock = Clock()
    faults = Faults(clock)
    for free in (3, 2):
        faults.say(DiskError(f"a.log: no space,\n  {free} bytes free"))
    faults.say(OSError(errno.EIO, "Input/output error"))
    faults.say(OSError(errno.EMFILE, "Too many open files"))
    clock.now += 59.9
    faults.say(DiskError("again"))
    clock.now += 0.1
    faults.say(DiskError("a minute later"))
    assert capsys.readouterr().err.splitlines() == [
        f"{PREFIX}a.log: no space, 3 bytes free",
        f"{PREFIX}[Errno 5] Input/output error",
        f"{PREFIX}[Errno 24] Too many open files",
        f"{PREFIX}a minute later",
    ]
