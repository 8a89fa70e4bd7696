package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheBridgesKeyStandsInTheEnvironmentOrAFile(t *testing.T) {
	clean(t)
	t.Setenv("INKLING_TOKEN", "")
	file := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(file, []byte("ik_file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := lspCommand{}
	if key, err := c.key(); key != "" || err != nil {
		t.Errorf("without either: %q, %v", key, err)
	}
	c.KeyFile = file
	if key, err := c.key(); key != "ik_file" || err != nil {
		t.Errorf("from the file: %q, %v", key, err)
	}
	t.Setenv("INKLING_TOKEN", "ik_environment")
	if key, err := c.key(); key != "ik_environment" || err != nil {
		t.Errorf("the environment goes first: %q, %v", key, err)
	}
}

func TestAKeyFileThatIsNoneIsNamed(t *testing.T) {
	clean(t)
	t.Setenv("INKLING_TOKEN", "")
	long := filepath.Join(t.TempDir(), "long")
	if err := os.WriteFile(long, make([]byte, maxKeyBytes+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{filepath.Join(t.TempDir(), "none"), long} {
		c := lspCommand{KeyFile: file}
		if _, err := c.key(); err == nil || !strings.Contains(err.Error(), "INKLING_TOKEN_FILE") || !strings.Contains(err.Error(), file) {
			t.Errorf("%s: %v", file, err)
		}
	}
}

func TestAKeyIsNoFlag(t *testing.T) {
	clean(t)
	if _, err := parse(t, "lsp", "--token", "ik_secret"); err == nil {
		t.Error("the key was taken from the command line")
	}
}
