package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAProjectsEnvFileIsNotOurs: a file in the folder of a project cannot tell an editor's bridge where to send the user's text.
func TestAProjectsEnvFileIsNotOurs(t *testing.T) {
	for _, c := range []struct {
		args string
		read bool
	}{
		{"lsp", false}, {"lsp --menu", false}, {"--home=x lsp", false}, {"--home serve lsp", false}, {"complete a.go:1", false}, {"warm .", false}, {"replay .", false},
		{"quality .", false}, {"serve", true}, {"--home x serve --port 1", true}, {"keys list", true}, {"health", true}, {"nonsense", false}, {"", false},
	} {
		t.Chdir(t.TempDir())
		t.Setenv("INKLING_SERVER", "") // put back at the end
		if err := os.Unsetenv("INKLING_SERVER"); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(inFolder, []byte("INKLING_SERVER=ws://elsewhere.example\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := loadEnvFile(strings.Fields(c.args)); err != nil {
			t.Errorf("%q: %v", c.args, err)
		}
		if _, read := os.LookupEnv("INKLING_SERVER"); read != c.read {
			t.Errorf("%q: read: %v", c.args, read)
		}
	}
}

func TestAnEnvFileThatIsNoneIsRefusedWithoutItsText(t *testing.T) {
	t.Chdir(t.TempDir())
	broken := filepath.Join(t.TempDir(), "settings")
	if err := os.WriteFile(broken, []byte("hunter2 is my \"password\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, said := range map[string]string{broken: broken + ": a line of it is no NAME=value", "absent": "no such file"} {
		t.Setenv("ENV_FILE", path)
		if err := loadEnvFile([]string{"lsp"}); err == nil || !strings.Contains(err.Error(), said) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", path, err)
		}
	}
}

// TestTheProgramReadsItsCommandLine runs the program itself: looking for its command first must not take anything from the line.
func TestTheProgramReadsItsCommandLine(t *testing.T) {
	const asked = "INKLING_TEST_MAIN"
	if folder := os.Getenv(asked); folder != "" {
		os.Args = []string{"inkling", "replay", folder, "--peer", "llama=http://127.0.0.1:1"}
		main() // which ends the process
		return
	}
	folder := t.TempDir()                                                                   // with nothing to type
	program := exec.Command(os.Args[0], "-test.run", "^TestTheProgramReadsItsCommandLine$") //nolint:gosec // itself
	program.Env = append(os.Environ(), asked+"="+folder)
	out, err := program.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "below "+folder) {
		t.Errorf("%v: %s", err, out)
	}
}
