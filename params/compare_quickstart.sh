#!/usr/bin/env bash
# Handwritten digits that come with scikit-learn, offline and in minutes: every strategy with every seed, one run after the
# other, then the comparison of them all.
#
#   params/compare_quickstart.sh --max_round=10
#
# Options go to every run, after them the script's own: strategy, seed and sub_dir. Paths are whole ones, or start in the
# project's folder. Other strategies and seeds:
#   STRATEGIES="random margin" SEEDS="1 2" params/compare_quickstart.sh
# Called again, it goes on where it stopped. Exit code: 0, 1 when a run failed or the comparison did, 130 after Ctrl-C, 143
# after SIGTERM.
set -euo pipefail

strategies=(random margin entropy)
seeds=(1 2 3 4 5)
sub_dir=quickstart
options=(--param_file=params/quickstart.json)
# shellcheck source=params/compare.bash
source "$(dirname -- "${BASH_SOURCE[0]}")/compare.bash"
