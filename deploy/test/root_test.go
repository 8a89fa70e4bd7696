package deploytest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// root is the repository.
var root = func() string {
	path, err := filepath.Abs("../..")
	if err != nil {
		panic(err)
	}
	return path
}()

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// program returns where a program is. One that is missing fails the test, or skips it where the environment allows that.
func program(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("INKLING_DEPLOY_SKIP_MISSING") != "" {
		t.Skipf("%s is not there, and INKLING_DEPLOY_SKIP_MISSING is set", name)
	}
	t.Fatalf("%s is not there: make test-deploy installs it on Debian as root; INKLING_DEPLOY_SKIP_MISSING=1 goes without", name)
	return ""
}
