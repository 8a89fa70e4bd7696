#!/usr/bin/env bash
# Prints the figures of docs/benchmarks.md with the shape of this machine. Timings are figures, never pass marks.
set -euo pipefail
cd "$(dirname "$0")/.."

cpu=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo 2>/dev/null | head -1 || true)
[ -n "$cpu" ] || cpu=$(sysctl -n machdep.cpu.brand_string 2>/dev/null || uname -m)
flags=$(grep -om1 -wE 'avx512_vnni|avx_vnni|avx512f|avx2|asimddp' /proc/cpuinfo 2>/dev/null | sort -u | tr '\n' ' ' || true)
echo "machine: $cpu, $(getconf _NPROCESSORS_ONLN) cores ${flags}"
echo "commit:  $(git rev-parse --short HEAD 2>/dev/null || echo none)"
echo "command: make bench"
echo
go test -run '^$' -bench . -benchtime "${BENCHTIME:-2s}" -timeout 30m "${@:-./...}" | grep -vE '^(PASS|ok|\?|goos|goarch)'
