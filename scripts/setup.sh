#!/usr/bin/env bash
# Installs Inkling on a bare Debian or Ubuntu: packages, Go where it is missing or too old, the build, runtime and model,
# and a systemd service of its own. Run it as root, in a checkout; running it again upgrades.
#
#   sudo scripts/setup.sh [--no-service] [--no-redis]
#
# GO_ARCHIVE: a file or address of go1.26 or later as .tar.gz, where apt and PATH have none.
set -euo pipefail

service=yes redis=yes
for argument in "$@"; do
  case $argument in
    --no-service) service= ;;
    --no-redis) redis= ;;
    *) echo "setup: $argument: usage: setup.sh [--no-service] [--no-redis]" >&2; exit 2 ;;
  esac
done
cd "$(dirname "$0")/.."

say() { echo "setup: $*" >&2; }
fail() { say "$*"; exit 1; }

[ "$(id -u)" = 0 ] || fail "run it as root: sudo scripts/setup.sh"
command -v apt-get >/dev/null || fail "this is neither Debian nor Ubuntu: docs/operations.md says what is needed"
case $(uname -m) in
  x86_64) arch=amd64 ;;
  aarch64) arch=arm64 ;;
  *) fail "no ONNX Runtime is published for $(uname -m); there is one for x86_64 and aarch64" ;;
esac

say "packages"
packages=(ca-certificates gcc libc6-dev make python3 python3-pip libstdc++6)
[ -z "$redis" ] || packages+=(redis-server)
export DEBIAN_FRONTEND=noninteractive
apt_get() { apt-get -qq -o DPkg::Lock::Timeout=300 "$@"; } # a new machine upgrades itself at first
apt_get update
apt_get install -y --no-install-recommends "${packages[@]}" >/dev/null

go_version=$(sed -n 's/^go \([0-9]*\.[0-9]*\).*/\1/p' go.mod)
recent() { # recent GO: whether it is new enough
  local have
  have=$("$1" env GOVERSION 2>/dev/null | sed -n 's/^go\([0-9]*\.[0-9]*\).*/\1/p') || return 1
  [ -n "$have" ] && [ "$(printf '%s\n%s\n' "$go_version" "$have" | sort -V | head -n 1)" = "$go_version" ]
}
go=
for candidate in "$(command -v go || true)" /usr/local/go/bin/go "/usr/lib/go-$go_version/bin/go"; do
  if [ -n "$candidate" ] && recent "$candidate"; then go=$candidate; break; fi
done
if [ -z "$go" ] && apt_get install -y --no-install-recommends "golang-$go_version-go" >/dev/null 2>&1; then
  go=/usr/lib/go-$go_version/bin/go
fi
if [ -z "$go" ]; then
  archive=${GO_ARCHIVE:-https://go.dev/dl/go$go_version.0.linux-$arch.tar.gz}
  say "Go $go_version from $archive"
  unpacked=$(mktemp -d)
  trap 'rm -rf "$unpacked"' EXIT
  if [ -f "$archive" ]; then
    tar -C "$unpacked" -xzf "$archive"
  else
    apt_get install -y --no-install-recommends curl >/dev/null
    curl -fsSL --retry 3 -o "$unpacked/go.tar.gz" "$archive" || fail "GO_ARCHIVE: $archive cannot be fetched: name another file or address"
    tar -C "$unpacked" -xzf "$unpacked/go.tar.gz"
  fi
  recent "$unpacked/go/bin/go" || fail "GO_ARCHIVE: $archive is no Go $go_version or later"
  rm -rf /usr/local/go
  mv "$unpacked/go" /usr/local/go
  go=/usr/local/go/bin/go
fi

say "building with $("$go" version)"
version=$(git describe --always --tags --dirty 2>/dev/null || echo dev)
CGO_ENABLED=1 "$go" build -buildvcs=false -ldflags "-X main.version=$version" -o bin/inkling ./cmd/inkling
install -m 0755 bin/inkling /usr/local/bin/inkling.new
mv /usr/local/bin/inkling.new /usr/local/bin/inkling # at once: a running one keeps its own

home=/var/lib/inkling
id inkling >/dev/null 2>&1 || useradd --system --home-dir "$home" --shell /usr/sbin/nologin inkling
install -d -o inkling -g inkling -m 0750 "$home"
python3 scripts/fetch.py "$home"
say "importing the model"
INKLING_HOME=$home /usr/local/bin/inkling import "$home"/models/*.gguf >/dev/null || fail "the model could not be imported"
chown -R inkling:inkling "$home"

if [ ! -e /etc/inkling/inkling.env ]; then
  install -d -m 0750 -g inkling /etc/inkling
  {
    echo "# Settings of inkling.service, and of inkling itself where ENV_FILE names this file; docs/operations.md has them all."
    echo "INKLING_HOME=$home"
    [ -z "$redis" ] || echo "REDIS_HOST=127.0.0.1"
  } >/etc/inkling/inkling.env
  chgrp inkling /etc/inkling/inkling.env
  chmod 0640 /etc/inkling/inkling.env
fi

if [ -z "$service" ]; then
  say "done, without a service: inkling serve"
  exit 0
fi
install -m 0644 deploy/systemd/inkling.socket deploy/systemd/inkling.service /etc/systemd/system/
if [ ! -d /run/systemd/system ]; then
  say "done; systemd does not run here: systemctl enable --now inkling.socket inkling.service where it does"
  exit 0
fi
systemctl daemon-reload
[ -z "$redis" ] || systemctl enable --now redis-server
systemctl enable --now inkling.socket inkling.service
systemctl restart inkling.service # an upgrade: the socket stays
ENV_FILE=/etc/inkling/inkling.env inkling health --timeout 30s || fail "the server does not serve: journalctl -u inkling"
say "serving, on http://127.0.0.1:8000 unless inkling.socket says otherwise"
