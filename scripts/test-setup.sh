#!/usr/bin/env bash
# Installs what the tests need besides what `make setup` fetched: a real Redis, and Node for the published LSP clients.
# Installs as root on Debian and its kin; elsewhere it says what is missing, in one line each.
set -euo pipefail

updated=
install() { # install WHAT PACKAGE...
  local what=$1 policy=/usr/sbin/policy-rc.d ours=
  shift
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "test set-up: $what is missing: install it (Debian: apt-get install $*), or run make test as root" >&2
    exit 1
  fi
  [ -n "$updated" ] || apt-get -qq -o DPkg::Lock::Timeout=300 update
  updated=yes
  # No service is to start by itself: the tests start their own, on loopback.
  if [ ! -e "$policy" ]; then
    ours=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@" >/dev/null
  [ -z "$ours" ] || rm -f "$policy"
}

command -v redis-server >/dev/null || install "Redis" redis-server
command -v redis-sentinel >/dev/null || install "Redis Sentinel" redis-sentinel
command -v redis-cli >/dev/null || install "redis-cli" redis-tools
command -v node >/dev/null || install "Node" nodejs npm
command -v npm >/dev/null || install "npm" npm

# What docker-compose.prod.yml runs besides, for make test-deploy.
if [ "${1:-}" = deploy ]; then
  command -v nginx >/dev/null || install "nginx" nginx-light
  command -v prometheus >/dev/null || install "Prometheus" prometheus
  command -v systemd-analyze >/dev/null || install "systemd-analyze" systemd
  command -v openssl >/dev/null || install "OpenSSL" openssl
fi
