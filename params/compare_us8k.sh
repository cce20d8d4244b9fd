#!/usr/bin/env bash
# City sounds: every strategy with every seed on UrbanSound8K, one run after the other, then the comparison of them all.
#
#   params/compare_us8k.sh --data_dir=/data/UrbanSound8K --max_round=20
#
# Options go to every run, after them the script's own: strategy, seed and sub_dir. Paths are whole ones, or start in the
# project's folder. Other strategies and seeds:
#   STRATEGIES="random margin" SEEDS="1 2" params/compare_us8k.sh
# Called again, it goes on where it stopped. Exit code: 0, 1 when a run failed or the comparison did, 130 after Ctrl-C, 143
# after SIGTERM.
set -euo pipefail

strategies=(random entropy margin egl edpc badge)
seeds=(1 2 3 4 5)
sub_dir=urbansound8k
options=(--param_file=params/urbansound8k.json --full_data_baseline)
# shellcheck source=params/compare.bash
source "$(dirname -- "${BASH_SOURCE[0]}")/compare.bash"
