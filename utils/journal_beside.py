"""What the journal of a run says of the CSVs that lie beside it, for all of them were made from it.

Files are copied, renamed, cut and edited one by one; the journal tells whose they are and every cell of them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path

from utils.journal import Record
from utils.journal_tail import JournalTail
from utils.run_directory import JOURNAL
from utils.single_runs import variant_of

_MAY_CHANGE = {"max_round"}
"""Parameters of which params.json may tell a newer value."""


class JournalBeside:
    """The journal in the folder of a run, read once; of a run under way, what was whole at that moment."""

    def __init__(self, folder: Path) -> None:
        """Reads the journal in `folder`, `run_<seed>`.

        Raises:
            OSError: it cannot be read.
            ValueError: it holds something else than records of a run.
        """
        self.name = f"{folder.name}/{JOURNAL}"
        """As messages call it."""
        records = JournalTail(folder / JOURNAL).news()
        try:
            kinds = [record["type"] for record in records]
            fingerprint: Record = records[0]["fingerprint"] if kinds[:1] == ["header"] else {"params": {}}
            self._params: Record = fingerprint["params"]
            others = {name: fingerprint[name] for name in ("data", "environment") if name in fingerprint}
            self.params = {name: value for name, value in self._params.items() if name not in _MAY_CHANGE} | others
            """All that results depend on, as params.json names it."""
            self._known = "framework_type" in self._params and "random_seed" in self._params
        except (LookupError, TypeError, AttributeError):
            raise self._no_journal() from None
        self._rounds = [record for record, kind in zip(records, kinds, strict=True) if kind == "round"]
        self.ended = kinds[-1:] == ["end"]
        """Whether the run is complete: then all that is made from the journal was written."""

    def check_place(self, path: Path, whole: str) -> None:
        """Raises ValueError where the al_stats at `path` is not where the run of the journal wrote its own.

        Args:
            path: below a folder stats/.
            whole: the name of the strategy's folder where a run on all labels may have lain instead.
        """
        if not self._known:
            return
        params = self._params
        try:
            mode = params.get("mode", "active_learning")
            folders = [params["framework_type"] if mode == "active_learning" else mode]
            if (params.get("max_round"), params.get("labeled_percent")) == (0, 1.0):
                folders.append(whole)
            variant = variant_of(params.get("run_name"), params.get("fold"))
            below = [*([variant] if variant else []), f"al_stats_{params['random_seed']}.csv"]
            places = ["/".join([folder, *below]) for folder in folders]
        except (TypeError, AttributeError):
            raise self._no_journal() from None
        if not any(path.parts[-len(below) - 2 :] == ("stats", *place.split("/")) for place in places):
            raise ValueError(f"{self.name} beside it is that of {places[0]}: copied or renamed; put both where they were")

    def checked(self, rows: Sequence[Mapping[str, str]], make: Callable[[list[Record]], str]) -> list[dict[str, str]]:
        """The rows of the CSV that `make` writes of the rounds, of which `rows`, without the line of names, are the first.

        Raises:
            ValueError: they are others; names the line. Or the rounds are none.
        """
        try:
            told = list(csv.DictReader(io.StringIO(make(self._rounds), newline="")))
        except (LookupError, TypeError, AttributeError, ArithmeticError, RecursionError):
            raise self._no_journal() from None
        for line, (row, made) in enumerate(zip_longest(rows, told[: len(rows)]), start=2):
            if made is None:
                raise ValueError(f"line {line} tells of a round that {self.name} does not hold")
            for column in made.keys() & row.keys():
                if row[column] != made[column]:
                    raise ValueError(
                        f"line {line}: {column} is {row[column] or 'empty'}, and {made[column] or 'empty'} in {self.name}, "
                        "which it was made from"
                    )
        return told

    def _no_journal(self) -> ValueError:
        return ValueError(f"{self.name} beside it is no journal of a run")
