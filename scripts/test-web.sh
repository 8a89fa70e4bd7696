#!/usr/bin/env bash
# Drives the playground in real browsers against the real program and model, after checking types and that the committed bundle is what the
# sources build. test-web.sh short: the bundle, unit tests, and the core of editing in Chromium alone. Installs the browsers as root on Debian; elsewhere names them.
set -euo pipefail
cd "$(dirname "$0")/.."

browser() { # browser NAME PACKAGE VARIABLE PROGRAM...
  local name=$1 package=$2 variable=$3
  shift 3
  [ -z "${!variable:-}" ] || return 0
  local program
  for program in "$@"; do
    if command -v "$program" >/dev/null || [ -e "$program" ]; then return 0; fi
  done
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "test set-up: $name is missing: install it (Debian: apt-get install $package), name it by $variable, or run this as root" >&2
    exit 1
  fi
  apt-get -qq update
  DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$package" >/dev/null
}

command -v npm >/dev/null || { echo "test set-up: npm is missing: install Node 20 (Debian: nodejs npm)" >&2; exit 1; }
browser Chromium chromium BROWSER_PATH chromium chromium-browser google-chrome "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
[ "${1:-}" = short ] || browser Firefox firefox-esr FIREFOX_PATH firefox-esr firefox "/Applications/Firefox.app/Contents/MacOS/firefox"
npm ci --prefix web --ignore-scripts --no-audit --no-fund --silent
npm run --silent check --prefix web
cd web
if [ "${1:-}" = short ]; then
  exec node --test --test-concurrency=1 test/build.test.mjs test/unit.test.mjs test/editing.test.mjs
fi
exec node --test --test-concurrency=1 test/*.test.mjs
