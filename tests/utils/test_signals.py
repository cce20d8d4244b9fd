"""The first signal ends the run, further ones are ignored, and afterwards all is as before."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from utils.signals import Stopped, signals_held, stop_if_asked, stop_on_signal

NUMBERS = [(signal.SIGINT, 130), (signal.SIGTERM, 143)]
ROOT = Path(__file__).parents[2]


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
    before = {number: signal.getsignal(number) for number, _ in NUMBERS}, sys.unraisablehook
    if numbers:
        with pytest.raises(Stopped):
            raised(*numbers)
    else:
        with stop_on_signal():
            assert signal.getsignal(signal.SIGINT) != before[0][signal.SIGINT]
    assert ({number: signal.getsignal(number) for number, _ in NUMBERS}, sys.unraisablehook) == before


def test_a_signal_after_an_inner_block_is_still_the_second():
    with stop_on_signal():
        with pytest.raises(Stopped):
            raised(signal.SIGTERM)
        signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize(("number", "exit_code"), NUMBERS)
def test_what_is_held_comes_at_the_end_of_the_block(number, exit_code):
    done = []
    with pytest.raises(Stopped) as caught, stop_on_signal():
        with signals_held():
            with signals_held():
                signal.raise_signal(number)
            signal.raise_signal(signal.SIGINT)
            done.append("whole")
        done.append("stopped before this")
    assert done == ["whole"]
    assert caught.value.exit_code == exit_code


def test_where_nothing_comes_nothing_is_held():
    with signals_held(), stop_on_signal(), signals_held():
        pass


class Dying:
    """Is interrupted in its last moment, where nothing can be raised."""

    def __del__(self):
        signal.raise_signal(signal.SIGTERM)
        list(range(3))


def test_a_signal_in_a_finaliser_comes_again_where_it_is_heard(capfd):
    with pytest.raises(Stopped) as caught, stop_on_signal():
        Dying()
        signal.pause()
    assert caught.value.exit_code == 143
    assert capfd.readouterr().err == ""


def test_any_other_error_in_a_finaliser_is_told_as_ever(monkeypatch):
    told = []
    monkeypatch.setattr(sys, "unraisablehook", lambda what: told.append(what.exc_type))

    class Wrong:
        def __del__(self):
            raise KeyError("wrong")

    with stop_on_signal():
        Wrong()
    assert told == [KeyError]


def test_whoever_deals_with_any_error_asks_whether_it_was_a_signal():
    stop_if_asked()
    with pytest.raises(Stopped) as caught, stop_on_signal():
        stop_if_asked()
        with pytest.raises(Stopped):
            signal.raise_signal(signal.SIGTERM)
        stop_if_asked()
    assert caught.value.exit_code == 143


def program(code):
    """A process that does nothing but the function `main` of this code; it says "ready" when it can be stopped."""
    text = f"import os, signal, sys, time\nfrom utils.signals import Stopped, run_program\n{code}\nsys.exit(run_program(main))"
    return subprocess.Popen([sys.executable, "-u", "-c", text], cwd=ROOT, stdout=-1, stderr=-1, text=True)


@pytest.mark.parametrize(("number", "exit_code"), NUMBERS)
def test_a_command_that_still_imports_is_ended_on_the_spot(number, exit_code):
    code = (
        "import signal, sys\nfrom utils.signals import end_on_signal\nend_on_signal()\nsignal.raise_signal(int(sys.argv[1]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(int(number))], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (exit_code, f"{Stopped(number)}\n")


DEAF = """
def main():
    while True:
        try:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # as while TensorFlow loads
            print("ready")
            time.sleep(100)
        except Stopped:
            pass
"""


@pytest.mark.parametrize(("number", "exit_code"), NUMBERS)
def test_a_program_that_does_not_come_back_is_ended_in_time(number, exit_code):
    process = program(DEAF)
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (exit_code, f"{Stopped(number)}\n")


def test_the_signal_of_a_child_is_not_that_of_its_parent():
    process = program("""
def main():
    import warnings
    warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside a thread, from Python 3.12 on
    if not os.fork():
        try:
            os.kill(os.getpid(), signal.SIGTERM)
        finally:
            os._exit(0)
    os.wait()
    print(signal.set_wakeup_fd(-1) >= 0)
    return 7
""")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (7, "True\n", "")


def test_when_all_is_said_nothing_is_interrupted():
    process = program("""
class Last:
    def __del__(self):
        signal.raise_signal(signal.SIGINT)
        signal.raise_signal(signal.SIGTERM)

def main():
    import atexit
    atexit.register(Last().__del__)
    return 5
""")
    assert process.communicate(timeout=60)[1] == ""
    assert process.returncode == 5


def test_what_cannot_be_printed_is_told_as_ever():
    process = program(
        "def main():\n    os.close(1)\n    sys.stdout = open('/dev/full', 'w')\n    print('x' * 10)\n    return 0\n"
    )
    _, err = process.communicate(timeout=60)
    assert process.returncode == 120
    assert "No space left on device" in err
