package fuzztest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// FuzzNothing hangs where the test below asks it to.
func FuzzNothing(f *testing.F) {
	f.Fuzz(func(_ *testing.T, _ []byte) {
		if os.Getenv("INKLING_HANG") != "" {
			defer Within(2 * time.Second)()
			select {}
		}
	})
}

func TestAnInputThatHangsIsAFinding(t *testing.T) {
	if os.Getenv("INKLING_HANG") != "" {
		t.Skip("this is the process that hangs")
	}
	program := exec.Command(os.Args[0], "-test.run", "^$", "-test.fuzz", "^FuzzNothing$", "-test.fuzztime", "20s", "-test.parallel", "1", "-test.fuzzcachedir", t.TempDir()) //nolint:gosec // itself
	stacks := filepath.Join(t.TempDir(), "stacks")
	program.Env, program.Dir = append(os.Environ(), "INKLING_HANG=1", "INKLING_FUZZ_STACKS="+stacks), t.TempDir()
	out, err := program.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "Failing input") {
		t.Errorf("%v: %s", err, out)
	}
	if told, err := os.ReadFile(stacks); err != nil || !strings.Contains(string(told), "FuzzNothing") { //nolint:gosec // made above
		t.Errorf("of what hung was told: %v: %s", err, told)
	}
}
