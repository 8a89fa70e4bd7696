package stream

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"testing"

	"inkling/infer"
	"inkling/stream/internal/scripted"
)

// npmProject returns a folder in which testdata/npm is installed: in the user's cache, by the lock file's hash, so that
// it is fetched once.
func npmProject(t *testing.T) string {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("this test drives a session with the published npm clients and needs %s: %v", program, err)
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	hash := sha256.New()
	for _, name := range []string{"package.json", "package-lock.json"} {
		data, err := os.ReadFile(filepath.Join("testdata/npm", name))
		if err != nil {
			t.Fatal(err)
		}
		hash.Write(data)
	}
	dir := filepath.Join(cache, "inkling-test", "stream-npm-"+hex.EncodeToString(hash.Sum(nil)[:6]))
	if _, err := os.Stat(filepath.Join(dir, "node_modules", "ws")); err != nil {
		installNPM(t, dir)
	}
	script, err := os.ReadFile("testdata/npm/drive.mjs")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "drive.mjs"), script, 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// installNPM installs beside the folder and renames, so that a run that was broken off leaves nothing half done.
func installNPM(t *testing.T, dir string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	fresh, err := os.MkdirTemp(filepath.Dir(dir), "install-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(fresh)
	for _, name := range []string{"package.json", "package-lock.json"} {
		data, err := os.ReadFile(filepath.Join("testdata/npm", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(fresh, name), data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	install := exec.CommandContext(t.Context(), "npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")
	install.Dir = fresh
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	if err := os.Rename(fresh, dir); err != nil {
		if _, statErr := os.Stat(filepath.Join(dir, "node_modules", "ws")); statErr != nil { // else another test was first
			t.Fatal(err)
		}
	}
}

func TestThePublishedClientsDriveASession(t *testing.T) {
	dir := npmProject(t)
	model := &scripted.Model{Answer: func(r *scripted.Run) {
		if r.Request.Document.Version > 1 {
			return // the client cancels it, or makes it old
		}
		r.Say(0, "return ", -0.1)
		r.Say(0, "s", -0.1)
		r.End(0, infer.StopEnd, nil)
	}}
	d := serve(t, Config{Version: "test"}, model)
	node := exec.CommandContext(waiting(t), "node", "drive.mjs", d.url())
	node.Dir = dir
	node.Stderr = os.Stderr
	out, err := node.Output()
	if err != nil {
		t.Fatalf("node drive.mjs: %v\n%s", err, out)
	}
	var seen map[string]any
	if err := json.Unmarshal(out, &seen); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	want := map[string]any{
		"encoding": "utf-16", "provider": map[string]any{},
		"deltas": []any{"return ", "s"}, "first": []any{"return s"}, "rest": []any{" s"}, "along": true, "accepted": nil,
		"cancelled": -32800.0, "stale": -32801.0, "unknown": -32601.0, "closed": 1000.0,
	}
	if !reflect.DeepEqual(seen, want) {
		t.Errorf("the client saw %s", out)
	}
	if n := d.server.Stats().Events["accepted"]; n != 1 {
		t.Errorf("%d suggestions were counted as accepted", n)
	}
}
