# shellcheck shell=bash
# Every strategy with every seed, one run after the other, then the comparison of them all; for the scripts beside this one,
# which set: strategies, seeds, sub_dir, and options for every run.
: "${strategies:?}" "${seeds:?}" "${sub_dir:?}" "${options:?}"

# Words may stand on several lines; read then meets no end of a line, has all words, and fails.
[[ -z ${STRATEGIES:-} ]] || read -rd "" -a strategies <<<"$STRATEGIES" || true
[[ -z ${SEEDS:-} ]] || read -rd "" -a seeds <<<"$SEEDS" || true

CDPATH="" cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
python=python3
[[ ! -x .venv/bin/python ]] || python=.venv/bin/python

# Behind the script, and waited for: while a command is in front, bash does not hear a signal until that command has ended.
run() {
  "$python" "$@" &
  wait "$!"
}

# SIGTERM, also for Ctrl-C: what runs behind a script is deaf to that until it asks to hear it.
stop() {
  trap "" INT TERM
  local running
  running=$(jobs -pr)
  [[ -z $running ]] || kill -TERM "$running" || true
  wait
  exit "$1"
}
trap 'stop 130' INT
trap 'stop 143' TERM

failed=()
begun=0
for seed in "${seeds[@]}"; do
  for strategy in "${strategies[@]}"; do
    printf '\n== %s, seed %s ==\n' "$strategy" "$seed"
    status=0
    run framework.py "${options[@]}" "$@" \
      --framework_type="$strategy" --random_seed="$seed" --sub_dir="$sub_dir" || status=$?
    ((status != 130 && status != 143)) || exit "$status" # this run was told to stop: so is the rest
    ((status != 2 || begun)) || exit 2 # what the first run cannot be told, no other can
    begun=1
    ((status == 0)) || failed+=("$strategy, seed $seed (exit code $status)")
  done
done

printf '\n== comparison ==\n'
run -m utils.compare "outputs/$sub_dir" || failed+=("the comparison (exit code $?)")
if ((${#failed[@]})); then
  printf 'failed: %s\n' "${failed[@]}" >&2
  exit 1
fi
