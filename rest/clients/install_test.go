package clients

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
	"time"
)

// installTime is how long an installation may take on a slow line.
const installTime = 8 * time.Minute

// cacheFolder is where clients are kept between runs.
func cacheFolder() (string, error) {
	if dir := os.Getenv("INKLING_TEST_CACHE"); dir != "" {
		return dir, nil
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no cache folder; set INKLING_TEST_CACHE: %w", err)
	}
	return filepath.Join(dir, "inkling", "clients"), nil
}

// install makes a folder named by what is to be installed, and for which version of its language, once: into a folder beside it, which is then renamed, so that
// an interrupted installation is never found.
func install(kind, version string, files []string, steps func(dir string) [][]string) (string, error) {
	cache, err := cacheFolder()
	if err != nil {
		return "", err
	}
	sum := sha256.New()
	fmt.Fprintln(sum, kind, version, runtime.GOOS, runtime.GOARCH)
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			return "", err
		}
		sum.Write(text)
	}
	done := filepath.Join(cache, kind+"-"+hex.EncodeToString(sum.Sum(nil)[:6]))
	if _, err := os.Stat(done); err == nil {
		return done, nil
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return "", err
	}
	work, err := os.MkdirTemp(cache, "new-"+kind+"-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(work)
	ctx, cancel := context.WithTimeout(context.Background(), installTime)
	defer cancel()
	for _, step := range steps(work) {
		cmd := exec.CommandContext(ctx, step[0], step[1:]...)
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("installing %s clients: %v: %w\n%s", kind, step, err, out)
		}
	}
	if err := os.Rename(work, done); err != nil && !errors.Is(err, fs.ErrExist) {
		if _, found := os.Stat(done); found != nil { // else another run was first
			return "", err
		}
	}
	return done, nil
}

// pythonClients installs Python's clients and returns the folder that holds them.
var pythonClients = sync.OnceValues(func() (string, error) {
	version, err := exec.Command("python3", "-c", "import sys, pip; print(sys.version)").Output()
	if err != nil {
		return "", errors.New("python3 with pip is needed to run the OpenAI and Ollama clients; install Python 3.9 or newer (Debian: python3-pip)")
	}
	return install("python", string(version), []string{"python/requirements.txt"}, func(dir string) [][]string {
		return [][]string{{"python3", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", dir, "-r", "python/requirements.txt"}}
	})
})

// nodeClients installs Node's clients and returns the folder that holds node_modules.
var nodeClients = sync.OnceValues(func() (string, error) {
	for _, tool := range []string{"node", "npm"} {
		if _, err := exec.LookPath(tool); err != nil {
			return "", fmt.Errorf("%s is needed to run the OpenAI, Continue and Tabby clients; install Node.js 18 or newer", tool)
		}
	}
	return install("node", "", []string{"node/package.json", "node/package-lock.json"}, func(dir string) [][]string {
		return [][]string{
			{"cp", "node/package.json", "node/package-lock.json", dir},
			{"npm", "ci", "--prefix", dir, "--ignore-scripts", "--no-audit", "--no-fund"},
		}
	})
})

// pythonFolder returns the folder with Python's clients, or fails the test.
func pythonFolder(t *testing.T) string {
	t.Helper()
	dir, err := pythonClients()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// nodeFolder returns the folder with node_modules, or fails the test.
func nodeFolder(t *testing.T) string {
	t.Helper()
	dir, err := nodeClients()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
