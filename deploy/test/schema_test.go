package deploytest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// validator checks manifests as a cluster would: by its published schemas, which it has inside, and its rules for names.
// It is a program of its own, since it is made of other versions of Kubernetes' packages than the chart's tests.
const (
	validator = "sigs.k8s.io/kubectl-validate@v0.0.4"
	cluster   = "1.30"           // the newest whose schemas it has
	building  = 20 * time.Minute // against hanging: it has half a million lines to compile
)

// validated says what the validator says of a text of manifests.
func validated(t *testing.T, program, text string) (string, error) {
	t.Helper()
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "chart.yaml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), program, folder, "--version", cluster).CombinedOutput()
	return string(out), err
}

func TestManifestsFollowKubernetesSchemas(t *testing.T) {
	if testing.Short() {
		t.Skip("short: the validator takes minutes to build the first time")
	}
	ctx, cancel := context.WithTimeout(t.Context(), building)
	defer cancel()
	folder := t.TempDir()
	install := exec.CommandContext(ctx, "go", "install", validator)
	install.Dir, install.Env = folder, append(os.Environ(), "GOBIN="+folder)
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	program := filepath.Join(folder, "kubectl-validate")
	for name, values := range charts {
		t.Run(name, func(t *testing.T) {
			texts, err := templates(t, values)
			if err != nil {
				t.Fatal(err)
			}
			var manifests []string
			for _, text := range texts {
				manifests = append(manifests, text)
			}
			all := strings.Join(manifests, "\n---\n")
			if said, err := validated(t, program, all); err != nil {
				t.Errorf("%v: %s", err, said)
			}
			bad := strings.Replace(all, "containerPort: ", "containerPort: x", 1)
			if said, err := validated(t, program, bad); err == nil || !strings.Contains(said, "containerPort") {
				t.Errorf("a port that is a word passes: %s", said)
			}
		})
	}
}
