package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"github.com/joho/godotenv"
)

// parse reads arguments as the program does.
func parse(t *testing.T, args ...string) (*program, error) {
	t.Helper()
	return parseArguments(args)
}

func parseArguments(args []string) (*program, error) {
	var p program
	parser, err := kong.New(&p, kong.Name("inkling"), kong.Vars{"version": "test"}, kong.Exit(func(int) { panic("the parser exits") }))
	if err != nil {
		return nil, err
	}
	_, err = parser.Parse(args)
	return &p, err
}

// clean keeps the environment of whoever runs the tests out of them.
func clean(t *testing.T) {
	t.Helper()
	for _, name := range []string{"HOST", "PORT", "WORKERS", "DEBUG", "REDIS_HOST", "REDIS_PORT", "REDIS_DB", "RATE_LIMIT_REQUESTS",
		"RATE_LIMIT_WINDOW", "MODEL_PATH", "MAX_TOKENS", "CACHE_TTL", "ALLOW_ANONYMOUS", "PRECISION", "ROWS", "DEVICE"} {
		if value, set := os.LookupEnv(name); set {
			t.Setenv(name, value) // so that it is put back
			os.Unsetenv(name)
		}
	}
}

func TestBadSettingsAreRefusedByName(t *testing.T) {
	clean(t)
	for name, args := range map[string][]string{
		"PORT":                {"--port", "70000"},
		"HOST":                {"--host", "0.0.0.0"},
		"WORKERS":             {"--workers=-1"},
		"MAX_TOKENS":          {"--max-tokens", "3"},
		"ROWS":                {"--rows", "1000"},
		"KV_BYTES":            {"--kv-bytes=-1"},
		"KV_KEEP":             {"--kv-keep", "10ms"},
		"REDIS_DB":            {"--redis-db", "99"},
		"CACHE_TTL":           {"--cache-ttl=-1s"},
		"RATE_LIMIT_WINDOW":   {"--rate-limit-window", "0"},
		"RATE_LIMIT_REQUESTS": {"--rate-limit-requests=-5"},
		"DEVICE":              {"--device", "cuda", "--model-url", "http://localhost/v1", "--model-name", "m"},
	} {
		_, err := parse(t, append([]string{"serve"}, args...)...)
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v: %v does not name %s", args, err, name)
		}
	}
	if _, err := parse(t, "serve", "--host", "0.0.0.0", "--allow-anonymous"); err != nil {
		t.Errorf("ALLOW_ANONYMOUS does not open the server: %v", err)
	}
}

func TestSettingsBeyondTheirLimitsAreRefused(t *testing.T) {
	clean(t)
	for name, c := range map[string]struct {
		flag  string
		limit int
	}{
		"WORKERS": {"workers", maxThreads}, "MAX_TOKENS": {"max-tokens", maxContextTokens}, "ROWS": {"rows", maxRows},
		"REDIS_DB": {"redis-db", maxRedisDB}, "ADDRESS_LIMIT": {"address-limit", maxAddressMinute}, "CACHE_MIB": {"cache-mib", maxCacheMiB},
		"DRAIN_TIMEOUT": {"drain-timeout", int(maxDrain / time.Second)}, "DRAIN_DELAY": {"drain-delay", int(maxDrain / time.Second)},
	} {
		if _, err := parse(t, "serve", "--redis-host=localhost", fmt.Sprintf("--%s=%d", c.flag, c.limit)); err != nil {
			t.Errorf("at the limit: %v", err)
		}
		if _, err := parse(t, "serve", "--redis-host=localhost", fmt.Sprintf("--%s=%d", c.flag, c.limit+1)); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%d: %v does not name %s", c.limit+1, err, name)
		}
	}
}

func TestALargeFileIsNotCompleted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.py")
	for size, refused := range map[int64]bool{maxCompleteBytes: false, maxCompleteBytes + 1: true} {
		if err := errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, size)); err != nil {
			t.Fatal(err)
		}
		place, err := readPlace(path)
		if (err != nil) != refused {
			t.Errorf("%d bytes: %v", size, err)
		}
		if err == nil {
			place.Document.Close()
		}
	}
}

func TestTheEnvironmentConfiguresAndFlagsComeFirst(t *testing.T) {
	clean(t)
	t.Setenv("PORT", "8111")
	t.Setenv("CACHE_TTL", "90")
	p, err := parse(t, "serve")
	if err != nil || p.Serve.Port != 8111 || time.Duration(p.Serve.CacheTTL) != 90*time.Second {
		t.Errorf("port %d, TTL %v, %v", p.Serve.Port, time.Duration(p.Serve.CacheTTL), err)
	}
	if p, err = parse(t, "serve", "--port", "8222"); err != nil || p.Serve.Port != 8222 {
		t.Errorf("port %d, %v", p.Serve.Port, err)
	}
}

// Copying .env.example must change nothing.
func TestTheExampleEnvironmentIsTheDefaults(t *testing.T) {
	clean(t)
	want, err := parse(t, "serve")
	if err != nil {
		t.Fatal(err)
	}
	values, err := godotenv.Read(filepath.Join("..", "..", ".env.example"))
	if err != nil || len(values) < 5 {
		t.Fatalf("%v, %v", values, err)
	}
	for name, value := range values {
		t.Setenv(name, value)
	}
	got, err := parse(t, "serve")
	if err != nil {
		t.Fatal(err)
	}
	if gotServe, wantServe := got.Serve.serverConfig, want.Serve.serverConfig; !equal(gotServe, wantServe) {
		t.Errorf("got %+v\nwant %+v", gotServe, wantServe)
	}
}

func equal(a, b serverConfig) bool {
	slicesEmpty := len(a.AllowedHosts)+len(b.AllowedHosts)+len(a.AllowedOrigins)+len(b.AllowedOrigins) == 0
	a.AllowedHosts, b.AllowedHosts, a.AllowedOrigins, b.AllowedOrigins = nil, nil, nil, nil
	return slicesEmpty && a.plain() == b.plain()
}

// plain is all that can be compared.
func (c serverConfig) plain() [18]any {
	return [18]any{c.Host, c.Port, c.Debug, c.AllowAnonymous, c.RedisHost, c.RedisPort, c.RedisDB, c.RedisURL, c.CacheTTL,
		c.RateLimitRequests, c.RateLimitWindow, c.UserTiers, c.ModelPath, c.Precision, c.Workers, c.MaxTokens, c.Rows, c.Device}
}

func TestPlacesOfFilesAreRead(t *testing.T) {
	for argument, want := range map[string]struct {
		path         string
		line, column int
	}{
		"a.go": {"a.go", 0, 0}, "a.go:3": {"a.go", 3, 0}, "a.go:3:7": {"a.go", 3, 7}, "x:y.go:3:7": {"x:y.go", 3, 7}, "./d/../a.go:1": {"a.go", 1, 0},
	} {
		path, line, column, err := splitPlace(argument)
		if err != nil || path != want.path || line != want.line || column != want.column {
			t.Errorf("%s: got %s %d %d, %v", argument, path, line, column, err)
		}
	}
	if _, _, _, err := splitPlace("a.go:0:1"); err == nil {
		t.Error("line 0 was taken")
	}
}
