#!/usr/bin/env bash
# Fuzzes every fuzz target of the repository: for FUZZTIME each (default 60s; 500x is so many inputs), JOBS at a time (default: one a core), those
# that match RUN. What is found is written to the package's testdata/fuzz, is to be committed with its repair, and is played by every go test from
# then on.
#
# `fuzz.sh short` is for CI: some thousand inputs each, without coverage to guide them, for which all dependencies would be built anew. It counts
# inputs instead of seconds, so that a starved machine takes longer and nothing else: the fuzzer takes the end of its time for a fault now and
# then (golang.org/issue/48591).
set -euo pipefail
cd "$(dirname "$0")/.."
short=$([ "${1:-}" = short ] && echo yes || true)
time=${FUZZTIME:-60s}
jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# inputs says how many inputs of a target are some seconds' worth: those that write a file, parse or start a session for each are fewer.
inputs() {
  case $1 in
    FuzzTheTreeOfEditsIsThatOfAFreshParse) echo 300x ;;
    FuzzGraph | FuzzFolder | FuzzHeader) echo 1000x ;;
    FuzzSession | FuzzSocket | FuzzAnAnswer) echo 10000x ;;
    *) echo 30000x ;;
  esac
}

# Line by line: "package target".
targets=$(grep -rn --include='*_test.go' -oE '^func Fuzz[A-Za-z0-9_]+' . | sed -E 's|^\./(.*)/[^/]+:[0-9]+:func (.*)$|./\1 \2|' | grep -E "${RUN:-.}" | sort)
[ -n "$targets" ] || { echo "fuzz: no targets were found" >&2; exit 1; }

# build makes a package's test program, once for all of its targets.
build() {
  local guided=(-fuzz .)
  [ -z "$short" ] || guided=()
  go test "${guided[@]}" -c -o "$work/$(echo "$1" | tr / _).test" "$1"
}

one() {
  local log="$work/$2" program amount=$time
  program="$work/$(echo "$1" | tr / _).test"
  [ -z "$short" ] || amount=$(inputs "$2")
  if (cd "$1" && "$program" -test.run '^$' -test.fuzz "^$2\$" -test.fuzztime "$amount" -test.fuzzminimizetime 20x -test.parallel 1 \
    -test.fuzzcachedir "$cache/${1#./}" -test.timeout 30m) >"$log" 2>&1; then
    echo "fuzz: $1 $2: $(grep -oE 'execs: [0-9]+' "$log" | tail -1)"
  elif [ -z "$short" ] && grep -q 'context deadline exceeded' "$log" && ! grep -qE 'Failing input|panic|fatal' "$log"; then
    # The fuzzer's own: its time was up while a worker was at work. A finding names its input.
    echo "fuzz: $1 $2: $(grep -oE 'execs: [0-9]+' "$log" | tail -1), cut short by the fuzzer"
  else
    echo "fuzz: $1 $2 FAILED" >&2
    cat "$log" >&2
    return 1
  fi
}
cache=$(go env GOCACHE)/fuzz/$(go list -m)
[ -z "$short" ] || cache=$work/found # not what earlier nights have found out about coverage
export -f one build inputs
export time short work cache
cut -d' ' -f1 <<<"$targets" | uniq | xargs -L 1 bash -c 'set -e; build "$0"'
echo "$targets" | xargs -P "$jobs" -L 1 bash -c 'one "$0" "$1"'
amount="$time each"
[ -z "$short" ] || amount="some thousand inputs each"
echo "fuzz: $(wc -l <<<"$targets") targets, $amount: nothing found"
