package cache

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"inkling/contexts"
	_ "inkling/contexts/languages/all"
	"inkling/infer"
)

// plainRequester makes requests whose prompt is the document, and keeps what was asked about.
type plainRequester struct {
	prefixes []string
	asked    atomic.Int64
}

func (p *plainRequester) Request(place contexts.Place, opts infer.Options) (infer.Request, error) {
	text := place.Document.Text()
	p.asked.Add(1)
	p.prefixes = append(p.prefixes, text[:place.Offset])
	opts.MaxTokens = 3
	return infer.Request{Prompt: infer.Prompt{Language: place.Document.Language, Prefix: text[:place.Offset], Suffix: text[place.Offset:]}, Options: opts}, nil
}

// project writes a folder with code, and things that are not to be read.
func project(t *testing.T) string {
	t.Helper()
	outer := t.TempDir()
	root := filepath.Join(outer, "project")
	for name, text := range map[string]string{
		"a.py":                  "import os\nimport re\n\ndef f():\n    pass\n\ndef g():\n    pass\n",
		"pkg/b.py":              "from a import f\n\ndef h():\n    return 1",
		"node_modules/c.js":     "const a = require('a')\n",
		".git/d.py":             "def hidden():\n",
		"notes.txt":             "some text\n",
		"large.py":              strings.Repeat("x = 1\n", 60_000),
		"binary.py":             "a\x00b",
		"secret_keys.py":        "KEY = 1\n",
		"../outside/outside.py": "def outside():\n",
	} {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for link, to := range map[string]string{"link.py": filepath.Join(outer, "outside", "outside.py"), "linked": filepath.Join(outer, "outside")} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func newWarmer(t *testing.T, engine infer.Generator) (*Warmer, *Cache, *plainRequester) {
	t.Helper()
	c := newCache(t, Config{Generator: engine})
	builder := &plainRequester{}
	w, err := NewWarmer(c, WarmConfig{Builder: builder, Root: project(t), Exclude: func(name string) bool { return strings.Contains(name, "secret") }})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w, c, builder
}

func TestWarmingFillsTheCacheWithOpenings(t *testing.T) {
	engine := &script{}
	w, c, builder := newWarmer(t, engine)
	told := 0
	p, err := w.Run(context.Background(), ".", 0, func(Progress) { told++ })
	if err != nil || p.Running || p.FilesDone != p.Files || p.Files != 4 || p.Computed == 0 || told == 0 {
		t.Fatalf("%+v, %v", p, err)
	}
	for _, want := range []string{"import os\nimport re\nimport ", "from a import f\nfrom ", "from a import f\n\ndef h():\n    return 1\n\ndef "} {
		if !slices.Contains(builder.prefixes, want) {
			t.Errorf("nothing was asked after %q", want)
		}
	}
	for _, prefix := range builder.prefixes {
		if strings.Contains(prefix, "outside") || strings.Contains(prefix, "hidden") || strings.Contains(prefix, "KEY") {
			t.Errorf("%q was read", prefix)
		}
	}
	asked := engine.asked.Load()
	again, err := w.Run(context.Background(), "pkg", 0, nil)
	if err != nil || again.Computed != 0 || again.Known == 0 || engine.asked.Load() != asked {
		t.Errorf("%+v, %v: what is known was computed again", again, err)
	}
	if s := c.Stats(); s.Stored != uint64(p.Computed) {
		t.Errorf("%+v, %+v", s, p)
	}
}

func TestWarmingStaysInItsFolderAndLimits(t *testing.T) {
	w, _, _ := newWarmer(t, &script{})
	for _, folder := range []string{"..", "../outside", "/etc", "pkg/../../outside", "none", "linked"} {
		if _, err := w.Run(context.Background(), folder, 0, nil); !errors.Is(err, ErrFolder) && w.Progress().Files != 0 {
			t.Errorf("%s: %v, %+v", folder, err, w.Progress())
		}
	}
	for _, limit := range []int{-1, maxWarmRequests + 1} {
		if _, err := w.Run(context.Background(), ".", limit, nil); !errors.Is(err, infer.ErrOption) {
			t.Errorf("limit %d: %v", limit, err)
		}
	}
	if p, err := w.Run(context.Background(), ".", 2, nil); err != nil || p.Computed != 2 {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestWarmingWaitsForQuietAndGoesOn(t *testing.T) {
	root := project(t)
	synctest.Test(t, func(t *testing.T) {
		engine, nod := paced()
		c := newCache(t, Config{Generator: engine})
		w, err := NewWarmer(c, WarmConfig{Builder: &plainRequester{}, Root: root})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = w.Close() }()
		if err := w.Start("pkg", 1); err != nil {
			t.Fatal(err)
		}
		if err := w.Start("pkg", 1); !errors.Is(err, ErrWarming) {
			t.Errorf("twice: %v", err)
		}
		synctest.Wait()
		if engine.running.Load() != 1 {
			t.Fatal("warming has not begun")
		}
		real := waiting(context.Background(), c, ask("other\n"))
		synctest.Wait()
		if engine.running.Load() != 1 || w.Progress().Preempted != 1 {
			t.Errorf("%d run, %+v", engine.running.Load(), w.Progress())
		}
		close(nod)
		if r := <-real; r.err != nil {
			t.Fatal(r.err)
		}
		w.wg.Wait()
		if p := w.Progress(); p.Computed != 1 || p.Running {
			t.Errorf("%+v", p)
		}
	})
}

func TestWarmingCanBeCancelled(t *testing.T) {
	root := project(t)
	synctest.Test(t, func(t *testing.T) {
		engine, _ := paced()
		c := newCache(t, Config{Generator: engine})
		w, err := NewWarmer(c, WarmConfig{Builder: &plainRequester{}, Root: root})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Start(".", 0); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if err := w.Close(); err != nil || w.Progress().Running {
			t.Errorf("%v, %+v", err, w.Progress())
		}
	})
}

func TestFoldersAreRelativeToTheRootOrBelowIt(t *testing.T) {
	w, _, _ := newWarmer(t, &script{})
	for _, folder := range []string{"../x", "/etc", w.cfg.Root + "/../outside", "linked"} {
		if err := w.Start(folder, 0); !errors.Is(err, ErrFolder) {
			t.Errorf("%s: %v", folder, err)
		}
		w.wg.Wait()
	}
	for _, limit := range []int{-1, 10_001} {
		if err := w.Start("", limit); !errors.Is(err, infer.ErrOption) {
			t.Errorf("%d: %v", limit, err)
		}
	}
	for _, folder := range []string{"pkg", w.cfg.Root + "/pkg", w.cfg.Root} {
		if err := w.Start(folder, 1); err != nil {
			t.Errorf("%s: %v", folder, err)
		}
		w.wg.Wait()
	}
	if p := w.Progress(); p.Running || p.Computed+p.Known == 0 || p.Folder != "." {
		t.Errorf("%+v", p)
	}
}
