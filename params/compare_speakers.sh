#!/usr/bin/env bash
# Spoken digits, tested on two speakers that the model has never heard: every strategy with every seed, one run after the
# other, then the comparison of them all.
#
#   params/compare_speakers.sh --data_dir=/data/recordings
#
# Options go to every run, after them the script's own: strategy, seed and sub_dir. Paths are whole ones, or start in the
# project's folder. Other strategies and seeds:
#   STRATEGIES="random margin" SEEDS="1 2" params/compare_speakers.sh
# Called again, it goes on where it stopped. Exit code: 0, 1 when a run failed or the comparison did, 130 after Ctrl-C.
set -euo pipefail

strategies=(random margin badge)
seeds=(1 2 3 4 5)
sub_dir=fsdd_speakers
[[ -z ${STRATEGIES:-} ]] || read -ra strategies <<<"$STRATEGIES"
[[ -z ${SEEDS:-} ]] || read -ra seeds <<<"$SEEDS"

CDPATH="" cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
python=python3
[[ ! -x .venv/bin/python ]] || python=.venv/bin/python
trap 'exit 130' INT # without it, bash takes Ctrl-C for the run's own business and starts the next

failed=()
for seed in "${seeds[@]}"; do
  for strategy in "${strategies[@]}"; do
    printf '\n== %s, seed %s ==\n' "$strategy" "$seed"
    status=0
    "$python" framework.py --param_file=params/fsdd_speakers.json "$@" \
      --framework_type="$strategy" --random_seed="$seed" --sub_dir="$sub_dir" || status=$?
    ((status != 130 && status != 143)) || exit "$status" # this run was told to stop: so is the rest
    ((status == 0)) || failed+=("$strategy, seed $seed (exit code $status)")
  done
done

printf '\n== comparison ==\n'
"$python" -m utils.compare "outputs/$sub_dir" || failed+=("the comparison (exit code $?)")
if ((${#failed[@]})); then
  printf 'failed: %s\n' "${failed[@]}" >&2
  exit 1
fi
