#!/bin/sh
# Puts a snapshot in the place of Redis' data, while Redis is stopped. What was there is kept beside it.
#
#   restore.sh SNAPSHOT.rdb [DATA]      DATA is Redis' folder, /data by default
#
# A Redis with appendonly loads its append-only files and not the snapshot, so these are made out of it here: by a Redis
# of our own, on a Unix socket that nobody else knows.
set -eu

[ $# -ge 1 ] || { echo "usage: restore.sh SNAPSHOT.rdb [DATA]" >&2; exit 2; }
snapshot=$1
data=${2:-/data}
[ -f "$snapshot" ] || { echo "restore: $snapshot: there is no such file" >&2; exit 1; }
[ -d "$data" ] || { echo "restore: $data: there is no such folder" >&2; exit 1; }
redis-check-rdb "$snapshot" >/dev/null || { echo "restore: $snapshot does not pass redis-check-rdb; nothing was changed" >&2; exit 1; }

[ -n "${REDISCLI_AUTH:-}" ] || unset REDISCLI_AUTH # an empty one would be sent, and refused
live=${REDIS_HOST:-}
if [ -n "$live" ] && redis-cli -h "$live" -p "${REDIS_PORT:-6379}" ping >/dev/null 2>&1; then
  echo "restore: Redis still runs at $live: stop it first; nothing was changed" >&2
  exit 1
fi

unset REDISCLI_AUTH # ours has no password
new=$data/restore.new
rm -rf "$new"
mkdir "$new"
cp "$snapshot" "$new/dump.rdb"
socket=$new/redis.sock
redis-server --port 0 --unixsocket "$socket" --dir "$new" --dbfilename dump.rdb --appendonly no --save '' \
  --daemonize no --logfile "$new/redis.log" &
pid=$!
ask() { redis-cli -s "$socket" "$@"; }
field() { ask info persistence | tr -d '\r' | sed -n "s/^$1://p"; }
until [ "$(ask ping 2>/dev/null)" = PONG ] && [ "$(field loading)" = 0 ]; do
  kill -0 "$pid" 2>/dev/null || { echo "restore: Redis did not load the snapshot: $(tail -n 1 "$new/redis.log")" >&2; exit 1; }
  sleep 0.1
done
ask config set appendonly yes >/dev/null
until [ "$(field aof_rewrite_in_progress)" = 0 ] && [ "$(field aof_rewrite_scheduled)" = 0 ]; do sleep 0.1; done
[ "$(field aof_last_bgrewrite_status)" = ok ] || { echo "restore: the append-only files could not be written" >&2; kill "$pid"; exit 1; }
keys=$(ask dbsize)
ask shutdown nosave >/dev/null 2>&1 || true
wait "$pid" || true
rm -f "$socket" "$new/redis.log"

old=$data/before-restore-$(date -u +%Y%m%dT%H%M%SZ)
mkdir "$old"
for name in dump.rdb appendonlydir appendonly.aof; do
  [ ! -e "$data/$name" ] || mv "$data/$name" "$old/"
done
mv "$new/appendonlydir" "$new/dump.rdb" "$data/"
rmdir "$new"
owner=$(stat -c %u:%g "$data")
[ "$(id -u)" != 0 ] || chown -R "$owner" "$data/appendonlydir" "$data/dump.rdb"
echo "restore: $keys keys are in $data; what was there is in $old"
