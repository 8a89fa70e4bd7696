package chaos

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// patience is how long anything may take on a busy machine before a scenario gives up on it.
const patience = 60 * time.Second

// machine is what scenarios share: the program, and a plain server that runs on where nothing harms it.
type machine struct {
	binary  string
	home    string // the data folder with library and models
	workers int
	log     io.Writer
	plain   *Server
	marks   sync.Map // of all documents of all runs, so that one that leaks is known
}

// ServerConfig says how to start a server. The zero value starts a plain one.
type ServerConfig struct {
	Args   []string // of inkling serve
	Env    []string // NAME=VALUE
	Prefix []string // a program that starts it, such as prlimit with its arguments
	Port   int      // 0: a free one
	Home   string   // the data folder; "" is the user's own
	// NotReady returns as soon as it listens, or has ended, without waiting for the model.
	NotReady bool
}

// Server is the program in a process of its own.
type Server struct {
	Config ServerConfig
	Addr   string // host:port

	machine   *machine
	process   *exec.Cmd
	temporary string        // its folder for temporary files, removed with it
	clean     []string      // what litter listed when its levels were noted
	ended     chan struct{} // closed when the process has ended and was waited for
	ready     chan struct{} // closed when it says that the model is there
	listens   chan string   // gets the address once

	mu       sync.Mutex // guards the fields below
	log      bytes.Buffer
	baseline Levels
	inner    int // the server's own process id where a prefix started it; 0: the process's
}

// maxLogBytes of a server are kept.
const maxLogBytes = 4 << 20

// listening is how a server says where.
var listening = regexp.MustCompile(`"address":"http://([^"]+)"`)

// Start starts a server for this scenario and waits until it has its model. It is ended with the scenario.
func (t *T) Start(c ServerConfig) (*Server, error) {
	s, err := t.machine.start(t.Ctx, t.Dir, c)
	if s != nil {
		t.Cleanup(s.Kill)
		t.mu.Lock()
		t.servers = append(t.servers, s)
		t.mu.Unlock()
	}
	return s, err
}

// Plain returns the server that scenarios share as long as nothing goes wrong in it.
func (t *T) Plain() (*Server, error) {
	if t.machine.plain == nil {
		s, err := t.machine.start(t.Ctx, os.TempDir(), ServerConfig{})
		if err != nil {
			return nil, err
		}
		t.machine.plain = s
	}
	t.mu.Lock()
	t.servers = append(t.servers, t.machine.plain)
	t.mu.Unlock()
	return t.machine.plain, nil
}

// start starts a server. It is returned with an error too, for its log.
func (m *machine) start(ctx context.Context, dir string, c ServerConfig) (*Server, error) {
	if c.Home == "" {
		c.Home = m.home
	}
	args := append(append([]string{}, c.Prefix...), m.binary, "serve", "--port", strconv.Itoa(c.Port),
		"--workers", strconv.Itoa(m.workers))
	args = append(args, c.Args...)
	s := &Server{Config: c, machine: m, ended: make(chan struct{}), ready: make(chan struct{}), listens: make(chan string, 1)}
	var err error
	if s.temporary, err = os.MkdirTemp(dir, "temporary-"); err != nil {
		return nil, err
	}
	s.process = exec.Command(args[0], args[1:]...)
	s.process.Dir = dir // not where a .env may be
	s.process.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "INKLING_HOME=" + c.Home, "TMPDIR=" + s.temporary}, c.Env...)
	output, err := s.process.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := s.process.Start(); err != nil {
		return nil, fmt.Errorf("starting %s: %w", args[0], err)
	}
	go s.read(output)
	return s, s.await(ctx)
}

// await waits until the server listens and, where it is to, has its model.
func (s *Server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	select {
	case s.Addr = <-s.listens:
	case <-s.ended:
		return fmt.Errorf("the server ended before it listened: %s", s.LogTail(3))
	case <-ctx.Done():
		return errors.New("the server does not listen")
	}
	if s.Config.NotReady {
		return nil
	}
	return s.Ready(ctx)
}

// Ready waits until the server has its model.
func (s *Server) Ready(ctx context.Context) error {
	select {
	case <-s.ready:
		return nil
	case <-s.ended:
		return fmt.Errorf("the server ended before it was ready: %s", s.LogTail(3))
	case <-ctx.Done():
		return errors.New("the server is not ready")
	}
}

// read takes the server's log until the process ends, and waits for it.
func (s *Server) read(output io.Reader) {
	defer close(s.ended)
	defer func() { _ = os.RemoveAll(s.temporary) }() // nobody looks any more
	isReady := false
	lines := bufio.NewReader(output)
	for {
		line, err := lines.ReadBytes('\n')
		s.mu.Lock()
		if s.log.Len() < maxLogBytes {
			s.log.Write(line)
		}
		s.mu.Unlock()
		if found := listening.FindSubmatch(line); found != nil {
			s.listens <- string(found[1])
		}
		if !isReady && bytes.Contains(line, []byte(`"msg":"ready"`)) {
			isReady = true
			close(s.ready)
		}
		if err != nil {
			break
		}
	}
	_ = s.process.Wait() // how it ended is in ProcessState
}

// URL is that of sessions.
func (s *Server) URL() string { return "ws://" + s.Addr + "/api/v1/stream" }

// Port is the one it listens on.
func (s *Server) Port() int {
	_, port, _ := net.SplitHostPort(s.Addr)
	n, _ := strconv.Atoi(port) // it has been listened on
	return n
}

// Kill ends the server as a power cut does, and waits. It may be called again.
func (s *Server) Kill() {
	_ = s.Signal(syscall.SIGCONT)
	_ = s.Signal(syscall.SIGKILL)
	if s.inner != 0 {
		_ = s.process.Process.Kill() // the prefix
	}
	<-s.ended
}

// Stop asks the server to end, and waits.
func (s *Server) Stop(ctx context.Context) error {
	if err := s.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-s.ended:
	case <-ctx.Done():
		return errors.New("the server does not end")
	}
	if code := s.process.ProcessState.ExitCode(); code != 0 {
		return fmt.Errorf("the server ended with %d: %s", code, s.LogTail(3))
	}
	return nil
}

// Again starts the server once more, at the same address.
func (s *Server) Again(t *T) (*Server, error) {
	c := s.Config
	c.Port = s.Port()
	return t.Start(c)
}

// Freeze stops the process where it is; Thaw lets it go on.
func (s *Server) Freeze() error { return s.Signal(syscall.SIGSTOP) }

// Thaw ends Freeze.
func (s *Server) Thaw() error { return s.Signal(syscall.SIGCONT) }

// Signal sends the server a signal.
func (s *Server) Signal(sig syscall.Signal) error { return syscall.Kill(s.PID(), sig) }

// PID is the server's own process id.
func (s *Server) PID() int {
	if s.inner != 0 {
		return s.inner
	}
	return s.process.Process.Pid
}

// Ended says whether the process has ended.
func (s *Server) Ended() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

// LogTail returns the last lines of the log. The server writes no text of documents there.
func (s *Server) LogTail(lines int) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := strings.Split(strings.TrimSpace(s.log.String()), "\n")
	return strings.Join(all[max(len(all)-lines, 0):], "\n")
}

// Says reports whether the log holds a text.
func (s *Server) Says(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return bytes.Contains(s.log.Bytes(), []byte(text))
}

// broken returns the line of the log that says that the program failed in itself; "" where there is none.
func (s *Server) broken() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for line := range strings.Lines(s.log.String()) {
		for _, sign := range []string{"panic", "fatal error", "DATA RACE", `"level":"dpanic"`, "SIGSEGV", "SIGABRT"} {
			if strings.Contains(line, sign) {
				return strings.TrimSpace(line)
			}
		}
	}
	return ""
}

// keepLog writes the log to a file in a folder that outlives the scenario, and returns its name.
func (s *Server) keepLog(name string) string {
	path := filepath.Join(os.TempDir(), name+".log")
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := os.WriteFile(path, s.log.Bytes(), 0o600); err != nil {
		return err.Error()
	}
	return path
}
