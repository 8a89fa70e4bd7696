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

// What decides whether a mixed import's second graph is used.
const (
	worthwhile   = 1.2 // times as fast, or its memory and its rounding do not pay
	mostApart    = 0.2 // of logits after a chunk, root mean square: 0.03 where sums are whole; a processor without VNNI saturates them
	measureFor   = 600 * time.Millisecond
	measureTurns = 6 // at the most, of each graph
	measureRow   = chunkTokens + chunkTail
	chosenFile   = "chosen.json"
)

// comparison is a chunk of 64 tokens by both graphs of a mixed import.
type comparison struct {
	Mixed  time.Duration `json:"mixedNs"`
	Blocks time.Duration `json:"blocksNs"`
	Apart  float64       `json:"apart"` // see mostApart
}

func (m comparison) mixed() bool {
	return float64(m.Blocks) >= worthwhile*float64(m.Mixed) && m.Apart <= mostApart
}

func (m comparison) String() string {
	form := "int8-blocks"
	if m.mixed() {
		form = "mixed"
	}
	return fmt.Sprintf("precision: %s: %d tokens of a prompt take %.1f ms by the fast graph and %.1f by the exact one, and logits are %.3f apart",
		form, chunkTokens, m.Mixed.Seconds()*1e3, m.Blocks.Seconds()*1e3, m.Apart)
}

// Choose says how a mixed import runs best here: as it is, or without its second graph, which is int8-blocks. It measures that
// once for each processor and number of threads, in about a second, remembers it in the model's
// folder, and tells what it found. Models of other forms are returned as they are.
func Choose(c Config, tell func(what string)) (model.Config, error) {
	return choose(c, processor(), tell)
}

func choose(c Config, processor string, tell func(string)) (model.Config, error) {
	if c.Model.Chunks == "" || c.keptOnDevice() {
		return c.Model, nil
	}
	if c.Model.ContextTokens < measureRow {
		c.Model.Chunks = "" // no prompt is long enough to gain by it
		return c.Model, nil
	}
	path, key := filepath.Join(c.Model.Dir, chosenFile), fmt.Sprintf("%s, %d threads", processor, c.Threads)
	known := map[string]comparison{}
	data, err := os.ReadFile(path)
	if err == nil && json.Unmarshal(data, &known) != nil {
		known = map[string]comparison{} // of a write that was cut off
	}
	found, measured := known[key]
	if measured {
		tell(fmt.Sprintf("%v (measured before: %s)", found, key))
	} else {
		if found, err = compare(c); err != nil {
			return c.Model, err
		}
		tell(fmt.Sprintf("%v (measured now: %s)", found, key))
		known[key] = found
		if err := remember(path, known); err != nil {
			tell(fmt.Sprintf("it will be measured again: %v", err))
		}
	}
	if !found.mixed() {
		c.Model.Chunks = ""
	}
	return c.Model, nil
}

func remember(path string, known map[string]comparison) error {
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

// compare times both graphs in turns, and takes each one's best: what else runs can only take away.
func compare(c Config) (m comparison, err error) {
	c.Rows, c.KVBytes, c.ContextTokens = 1, 0, measureRow
	if err := c.Validate(); err != nil {
		return m, err
	}
	mixed, err := openShared(c)
	if err != nil {
		return m, err
	}
	defer func() { err = errors.Join(err, mixed.Close()) }()
	blocks := &shared{session: mixed.session, c: mixed.c, kv: mixed.kv, logits: mixed.logits}
	ids := make([]int32, measureRow)
	for i := range ids {
		ids[i] = int32((i*37 + 11) % c.Model.Vocabulary)
	}
	type side struct {
		graph  *shared
		best   *time.Duration
		logits []float32 // of the token after the chunk
	}
	fast, exact := &side{graph: mixed, best: &m.Mixed}, &side{graph: blocks, best: &m.Blocks}
	began := time.Now()
	for turn := 0; turn <= measureTurns && (turn < 2 || time.Since(began) < measureFor); turn++ { // the first one warms up
		for _, s := range []*side{fast, exact} {
			took := time.Now()
			if _, err := s.graph.Step([]segment{{ids: ids[:chunkTokens]}}); err != nil {
				return m, err
			}
			if spent := time.Since(took); turn == 1 || turn > 1 && spent < *s.best {
				*s.best = spent
			}
			after, err := blocks.Step([]segment{{past: chunkTokens, ids: ids[chunkTokens : chunkTokens+chunkTail], want: true}})
			if err != nil {
				return m, err
			}
			s.logits = slices.Clone(after[0])
		}
	}
	m.Apart = distance(fast.logits, exact.logits)
	return m, nil
}
