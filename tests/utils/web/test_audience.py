"""Those who look at the page are waited for until they were shown the end."""

import threading

from utils.web.audience import Audience


def test_nobody_is_waited_for_who_is_not_there_or_knows():
    audience = Audience()
    audience.wait(60)
    audience.looked("Anna", "labelling")
    audience.looked("Anna", "ended")
    audience.wait(60)


def test_the_wait_ends_when_the_last_one_was_told():
    audience = Audience()
    for by in ("Anna", "Bob"):
        audience.looked(by, "training")
    waiting = threading.Thread(target=audience.wait, args=(60,))
    waiting.start()
    audience.looked("Anna", "stopped")
    assert waiting.is_alive()
    audience.looked("Bob", "stopped")
    waiting.join(30)
    assert not waiting.is_alive()


def test_the_wait_is_bounded():
    audience = Audience()
    audience.looked("Anna", "labelling")
    audience.wait(0.0)
