"""Laws that hold for whatever is written down: what is read back is what was written, and the pool loses nobody.

Hypothesis draws the examples; the seed of a sweep is that of its draws.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from hparams import HParams
from tests.schema_values import SCHEMA, values_of
from tests.torture.sweep import Sweep
from utils.csv_text import cells_of_any_length, csv_text
from utils.errors import ParameterError
from utils.journal import Journal
from utils.parameter_file import parse_parameters
from utils.pool import Pool
from utils.results import selections_csv, stats_csv

_TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(
    ["\n", "\r\n", "\u2028", '"', ",", "\0", "\x85", "é\n"]
)
_NUMBERS = st.integers(-(2**70), 2**70) | st.floats(allow_nan=False, allow_infinity=False)
_JSON = st.recursive(
    st.none() | st.booleans() | _NUMBERS | _TEXTS,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(_TEXTS, inner, max_size=5),
    max_leaves=20,
)
_RECORDS = st.dictionaries(_TEXTS, _JSON, max_size=6)


def _run(examples: int, seed: int, law: Callable[..., None], **draws: st.SearchStrategy[Any]) -> int:
    """Runs `law` on `examples` draws; the number of times that it held."""
    held = [0]

    @seeded(seed)
    @settings(
        max_examples=examples, database=None, deadline=None, derandomize=False, suppress_health_check=list(HealthCheck),
        phases=(Phase.generate, Phase.shrink),
    )  # fmt: skip
    @given(**draws)
    def holds(**drawn: Any) -> None:
        law(**drawn)
        held[0] += 1

    holds()
    return held[0]


def same(one: Any, other: Any) -> bool:
    """Equality that tells 1 from 1.0 and from true, and 0.0 from -0.0."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return type(one) is type(other) and repr(one) == repr(other)


def journal_round_trips(folder: Path, examples: int, seed: int) -> int:
    """Any records come back from the journal as they were, in their order; its file has a line for each."""
    path = folder / "rounds.log"

    def law(batches: list[list[dict[str, Any]]]) -> None:
        path.unlink(missing_ok=True)
        journal = Journal(path)
        for batch in batches:
            journal.append(*batch)
        records = [record for batch in batches for record in batch]
        assert same(Journal(path).records, records)
        assert same(journal.records, records)
        assert path.read_bytes().count(b"\n") == len(records)

    def refused(number: float, text: str) -> None:
        before = path.read_bytes()
        for value in ({"a": number}, {"a": text}, {text: 1}):
            try:
                Journal(path).append(value)
            except ValueError:
                assert path.read_bytes() == before
            else:
                raise AssertionError(f"{value!r} was written down")

    batches = st.lists(st.lists(_RECORDS, min_size=1, max_size=3), min_size=1, max_size=3)
    held = _run(examples, seed, law, batches=batches)
    none = st.sampled_from([math.nan, math.inf, -math.inf])
    surrogates = st.text(st.characters(categories=["Cs"]), min_size=1, max_size=3)
    _run(max(20, examples // 20), seed, refused, number=none, text=surrogates)
    return held


def parameters_round_trip(examples: int, seed: int) -> int:
    """`load(dump(h)) == h` for random valid parameters, those that do not go together left out."""
    names = sorted(set(SCHEMA["properties"]) - {"sub_dir"})
    held = [0]

    def law(data: Any) -> None:
        chosen = data.draw(st.lists(st.sampled_from(names), unique=True, max_size=8))
        values = {"sub_dir": "x"} | {name: data.draw(values_of(SCHEMA["properties"][name])) for name in chosen}
        try:
            parsed = HParams.parse(values)
        except ParameterError:
            return
        written = json.dumps(parsed.model_dump(mode="json"))
        again = HParams.parse(parse_parameters(written))
        assert again == parsed
        assert same(again.model_dump(mode="json"), parsed.model_dump(mode="json"))
        held[0] += 1

    while held[0] < examples:
        _run(examples, seed + held[0], law, data=st.data())
    return held[0]


def floats_round_trip(examples: int, seed: int) -> int:
    """Each finite number in a CSV is read as the same number, bit for bit, and each text as the same text."""

    def law(numbers: list[float], texts: list[str], single: float) -> None:
        rows = [[number, text, None] for number, text in zip(numbers, texts, strict=False)]
        with cells_of_any_length():
            header, *read = csv.reader(io.StringIO(csv_text(("number", "text", "none"), rows), newline=""))
        assert header == ["number", "text", "none"]
        assert [(float(number).hex(), text, none) for number, text, none in read] == [
            (number.hex(), text, "") for number, text, _ in rows
        ]
        score, stats = float(np.float32(single)), {"round": 0, "eval_acc": numbers[0]}
        record = {"round": 0, "stats": stats, "selected": [[1, texts[0], score, "a", "b"]]}
        (row,) = csv.DictReader(io.StringIO(stats_csv([record]), newline=""))
        assert float(row["eval_acc"]).hex() == numbers[0].hex()
        (pick,) = csv.DictReader(io.StringIO(selections_csv([record]), newline=""))
        assert float(pick["score"]).hex() == score.hex()

    finite = st.floats(allow_nan=False, allow_infinity=False)
    cells = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)
    drawn = {"numbers": st.lists(finite, min_size=1, max_size=8), "texts": st.lists(cells, min_size=1, max_size=8)}
    return _run(examples, seed, law, **drawn, single=st.floats(width=32, allow_nan=False, allow_infinity=False))


class PoolMachine(RuleBasedStateMachine):
    """Any order of labels, rejections and wrong calls, against a plain dictionary."""

    ran = 0

    def __init__(self) -> None:
        """A pool of fifteen samples whose ids have gaps."""
        super().__init__()
        type(self).ran += 1
        self.ids = np.arange(0, 45, 3)
        self.pool, self.labels, self.out = Pool(self.ids[::-1]), dict[int, int](), set[int]()

    def _left(self) -> list[int]:
        return [one for one in self.ids.tolist() if one not in self.labels and one not in self.out]

    @rule(data=st.data())
    def label(self, data: st.DataObject) -> None:
        """Some that are left get labels."""
        some = data.draw(st.lists(st.sampled_from(self._left() or [-1]), unique=True, max_size=4))
        if self._left():
            values = [data.draw(st.integers(0, 5)) for _ in some]
            self.pool.label(np.array(some, np.int64), np.array(values, np.int64))
            self.labels |= dict(zip(some, values, strict=True))

    @rule(data=st.data())
    def reject(self, data: st.DataObject) -> None:
        """Some that are left are rejected."""
        some = data.draw(st.lists(st.sampled_from(self._left() or [-1]), unique=True, max_size=2))
        if self._left():
            self.pool.reject(np.array(some, np.int64))
            self.out |= set(some)

    @rule(data=st.data())
    def wrong(self, data: st.DataObject) -> None:
        """A call with one that is settled, foreign or named twice changes nothing."""
        left = self._left()
        bad = [[one] for one in [*self.labels, *self.out, -3, 1, 45, 2**40]] + [[one, one] for one in left]
        some = np.array([*data.draw(st.sampled_from(bad)), *left[:1]], np.int64)
        for call in (lambda: self.pool.label(some, np.zeros(len(some), np.int64)), lambda: self.pool.reject(some)):
            try:
                call()
            except ValueError:
                continue
            raise AssertionError(f"{some} was taken")

    @invariant()
    def agrees(self) -> None:
        """The three sets are disjoint, make up the pool, and stand in ascending order with their labels."""
        assert self.pool.labelled.tolist() == sorted(self.labels)
        assert self.pool.labels.tolist() == [self.labels[one] for one in sorted(self.labels)]
        assert self.pool.rejected.tolist() == sorted(self.out)
        assert self.pool.unlabelled.tolist() == self._left()
        assert len(self.pool) == len(self.ids)
        known = np.array(list(self.labels), np.int64)
        assert self.pool.labels_of(known).tolist() == list(self.labels.values())


def pool_keeps_its_laws(examples: int, seed: int) -> int:
    """The machine above, as often as asked; the number of orders of operations that were tried."""
    PoolMachine.ran = 0
    how = settings(
        max_examples=examples, stateful_step_count=20, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    run_state_machine_as_test(seeded(seed)(type("Seeded", (PoolMachine,), {})), settings=how)
    return examples


def _two_thousand(seed: int, folder: Path) -> str:
    count = 2_000
    return (
        f"{journal_round_trips(folder, count, seed):,} journals, {floats_round_trip(count, seed):,} tables and "
        f"{parameters_round_trip(count, seed):,} valid parameter files read back as they were; "
        f"{pool_keeps_its_laws(count, seed):,} orders of operations on a pool kept its laws"
    )


SWEEPS = (Sweep("properties", "G21", _two_thousand),)
