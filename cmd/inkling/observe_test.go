package main

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"inkling/serving/logs"
)

// kept is what was written, by any goroutine.
type kept struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (k *kept) Write(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.Write(p)
}

func (k *kept) String() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.text.String()
}

// A server that logs and traces all tells ids and times, and nothing of what users write or of their keys.
func TestLogsAndTracesTellIdsAndNoText(t *testing.T) {
	const secret, key = "swordfishjam", "ik_swordfishkey"
	var spans, lines kept
	collector := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(&spans, r.Body); err != nil || r.URL.Path != "/v1/traces" {
			t.Errorf("%s, %v", r.URL, err)
		}
	}))
	defer collector.Close()
	log := zap.New(zapcore.NewCore(zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig()), zapcore.AddSync(&lines), zap.DebugLevel))
	t.Run("serve", func(t *testing.T) { // its end ends the server, which sends the last spans
		base := servingTo(t, log, "--otlp-endpoint", collector.URL, "--access-log", "debug")
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, base+"/api/v1/completion?q="+secret, strings.NewReader(completing(secret+" = ")))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+key)
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set("X-Request-Id", "ours-1")
		response, err := http.DefaultClient.Do(req)
		if err != nil || response.StatusCode != http.StatusOK {
			t.Fatalf("%v, %v", response, err)
		}
		response.Body.Close()
	})
	for _, want := range []string{"completion", "prompt", "cache", "generate", "queue", "prefill", "decode", "finish", "ours-1."} {
		if !strings.Contains(spans.String(), want) {
			t.Errorf("no %q in the spans", want)
		}
	}
	if !strings.Contains(lines.String(), `"level":"debug"`) || !strings.Contains(lines.String(), `"requestId":"ours-1"`) {
		t.Errorf("the request is not in the log: %s", lines.String())
	}
	for name, text := range map[string]string{"log": lines.String(), "spans": spans.String()} {
		if strings.Contains(text, secret) || strings.Contains(text, key) {
			t.Errorf("the %s tells what a user wrote: %s", name, text)
		}
	}
}

func TestProfilesAreForThisMachineAlone(t *testing.T) {
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := free.Addr().(*net.TCPAddr).Port
	if err := free.Close(); err != nil {
		t.Fatal(err)
	}
	base := serving(t, "--debug-port", fmt.Sprint(port))
	status := func(url string) int {
		response, err := http.Get(url)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil || strings.Contains(string(body), "goroutine profile") != strings.Contains(url, fmt.Sprint(port)) {
			t.Errorf("%s: %v", url, err)
		}
		return response.StatusCode
	}
	if got := status(fmt.Sprintf("http://127.0.0.1:%d/debug/pprof/goroutine?debug=1", port)); got != http.StatusOK {
		t.Errorf("the private port answers %d", got)
	}
	if got := status(base + "/debug/pprof/goroutine?debug=1"); got != http.StatusNotFound {
		t.Errorf("the public port answers %d", got)
	}
}

func TestDebuggingOpensTheProfiler(t *testing.T) {
	for _, c := range []struct {
		debug bool
		port  int
		open  bool
	}{{false, 0, false}, {true, 0, true}} {
		s := &serveCommand{}
		s.Debug, s.DebugPort = c.debug, c.port
		listener, err := s.listenDebug()
		if err != nil || (listener != nil) != c.open {
			t.Fatalf("DEBUG %v: %v, %v", c.debug, listener, err)
		}
		if listener != nil {
			if !listener.Addr().(*net.TCPAddr).IP.IsLoopback() {
				t.Errorf("others than this machine reach %v", listener.Addr())
			}
			_ = listener.Close()
		}
	}
}

func TestLogLinesAreCountedForTheMetrics(t *testing.T) {
	log, counts, err := logs.New(logs.Config{Level: "error"})
	if err != nil {
		t.Fatal(err)
	}
	log.Warn("not written")
	if got := logLines(counts); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if got := logLines(nil); got != nil {
		t.Errorf("%v", got)
	}
}
