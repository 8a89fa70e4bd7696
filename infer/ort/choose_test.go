package ort

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inkling/infer/gguf"
)

func TestTheFastGraphMustBeFasterAndNearlyAsExact(t *testing.T) {
	for _, c := range []struct {
		found comparison
		mixed bool
	}{
		{comparison{Mixed: 40 * time.Millisecond, Blocks: 66 * time.Millisecond, Apart: 0.03}, true},
		{comparison{Mixed: 50 * time.Millisecond, Blocks: 60 * time.Millisecond, Apart: 0.03}, true},
		{comparison{Mixed: 50 * time.Millisecond, Blocks: 59 * time.Millisecond, Apart: 0.03}, false},
		{comparison{Mixed: 40 * time.Millisecond, Blocks: 66 * time.Millisecond, Apart: 0.5}, false},
	} {
		if c.found.mixed() != c.mixed {
			t.Errorf("%v", c.found)
		}
	}
}

func TestTheFormIsMeasuredOnceForEachProcessor(t *testing.T) {
	m, err := gguf.Resolve(t.Context(), filepath.Join(fixtures, "llama.gguf"), gguf.Options{CacheDir: t.TempDir(), Precision: "mixed"})
	if err != nil {
		t.Fatal(err)
	}
	c := Config{Model: m, LibraryPath: realConfig(t).LibraryPath, Threads: 2}
	var told []string
	run := func(processor string) (mixed bool) {
		t.Helper()
		chosen, err := choose(c, processor, func(what string) {
			if !strings.Contains(what, "(measured before: "+processor+", ") {
				told = append(told, what)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		return chosen.Chunks != ""
	}
	first := run("one")
	if len(told) != 1 || !strings.Contains(told[0], "(measured now: one, 2 threads)") {
		t.Fatalf("told %q", told)
	}
	t.Log(told[0])
	if again := run("one"); len(told) != 1 || again != first {
		t.Errorf("measured again, or chosen otherwise: %q", told)
	}
	run("another")
	c.Threads = 1
	run("one")
	if len(told) != 3 {
		t.Errorf("told %q of two processors and two numbers of threads", told)
	}
	path := filepath.Join(m.Dir, chosenFile)
	if err := os.WriteFile(path, []byte(`{"one, 1 threads": {"mixedNs": 1, "blocksNs": 9, "apart": 0}, "one, 2 threads": {"mixedNs": 9, "blocksNs": 1}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if !run("one") {
		t.Error("what was measured to be faster is not used")
	}
	if c.Threads = 2; run("one") || len(told) != 3 {
		t.Errorf("what was measured to be slower is used, or measured again: %q", told)
	}
	if err := os.WriteFile(path, []byte(`{"one`), 0o600); err != nil {
		t.Fatal(err)
	}
	if run("one"); len(told) != 4 {
		t.Errorf("after a file that was cut off: %q", told)
	}
}

func TestAProcessorIsItsModelAndWhatItCanDo(t *testing.T) {
	info := "processor\t: 0\nmodel name\t: Some CPU 9000\nflags\t\t: fpu avx2 avx512_vnni\n"
	one := describeProcessor(info, "amd64")
	if !strings.HasPrefix(one, "Some CPU 9000 ") || len(one) != len("Some CPU 9000 ")+8 {
		t.Errorf("%q", one)
	}
	if other := describeProcessor(strings.ReplaceAll(info, " avx512_vnni", ""), "amd64"); other == one {
		t.Error("a processor without VNNI is called the same")
	}
	if got := describeProcessor("", "arm64"); !strings.HasPrefix(got, "arm64 ") {
		t.Errorf("%q", got)
	}
}
