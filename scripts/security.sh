#!/usr/bin/env bash
# Static security checks of the Go code and its dependencies. docs/security.md says why the excluded rules are excluded.
set -euo pipefail
cd "$(dirname "$0")/.."
gosec=github.com/securego/gosec/v2/cmd/gosec@v2.22.11
licenses=github.com/google/go-licenses@v1.6.0
govulncheck=golang.org/x/vuln/cmd/govulncheck@v1.1.4
allowed=MIT,BSD-2-Clause,BSD-3-Clause,Apache-2.0,ISC,MPL-2.0,CC0-1.0

echo "security: gosec"
# Test helpers start the programs that they are told to start. G115: counts and sizes, checked where they come in. G304: files that the operator
# names. G404: sampling and jitter want speed, not secrecy; keys and tickets use crypto/rand. G103: memory outside the Go heap.
go run "$gosec" -quiet -exclude=G103,G104,G115,G304,G404 -exclude-dir=redisconn/redistest -exclude-dir=chaos ./...

echo "security: licences of what the program is linked with"
go run "$licenses" check ./cmd/inkling --allowed_licenses="$allowed" --ignore inkling 2>/dev/null ||
  { echo "security: a dependency's licence is none of $allowed:" >&2; go run "$licenses" report ./cmd/inkling --ignore inkling 2>/dev/null >&2; exit 1; }

echo "security: known vulnerabilities"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! go run "$govulncheck" ./... >"$log" 2>&1; then
  if grep -q 'fetching vulnerabilities' "$log"; then
    echo "security: NOT CHECKED for known vulnerabilities: their database cannot be reached from this machine" >&2
  else
    cat "$log" >&2
    exit 1
  fi
fi
