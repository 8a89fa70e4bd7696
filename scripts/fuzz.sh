#!/usr/bin/env bash
# Fuzzes every fuzz target of the repository: for FUZZTIME each (default 60s; 500x is so many inputs), JOBS at a time (default: one a core), those
# that match RUN. What is found is written to the package's testdata/fuzz, is to be committed with its repair, and is played by every go test from
# then on.
#
# `fuzz.sh short` is for CI: without coverage to guide it, for which all dependencies would be built anew.
set -euo pipefail
cd "$(dirname "$0")/.."
short=$([ "${1:-}" = short ] && echo yes || true)
time=${FUZZTIME:-60s}
jobs=${JOBS:-$(getconf _NPROCESSORS_ONLN)}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Line by line: "package target".
targets=$(grep -rn --include='*_test.go' --exclude-dir=fuzztest -oE '^func Fuzz[A-Za-z0-9_]+' . | sed -E 's|^\./(.*)/[^/]+:[0-9]+:func (.*)$|./\1 \2|' | grep -E "${RUN:-.}" | sort)
[ -n "$targets" ] || { echo "fuzz: no targets were found" >&2; exit 1; }

# build makes a package's test program, once for all of its targets.
build() {
  local guided=(-fuzz .)
  [ -z "$short" ] || guided=()
  go test "${guided[@]}" -c -o "$work/$(echo "$1" | tr / _).test" "$1"
}

# show prints what hung, and the input that a log names, for whoever has nothing of the machine but what was printed.
show() {
  local input
  [ ! -f "$2.stacks" ] || head -n 60 "$2.stacks"
  input=$(sed -nE 's|.*(testdata/fuzz/[A-Za-z0-9_/-]+).*|\1|p; s|.*seed corpus entry: ([A-Za-z0-9_/-]+).*|testdata/fuzz/\1|p' "$2" | head -1)
  input="$1/$input"
  [ -f "$input" ] || return 0
  echo "fuzz: $input, made again by: base64 -d | gunzip"
  gzip -9n <"$input" | base64 -w 150 | head -c 30000
}

one() {
  local log="$work/$2" program
  program="$work/$(echo "$1" | tr / _).test"
  if (cd "$1" && INKLING_FUZZ_STACKS=$log.stacks "$program" -test.run '^$' -test.fuzz "^$2\$" -test.fuzztime "$time" -test.fuzzminimizetime 20x -test.parallel 1 \
    -test.fuzzcachedir "$cache/${1#./}" -test.timeout 30m) >"$log" 2>&1; then
    echo "fuzz: $1 $2: $(grep -oE 'execs: [0-9]+' "$log" | tail -1)"
  elif grep -q 'context deadline exceeded' "$log" && ! grep -qE 'Failing input|panic|fatal' "$log"; then
    # The fuzzer's own (golang.org/issue/48591): its time was up while a worker was at work. A finding names its input.
    echo "fuzz: $1 $2: $(grep -oE 'execs: [0-9]+' "$log" | tail -1), cut short by the fuzzer"
  else
    {
      echo "fuzz: $1 $2 FAILED"
      grep -v '^fuzz: elapsed: .*execs: ' "$log" || true
      show "$1" "$log"
    } >&2
    return 1
  fi
}
cache=$(go env GOCACHE)/fuzz/$(go list -m)
[ -z "$short" ] || cache=$work/found # not what earlier nights have found out about coverage
export -f one build show
export time short work cache
cut -d' ' -f1 <<<"$targets" | uniq | xargs -L 1 bash -c 'set -e; build "$0"'
echo "$targets" | xargs -P "$jobs" -L 1 bash -c 'one "$0" "$1"'
echo "fuzz: $(wc -l <<<"$targets") targets, $time each: nothing found"
