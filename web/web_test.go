package web

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// firstViewBytes is the budget of all that the first view loads, compressed.
const firstViewBytes = 200_000

func get(t *testing.T, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, path, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	data, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestThePageAllowsNothingInlineAndNothingForeign(t *testing.T) {
	for path, script := range map[string]string{"/": "main", "/admin": "admin"} {
		r := get(t, path)
		csp := r.Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "require-trusted-types-for 'script'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "://") {
			t.Errorf("%s: policy %q", path, csp)
		}
		page := body(t, r)
		for _, bad := range []string{"<style", " style=", " onclick", "http://", "https://"} {
			if strings.Contains(page, bad) {
				t.Errorf("%s holds %q", path, bad)
			}
		}
		if n := strings.Count(page, "<script"); n != 1 || !strings.Contains(page, `<script type="module" src="/assets/`+script+`-`) {
			t.Errorf("%s: %d scripts in the page", path, n)
		}
	}
}

func TestAssetsAreKeptForEverAndThePageIsAskedForAgain(t *testing.T) {
	r := get(t, "/")
	if cache := r.Header.Get("Cache-Control"); cache != "no-cache" {
		t.Errorf("page: Cache-Control %q", cache)
	}
	again := get(t, "/", "If-None-Match", r.Header.Get("ETag"))
	if again.StatusCode != http.StatusNotModified || body(t, again) != "" {
		t.Errorf("asked again with its tag: %d", again.StatusCode)
	}
	if other := get(t, "/", "If-None-Match", `"other"`); other.StatusCode != http.StatusOK {
		t.Errorf("asked again with another tag: %d", other.StatusCode)
	}
	script := regexp.MustCompile(`/assets/main-[^"]+`).FindString(body(t, r))
	asset := get(t, script)
	if cache := asset.Header.Get("Cache-Control"); !strings.Contains(cache, "immutable") {
		t.Errorf("%s: Cache-Control %q", script, cache)
	}
	if kind := asset.Header.Get("Content-Type"); kind != "text/javascript; charset=utf-8" {
		t.Errorf("%s: Content-Type %q", script, kind)
	}
}

func TestCompressionIsForWhoAcceptsIt(t *testing.T) {
	plain := body(t, get(t, "/"))
	for header, want := range map[string]string{"gzip": "gzip", "br, gzip;q=0.5": "gzip", "gzip;q=0": "", "identity": "", "": ""} {
		r := get(t, "/", "Accept-Encoding", header)
		if got := r.Header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q: Content-Encoding %q, want %q", header, got, want)
			continue
		}
		if want == "" {
			continue
		}
		unzipped, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(unzipped); err != nil || string(data) != plain {
			t.Errorf("Accept-Encoding %q: another page, %v", header, err)
		}
	}
}

func TestOtherPathsAndMethodsAreRefused(t *testing.T) {
	for _, path := range []string{"/nothing", "/assets/", "/dist/index.html", "/../web.go"} {
		if r := get(t, path); r.StatusCode != http.StatusNotFound || r.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
	}
	w := httptest.NewRecorder()
	Handler().ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/", nil))
	if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" {
		t.Errorf("POST: %d, Allow %q", w.Code, w.Header().Get("Allow"))
	}
}

func TestFirstViewIsWithinItsBudget(t *testing.T) {
	page := body(t, get(t, "/"))
	total := 0
	for _, path := range append(regexp.MustCompile(`/assets/[^"]+`).FindAllString(page, -1), "/") {
		r := get(t, path, "Accept-Encoding", "gzip")
		if r.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", path, r.StatusCode)
		}
		total += len(body(t, r))
	}
	if total > firstViewBytes {
		t.Errorf("the first view takes %d bytes, more than %d", total, firstViewBytes)
	}
	t.Logf("the first view takes %d bytes", total)
}
