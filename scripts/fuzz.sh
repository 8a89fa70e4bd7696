#!/usr/bin/env bash
# Fuzzes every fuzz target of the repository for FUZZTIME each (default 60s), JOBS at a time (default: one a core). What is found is written
# to the package's testdata/fuzz, is to be committed with its repair, and is played by every go test from then on.
set -euo pipefail
cd "$(dirname "$0")/.."
time=${FUZZTIME:-60s}
jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN)}
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
# Line by line: "package target".
targets=$(grep -rn --include='*_test.go' -oE '^func Fuzz[A-Za-z0-9_]+' . | sed -E 's|^\./(.*)/[^/]+:[0-9]+:func (.*)$|./\1 \2|' | sort)
[ -n "$targets" ] || { echo "fuzz: no targets were found" >&2; exit 1; }
one() {
  local log="$3/${2}"
  if go test "$1" -run '^$' -fuzz "^$2\$" -fuzztime "$time" -fuzzminimizetime 20x -parallel 1 -timeout 30m >"$log" 2>&1; then
    echo "fuzz: $1 $2: $(grep -oE 'execs: [0-9]+' "$log" | tail -1)"
  elif grep -q 'context deadline exceeded' "$log" && ! grep -qE 'Failing input|panic|fatal' "$log"; then
    # The fuzzer's own: its time was up while a worker was at work (golang.org/issue/48591). A finding names its input.
    echo "fuzz: $1 $2: $(grep -oE 'execs: [0-9]+' "$log" | tail -1), cut short by the fuzzer"
  else
    echo "fuzz: $1 $2 FAILED" >&2
    cat "$log" >&2
    return 1
  fi
}
export -f one
export time
echo "$targets" | xargs -P "$jobs" -L 1 bash -c 'one "$0" "$1" "'"$logs"'"'
echo "fuzz: $(echo "$targets" | wc -l) targets, $time each: nothing found"
