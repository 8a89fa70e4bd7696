package ort

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"sync"
	"testing"

	"inkling/infer"
	"inkling/infer/model"
)

// tinyGPT2 is a model with random weights in the form of Optimum's exports: see testdata/gpt2.py.
func tinyGPT2(t *testing.T) Config {
	t.Helper()
	return Config{
		LibraryPath: realConfig(t).LibraryPath, Threads: 1, Rows: 2, ContextTokens: 160,
		Model: model.Config{
			Name: "gpt2", Exporter: "optimum", Graph: "testdata/gpt2/model.onnx", Architecture: "gpt2", Layers: 2, KVHeads: 2, HeadDim: 8,
			Vocabulary: 257, ContextTokens: 192, EndTokens: []int32{endToken}, BeginToken: -1,
		},
	}
}

// golden is what NumPy computed without a cache.
type golden struct {
	IDs, Greedy, At []int32
	Logits          [][]float64
}

func readGolden(t *testing.T) (g golden) {
	t.Helper()
	data, err := os.ReadFile("testdata/gpt2/golden.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &g); err != nil {
		t.Fatal(err)
	}
	return g
}

func closing(t *testing.T, m lm) {
	t.Helper()
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
}

func step(t *testing.T, m lm, segments ...segment) [][]float32 {
	t.Helper()
	logits, err := m.Step(segments)
	if err != nil {
		t.Fatal(err)
	}
	return logits
}

func sameLogits(t *testing.T, got []float32, want []float64) {
	t.Helper()
	for id := range want {
		if math.Abs(float64(got[id])-want[id]) > 2e-4 {
			t.Fatalf("the logit of %d is %v, want %v", id, got[id], want[id])
		}
	}
}

func TestAGrowingCacheGivesTheLogitsOfTheSource(t *testing.T) {
	c := tinyGPT2(t)
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	m, err := open(c)
	if err != nil {
		t.Fatal(err)
	}
	closing(t, m)
	g := readGolden(t)
	// One token, then a chunk, then another sequence in its place, then back: every time the same.
	sameLogits(t, step(t, m, segment{row: 0, ids: g.IDs[:1], want: true})[0], g.Logits[0])
	sameLogits(t, step(t, m, segment{row: 0, past: 1, ids: g.IDs[1:8], want: true})[0], g.Logits[1])
	step(t, m, segment{row: 0, past: 3, ids: []int32{'x', 'y', 'z'}})
	sameLogits(t, step(t, m, segment{row: 0, past: 3, ids: g.IDs[3:8], want: true})[0], g.Logits[1])
	// Another row begins with a copy, and both go on in one step.
	if err := m.Copy(0, 1, 5); err != nil {
		t.Fatal(err)
	}
	both := step(t, m, segment{row: 1, past: 5, ids: g.IDs[5:8], want: true}, segment{row: 0, past: 8, ids: g.IDs[8:], want: true})
	sameLogits(t, both[0], g.Logits[1])
	sameLogits(t, both[1], g.Logits[2])
	if _, err := m.Step([]segment{{row: 1, past: 20, ids: g.IDs[:1]}}); err == nil {
		t.Error("a past that is not there was accepted")
	}
}

// tinyEngine runs it, with some rows and a token for each byte.
func tinyEngine(t *testing.T, rows int) *Engine {
	t.Helper()
	c := tinyGPT2(t)
	c.Rows = rows
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	m, err := open(c)
	if err != nil {
		t.Fatal(err)
	}
	return start(c, byteTokenizer(t), m, nil)
}

func TestAnOptimumExportCompletes(t *testing.T) {
	e := tinyEngine(t, 2)
	defer shut(t, e)
	g := readGolden(t)
	prompt := string(byteTokenizer(t).Decode(g.IDs))
	// Random weights say invalid bytes too; how many U+FFFD they make is not the point here.
	whole := func(text string) string { return strings.ReplaceAll(strings.ToValidUTF8(text, ""), "\uFFFD", "") }
	want := whole(string(byteTokenizer(t).Decode(g.Greedy)))
	for range 2 { // the second time from the kept cache
		if a := collect(t, e, request(prompt, len(g.Greedy)))[0]; whole(a.raw) != want {
			t.Errorf("got %q, want %q", a.raw, want)
		}
	}
}

func TestAGraphThatDoesNotFitItsConfigurationIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*model.Config)
		says   string
	}{
		"more layers":  {func(m *model.Config) { m.Layers = 3 }, "past_key_values.2.key"},
		"wider heads":  {func(m *model.Config) { m.HeadDim = 16 }, "dimension 3"},
		"other heads":  {func(m *model.Config) { m.KVHeads = 4 }, "dimension 1"},
		"fewer layers": {func(m *model.Config) { m.Layers = 1 }, "is not known"},
		"no file":      {func(m *model.Config) { m.Graph = "testdata/none.onnx" }, "none.onnx"},
	} {
		t.Run(name, func(t *testing.T) {
			config := tinyGPT2(t)
			c.change(&config.Model)
			m, err := openGrowing(config)
			if err == nil {
				closing(t, m)
			}
			if err == nil || !strings.Contains(err.Error(), c.says) || name != "no file" && !errors.Is(err, ErrGraph) {
				t.Errorf("got %v, which does not say %q", err, c.says)
			}
		})
	}
}

// TestDraftsOfAnExportThatRunsRowsOneByOne has several at work on text that says itself again, so that drafts are proposed.
func TestDraftsOfAnExportThatRunsRowsOneByOne(t *testing.T) {
	e := tinyEngine(t, 4)
	defer shut(t, e)
	var wg sync.WaitGroup
	for i := range 3 {
		wg.Go(func() {
			for range 10 {
				text := fmt.Sprint(i) + strings.Repeat("ab", 20)
				if _, err := gather(t.Context(), e, by(fmt.Sprint(i), infer.PriorityInvoked, request(text, 20))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if s := e.Stats(); s.DraftTokens == 0 || s.Errors != 0 {
		t.Errorf("%d tokens were drafted, %d errors", s.DraftTokens, s.Errors)
	}
}

// TestWhatIsSaidAgainFitsIntoARunOfAnExport has prompts that end near the end of a chunk.
func TestWhatIsSaidAgainFitsIntoARunOfAnExport(t *testing.T) {
	e := tinyEngine(t, 2)
	defer shut(t, e)
	for n := chunkTokens - 4; n <= chunkTokens+4; n++ {
		req := request(string(rune('A'+n-chunkTokens+4))+strings.Repeat("ab ", n)[:n-2]+"(", 5) // nothing of it stands in a row
		req.Options.NoHealing = false
		if _, err := gather(t.Context(), e, req); err != nil {
			t.Errorf("a prompt of %d tokens: %v", n, err)
		}
	}
}
