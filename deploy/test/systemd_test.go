package deploytest

import (
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// units copies the units to a folder, with a program that this machine has.
func units(t *testing.T) (service, socket string) {
	t.Helper()
	folder := t.TempDir()
	copied(t, folder, []string{"deploy/systemd/inkling.service", "deploy/systemd/inkling.socket"}, "/usr/local/bin/inkling", "/bin/true")
	return filepath.Join(folder, "inkling.service"), filepath.Join(folder, "inkling.socket")
}

func TestSystemdAcceptsTheUnits(t *testing.T) {
	service, socket := units(t)
	must(t, nil, program(t, "systemd-analyze"), "verify", "--recursive-errors=no", service, socket)
}

// TestTheServiceIsSandboxed holds systemd's own measure: 0 is nothing exposed, 10 everything.
func TestTheServiceIsSandboxed(t *testing.T) {
	service, _ := units(t)
	said := must(t, nil, program(t, "systemd-analyze"), "security", "--offline=true", "--no-pager", service)
	found := regexp.MustCompile(`Overall exposure level for \S+: ([0-9.]+)`).FindStringSubmatch(said)
	if found == nil {
		t.Fatalf("systemd-analyze: %s", said)
	}
	level, err := strconv.ParseFloat(found[1], 64)
	if err != nil || level > 2 {
		t.Errorf("exposure %v, %v; at most 2", level, err)
	}
	if text := read(t, "deploy/systemd/inkling.service"); !strings.Contains(text, "Type=notify") || !strings.Contains(text, "Requires=inkling.socket") {
		t.Error("the service neither tells when it is ready nor takes the socket")
	}
}
