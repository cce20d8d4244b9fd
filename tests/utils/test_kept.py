"""One thing is kept, for as long as the same is asked for."""

from utils.kept import Kept


def test_the_last_thing_made_is_kept_and_nothing_older():
    made, kept = [], Kept()

    def make():
        made.append(len(made))
        return made[-1]

    assert [kept.get(key, make) for key in "aabba"] == [0, 0, 1, 1, 2]
