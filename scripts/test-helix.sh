#!/usr/bin/env bash
# Types in a real Helix, through the bridge. INKLING_HELIX names a Helix; without it the one on PATH is used, and where there is none,
# one of fixed version is built into the user's cache (Rust's cargo; ten minutes and more).
set -euo pipefail
cd "$(dirname "$0")/.."
commit=079a789e8cb08ead67f19e1971a1b7438b37354b
cache=${INKLING_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/inkling-test}
helix=${INKLING_HELIX:-$(command -v hx || command -v helix || true)}
if [ -z "$helix" ]; then
  source=$cache/helix-$commit
  helix=$source/target/release/hx
  if [ ! -x "$helix" ]; then
    command -v cargo >/dev/null || { echo "test-helix: neither Helix nor Rust's cargo is there: install one, or set INKLING_HELIX"; exit 1; }
    if [ ! -e "$source/Cargo.toml" ]; then
      bash scripts/clone.sh "${HELIX_REPOSITORY:-https://github.com/helix-editor/helix}" "$commit" "$source.new" "set INKLING_HELIX to one"
      rm -f "$source.new/rust-toolchain.toml" # whatever Rust is there
      mv "$source.new" "$source"
    fi
    (cd "$source" && HELIX_DISABLE_AUTO_GRAMMAR_BUILD=1 cargo build -q --release --locked -p helix-term)
  fi
  export HELIX_RUNTIME=$source/runtime
fi
"$helix" --version
python3 editors/drive/helix.py bin/inkling "$helix"
