package deploytest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const password = "a word of the test"

// redisOn starts Redis with the configuration that compose mounts, on loopback and in a folder of the test.
func redisOn(t *testing.T, port int, data string) *process {
	t.Helper()
	return redisWith(t, port, data, password)
}

func redisWith(t *testing.T, port int, data, password string) *process {
	t.Helper()
	folder := t.TempDir()
	copied(t, folder, []string{"deploy/redis/redis.conf"}, "dir /data", "dir "+data, "port 6379", "port "+strconv.Itoa(port), "bind * -::*", "bind 127.0.0.1")
	p := start(t, nil, program(t, "redis-server"), filepath.Join(folder, "redis.conf"), "--requirepass", password)
	until(t, "Redis", func(context.Context) error {
		if out, err := redisCLI(t, port, "ping"); err != nil || !strings.Contains(out, "PONG") {
			return fmt.Errorf("%s, %v", out, err)
		}
		return nil
	})
	return p
}

func redisCLI(t *testing.T, port int, args ...string) (string, error) {
	t.Helper()
	out, err := output(t, []string{"REDISCLI_AUTH=" + password}, program(t, "redis-cli"), append([]string{"-p", strconv.Itoa(port)}, args...)...)
	return strings.TrimSpace(out), err
}

func redisSays(t *testing.T, port int, want string, args ...string) {
	t.Helper()
	if got, err := redisCLI(t, port, args...); err != nil || got != want {
		t.Errorf("redis-cli %v: %q, %v, want %q", args, got, err, want)
	}
}

func TestABackupIsRestored(t *testing.T) {
	data, backups, port := t.TempDir(), t.TempDir(), freePort(t)
	env := []string{"REDIS_HOST=127.0.0.1", "REDIS_PORT=" + strconv.Itoa(port), "REDISCLI_AUTH=" + password, "BACKUP_DIR=" + backups, "BACKUP_KEEP=2"}
	backup, restore := filepath.Join(root, "deploy/redis/backup.sh"), filepath.Join(root, "deploy/redis/restore.sh")
	redis := redisOn(t, port, data)
	redisSays(t, port, "1", "hset", "keys", "ann", "hash")
	redisSays(t, port, "OK", "set", "limit", "7", "ex", "3600")
	snapshot := must(t, env, backup, "once")
	redisSays(t, port, "OK", "set", "later", "1")
	if _, err := output(t, env, restore, snapshot, data); err == nil || !strings.Contains(err.Error(), "still runs") {
		t.Errorf("a running Redis was restored: %v", err)
	}
	redisSays(t, port, "OK", "flushall")
	redis.stop(t)

	damaged := filepath.Join(t.TempDir(), "damaged.rdb")
	bytes, err := os.ReadFile(snapshot)
	if err != nil {
		t.Fatal(err)
	}
	bytes[len(bytes)/2] ^= 0xff
	if err := os.WriteFile(damaged, bytes, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := output(t, env, restore, damaged, data); err == nil || !strings.Contains(err.Error(), "nothing was changed") {
		t.Errorf("a damaged snapshot: %v", err)
	}
	if said := must(t, env, restore, snapshot, data); !strings.Contains(said, "2 keys are in") {
		t.Errorf("restoring: %s", said)
	}
	redisOn(t, port, data)
	redisSays(t, port, "hash", "hget", "keys", "ann")
	redisSays(t, port, "7", "get", "limit")
	redisSays(t, port, "", "get", "later")
	redisSays(t, port, "2", "dbsize")
	if ttl, err := redisCLI(t, port, "ttl", "limit"); err != nil || ttl == "-1" {
		t.Errorf("the limit does not expire any more: %s, %v", ttl, err)
	}
	redisSays(t, port, "OK", "set", "after", "1") // and it goes on being written
	if kept, err := filepath.Glob(filepath.Join(data, "before-restore-*", "appendonlydir")); err != nil || len(kept) != 1 {
		t.Errorf("what was there before is kept in %v, %v", kept, err)
	}
}

// Compose gives an empty word where none is set.
func TestABackupNeedsNoPassword(t *testing.T) {
	data, backups, port := t.TempDir(), t.TempDir(), freePort(t)
	redis := redisWith(t, port, data, "")
	env := []string{"REDIS_HOST=127.0.0.1", "REDIS_PORT=" + strconv.Itoa(port), "REDISCLI_AUTH=", "BACKUP_DIR=" + backups}
	snapshot := must(t, env, filepath.Join(root, "deploy/redis/backup.sh"), "once")
	restore := filepath.Join(root, "deploy/redis/restore.sh")
	if _, err := output(t, env, restore, snapshot, data); err == nil || !strings.Contains(err.Error(), "still runs") {
		t.Errorf("a running Redis was restored: %v", err)
	}
	redis.stop(t)
	must(t, env, restore, snapshot, data)
}

func TestOldBackupsGo(t *testing.T) {
	data, backups, port := t.TempDir(), t.TempDir(), freePort(t)
	redisOn(t, port, data)
	env := []string{"REDIS_HOST=127.0.0.1", "REDIS_PORT=" + strconv.Itoa(port), "REDISCLI_AUTH=" + password, "BACKUP_DIR=" + backups, "BACKUP_KEEP=2"}
	for _, day := range []string{"01", "02", "03"} {
		if err := os.WriteFile(filepath.Join(backups, "inkling-202001"+day+"T000000Z.rdb"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	newest := must(t, env, filepath.Join(root, "deploy/redis/backup.sh"), "once")
	left, err := filepath.Glob(filepath.Join(backups, "*"))
	if err != nil || len(left) != 2 || left[0] != filepath.Join(backups, "inkling-20200103T000000Z.rdb") || left[1] != newest {
		t.Errorf("left are %v, %v", left, err)
	}
	for _, c := range []struct{ variable, want string }{
		{"BACKUP_KEEP=0", "BACKUP_KEEP"}, {"BACKUP_INTERVAL=soon", "BACKUP_INTERVAL"}, {"REDISCLI_AUTH=wrong", "backup:"},
	} {
		if _, err := output(t, append(env, c.variable), filepath.Join(root, "deploy/redis/backup.sh"), "once"); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.variable, err)
		}
	}
	if _, err := os.Stat(newest); errors.Is(err, os.ErrNotExist) {
		t.Error("a backup that failed took the last one away")
	}
}
