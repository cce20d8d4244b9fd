"""What the tests of the sections share: small folders, and how a section is made of one."""

import csv
import json

from utils.comparison.comparisons import Comparisons
from utils.report.identity import identities

POINTS = [(10, 0.2), (20, 0.4), (30, 0.6)]


def read(folder):
    [comparison] = Comparisons(folder).each
    return comparison, identities(comparison.curves)


def section(make, folder):
    return make(*read(folder))


def write(folder, strategy, seed, name, text):
    (folder / "stats" / strategy / f"run_{seed}" / name).write_text(text)


def add_params(folder, **params):
    for path in folder.glob("stats/*/run_*/params.json"):
        path.write_text(json.dumps(json.loads(path.read_text()) | params))


def set_column(folder, strategy, seed, column, cells):
    path = folder / "stats" / strategy / f"al_stats_{seed}.csv"
    rows = list(csv.DictReader(path.open()))
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, [*rows[0], *({column} - set(rows[0]))], lineterminator="\n")
        writer.writeheader()
        writer.writerows(row | {column: cell} for row, cell in zip(rows, cells, strict=True))
