"""The command that labels new files with the model of a run: `python -m utils.predict <run folder> <file, folder or CSV>`.

It takes the weights of the run's last round and makes features just as the run made its own. Files that cannot be read are
named and left out. TensorFlow is loaded once everything else has proved right.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from utils.errors import DataError, FrameworkError, ParameterError, naming_the_cause
from utils.signals import Stopped, run_program, stop_on_signal

if TYPE_CHECKING:
    from utils.prediction.new_data import NewData
    from utils.prediction.trained_run import TrainedRun

_SHOWN = 20


@naming_the_cause()
def predict(
    folder: Path, path: Path, *, per_file: bool = False, warn: Callable[[str], object] | None = None
) -> tuple[str, list[tuple[str, str]]]:
    """What the model of the run in `folder` says of the new files at `path`.

    `warn` is told, in a sentence, where something of the run cannot be checked.

    Returns:
        A CSV, a row for each sample (in recordings: each window), or for each file; and (file or row, reason) of what was left
        out.

    Raises:
        ParameterError: `folder` is not that of a run, or there is nothing at `path`.
        DataError: nothing at `path` can be used.
        DamagedRunError: the run was altered, or lacks what it takes.
        DiskError: something may not be read.
    """
    from utils.prediction.chosen import new_data
    from utils.prediction.trained_run import TrainedRun

    run = TrainedRun.read(folder)
    if warn is not None and run.warning:
        warn(run.warning)
    data = new_data(run, path)
    return _answered(run, data, path, per_file), data.rejected


def _answered(run: TrainedRun, data: NewData, path: Path, per_file: bool) -> str:
    from utils.csv_text import inert_csv_text
    from utils.prediction.answers import Answers

    batches = data.batches()
    first = next(batches, None)
    if first is None:
        raise DataError(f"{path}: none of {len(data.rejected):,} can be used\n{_listed(data.rejected)}")
    answers = Answers(run.engine(data.sample_shape), run.classes, run.threshold, per_file=per_file)
    rows = list(answers.rows(first))
    for batch in batches:
        rows += answers.rows(batch)
    return inert_csv_text(answers.columns, rows)


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m utils.predict", description="Label new files with the model of a run.")
    parser.add_argument("run", type=Path, help="folder of the run: outputs/<sub_dir>/stats/<strategy>/run_<seed>")
    parser.add_argument(
        "path", type=Path, help="file or folder of recordings, images or texts; CSV of a table, of texts, or of paths; .npz"
    )
    parser.add_argument("--output", type=Path, help="CSV to write; by default it is printed")
    parser.add_argument("--overwrite", action="store_true", help="replace the CSV if there is one")
    parser.add_argument("--per_file", action="store_true", help="one row for each recording, the mean over its windows")
    options = parser.parse_args(arguments)
    try:
        with stop_on_signal():
            _check_output(options.output, options.overwrite)
            text, rejected = predict(options.run, options.path, per_file=options.per_file, warn=_warn)
            _deliver(text, options.output)
    except (FrameworkError, Stopped) as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    if rejected:
        sys.stderr.write(f"{len(rejected):,} left out:\n{_listed(rejected)}\n")
    return 0


def _warn(text: str) -> None:
    from utils.printable import printable

    sys.stderr.write(f"{printable(text)}\n")


def _check_output(output: Path | None, overwrite: bool) -> None:
    if output is None or not output.exists():
        return
    if output.is_dir():
        raise ParameterError(f"--output: {output} is a folder; name the CSV in it", "predict")
    if not overwrite:
        raise ParameterError(f"--output: {output} exists already; give another name, or --overwrite to replace it", "predict")


def _deliver(text: str, output: Path | None) -> None:
    from utils import files
    from utils.printable import printable

    if output is not None:
        files.write_text(output.parent.resolve() / output.name, text)
    elif sys.stdout.isatty():
        sys.stdout.write("".join(f"{printable(line)}\n" for line in text.split("\n")[:-1]))
    else:
        sys.stdout.write(text)
    sys.stdout.flush()


def _listed(rejected: Sequence[tuple[str, str]]) -> str:
    """A line for each of the first few."""
    from utils.printable import printable

    more = [f"  … and {len(rejected) - _SHOWN:,} more"] if len(rejected) > _SHOWN else []
    return "\n".join([*(f"  {printable(f'{name}: {reason}')}" for name, reason in rejected[:_SHOWN]), *more])


if __name__ == "__main__":
    sys.exit(run_program(main))
