// Package redistest starts real Redis servers for tests: single ones, Sentinels and clusters, on free ports of loopback, in
// folders of the test. Everything is stopped when the test ends.
//
// Tests that need it are skipped where the redis-server program is not installed, and fail where INKLING_TEST_ALL is set, as make test
// sets it.
package redistest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"inkling/redisconn"
)

// patience is how long anything may take on a busy machine before a test gives up on it.
const patience = 60 * time.Second

// Server is a running redis-server.
type Server struct {
	Addr    string
	process *exec.Cmd
	ended   chan struct{}
}

// Start starts a server with further arguments, such as "--requirepass", "secret", and waits until it takes connections.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	return start(t, freePort(t), append([]string{"--save", "", "--appendonly", "no", "--repl-diskless-sync-delay", "0"}, args...)...)
}

// StartSentinel starts a Sentinel that watches a master under the name "inkling".
func StartSentinel(t testing.TB, master *Server, quorum int) *Server {
	t.Helper()
	port := freePort(t)
	host, masterPort, err := net.SplitHostPort(master.Addr)
	if err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(t.TempDir(), "sentinel.conf")
	text := fmt.Sprintf("sentinel monitor inkling %s %s %d\nsentinel down-after-milliseconds inkling 500\nsentinel failover-timeout inkling 3000\n",
		host, masterPort, quorum)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return run(t, port, "Sentinel ID is", append([]string{config, "--sentinel"}, common(t, port)...)...)
}

func start(t testing.TB, port int, args ...string) *Server {
	t.Helper()
	return run(t, port, "Ready to accept connections", append(common(t, port), args...)...)
}

// Open connects as the program does, for the length of the test.
func Open(t testing.TB, c redisconn.Config) redis.UniversalClient {
	t.Helper()
	client, err := redisconn.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// missing ends a test whose program is not installed.
func missing(t testing.TB, program string) {
	t.Helper()
	if os.Getenv("INKLING_TEST_ALL") != "" {
		t.Fatalf("%s is not installed: make test-setup installs it", program)
	}
	t.Skip(program + " is not installed")
}

func common(t testing.TB, port int) []string {
	return []string{"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--dir", t.TempDir(), "--daemonize", "no", "--protected-mode", "no"}
}

// run starts the program and waits until it has said that it is ready.
func run(t testing.TB, port int, ready string, args ...string) *Server {
	t.Helper()
	program, err := exec.LookPath("redis-server")
	if err != nil {
		missing(t, "redis-server")
	}
	s := &Server{Addr: net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), process: exec.Command(program, args...), ended: make(chan struct{})}
	output, err := s.process.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.process.Start(); err != nil {
		t.Fatal(err)
	}
	said := make(chan string, 1)
	go s.read(output, ready, said)
	t.Cleanup(s.Stop)
	select {
	case line := <-said:
		if line != "" {
			t.Fatalf("redis-server ended: %s", line)
		}
	case <-time.After(patience):
		t.Fatal("redis-server is not ready")
	}
	return s
}

// read takes what the program says until it ends; said gets "" when it is ready, or its last words.
func (s *Server) read(output io.Reader, ready string, said chan<- string) {
	defer close(s.ended)
	told, last := false, ""
	for lines := bufio.NewScanner(output); lines.Scan(); {
		if last = lines.Text(); !told && strings.Contains(last, ready) {
			told = true
			said <- ""
		}
	}
	if !told {
		said <- "before it was ready: " + last
	}
	_ = s.process.Wait() // it was killed
}

// Stop kills the server at once, as a machine that loses its power. It may be called twice.
func (s *Server) Stop() {
	_ = s.process.Process.Kill() // may have ended before
	<-s.ended
}

// Client returns a plain client, which is closed when the test ends.
func (s *Server) Client(t testing.TB, password string) *redis.Client {
	t.Helper()
	c := redis.NewClient(&redis.Options{Addr: s.Addr, Password: password})
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// Until waits for something of another process that nothing announces.
func Until(t testing.TB, what string, ok func(ctx context.Context) bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok(ctx) {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// freePort returns a port that nobody listens on.
func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }() // only its number was wanted
	return l.Addr().(*net.TCPAddr).Port
}
