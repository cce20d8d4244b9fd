"""Which modules are mutated, with which tests, and which mutants nobody can tell from the original."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Target:
    """A module and the calls of pytest, quickest first, that have to notice a change in it."""

    module: str
    tests: tuple[tuple[str, ...], ...]


TARGETS = (
    Target("utils.pool", (("tests/utils/test_pool.py",),)),
    Target("utils.files", (("tests/utils/test_files.py",),)),
    Target("utils.run_directory", (("tests/utils/test_run_directory.py",),)),
    Target(
        "hparams",
        (
            ("tests/test_hparams_bounds.py",),
            (
                "tests/utils/test_single_runs.py", "tests/utils/test_run_settings.py", "tests/utils/test_grid.py",
                "tests/utils/test_parameter_table.py", "tests/utils/test_plan.py",
            ),
            ("tests/test_hparams.py", "-k", "not malformed and not megabyte"),
        ),
    ),
)  # fmt: skip

_NO_BITS = "O_RDONLY is 0"
_PARAMS_OF = "HParams.params_of.params: self.strategy_params.get(strategy, {}) → self.strategy_params.get(strategy, None)"
_SAME_HEADER = "RunDirectory.start: len(begun) == 1 and begun[0]['fingerprint'] != fingerprint → len(begun) == 1"
_DUMPED = "HParams.result_params.values: self.model_dump(mode='json') → self.model_dump()"
EQUIVALENT: dict[str, dict[str, str]] = {
    "utils.pool": {
        "Pool.__init__: np.zeros(len(ids), dtype=np.int8) → np.zeros(len(ids))": "takes more memory, tells the same states",
    },
    "utils.run_directory": {
        "RunDirectory.__init__: self._params: Record = {} → self._params: Record = None": "start sets it before it is read",
        "RunDirectory._refuse_lost_rounds: 0 → 1": "a table that cannot be read tells of no two rounds either way",
        "RunDirectory._refuse_lost_rounds: 0 → -1": "likewise",
        _SAME_HEADER: "the same header is written again",
        "RunDirectory.start: 0 → -1": "the only record is the first and the last",
        "RunDirectory.autolabels.after: 1 → 0": "the record of a round is none of autolabelling",
        "check_same: 1 → 2": "whether there are more bytes, one tells as well as two",
        "_goes_on: after > before → after >= before": "equal values are no change, and never come here",
        "RunDirectory._last_round_at: 0 → -1": "the record in place 0 is the header, which is passed over either way",
    },
    "hparams": {
        _PARAMS_OF: "what is no dictionary counts as an empty one",
        "HParams._point: (str, Any) → (Any,)": "nobody reads what is noted of a private attribute",
        "HParams._point: (str, Any) → (str,)": "likewise",
        "HParams.key: 0 → -1": "a single run has one seed",
        "HParams.run_folder: 0 → -1": "likewise",
        "HParams.title: 0 → -1": "likewise",
        "HParams.strategy_folder: 0 → -1": "a single run has one engine",
        "HParams.planned_labels: 0 → -1": "the first number of labels is the last one yet",
        "HParams.result_params.values: 'json' → 'XXjson'": "any other word than json is python to Pydantic; and see the next",
        _DUMPED: "every parameter is of a type that JSON has; it is there for one that will not be",
    },
    "utils.files": {
        "open_to_read: os.O_RDONLY | os.O_DIRECTORY → os.O_DIRECTORY": _NO_BITS,
        "open_to_read.flags: os.O_RDONLY | os.O_NOFOLLOW → os.O_NOFOLLOW": _NO_BITS,
        "kept: os.O_RDONLY | os.O_DIRECTORY → os.O_DIRECTORY": _NO_BITS,
        "check_unlocked: os.O_RDONLY | os.O_NONBLOCK → os.O_NONBLOCK": _NO_BITS,
        "_opened_in_place: is_own = False → is_own = None": "one is as false as the other",
        "_make_folder.occupied: None → 0": "one is as false as the other, and it is asked for nothing else",
    },
}
"""Module → mutant → why no test can tell it from the original."""
