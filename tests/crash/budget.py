"""G21: the law of the budget, checked at each commit of every run in a `with` block."""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import framework
from utils.journal import Record
from utils.pool import Pool
from utils.run_directory import JOURNAL, RunDirectory


@contextlib.contextmanager
def watched() -> Iterator[Counter[str]]:
    """Checks each commit: what the journal on the disk says was bought is what the pool holds; counts them."""
    seen, pools = Counter[str](), dict[Path, tuple[Pool, set[int]]]()
    do_round, do_commit = framework.Experiment._round, RunDirectory.commit

    def round_with_pool(self: framework.Experiment, number: int, directory: RunDirectory) -> Record:
        pools[directory.folder] = self.labelling.pool, set(self.parts.train.tolist())
        return do_round(self, number, directory)

    def commit(self: RunDirectory, *arguments: Any) -> None:
        do_commit(self, *arguments)
        pool, everything = pools[self.folder]
        rounds = [record for record in records_of(self.folder / JOURNAL) if record["type"] == "round"]
        check_law(rounds, pool, everything)
        seen["commits"] += 1

    with (
        mock.patch.object(framework.Experiment, "_round", round_with_pool),
        mock.patch.object(RunDirectory, "commit", commit),
    ):
        yield seen


def records_of(path: Path) -> list[Record]:
    """Those that end in a line end, read without the program's own reader."""
    return [json.loads(line.partition(b" ")[2]) for line in path.read_bytes().split(b"\n")[:-1]]


def check_law(rounds: list[Record], pool: Pool, everything: set[int]) -> None:
    """Raises AssertionError where the journal's `rounds` and the `pool` of the samples `everything` tell different things."""
    asked = [pick[0] for record in rounds for pick in record["selected"]]
    answered = {pick[0] for record in rounds for pick in record["selected"] if pick[3] is not None}
    parts = [set(part.tolist()) for part in (pool.labelled, pool.unlabelled, pool.rejected)]
    assert len(set(asked)) == len(asked), f"asked for twice: {[one for one, times in Counter(asked).items() if times > 1]}"
    assert set().union(*parts) == everything, "the pool lost a sample, or got one"
    assert sum(map(len, parts)) == len(everything), "a sample is in two parts of the pool"
    assert parts[0] == answered, f"labelled and not in the journal, or the other way: {sorted(parts[0] ^ answered)}"
    assert parts[2] == set(asked) - answered, "rejected in the pool and in the journal differ"
    bought = rounds[-1]["stats"]["num_total_labeled"]
    assert bought == len(answered), f"{bought} labels in al_stats, {len(answered)} in the journal"
