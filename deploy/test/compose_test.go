package deploytest

import (
	"maps"
	"net"
	"os"
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
