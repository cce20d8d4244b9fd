"""While TensorFlow loads, nothing is printed and nothing interrupts it."""

import os
import signal

import pytest

from utils.loading import loading_tensorflow
from utils.signals import Stopped, stop_on_signal


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_and_what_is_printed_meanwhile_is_for_nobody(number, capfd):
    done = []
    with pytest.raises(Stopped), stop_on_signal(), loading_tensorflow():
        signal.raise_signal(number)
        os.write(2, b"chatter")
        done.append("loaded")
    assert done == ["loaded"]
    os.write(2, b"after it")
    assert capfd.readouterr().err == "after it"


def test_the_terminal_is_given_back_where_loading_fails(capfd):
    with pytest.raises(ImportError), loading_tensorflow():
        os.write(2, b"chatter")
        raise ImportError("there is none")
    os.write(2, b"after it")
    assert capfd.readouterr().err == "after it"
