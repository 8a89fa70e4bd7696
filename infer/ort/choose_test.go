package ort

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"inkling/infer/gguf"
	"inkling/infer/model"
)

func TestTheFastGraphMustBeFasterAndNearlyAsExact(t *testing.T) {
	for _, c := range []struct {
		found comparison
		mixed bool
	}{
		{comparison{Mixed: 40 * time.Millisecond, Exact: 66 * time.Millisecond, Apart: 0.03}, true},
		{comparison{Mixed: 50 * time.Millisecond, Exact: 60 * time.Millisecond, Apart: 0.03}, true},
		{comparison{Mixed: 50 * time.Millisecond, Exact: 59 * time.Millisecond, Apart: 0.03}, false},
		{comparison{Mixed: 40 * time.Millisecond, Exact: 66 * time.Millisecond, Apart: 0.5}, false},
	} {
		if c.found.mixed() != c.mixed {
			t.Errorf("%v", c.found)
		}
	}
}

func TestAnotherFormMustStepFasterAndSayTheSame(t *testing.T) {
	first := comparison{Step: 11 * time.Millisecond}
	for _, c := range []struct {
		found  comparison
		better bool
	}{
		{comparison{Step: 10 * time.Millisecond, Differ: 0.03}, true},
		{comparison{Step: 10_100 * time.Microsecond, Differ: 0.03}, false},
		{comparison{Step: 5 * time.Millisecond, Differ: 0.5}, false},
		{first, false},
	} {
		if c.found.better(first) != c.better {
			t.Errorf("%+v", c.found)
		}
	}
}

func TestTheFormIsMeasuredOnceForEachProcessor(t *testing.T) {
	resolve := func(precision string) model.Config {
		m, err := gguf.Resolve(t.Context(), filepath.Join(fixtures, "llama.gguf"), gguf.Options{CacheDir: t.TempDir(), Precision: precision})
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	m, four := resolve("mixed"), resolve("int4-mixed")
	c := Config{Model: m, LibraryPath: realConfig(t).LibraryPath, Threads: 2}
	var told []string
	run := func(processor string) (form string) {
		t.Helper()
		chosen, err := choose(c, []model.Config{four}, processor, func(what string) {
			if strings.Contains(what, " mixed: ") && !strings.Contains(what, "(measured before: "+processor+", ") {
				told = append(told, what)
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		if chosen.Chunks == "" {
			return chosen.Precision + " without"
		}
		return chosen.Precision
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
	if err := os.WriteFile(path, []byte(`{
		"one, 1 threads": {"mixed": {"mixedNs": 1, "exactNs": 9, "stepNs": 5}, "int4-mixed": {"mixedNs": 9, "exactNs": 1, "stepNs": 6}},
		"one, 2 threads": {"mixed": {"mixedNs": 1, "exactNs": 9, "stepNs": 5}, "int4-mixed": {"mixedNs": 9, "exactNs": 1, "stepNs": 4}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := run("one"); got != "mixed" {
		t.Errorf("%s is used, though the first form is faster, and its second graph too", got)
	}
	if c.Threads = 2; run("one") != "int4-mixed without" || len(told) != 3 {
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
