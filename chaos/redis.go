package chaos

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Redis is a redis-server in a process of its own.
type Redis struct {
	Addr string

	port    int
	args    []string
	env     []string
	process *exec.Cmd
	ended   chan struct{}
}

// Redis starts a server with further arguments, without persistence. It is ended with the scenario.
func (t *T) Redis(args ...string) (*Redis, error) { return t.redis(nil, 0, args) }

func (t *T) redis(env []string, port int, args []string) (*Redis, error) {
	program, err := exec.LookPath("redis-server")
	if err != nil {
		return nil, Skip("redis-server is not installed")
	}
	if _, err := exec.LookPath("redis-cli"); err != nil {
		return nil, Skip("redis-cli is not installed")
	}
	if port == 0 {
		if port, err = freePort(); err != nil {
			return nil, err
		}
	}
	dir, err := os.MkdirTemp(t.Dir, "redis")
	if err != nil {
		return nil, err
	}
	r := &Redis{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), port: port, args: args, env: env, ended: make(chan struct{})}
	all := append([]string{"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", dir, "--daemonize", "no"}, args...)
	if len(args) == 0 || !strings.HasSuffix(args[0], ".conf") {
		all = append(all, "--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0")
	} else { // the configuration comes first
		all = append(append([]string{args[0]}, args[1:]...), all[:len(all)-len(args)]...)
	}
	r.process = exec.Command(program, all...)
	r.process.Env = append(os.Environ(), env...)
	output, err := r.process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := r.process.Start(); err != nil {
		return nil, err
	}
	t.Cleanup(r.Kill)
	ready := make(chan bool, 1)
	go func() {
		defer close(r.ended)
		told := false
		for lines := bufio.NewScanner(output); lines.Scan(); {
			line := lines.Text()
			if !told && (strings.Contains(line, "Ready to accept connections") || strings.Contains(line, "Sentinel ID is")) {
				told = true
				ready <- true
			}
		}
		if !told {
			ready <- false
		}
		_ = r.process.Wait() // it was killed
	}()
	select {
	case ok := <-ready:
		if !ok {
			return nil, errors.New("redis-server ended at once")
		}
		return r, nil
	case <-t.Ctx.Done():
		return nil, errors.New("redis-server is not ready")
	}
}

// freePort returns a port that nobody listens on.
func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// Kill ends it at once, as a machine that loses its power.
func (r *Redis) Kill() {
	_ = r.process.Process.Signal(syscall.SIGCONT) // may have ended
	_ = r.process.Process.Kill()
	<-r.ended
}

// Again starts it once more at the same address, empty.
func (r *Redis) Again(t *T) (*Redis, error) { return t.redis(r.env, r.port, r.args) }

// Freeze stops it where it is; Thaw lets it go on.
func (r *Redis) Freeze() error { return r.process.Process.Signal(syscall.SIGSTOP) }

// Thaw ends Freeze.
func (r *Redis) Thaw() error { return r.process.Process.Signal(syscall.SIGCONT) }

// URL is how the server is told of it.
func (r *Redis) URL() string { return "redis://" + r.Addr }

// Do runs a command, and returns what it answers.
func (r *Redis) Do(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "redis-cli", append([]string{"-p", strconv.Itoa(r.port)}, args...)...).CombinedOutput()
	text := strings.TrimSpace(string(out))
	if err == nil && strings.HasPrefix(text, "ERR") {
		err = errors.New(text)
	}
	return text, err
}

// endless is a script that counts the keys which would stay for ever.
const endless = `local n = 0; local all = redis.call('KEYS', '*')
for _, k in ipairs(all) do if redis.call('TTL', k) < 0 then n = n + 1 end end; return {#all, n}`

// Clean holds that every key has an end, and returns how many there are.
func (r *Redis) Clean(ctx context.Context) (int, error) {
	out, err := r.Do(ctx, "EVAL", endless, "0")
	if err != nil {
		return 0, err
	}
	lines := strings.Fields(out)
	if len(lines) != 2 {
		return 0, fmt.Errorf("redis-cli answers %q", out)
	}
	keys, err := strconv.Atoi(lines[0])
	if err == nil && lines[1] != "0" {
		err = fmt.Errorf("%s of %d keys have no end", lines[1], keys)
	}
	return keys, err
}

// Sentinel starts a Sentinel that watches a master under the name "inkling".
func (t *T) Sentinel(master *Redis) (*Redis, error) {
	conf := filepath.Join(t.Dir, fmt.Sprintf("sentinel%d.conf", master.port))
	text := fmt.Sprintf("sentinel monitor inkling 127.0.0.1 %d 1\nsentinel down-after-milliseconds inkling 500\nsentinel failover-timeout inkling 3000\n", master.port)
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return t.redis(nil, 0, []string{conf, "--sentinel"})
}

// Part returns the state that the server's health names for a part of it.
func (s *Server) Part(ctx context.Context, name string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Addr+"/health", nil)
	if err != nil {
		return "", err
	}
	response, err := scraper.Do(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }() // it was read
	var health struct {
		Parts map[string]struct{ Status string }
	}
	err = json.NewDecoder(response.Body).Decode(&health)
	return health.Parts[name].Status, err
}
