package deploytest

import (
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/types"
)

const (
	oneMachine = "docker-compose.yml"
	production = "docker-compose.prod.yml"
)

// compose loads a file as docker compose does, schema and all, with exactly these variables.
func compose(t *testing.T, file string, variables ...string) (*types.Project, error) {
	t.Helper()
	options, err := cli.NewProjectOptions([]string{filepath.Join(root, file)},
		cli.WithWorkingDirectory(root), cli.WithEnv(variables), cli.WithResolvedPaths(true))
	if err != nil {
		t.Fatal(err)
	}
	return options.LoadProject(t.Context())
}

func composed(t *testing.T, file string) *types.Project {
	t.Helper()
	project, err := compose(t, file, "GRAFANA_PASSWORD=word")
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return project
}

func TestComposeFilesFollowTheirSchema(t *testing.T) {
	for file, want := range map[string][]string{
		oneMachine: {"inkling", "redis"},
		production: {"alloy", "grafana", "inkling-1", "inkling-2", "loki", "nginx", "prometheus", "redis", "redis-backup"},
	} {
		got := slices.Sorted(maps.Keys(map[string]types.ServiceConfig(composed(t, file).Services)))
		if !slices.Equal(got, want) {
			t.Errorf("%s has services %v, want %v", file, got, want)
		}
	}
}

func TestProductionInsistsOnAPasswordForGrafana(t *testing.T) {
	for _, variables := range [][]string{nil, {"GRAFANA_PASSWORD="}} {
		if _, err := compose(t, production, variables...); err == nil || !strings.Contains(err.Error(), "GRAFANA_PASSWORD") {
			t.Errorf("with %v: %v", variables, err)
		}
	}
	grafana := composed(t, production).Services["grafana"]
	if word := grafana.Environment["GF_SECURITY_ADMIN_PASSWORD"]; word == nil || *word != "word" {
		t.Errorf("the password is %v", word)
	}
	if user := grafana.Environment["GF_SECURITY_ADMIN_USER"]; user == nil || *user != "admin" {
		t.Errorf("the user is %v", user)
	}
	if len(grafana.Ports) != 1 || grafana.Ports[0].Published != "3000" || grafana.Ports[0].Target != 3000 {
		t.Errorf("ports %+v", grafana.Ports)
	}
}

func TestPrometheusAndGrafanaStartAlone(t *testing.T) {
	project := composed(t, production)
	for _, name := range []string{"prometheus", "grafana"} {
		if needs := project.Services[name].DependsOn; len(needs) != 0 {
			t.Errorf("%s starts %v too", name, slices.Collect(maps.Keys(needs)))
		}
	}
}

// Only nginx is for others than this machine.
func TestPortsAreLoopbacksButForNginx(t *testing.T) {
	for _, file := range []string{oneMachine, production} {
		for name, service := range composed(t, file).Services {
			for _, port := range service.Ports {
				if ip := net.ParseIP(port.HostIP); name != "nginx" && (ip == nil || !ip.IsLoopback()) {
					t.Errorf("%s: %s publishes %s on %q", file, name, port.Published, port.HostIP)
				}
			}
		}
	}
}

func TestContainersAreHardened(t *testing.T) {
	for _, file := range []string{oneMachine, production} {
		for name, service := range composed(t, file).Services {
			if !service.ReadOnly || !slices.Contains(service.CapDrop, "ALL") || !slices.Contains(service.SecurityOpt, "no-new-privileges:true") {
				t.Errorf("%s: %s: read-only %v, drops %v, options %v", file, name, service.ReadOnly, service.CapDrop, service.SecurityOpt)
			}
			if service.Privileged {
				t.Errorf("%s: %s is privileged", file, name)
			}
		}
	}
}

// The key of a certificate can be read by whoever made it alone, commonly not by root: nginx, which is root without most
// of its rights, must be able to read it all the same.
func TestNginxReadsACertificateWithTheRightsThatComposeLeavesIt(t *testing.T) {
	setpriv, err := exec.LookPath("setpriv")
	if err != nil || os.Getuid() != 0 {
		t.Skip("rights are taken away by root, with setpriv")
	}
	folder := t.TempDir()
	must(t, nil, filepath.Join(root, "deploy/nginx/certificate.sh"), filepath.Join(folder, "tls"), "localhost")
	for _, name := range []string{"tls", "tls/privkey.pem", "tls/fullchain.pem"} {
		if err := os.Chown(filepath.Join(folder, name), 12345, 12345); err != nil {
			t.Fatal(err)
		}
	}
	for path := folder; path != os.TempDir() && path != "/"; path = filepath.Dir(path) {
		if err := os.Chmod(path, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	config := "pid " + folder + "/pid; error_log stderr; events {} http { access_log off; server { listen 127.0.0.1:1 ssl; " +
		"ssl_certificate " + folder + "/tls/fullchain.pem; ssl_certificate_key " + folder + "/tls/privkey.pem; } }"
	if err := os.WriteFile(filepath.Join(folder, "nginx.conf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	rights := "-all"
	for _, capability := range composed(t, production).Services["nginx"].CapAdd {
		rights += ",+" + strings.ToLower(capability)
	}
	said, err := exec.Command(setpriv, "--inh-caps=-all", "--bounding-set="+rights, program(t, "nginx"), "-t", "-c", filepath.Join(folder, "nginx.conf")).CombinedOutput()
	if strings.Contains(string(said), "cannot load certificate") || !strings.Contains(string(said), "syntax is ok") {
		t.Errorf("%v: %s", err, said)
	}
}

func TestWhatComposeMountsIsThere(t *testing.T) {
	for _, file := range []string{oneMachine, production} {
		for name, service := range composed(t, file).Services {
			for _, v := range service.Volumes {
				if v.Type != types.VolumeTypeBind || v.Source == "/var/run/docker.sock" {
					continue
				}
				if _, err := os.Stat(v.Source); err != nil || !v.ReadOnly {
					t.Errorf("%s: %s mounts %s, read-only %v: %v", file, name, v.Source, v.ReadOnly, err)
				}
			}
		}
	}
}

// variable finds ${NAME...} in a compose file.
var variable = regexp.MustCompile(`\$\{([A-Z_]+)`)

func TestEveryVariableOfComposeIsInTheExample(t *testing.T) {
	example := read(t, ".env.example")
	for _, file := range []string{oneMachine, production} {
		for _, found := range variable.FindAllStringSubmatch(read(t, file), -1) {
			if !regexp.MustCompile(`(?m)^#?` + found[1] + `=`).MatchString(example) {
				t.Errorf("%s reads %s, which .env.example does not have", file, found[1])
			}
		}
	}
}

// elsewhere are variables of the server that compose itself answers: by nginx, its own Redis, or the image.
var elsewhere = []string{
	"TLS_CERT", "TLS_KEY", "ACME_DOMAINS", "ACME_EMAIL", "ACME_CACHE", "ACME_DIRECTORY", "REDIS_URL", "REDIS_USERNAME", "REDIS_TLS",
	"ONNXRUNTIME_LIBRARY", "INKLING_HOME", "WARM_ROOT", "DEBUG_PORT", "HF_ENDPOINT", "HF_TOKEN",
}

// alone are those that one developer's server has no use for: users, proxies, and what a restart is noticed by.
var alone = []string{
	"REQUIRE_KEYS", "ALLOWED_ORIGINS", "REDIS_PASSWORD", "REDIS_REQUIRED", "LISTEN_WHEN_READY", "DRAIN_TIMEOUT", "DRAIN_DELAY", "TIERS",
	"USER_TIERS", "ADDRESS_LIMIT", "TRUSTED_PROXIES", "CACHE_SEPARATE_TENANTS",
}

// What .env sets must reach the servers: a variable that compose does not hand on does nothing, and nobody says so.
func TestComposeHandsOnWhatTheServerReads(t *testing.T) {
	row := regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| [^|]*\\| (?:serve\\b|all)")
	rows := row.FindAllStringSubmatch(read(t, "docs/operations.md"), -1)
	if len(rows) < 50 {
		t.Fatalf("only %d variables of the server", len(rows))
	}
	for file, service := range map[string]string{oneMachine: "inkling", production: "inkling-1"} {
		has := composed(t, file).Services[service].Environment
		for _, found := range rows {
			name := found[1]
			left := slices.Contains(elsewhere, name) || file == oneMachine && slices.Contains(alone, name)
			if _, there := has[name]; there == left {
				t.Errorf("%s: %s: handed on %v, left to others %v", file, name, there, left)
			}
		}
	}
}

// A copy of the example must start what it says: docker compose reads it too.
func TestTheExampleItselfComposes(t *testing.T) {
	for _, file := range []string{oneMachine, production} {
		options, err := cli.NewProjectOptions([]string{filepath.Join(root, file)}, cli.WithWorkingDirectory(root),
			cli.WithEnvFiles(filepath.Join(root, ".env.example")), cli.WithDotEnv)
		if err != nil {
			t.Fatal(err)
		}
		project, err := options.LoadProject(t.Context())
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		for name, service := range project.Services {
			if value := service.Environment["GF_SECURITY_ADMIN_PASSWORD"]; value != nil && *value != "admin123" {
				t.Errorf("%s: %s has the password %q", file, name, *value)
			}
		}
	}
}
