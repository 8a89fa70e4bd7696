#!/bin/sh
# Takes a snapshot of Redis over the wire, checks it, and keeps the newest ones.
#
#   backup.sh once      one snapshot now; prints its path
#   backup.sh loop      one every BACKUP_INTERVAL seconds, for ever
#
# REDIS_HOST, REDIS_PORT (6379), REDISCLI_AUTH (password), BACKUP_DIR (/backups), BACKUP_INTERVAL (21600),
# BACKUP_KEEP (28 snapshots).
set -eu

[ -n "${REDISCLI_AUTH:-}" ] || unset REDISCLI_AUTH # an empty one would be sent, and refused
host=${REDIS_HOST:-127.0.0.1}
port=${REDIS_PORT:-6379}
folder=${BACKUP_DIR:-/backups}
interval=${BACKUP_INTERVAL:-21600}
keep=${BACKUP_KEEP:-28}

for pair in "BACKUP_INTERVAL=$interval" "BACKUP_KEEP=$keep"; do
  case ${pair#*=} in
    ''|*[!0-9]*|0) echo "backup: ${pair%%=*}: ${pair#*=} is not a number above 0" >&2; exit 2 ;;
  esac
done

once() {
  mkdir -p "$folder"
  target=$folder/inkling-$(date -u +%Y%m%dT%H%M%SZ).rdb
  part=$target.part
  rm -f "$folder"/*.part
  redis-cli -h "$host" -p "$port" --rdb "$part" >/dev/null 2>"$folder/backup.err" || {
    echo "backup: redis-cli: $(tail -n 1 "$folder/backup.err")" >&2
    rm -f "$part"
    return 1
  }
  redis-check-rdb "$part" >"$folder/backup.err" 2>&1 || {
    echo "backup: the snapshot does not pass redis-check-rdb: $(tail -n 1 "$folder/backup.err")" >&2
    rm -f "$part"
    return 1
  }
  sync "$part" 2>/dev/null || sync
  mv "$part" "$target"
  rm -f "$folder/backup.err"
  ls -1 "$folder"/inkling-*.rdb | sort -r | tail -n +"$((keep + 1))" | while read -r old; do rm -f "$old"; done
  echo "$target"
}

case ${1:-loop} in
  once) once ;;
  loop)
    trap 'exit 0' TERM INT
    while :; do
      once || echo "backup: will try again in $interval s" >&2
      sleep "$interval" &
      wait $!
    done ;;
  *) echo "usage: backup.sh [once|loop]" >&2; exit 2 ;;
esac
