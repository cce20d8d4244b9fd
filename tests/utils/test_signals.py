"""The first signal ends the run, further ones are ignored, and afterwards all is as before."""

import signal

import pytest

from utils.signals import Stopped, stop_on_signal

NUMBERS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]


def raised(*numbers):
    """Raises the signals inside the block; a second one while the first is dealt with."""
    with stop_on_signal():
        try:
            signal.raise_signal(numbers[0])
        finally:
            for number in numbers[1:]:
                signal.raise_signal(number)


@pytest.mark.parametrize(("number", "exit_code"), NUMBERS)
def test_a_signal_stops_with_the_exit_code_of_shells(number, exit_code):
    with pytest.raises(Stopped) as caught:
        raised(number)
    assert caught.value.exit_code == exit_code
    assert not isinstance(caught.value, Exception)


@pytest.mark.parametrize("second", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize(("first", "exit_code"), NUMBERS)
def test_a_second_signal_does_no_harm(first, second, exit_code):
    with pytest.raises(Stopped) as caught:
        raised(first, second, second)
    assert caught.value.exit_code == exit_code


@pytest.mark.parametrize("numbers", [(), (signal.SIGINT,), (signal.SIGTERM,)])
def test_handlers_are_put_back(numbers):
    before = {number: signal.getsignal(number) for number, _ in NUMBERS}
    if numbers:
        with pytest.raises(Stopped):
            raised(*numbers)
    else:
        with stop_on_signal():
            assert signal.getsignal(signal.SIGINT) != before[signal.SIGINT]
    assert {number: signal.getsignal(number) for number, _ in NUMBERS} == before
