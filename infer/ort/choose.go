package ort

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"inkling/infer/model"
)

// What decides which form of a model runs.
const (
	worthwhile   = 1.2 // times as fast, or a second graph's memory and its rounding do not pay
	worthOther   = 1.1 // times as fast a step, or the first form stays
	mostApart    = 0.2 // of logits, root mean square: 0.03 after a chunk of the fast graph; more is a kernel that is wrong here
	measureFor   = 600 * time.Millisecond
	measureTurns = 6 // at the most, of each graph
	measureTail  = 1 // tokens behind a chunk
	measureRow   = chunkTokens + measureTail + 1
	chosenFile   = "chosen.json"
)

// comparison is what one mixed import's graphs do here.
type comparison struct {
	Mixed  time.Duration `json:"mixedNs"` // a chunk of 64 tokens by the fast graph
	Exact  time.Duration `json:"exactNs"` // and by the exact one
	Apart  float64       `json:"apart"`   // logits after the one and the other: see mostApart
	Step   time.Duration `json:"stepNs"`  // one token by the exact graph
	Differ float64       `json:"differ"`  // its logits, from those of the first form
}

func (m comparison) mixed() bool {
	return float64(m.Exact) >= worthwhile*float64(m.Mixed) && m.Apart <= mostApart
}

// chunk is what a chunk takes by the graph that would feed it.
func (m comparison) chunk() time.Duration {
	if m.mixed() {
		return m.Mixed
	}
	return m.Exact
}

// better says whether a form's steps are to be preferred to another's, which its prompts must not pay for.
func (m comparison) better(than comparison) bool {
	return float64(than.Step) >= worthOther*float64(m.Step) && float64(m.chunk()) <= worthwhile*float64(than.chunk()) && m.Differ <= mostApart
}

func (m comparison) describe(form string) string {
	if form == native {
		return fmt.Sprintf("%s: a token takes %.1f ms, %d tokens of a prompt %.1f", form, m.Step.Seconds()*1e3, chunkTokens, m.Exact.Seconds()*1e3)
	}
	return fmt.Sprintf("%s: a token takes %.1f ms, %d tokens of a prompt %.1f by the fast graph and %.1f by the exact one, logits %.3f apart",
		form, m.Step.Seconds()*1e3, chunkTokens, m.Mixed.Seconds()*1e3, m.Exact.Seconds()*1e3, m.Apart)
}

// Choose says which of several imports of one model, mixed ones or native, runs best here, the configuration's own first, and whether as it is
// or without its second graph. It measures that once for each processor and number of threads, in about a second for each,
// remembers it in the folder of the first, and tells what it found. Where that is no mixed import, it stays as it is.
func Choose(c Config, others []model.Config, tell func(what string)) (model.Config, error) {
	return choose(c, others, processor(), tell)
}

func choose(c Config, others []model.Config, processor string, tell func(string)) (model.Config, error) {
	if c.Model.Chunks == "" || c.keptOnDevice() {
		return c.Model, nil
	}
	if c.Model.ContextTokens < measureRow {
		c.Model.Chunks = "" // no prompt is long enough to gain by it
		return c.Model, nil
	}
	path, key := filepath.Join(c.Model.Dir, chosenFile), fmt.Sprintf("%s, %d threads", processor, c.Threads)
	known := map[string]map[string]comparison{}
	data, err := os.ReadFile(path)
	if err == nil && json.Unmarshal(data, &known) != nil {
		known = map[string]map[string]comparison{} // of a write that was cut off
	}
	forms, found, when := append([]model.Config{c.Model}, others...), known[key], "before"
	if slices.ContainsFunc(forms, func(m model.Config) bool { return found[m.Precision] == comparison{} }) {
		if found, err = compare(c, forms); err != nil {
			return c.Model, err
		}
		when, known[key] = "now", found
		if err := remember(path, known); err != nil {
			tell(fmt.Sprintf("it will be measured again: %v", err))
		}
	}
	best := forms[0]
	for _, form := range forms {
		tell(fmt.Sprintf("precision: %s (measured %s: %s)", found[form.Precision].describe(form.Precision), when, key))
		if found[form.Precision].better(found[best.Precision]) {
			best = form
		}
	}
	if best.Precision == native || found[best.Precision].mixed() {
		tell("precision: " + best.Precision)
		return best, nil
	}
	tell("precision: " + best.Precision + ", without its fast graph")
	best.Chunks = ""
	return best, nil
}

func remember(path string, known map[string]map[string]comparison) error {
	data, err := json.MarshalIndent(known, "", "  ")
	if err != nil {
		return err
	}
	// #nosec G306 -- as the rest of the folder
	if err := os.WriteFile(path+".new", data, 0o644); err != nil {
		if errors.Is(err, fs.ErrPermission) {
			return fmt.Errorf("the model's folder is not for this user to write: %w", err)
		}
		return err
	}
	return os.Rename(path+".new", path)
}

// compare times all graphs of some forms in turns, and takes each one's best: what else runs can only take away.
func compare(c Config, forms []model.Config) (found map[string]comparison, err error) {
	graphs := make([]*measured, len(forms))
	for i, form := range forms {
		if graphs[i], err = openMeasured(c, form); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, graphs[i].mixed.Close()) }()
	}
	began, most := time.Now(), time.Duration(len(forms))*measureFor
	for turn := 0; turn <= measureTurns && (turn < 2 || time.Since(began) < most); turn++ { // the first one warms up
		for _, g := range graphs {
			if err := g.turn(turn == 0); err != nil {
				return nil, err
			}
		}
	}
	found = map[string]comparison{}
	for i, g := range graphs {
		g.found.Apart, g.found.Differ = distance(g.fast, g.exact), distance(g.exact, graphs[0].exact)
		found[forms[i].Precision] = g.found
	}
	return found, nil
}

// measured is a mixed import whose graphs are being timed.
type measured struct {
	mixed, blocks *shared
	ids           []int32
	found         comparison
	fast, exact   []float32 // logits after a chunk of either graph
}

func openMeasured(c Config, form model.Config) (*measured, error) {
	c.Model, c.Rows, c.KVBytes, c.ContextTokens = form, 1, 0, measureRow
	if err := c.Validate(); err != nil {
		return nil, err
	}
	mixed, err := openShared(c)
	if err != nil {
		return nil, err
	}
	g := &measured{mixed: mixed, blocks: &shared{session: mixed.session, c: mixed.c, kv: mixed.kv, logits: mixed.logits}}
	for i := range measureRow {
		g.ids = append(g.ids, int32((i*37+11)%c.Model.Vocabulary))
	}
	return g, nil
}

// turn times each graph once; what a warming turn took does not count.
func (g *measured) turn(warming bool) error {
	timed := func(graph *shared, best *time.Duration, past, n int) ([]float32, error) {
		began := time.Now()
		logits, err := graph.Step([]segment{{past: past, ids: g.ids[past : past+n], want: n < chunkTokens}})
		if spent := time.Since(began); !warming && (*best == 0 || spent < *best) {
			*best = spent
		}
		if err != nil || len(logits) == 0 {
			return nil, err
		}
		return slices.Clone(logits[0]), nil
	}
	var tail time.Duration // nobody asks
	for _, chunk := range []struct {
		graph  *shared
		best   *time.Duration
		logits *[]float32
	}{{g.mixed, &g.found.Mixed, &g.fast}, {g.blocks, &g.found.Exact, &g.exact}} {
		if _, err := timed(chunk.graph, chunk.best, 0, chunkTokens); err != nil {
			return err
		}
		logits, err := timed(g.blocks, &tail, chunkTokens, measureTail)
		if err != nil {
			return err
		}
		*chunk.logits = logits
		for range 2 {
			if _, err := timed(g.blocks, &g.found.Step, chunkTokens+measureTail, 1); err != nil {
				return err
			}
		}
	}
	return nil
}
