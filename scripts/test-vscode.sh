#!/usr/bin/env bash
# Types in VS Code's own workbench, in Debian's Chromium, with the built extension, against the real program and the real
# model. The workbench's server comes as an npm package, into a folder of its own in the user's cache. With bench: measures;
# with images: makes the README's picture again.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ -z "${BROWSER_PATH:-}" ] && ! command -v chromium chromium-browser google-chrome >/dev/null && [ ! -e "/Applications/Google Chrome.app" ]; then
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "test set-up: Chromium is missing: install it (Debian: apt-get install chromium), name it by BROWSER_PATH, or run this as root" >&2
    exit 1
  fi
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium >/dev/null
fi
case $(node --version) in v20.*) ;; *) echo "test set-up: code-server 4.96.4 needs Node 20, this is $(node --version)" >&2; exit 1 ;; esac
CODE_SERVER=$(bash scripts/vscode-setup.sh)
export CODE_SERVER
cd editors/vscode
case ${1:-} in
  bench) exec node bench/latency.mjs ;;
  images) exec npm run --silent images ;;
  "") exec npm run --silent workbench ;;
  *) echo "$0: $1 is not known; bench, images or nothing" >&2; exit 2 ;;
esac
