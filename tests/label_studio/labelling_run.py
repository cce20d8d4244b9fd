"""A run as far as its oracle goes, in a process of its own that can be killed: `python -m tests.label_studio.labelling_run`."""

import os
import signal
import sys
from pathlib import Path

import numpy as np

from tests.label_studio.samples import CLASSES, IDS, NAMES, show
from utils.oracles import label_studio_project
from utils.oracles.base import Asked
from utils.oracles.label_studio import LabelStudioOracle
from utils.oracles.task import Task


class Quiet:
    def say(self, text):
        pass

    def progress(self, what, done, total):
        pass


def labels(url, folder, kind, *, show=show, sleep):
    """What two people each say of the samples of a kind."""
    task = Task(
        f"run about {kind}", NAMES, lambda sample: show(kind, sample), CLASSES, numbers=False, may_add=False, per_sample=2,
        show_guess=True, last_round=1,
    )  # fmt: skip
    oracle = LabelStudioOracle(task, url, sleep=sleep)
    guesses = np.full((len(IDS), len(CLASSES)), 1 / len(CLASSES), np.float32)
    with oracle.at_work(Path(folder), Quiet()):
        return list(oracle.label(Asked(0, np.array(IDS), guesses)))


def main():
    """Dies while it pushes, four of six tasks being there, or the first time that it waits for people."""
    url, folder, kind, moment = sys.argv[1:]
    label_studio_project._TASKS_AT_ONCE = 2

    def die(*_):
        os.kill(os.getpid(), signal.SIGKILL)

    seen = []

    def deadly(kind, sample):
        seen.append(sample)
        return die() if moment == "pushing" and seen.count(IDS[-1]) == 2 else show(kind, sample)

    labels(url, folder, kind, show=deadly, sleep=die)


if __name__ == "__main__":
    main()
