#!/usr/bin/env bash
# Installs a Debian package where its command is missing: editor-package.sh COMMAND PACKAGE [install]. As root on Debian and
# its kin; elsewhere it says what is missing.
set -euo pipefail
if command -v "$1" >/dev/null && [ "${3:-}" = "" ]; then exit 0; fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  echo "test-editors: $1 is missing: install it (Debian: apt-get install $2), or run this as root" >&2
  exit 1
fi
apt-get -qq update
DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "$2" >/dev/null
