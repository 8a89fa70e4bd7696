package chaos

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWhatIsLeftOnTheDiskIsNamed(t *testing.T) {
	s := &Server{Config: ServerConfig{Home: t.TempDir()}, temporary: t.TempDir()}
	write := func(folder, name string) string {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	before := write(s.Config.Home, "cache/.importing-1/model.onnx")
	var err error
	if s.clean, err = s.litter(); err != nil || len(s.clean) != 1 || s.clean[0] != filepath.Dir(before) {
		t.Fatalf("got %v, %v", s.clean, err)
	}
	write(s.Config.Home, "cache/whole/model.onnx")
	write(s.Config.Home, "cache/.hash-0123456789abcdef.json") // another process has read a model's file
	if found := s.littered(); found != "" {
		t.Errorf("nothing is left: %q", found)
	}
	for _, path := range []string{write(s.Config.Home, "cache/whole/chosen.json.new"), write(s.Config.Home, ".keys-7"), write(s.temporary, "anything")} {
		if found := s.littered(); !strings.Contains(found, path) {
			t.Errorf("%s is not named: %q", path, found)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}
