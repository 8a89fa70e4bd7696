#!/usr/bin/env bash
# Prints the figures of docs/benchmarks.md with the shape of this machine. Timings are figures, never pass marks.
# BENCHTIME=5s make bench measures longer; scripts/bench.sh ./stream measures one package.
set -euo pipefail
cd "$(dirname "$0")/.."

cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -1 || true)
[ -n "$cpu" ] || cpu=$(sysctl -n machdep.cpu.brand_string 2>/dev/null || uname -m)
flags=$(grep -om1 -wE 'avx512_vnni|avx_vnni|avx512f|avx2|asimddp' /proc/cpuinfo 2>/dev/null | sort -u | tr '\n' ' ' || true)
echo "machine: $cpu, $(getconf _NPROCESSORS_ONLN) cores ${flags}"
echo "load:    $(cut -d' ' -f1-3 /proc/loadavg 2>/dev/null || echo unknown)"
echo "commit:  $(git rev-parse --short HEAD 2>/dev/null || echo none)"
echo "command: scripts/bench.sh $*"
echo

bench() { # bench PATTERN PACKAGE...
  local pattern=$1
  shift
  go test -run '^$' -bench "$pattern" -benchtime "${BENCHTIME:-1s}" -timeout 30m "$@" | grep -vE '^(PASS|ok|\?|goos|goarch|cpu)' || true
}

if [ $# -gt 0 ]; then
  bench . "$@"
  exit
fi
bench 'Prefill|Decode|Typed|Cancel|Load' ./infer/ort
for rows in 1 2 4; do # in a process each: memory is counted by process
  bench "Resident/$rows\$" ./infer/ort
done
bench . ./cache ./ratelimit ./infer/tokenizer ./infer/sampler ./contexts ./contexts/finishing ./contexts/secrets ./contexts/syntax ./stream ./rest
GOMAXPROCS=2 bench CachedREST ./cmd/inkling
