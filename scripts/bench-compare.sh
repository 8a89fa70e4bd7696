#!/usr/bin/env bash
# Types the same keys at this commit's server, at an older commit's, and at a peer, and prints the figures side by side
# with ratios to the first. All run on this machine, one after the other, with the same number of threads.
#   REV=HEAD~1                            the older commit; empty leaves it out
#   PEER=llama=http://127.0.0.1:8080      a peer that is running already; empty leaves it out
#   SOURCES=DIR FILES=6 HOLES=3 WORKERS=2 TYPISTS=1 OPEN=
set -euo pipefail
cd "$(dirname "$0")/.."
rev=${REV-HEAD~1} workers=${WORKERS:-2} sources=${SOURCES:-$(go env GOROOT)/src/net/http}
work=$(mktemp -d)
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  git worktree remove --force "$work/old" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT

free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }

serve() { # serve BINARY NAME: starts a server and adds it to the peers
  local port
  port=$(free_port)
  "$1" serve --port "$port" --workers "$workers" >"$work/$2.log" 2>&1 &
  pids+=($!)
  for _ in $(seq 300); do
    python3 -c "import urllib.request; urllib.request.urlopen('http://127.0.0.1:$port/health/ready')" 2>/dev/null && break
    sleep 0.1
  done
  peers+=(--peer "inkling=ws://127.0.0.1:$port/api/v1/stream")
  names+=("$2")
}

peers=() names=()
go build -o "$work/new" ./cmd/inkling
serve "$work/new" "this commit"
if [ -n "$rev" ]; then
  git worktree add --quiet --detach "$work/old" "$rev"
  (cd "$work/old" && go build -o "$work/older" ./cmd/inkling)
  serve "$work/older" "$rev"
fi
[ -z "${PEER:-}" ] || { peers+=(--peer "$PEER"); names+=("${PEER%%=*}"); }
echo "columns: $(printf '%s, ' "${names[@]}")threads: $workers"
"$work/new" replay "$sources" "${peers[@]}" --files "${FILES:-6}" --holes "${HOLES:-3}" --typists "${TYPISTS:-1}" ${OPEN:+--open} ${JSON:+--json "$JSON"} ${SVG:+--svg "$SVG"}
