#!/usr/bin/env bash
# Generates on a real llama.cpp server with the default model, through the remote engine and through the whole program.
# The server is built from source once, which takes minutes, into a folder of its own in the user's cache.
set -euo pipefail
cd "$(dirname "$0")/.."
version=0.3.36
model=${INKLING_HOME:-${XDG_DATA_HOME:-$HOME/.local/share}/inkling}/models/SmolLM2-135M-Instruct.Q4_1.gguf
venv=${INKLING_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/inkling-test}/llama-$version
if [ ! -e "$venv/.ok" ]; then
  echo "building llama.cpp's server, once"
  rm -rf "$venv"
  mkdir -p "$(dirname "$venv")"
  python3 -m venv "$venv"
  CMAKE_BUILD_PARALLEL_LEVEL=2 nice "$venv/bin/pip" install --quiet "llama-cpp-python[server]==$version"
  touch "$venv/.ok"
fi
work=$(mktemp -d)
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
: >"$work/log"
PYTHONUNBUFFERED=1 "$venv/bin/python" -m llama_cpp.server --model "$model" --model_alias smollm --host 127.0.0.1 --port "$port" \
  --n_ctx 2048 --n_threads 2 --interrupt_requests False --verbose False >"$work/log" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$work"' EXIT
for _ in $(seq 600); do
  grep -q 'Uvicorn running' "$work/log" && break
  if ! kill -0 "$server" 2>/dev/null; then
    cat "$work/log" >&2
    exit 1
  fi
  sleep 0.1
done
export INKLING_LLAMA_URL=http://127.0.0.1:$port/v1 INKLING_LLAMA_LOG=$work/log
go vet -tags llama ./infer/remote ./cmd/inkling
# One package after the other: the server serves one request at a time.
go test -p 1 -tags llama -count 1 -timeout 10m -v -run 'Llama' ./infer/remote ./cmd/inkling
