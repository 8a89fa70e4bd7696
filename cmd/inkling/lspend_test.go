package main

import (
	"os"
	"syscall"
	"testing"

	"inkling/stream/wire"
)

// TestABridgeThatIsToldToEndHasNotFailed: JetBrains ends it so when a project closes.
func TestABridgeThatIsToldToEndHasNotFailed(t *testing.T) {
	in, toUs := pipe(t, &os.Stdin)
	fromUs, out := pipe(t, &os.Stdout)
	os.Stdin, os.Stdout = in, out
	ended := make(chan error, 1)
	go func() { ended <- (&lspCommand{Server: "ws://127.0.0.1:1/api/v1/stream"}).Run(&program{}) }()
	if err := wire.NewWriter(toUs).Write([]byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := wire.NewReader(fromUs, 1<<10).Read(); err != nil { // an answer: it runs
		t.Fatal(err)
	}
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if err := self.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("it ended with %v", err)
	}
}

// pipe returns a pipe's ends, and puts back the file that one of them will take the place of.
func pipe(t *testing.T, file **os.File) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	before := *file
	t.Cleanup(func() {
		*file = before
		_ = r.Close() // closed already, where the bridge had it
		_ = w.Close()
	})
	return r, w
}
