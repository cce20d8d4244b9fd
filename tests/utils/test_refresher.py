"""Drawing between the runs of a grid takes a small share of its time."""

from utils import refresher
from utils.refresher import Refresher


def test_drawing_takes_a_small_share_of_the_time(monkeypatch):
    now, drawn = [0.0], []
    monkeypatch.setattr(refresher.time, "monotonic", lambda: now[0])

    def draw():
        drawn.append(now[0])
        now[0] += 2

    one = Refresher(draw)
    for _ in range(1000):
        one.refresh()
        now[0] += 1
    assert drawn[0] == 0
    assert 2 * (len(drawn) - 1) <= refresher.SHARE * now[0]
    assert len(drawn) >= 5
