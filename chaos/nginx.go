package chaos

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// nginxConfig is the configuration that is delivered, from the repository's root. Only its paths are changed here.
const nginxConfig = "deploy/nginx/nginx.conf"

// Nginx is a real nginx before servers.
type Nginx struct {
	Addr string // host:port

	process *exec.Cmd
	ended   chan struct{} // closed when it has ended and was waited for

	mu  sync.Mutex // guards log
	log bytes.Buffer
}

// Nginx starts the nginx of this machine, with the configuration that is delivered, before some servers. It ends with
// the scenario.
func (t *T) Nginx(servers ...*Server) (*Nginx, error) {
	program, err := exec.LookPath("nginx")
	if err != nil {
		return nil, Skip("there is no nginx on this machine (Debian: nginx-light)")
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	path, err := t.configureNginx(address, servers)
	if err != nil {
		return nil, err
	}
	n := &Nginx{Addr: address, ended: make(chan struct{})}
	n.process = exec.Command(program, "-c", path, "-e", "stderr", "-g", "daemon off;")
	n.process.Stderr = n
	if err := n.process.Start(); err != nil {
		return nil, fmt.Errorf("starting nginx: %w", err)
	}
	go func() {
		_ = n.process.Wait() // its log says why it ended
		close(n.ended)
	}()
	t.Cleanup(n.stop)
	return n, n.await(t.Ctx)
}

// configureNginx writes the configuration with the paths, ports and servers of this run, and returns its path.
func (t *T) configureNginx(address string, servers []*Server) (string, error) {
	config, err := os.ReadFile(nginxConfig)
	if err != nil {
		return "", Skip("nginx is tested from the repository's root: %v", err)
	}
	text := string(config)
	for from, to := range map[string]string{
		"pid /run/nginx.pid;":    "pid " + filepath.Join(t.Dir, "nginx.pid") + ";",
		"include mime.types":     "include /etc/nginx/mime.types",
		"/var/cache/nginx":       t.Dir,
		"access_log /dev/stdout": "access_log " + filepath.Join(t.Dir, "access.log"),
	} {
		text = strings.ReplaceAll(text, from, to)
	}
	upstream := "upstream inkling {\n zone inkling 128k;\n least_conn;\n"
	for _, s := range servers {
		upstream += fmt.Sprintf(" server %s max_fails=0;\n", s.Addr)
	}
	files := map[string]string{"nginx.conf": text, "listen.conf": "listen " + address + ";\nserver_name _;\n", "upstream.conf": upstream + " keepalive 64;\n}\n"}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(t.Dir, name), []byte(content), 0o600); err != nil {
			return "", err
		}
	}
	return filepath.Join(t.Dir, "nginx.conf"), nil
}

// freeAddress is one of loopback's that nothing listens on now.
func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// await waits until nginx listens.
func (n *Nginx) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	err := Until(ctx, "nginx listens", func() bool {
		select {
		case <-n.ended:
			return true
		default:
		}
		conn, err := net.Dial("tcp", n.Addr)
		if err != nil {
			return false
		}
		_ = conn.Close()
		return true
	})
	select {
	case <-n.ended:
		return fmt.Errorf("nginx ended: %s", n.said())
	default:
		return err
	}
}

// stop ends nginx, its workers too, and waits.
func (n *Nginx) stop() {
	_ = n.process.Process.Signal(syscall.SIGTERM) // it may have ended before
	<-n.ended
}

// Write takes nginx's log.
func (n *Nginx) Write(line []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.log.Len() < maxLogBytes {
		n.log.Write(line)
	}
	return len(line), nil
}

// said is the end of nginx's log.
func (n *Nginx) said() string {
	n.mu.Lock()
	defer n.mu.Unlock()
	lines := strings.Split(strings.TrimSpace(n.log.String()), "\n")
	return strings.Join(lines[max(len(lines)-3, 0):], "; ")
}

// URL is that of the sessions of the servers behind it.
func (n *Nginx) URL() string { return "ws://" + n.Addr + "/api/v1/stream" }
