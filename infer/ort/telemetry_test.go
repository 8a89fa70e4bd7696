package ort

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The runtime has telemetry of its own: a file of events in the user's cache, which it sends when it can. In a process of its
// own, since the runtime's environment is made once.
func TestTheRuntimeNotesNothingForItsMakers(t *testing.T) {
	if home := os.Getenv("INKLING_TEST_TELEMETRY"); home != "" {
		l := openFixture(t, "llama.gguf", "int8-blocks")
		step(t, l, segment{ids: []int32{1, 2, 3}, want: true})
		l.Terminate()
		if _, err := l.Step([]segment{{ids: []int32{1, 2, 3}}}); err == nil {
			t.Error("a terminated run ran: it would be an event")
		}
		return
	}
	home := t.TempDir()
	test := exec.CommandContext(t.Context(), os.Args[0], "-test.run", "^"+t.Name()+"$") // #nosec G204 -- this program
	test.Env = append(os.Environ(), "HOME="+home, "XDG_CACHE_HOME="+home, "INKLING_TEST_TELEMETRY="+home, "INKLING_HOME="+dataFolder(t))
	if out, err := test.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	err := filepath.WalkDir(home, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			t.Errorf("%s was written", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
