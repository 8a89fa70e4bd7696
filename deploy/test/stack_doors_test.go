package deploytest

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// TestTheStackServes runs everything once, and looks at it through every door.
func TestTheStackServes(t *testing.T) {
	if testing.Short() {
		t.Skip("-short: nothing is started")
	}
	s := stacked(t)
	t.Run("REST", s.rest)
	t.Run("sessions", s.sessions)
	t.Run("assets", s.assets)
	t.Run("closed doors", s.closed)
	t.Run("every query has data", s.queries)
	t.Run("alerts are watched", s.alerts)
	t.Run("a lost server is not noticed", s.lost)
	t.Run("floods are held back", s.flood)
}

func (s *stack) rest(t *testing.T) {
	for n := range 12 {
		s.complete(t, n)
	}
	for i, port := range s.ports { // both work
		response, err := http.Get(fmt.Sprintf("http://127.0.0.1:%d/metrics", port))
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusOK {
			t.Errorf("server %d: %s", i+1, response.Status)
		}
	}
	response, body := s.ask(t, http.MethodPost, "/api/v1/completion", s.key, strings.Replace(completion(99), `"max_tokens": 8`, `"max_tokens": 8, "stream": true`, 1))
	if response.StatusCode != http.StatusOK || response.Header.Get("Content-Type") != "text/event-stream" || !strings.Contains(body, "event: completion") {
		t.Errorf("a stream: %s: %s", response.Status, body)
	}
	if response.ProtoMajor != 2 {
		t.Errorf("nginx speaks %s", response.Proto)
	}
	if response.Header.Get("Strict-Transport-Security") == "" {
		t.Error("no Strict-Transport-Security")
	}
	s.complete(t, 0) // from the cache that both share
}

func (s *stack) sessions(t *testing.T) {
	for range 4 {
		v := s.session(t)
		for n := range 3 {
			if texts := v.suggestions(n); len(texts) == 0 || texts[0] == "" {
				t.Errorf("document %d: %q", n, texts)
			}
		}
	}
}

func (s *stack) assets(t *testing.T) {
	_, page := s.ask(t, http.MethodGet, "/", "", "")
	asset := regexp.MustCompile(`/assets/[^"]+\.js`).FindString(page)
	if asset == "" {
		t.Fatalf("the playground has no script: %s", page)
	}
	for _, want := range []string{"MISS", "HIT"} {
		response, body := s.ask(t, http.MethodGet, asset, "", "")
		if response.StatusCode != http.StatusOK || response.Header.Get("X-Cache") != want || len(body) < 1000 ||
			!strings.Contains(response.Header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %s, %d bytes, %v, want %s", asset, response.Status, len(body), response.Header, want)
		}
	}
}

func (s *stack) closed(t *testing.T) {
	for path, want := range map[string]int{"/metrics": 404, "/health/ready": 404, "/debug/pprof/": 404, "/health": 200} {
		if response, _ := s.ask(t, http.MethodGet, path, s.key, ""); response.StatusCode != want {
			t.Errorf("%s: %s, want %d", path, response.Status, want)
		}
	}
	for _, key := range []string{"", "ink_wrong"} {
		if response, _ := s.ask(t, http.MethodPost, "/api/v1/completion", key, completion(1)); response.StatusCode != http.StatusUnauthorized {
			t.Errorf("with the key %q: %s", key, response.Status)
		}
	}
	if response, _ := s.ask(t, http.MethodPost, "/api/v1/completion", s.key, strings.Repeat(" ", 5<<20)); response.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("5 MiB: %s", response.Status)
	}
	response, err := s.client.Get(s.http + "/docs?x=1")
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if want := "https://localhost/docs?x=1"; response.StatusCode != http.StatusPermanentRedirect || response.Header.Get("Location") != want {
		t.Errorf("over HTTP: %s to %s", response.Status, response.Header.Get("Location"))
	}
}

// leave begins a long completion and goes away at its first token.
func (s *stack) leave(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	s.left++
	body := strings.Replace(completion(1000+s.left), `"max_tokens": 8`, `"max_tokens": 200, "temperature": 1.5, "stream": true`, 1)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.https+"/api/v1/completion", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", "Bearer "+s.key)
	response, err := s.client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := response.Body.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
}

// lost kills a server without a word: whoever asks gets an answer, from the other one.
func (s *stack) lost(t *testing.T) {
	if err := s.servers[1].cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	<-s.servers[1].done
	for n := range 8 {
		s.complete(t, 200+n)
	}
	if texts := s.session(t).suggestions(7); len(texts) == 0 {
		t.Error("no suggestion in a new session")
	}
}

func (s *stack) flood(t *testing.T) {
	refused := 0
	for range 600 {
		if response, _ := s.ask(t, http.MethodGet, "/openapi.json", "", ""); response.StatusCode == http.StatusTooManyRequests {
			refused++
		}
		if refused > 0 {
			return
		}
	}
	t.Error("600 requests at once, and none was refused")
}
