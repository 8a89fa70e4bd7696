package ort

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"inkling/fuzztest"
)

// FuzzGraph damages the graph of a real export: bytes are changed and the end is cut off. The runtime, which is what reads graphs, must
// refuse it or open it, and not take the process with it.
func FuzzGraph(f *testing.F) {
	c := realConfig(f)
	if err := openLibrary(c.LibraryPath); err != nil {
		f.Fatal(err)
	}
	f.Cleanup(func() {
		if err := closeLibrary(); err != nil {
			f.Error(err)
		}
	})
	whole, err := os.ReadFile(filepath.Join("testdata", "gpt2", "model.onnx"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(uint32(0), []byte{}, uint32(0))
	f.Add(uint32(10), []byte{0xff, 0xff, 0xff, 0xff, 0x7f}, uint32(0))
	f.Add(uint32(0), []byte{8}, uint32(len(whole)-20))
	path := filepath.Join(f.TempDir(), "model.onnx")
	f.Fuzz(func(t *testing.T, at uint32, patch []byte, cut uint32) {
		defer fuzztest.Within(time.Minute)()
		data := append([]byte(nil), whole...)
		copy(data[int(at)%len(data):], patch)
		data = data[:len(data)-int(cut)%len(data)]
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, _ = describe(c.LibraryPath, path) // refused or opened
	})
}
