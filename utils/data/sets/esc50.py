"""Environmental sounds in fifty classes, five seconds each, with folds that keep a source recording together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from utils import reading
from utils.data.audio_layout import AudioLayout, Recording, read_table, size_of_digits
from utils.data.audio_source import AudioSource
from utils.data.files_below import check_inside
from utils.data.source import DataSource, SourceRequest, sources
from utils.errors import DataError

_COLUMNS = ("filename", "fold", "target", "category", "src_file")


@sources.register("esc50")
def esc50(request: SourceRequest) -> DataSource:
    """ESC-50: `meta/esc50.csv` and the recordings in `audio`; its folds and source recordings are groups."""
    return AudioSource(request, _LAYOUT)


def _find(folder: Path) -> tuple[Sequence[Recording], tuple[str, ...]]:
    path = folder / "meta" / "esc50.csv"
    if not path.exists():
        return [], ()
    recordings = []
    targets: dict[tuple[int, str], str] = {}
    for line, row in read_table(path, _COLUMNS):
        if not (row["target"].isascii() and row["target"].isdigit()):
            raise DataError(f"{path}: row {line}, column 'target': expected a whole number, received {row['target']!r}")
        known = targets.setdefault(size_of_digits(row["target"]), row["category"])
        if known != row["category"]:
            raise DataError(
                f"{path}: row {line}, column 'category': target {row['target']} was {known!r} before, received "
                f"{row['category']!r}; get the table again"
            )
        name = f"audio/{row['filename']}"
        if "/" in row["filename"] or not reading.is_file(folder / name):
            raise DataError(f"{path}: row {line}, column 'filename': there is no file {folder / name}; unpack the set again")
        check_inside(folder, name)
        recordings.append(Recording(name, row["category"], {"fold": row["fold"], "source": row["src_file"]}))
    return recordings, tuple(targets[target] for target in sorted(targets))


_LAYOUT = AudioLayout(
    _find,
    expected="ESC-50, the table meta/esc50.csv and the folder audio,",
    how_to_get="Get it from github.com/karolpiczak/ESC-50 and set data_dir to its top folder.",
)
