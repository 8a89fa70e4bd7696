package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"inkling/ratelimit/identity"
	"inkling/redisconn"
	"inkling/redisconn/redistest"
	"inkling/rest"
	"inkling/stream/client"
	"inkling/stream/wire"
)

// ask sends a request with a key ("" is none), and returns status, headers and body.
func ask(t *testing.T, method, url, key, body string) (int, http.Header, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	response, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, answer
}

// completing is a request for one greedy completion after a line of Python, of a few tokens.
func completing(line string) string {
	body, err := json.Marshal(map[string]any{"max_tokens": 8, "context": map[string]any{"language": "python",
		"position": map[string]any{"line": 1, "column": len(line)}, "previousLines": []string{"import os"}, "currentLine": line}})
	if err != nil {
		panic(err)
	}
	return string(body)
}

func TestTwoServersOnOneRedisShareCacheAndLimits(t *testing.T) {
	redis := "redis://" + redistest.Start(t).Addr
	one := serving(t, "--redis-url", redis, "--rate-limit-requests", "3")
	two := serving(t, "--redis-url", redis, "--rate-limit-requests", "3")
	hit := func(base, line string) bool {
		status, _, body := ask(t, "POST", base+"/api/v1/completion", "", completing(line))
		var answer rest.CompletionResponse
		if err := json.Unmarshal(body, &answer); err != nil || status != http.StatusOK {
			t.Fatalf("%d %s", status, body)
		}
		return answer.Metadata.CacheHit
	}
	if hit(one, "def add(a, b): return ") {
		t.Fatal("an empty cache knows the answer")
	}
	for deadline := time.Now().Add(10 * time.Second); !hit(two, "def add(a, b): return "); { // is written by the way
		if time.Now().After(deadline) {
			t.Fatal("the second server never sees the first one's answer")
		}
	}
	charged := 1
	for i := range 50 { // each place is new: what was computed above beside the first is charged too
		status, header, body := ask(t, "POST", []string{one, two}[i%2]+"/api/v1/completion", "", completing(fmt.Sprintf("value_%d = os.path.", i)))
		if status == http.StatusTooManyRequests {
			if header.Get("Retry-After") == "" || header.Get("RateLimit-Limit") != "3" || !strings.Contains(string(body), `"code":"quota"`) {
				t.Errorf("%v %s", header, body)
			}
			break
		}
		charged++
	}
	if charged > 3 {
		t.Errorf("%d requests passed a limit of 3 over two servers", charged)
	}
}

func TestARevokedKeyIsRefusedOnBothServersAndItsSessionsEnd(t *testing.T) {
	addr := redistest.Start(t).Addr
	db := redistest.Open(t, redisconn.Config{URL: "redis://" + addr})
	store := identity.NewRedisStore(db, zap.NewNop())
	add := func(n identity.New) (identity.Record, string) {
		r, key, err := identity.Add(t.Context(), store, n, nil)
		if err != nil {
			t.Fatal(err)
		}
		return r, key
	}
	record, key := add(identity.New{User: "ann"})
	_, other := add(identity.New{User: "ann"})
	_, root := add(identity.New{User: "root", Admin: true})
	one := serving(t, "--redis-url", "redis://"+addr, "--require-keys")
	two := serving(t, "--redis-url", "redis://"+addr, "--require-keys")
	session, kept := connectAs(t, two, key), connectAs(t, two, other)
	for _, base := range []string{one, two} {
		for want, with := range map[int]string{200: key, 401: "", 403: key} {
			url := base + "/api/v1/metrics"
			if want == 403 {
				url = base + "/api/v1/sessions"
			}
			if status, _, body := ask(t, "GET", url, with, ""); status != want {
				t.Errorf("%d, want %d: %s", status, want, body)
			}
		}
	}
	var list rest.SessionList
	if status, _, body := ask(t, "GET", two+"/api/v1/sessions", root, ""); status != 200 || json.Unmarshal(body, &list) != nil || len(list.Sessions) != 2 || list.Sessions[0].User != "ann" {
		t.Fatalf("%d %s", status, body)
	}
	if err := store.Delete(t.Context(), record.ID); err != nil {
		t.Fatal(err)
	}
	revoked := time.Now()
	for _, base := range []string{one, two} {
		for status := 0; status != http.StatusUnauthorized; {
			if status, _, _ = ask(t, "GET", base+"/api/v1/metrics", key, ""); time.Since(revoked) > identity.RevocationDelay {
				t.Fatalf("%d %v after the key was revoked", status, time.Since(revoked))
			}
		}
	}
	t.Logf("refused on both after %v", time.Since(revoked))
	select {
	case <-session.Done():
		t.Logf("its session ended after %v", time.Since(revoked))
	case <-time.After(time.Minute): // against hanging
		t.Fatal("the session of a revoked key goes on")
	}
	if code := client.CloseCode(session.Err()); code != wire.CloseUnauthenticated {
		t.Errorf("closed with %d: %v", code, session.Err())
	}
	select {
	case <-kept.Done():
		t.Errorf("the session of the user's other key ended too: %v", kept.Err())
	default:
	}
	if status, _, body := ask(t, "DELETE", two+"/api/v1/sessions/"+list.Sessions[1].ID, root, ""); status != 200 {
		t.Errorf("%d %s", status, body)
	}
	<-kept.Done()
	if code := client.CloseCode(kept.Err()); code != wire.CloseEnded {
		t.Errorf("closed with %d: %v", code, kept.Err())
	}
}

func TestATicketIsNoKey(t *testing.T) {
	addr := redistest.Start(t).Addr
	store := identity.NewRedisStore(redistest.Open(t, redisconn.Config{URL: "redis://" + addr}), zap.NewNop())
	_, key, err := identity.Add(t.Context(), store, identity.New{User: "ann"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	base := serving(t, "--redis-url", "redis://"+addr, "--require-keys")
	var answer struct{ Ticket string }
	if status, _, body := ask(t, "POST", base+"/api/v1/ticket", key, ""); status != 200 || json.Unmarshal(body, &answer) != nil {
		t.Fatalf("%d %s", status, body)
	}
	for path, method := range map[string]string{"/api/v1/ticket": "POST", "/api/v1/metrics": "GET", "/api/v1/sessions": "GET"} {
		status, _, body := ask(t, method, base+path, answer.Ticket, "")
		if status != http.StatusUnauthorized || !bytes.Contains(body, []byte("a ticket only opens a session")) {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	connectAs(t, base, answer.Ticket) // which did not use it up
}

// connectAs opens a session with a key or a ticket.
func connectAs(t *testing.T, base, key string) *client.Client {
	t.Helper()
	c, err := client.Dial(t.Context(), "ws"+strings.TrimPrefix(base, "http")+"/api/v1/stream", client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	if _, err := c.Initialize(t.Context(), wire.InitializeParams{Options: wire.InitializeOptions{Inkling: wire.InklingInitialize{Token: key}}}); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestWarmingAFolderAnswersItsOpeningsFromTheCache(t *testing.T) {
	root := t.TempDir()
	source := "import os\nimport re\n\n\ndef first(a):\n    return a\n\n\ndef second(a):\n    return a\n\n\ndef third(a):\n    return a\n"
	if err := os.MkdirAll(filepath.Join(root, "app"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "app", "a.py"), []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	base := serving(t, "--warm-root", root)
	c := &warmCommand{Server: base, Folder: filepath.Join(root, "app")}
	p, err := c.ask(t.Context(), http.MethodPost, rest.WarmRequest{Folder: c.Folder})
	if err != nil {
		t.Fatal(err)
	}
	var shown bytes.Buffer
	if p, err = c.watch(t.Context(), p, &shown); err != nil || p.Computed == 0 || p.Files != 1 || p.Folder != "app" || shown.Len() == 0 {
		t.Fatalf("%+v, %v", p, err)
	}
	lines := strings.Split(source, "\n")
	body, err := json.Marshal(map[string]any{"context": map[string]any{"language": "python", "path": "app/a.py",
		"position": map[string]any{"line": len(lines), "column": 4}, "previousLines": lines, "currentLine": "def "}})
	if err != nil {
		t.Fatal(err)
	}
	_, _, answer := ask(t, "POST", base+"/api/v1/completion", "", string(body))
	if !bytes.Contains(answer, []byte(`"cacheHit":true`)) {
		t.Errorf("an opening was not in the cache: %s", answer)
	}
	if _, err := c.ask(t.Context(), http.MethodPost, rest.WarmRequest{Folder: filepath.Dir(root)}); err == nil || !strings.Contains(err.Error(), "WARM_ROOT") {
		t.Errorf("a folder outside the root: %v", err)
	}
}

func TestFloodingAddressesAreHeldBackBeforeAuthentication(t *testing.T) {
	base := serving(t, "--require-keys", "--address-limit", "5", "--trusted-proxies", "127.0.0.1")
	from := func(address string) int {
		req, err := http.NewRequest("GET", base+"/api/v1/metrics", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("X-Forwarded-For", address)
		response, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		return response.StatusCode
	}
	counts := map[int]int{}
	for range 8 {
		counts[from("203.0.113.7")]++
	}
	if counts[401] != 5 || counts[429] != 3 {
		t.Errorf("%v", counts)
	}
	if _, _, metrics := ask(t, "GET", base+"/metrics", "", ""); !bytes.Contains(metrics, []byte("\ninkling_limit_addresses_denied_total 3\n")) {
		t.Error("the refusals are not counted")
	}
	if status := from("203.0.113.8"); status != 401 {
		t.Errorf("another address: %d", status)
	}
}

func TestTeamSettingsAreRefusedByName(t *testing.T) {
	clean(t)
	for name, args := range map[string][]string{
		"TIERS":           {"--tiers", "gold=0"},
		"CACHE_MIB":       {"--cache-mib", "0"},
		"ADDRESS_LIMIT":   {"--address-limit=-1"},
		"TRUSTED_PROXIES": {"--trusted-proxies", "10.0.0.0/99"},
		"WARM_ROOT":       {"--warm-root", "relative"},
		"USER_TIERS":      {"--user-tiers", "ann=gold"},
	} {
		if _, err := parse(t, append([]string{"serve"}, args...)...); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: %v does not name %s", args, err, name)
		}
	}
	p, err := parse(t, "serve", "--tiers", "gold=5000,default=7")
	if err != nil {
		t.Fatal(err)
	}
	tiers, err := p.Serve.tiers()
	if err != nil || tiers["gold"].Requests != 5000 || tiers["default"].Requests != 7 || tiers["premium"].Requests != 1000 {
		t.Errorf("%+v, %v", tiers, err)
	}
}

func TestWithoutKeysOnlyALoopbackServerIsAdministered(t *testing.T) {
	if err := (localAdministrator{true}).Administer(context.Background(), ""); err != nil {
		t.Error(err)
	}
	if err := (localAdministrator{false}).Administer(context.Background(), "x"); !errors.Is(err, rest.ErrForbidden) {
		t.Error(err)
	}
}
