package deploytest

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/coder/websocket/wsjson"
)

// stack is what docker-compose.prod.yml starts, but for Grafana and the logs, on loopback.
type stack struct {
	servers    [2]*process
	ports      [2]int
	https      string // nginx
	host       string // its address without a scheme
	http       string
	prometheus string
	key        string
	left       int          // completions that were left
	client     *http.Client // trusts the certificate of the test and follows nothing
}

// inklingProgram is the program under test, built once.
func inklingProgram(t *testing.T) string {
	t.Helper()
	path := filepath.Join(root, "bin", "inkling")
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v: make test-deploy builds it", err)
	}
	return path
}

// environment is what compose gives a server, with the addresses of the test.
func environment(t *testing.T, service string, port, redis int) []string {
	t.Helper()
	project, err := compose(t, production, "GRAFANA_PASSWORD=word", "REDIS_PASSWORD="+password)
	if err != nil {
		t.Fatal(err)
	}
	own := map[string]string{"HOST": "127.0.0.1", "PORT": strconv.Itoa(port), "REDIS_HOST": "127.0.0.1", "REDIS_PORT": strconv.Itoa(redis),
		"TRUSTED_PROXIES": "127.0.0.1/32", "WORKERS": "1"}
	var env []string
	for name, value := range project.Services[service].Environment {
		if _, ours := own[name]; !ours && value != nil {
			env = append(env, name+"="+*value)
		}
	}
	for name, value := range own {
		env = append(env, name+"="+value)
	}
	if home := os.Getenv("INKLING_HOME"); home != "" {
		env = append(env, "INKLING_HOME="+home)
	}
	return env
}

// stacked starts Redis, two servers, nginx and Prometheus, each with the files that compose mounts.
func stacked(t *testing.T) *stack {
	t.Helper()
	s := &stack{ports: [2]int{freePort(t), freePort(t)}}
	redis := freePort(t)
	redisOn(t, redis, t.TempDir())
	inkling := inklingProgram(t)
	for i := range s.servers {
		s.servers[i] = start(t, environment(t, fmt.Sprintf("inkling-%d", i+1), s.ports[i], redis), inkling, "serve")
	}
	s.nginx(t)
	s.watch(t)
	s.key = must(t, environment(t, "inkling-1", s.ports[0], redis), inkling, "keys", "add", "ann", "--tier", "enterprise")
	for i, port := range s.ports {
		until(t, fmt.Sprintf("server %d", i+1), answers(fmt.Sprintf("http://127.0.0.1:%d/health/ready", port), http.DefaultClient, http.StatusOK))
	}
	until(t, "nginx", answers(s.https+"/health/live", s.client, http.StatusOK))
	return s
}

func (s *stack) nginx(t *testing.T) {
	t.Helper()
	folder := t.TempDir()
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	tlsPort, plainPort := freePort(t), freePort(t)
	copied(t, folder, []string{"deploy/nginx/nginx.conf", "deploy/nginx/upstream.conf", "deploy/nginx/listen.conf"},
		"inkling-1:8000", fmt.Sprintf("127.0.0.1:%d", s.ports[0]), "inkling-2:8000", fmt.Sprintf("127.0.0.1:%d", s.ports[1]),
		"listen 443 ", fmt.Sprintf("listen 127.0.0.1:%d ", tlsPort), "listen 80;", fmt.Sprintf("listen 127.0.0.1:%d;", plainPort),
		"/etc/nginx/tls/", folder+"/tls/", "rate=50r/s", "rate=5r/s", // so that a slow machine can flood it
		"/run/nginx.pid", folder+"/nginx.pid", "/var/cache/nginx/assets", folder+"/assets")
	must(t, nil, filepath.Join(root, "deploy/nginx/certificate.sh"), filepath.Join(folder, "tls"), "localhost")
	directives := "daemon off;"
	if os.Getuid() == 0 {
		directives += " user root;" // its workers' own user may not enter the test's folder
	}
	start(t, nil, program(t, "nginx"), "-c", filepath.Join(folder, "nginx.conf"), "-g", directives)
	s.host = fmt.Sprintf("localhost:%d", tlsPort)
	s.https, s.http = "https://"+s.host, fmt.Sprintf("http://localhost:%d", plainPort)
	s.client = &http.Client{
		Transport:     &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}, ForceAttemptHTTP2: true}, // made a moment ago
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

func (s *stack) watch(t *testing.T) {
	t.Helper()
	folder, port := t.TempDir(), freePort(t)
	copied(t, folder, []string{"deploy/prometheus/prometheus.yml", "deploy/prometheus/rules.yml"},
		"127.0.0.1:9090", fmt.Sprintf("127.0.0.1:%d", port), "scrape_interval: 5s", "scrape_interval: 1s", "evaluation_interval: 15s", "evaluation_interval: 1s")
	copied(t, filepath.Join(folder, "targets"), []string{"deploy/prometheus/targets/inkling.yml"},
		"inkling-1:8000", fmt.Sprintf("127.0.0.1:%d", s.ports[0]), "inkling-2:8000", fmt.Sprintf("127.0.0.1:%d", s.ports[1]))
	start(t, nil, program(t, "prometheus"), "--config.file="+filepath.Join(folder, "prometheus.yml"), "--storage.tsdb.path="+t.TempDir(),
		fmt.Sprintf("--web.listen-address=127.0.0.1:%d", port), "--log.level=warn")
	s.prometheus = fmt.Sprintf("http://127.0.0.1:%d", port)
}

// ask sends one request through nginx.
func (s *stack) ask(t *testing.T, method, path, key, body string) (*http.Response, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, s.https+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	if key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	}
	response, err := s.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(data)
}

// completion is a request whose answer nobody has cached: each n asks something else.
func completion(n int) string {
	return fmt.Sprintf(`{"context": {"language": "python", "position": {"line": 1, "column": 11},
		"previousLines": ["def fibonacci_%d(n):", "    return "], "currentLine": ""}, "max_tokens": 8}`, n)
}

func (s *stack) complete(t *testing.T, n int) {
	t.Helper()
	if response, body := s.ask(t, http.MethodPost, "/api/v1/completion", s.key, completion(n)); response.StatusCode != http.StatusOK || !strings.Contains(body, `"status":"success"`) {
		t.Errorf("completion %d: %s: %s", n, response.Status, body)
	}
}

// session is an editor behind nginx.
type session struct {
	conn *websocket.Conn
	t    *testing.T
}

func (s *stack) session(t *testing.T) *session {
	t.Helper()
	conn, _, err := websocket.Dial(t.Context(), "wss://"+s.host+"/api/v1/stream", &websocket.DialOptions{
		HTTPClient: &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}},
		HTTPHeader: http.Header{"Authorization": {"Bearer " + s.key}}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.CloseNow() })
	v := &session{conn, t}
	v.call(1, "initialize", `{"capabilities": {}}`)
	v.send(`{"jsonrpc": "2.0", "method": "initialized", "params": {}}`)
	return v
}

func (v *session) send(message string) {
	v.t.Helper()
	if err := v.conn.Write(v.t.Context(), websocket.MessageText, []byte(message)); err != nil {
		v.t.Fatal(err)
	}
}

// call sends a request and waits for its answer; what comes before it is dropped.
func (v *session) call(id int, method, params string) json.RawMessage {
	v.t.Helper()
	v.send(fmt.Sprintf(`{"jsonrpc": "2.0", "id": %d, "method": %q, "params": %s}`, id, method, params))
	ctx, cancel := context.WithTimeout(v.t.Context(), patience)
	defer cancel()
	for {
		var m struct {
			ID     int             `json:"id"`
			Result json.RawMessage `json:"result"`
			Error  json.RawMessage `json:"error"`
		}
		if err := wsjson.Read(ctx, v.conn, &m); err != nil {
			v.t.Fatalf("%s: %v", method, err)
		}
		if m.ID != id {
			continue
		}
		if m.Error != nil {
			v.t.Fatalf("%s: %s", method, m.Error)
		}
		return m.Result
	}
}

// suggestions asks by hand for what follows a line of Python, in a document of its own.
func (v *session) suggestions(n int) (texts []string) {
	v.t.Helper()
	uri := fmt.Sprintf("file:///%d.py", n)
	v.send(fmt.Sprintf(`{"jsonrpc": "2.0", "method": "textDocument/didOpen", "params": {"textDocument": {"uri": %q, "languageId": "python", "version": 1, "text": "def add_%d(a, b):\n    return "}}}`, uri, n))
	v.send(fmt.Sprintf(`{"jsonrpc": "2.0", "method": "textDocument/didChange", "params": {"textDocument": {"uri": %q, "version": 2}, "contentChanges": [{"range": {"start": {"line": 1, "character": 11}, "end": {"line": 1, "character": 11}}, "text": "a"}]}}`, uri))
	result := v.call(100+n, "textDocument/inlineCompletion", fmt.Sprintf(`{"textDocument": {"uri": %q}, "position": {"line": 1, "character": 12}, "context": {"triggerKind": 1}}`, uri))
	var list struct {
		Items []struct {
			InsertText string `json:"insertText"`
			Command    struct {
				Command   string          `json:"command"`
				Arguments json.RawMessage `json:"arguments"`
			} `json:"command"`
		} `json:"items"`
	}
	if err := json.Unmarshal(result, &list); err != nil {
		v.t.Fatalf("%s: %v", result, err)
	}
	for _, item := range list.Items {
		texts = append(texts, item.InsertText)
		v.send(fmt.Sprintf(`{"jsonrpc": "2.0", "id": %d, "method": "workspace/executeCommand", "params": {"command": %q, "arguments": %s}}`,
			1000+n, item.Command.Command, item.Command.Arguments))
	}
	return texts
}

var errNoData = errors.New("no data")
