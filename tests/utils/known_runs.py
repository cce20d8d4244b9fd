"""Runs on disk with known numbers, for the tests of what reads them."""

import json

COLUMNS = [
    "round", "num_new_labeled", "num_pseudo_labeled", "num_total_labeled", "eval_acc", "eval_pre", "eval_recall", "eval_f1",
    "pseudo_acc", "threshold", "decay_rate", "eval_loss", "eval_balanced_acc", "valid_acc", "epochs",
]  # fmt: skip  # fmt: skip
PARTS = {"pool": 1000, "validation": 100, "test": 200}


REGRESSION_COLUMNS = [
    "round", "num_new_labeled", "num_total_labeled", "eval_mae", "eval_mse", "eval_r2", "valid_mae", "valid_loss", "epochs",
]  # fmt: skip


def write_run(folder, strategy, seed, points, parts=PARTS, variant="", measure="eval_acc"):
    """A run whose rounds have the given (labels, value of the measure)."""
    columns = COLUMNS if measure == "eval_acc" else REGRESSION_COLUMNS
    place = folder / "stats" / strategy / variant
    (place / f"run_{seed}").mkdir(parents=True)
    lines = [",".join(columns)]
    for number, (labels, value) in enumerate(points):
        known = {"round": number, "num_total_labeled": labels, measure: value, "eval_loss": "0.10"}
        row = dict.fromkeys(columns, "") | known
        lines.append(",".join(str(row[column]) for column in columns))
    path = place / f"al_stats_{seed}.csv"
    path.write_text("\n".join(lines) + "\n")
    params = {"framework_type": strategy, "random_seed": seed, "run_name": variant, "parts": parts}
    (place / f"run_{seed}" / "params.json").write_text(json.dumps(params))
    return path


def write_known_runs(folder):
    """Two strategies with five seeds that differ by a known offset, and the full-data runs."""
    for seed in range(1, 6):
        shift = (seed - 3) / 100
        write_run(folder, "random", seed, [(100, 0.5 + shift), (200, 0.6 + shift), (400, 0.79 + shift)])
        write_run(folder, "margin", seed, [(100, 0.5 + shift), (200, 0.77 + shift), (400, 0.8 + shift)])
        write_run(folder, "full_data", seed, [(1000, 0.8 + shift)])
