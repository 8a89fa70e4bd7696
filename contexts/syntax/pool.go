package syntax

import (
	"container/list"
	"sync"
	"time"

	sitter "github.com/tree-sitter/go-tree-sitter"

	"inkling/contexts/languages"
	_ "inkling/contexts/languages/all" // the plugins
)

// Limits that hold where [Config] says nothing else.
const (
	DefaultBudgetBytes  = 256 << 20              // some 6 MB of open source: a tree weighs about forty times its text
	DefaultMaxTextBytes = 2 << 20                // a full parse of it takes about the timeout
	DefaultParseTimeout = 500 * time.Millisecond // a full parse of 1 MB of common code takes less than half of it
	DefaultQueryTimeout = 100 * time.Millisecond // an outline of 200 kB takes a fifth of it, an analysis a fiftieth
	DefaultLocalBytes   = 16 << 10               // a parse of broken code of this size takes up to 3 ms
)

// largeText is the size of a text from which on only one is parsed anew at a time: the tree that is being made weighs some forty times
// its text, and the budget does not know of it yet.
const largeText = 256 << 10

// Config holds the limits of a [Pool]. The zero value takes the defaults.
type Config struct {
	BudgetBytes  int64         // of all trees together
	MaxTextBytes int           // a longer text is plain text
	LocalBytes   int           // of a longer one, places are understood from an excerpt while it is typed
	ParseTimeout time.Duration // of the processor; a parse that takes longer leaves the document plain text for a while
	DocumentTime time.Duration // of the processor, that the answers of one document may take at once
	QueryTimeout time.Duration // so do the queries of one answer: in a tree 100,000 nodes deep they take minutes
}

// Stats are counters since the pool was made, and what it holds now.
type Stats struct {
	Documents    int    // handles that are open
	Trees        int    // of those, the ones that hold a tree
	Bytes        int64  // estimated weight of the trees
	FullParses   uint64 // of a whole text
	Reparses     uint64 // of what edits touched
	Excerpts     uint64 // of an excerpt around a place
	Repairs      uint64 // second parses for a place in broken code
	Dropped      uint64 // trees dropped for the budget
	Overspent    uint64 // answers of plain text for a document that had no time left, of its own or of what it shares
	TimedOut     uint64 // parses, and queries of an answer, that ran past their timeout
	Left         uint64 // parses that were left in one step, for its time or memory, or for what all parses held
	TooLarge     uint64 // texts above the limit
	GrammarFails uint64 // documents whose grammar or queries do not load
	Refused      uint64 // parses of text that the grammar is known to fail on, or after it failed too often
	Failed       uint64 // parses that the grammar's own code failed
}

// Pool keeps the trees of open documents under one byte budget.
type Pool struct {
	cfg   Config
	large chan struct{} // holds the one large text that is being parsed anew

	now       func() time.Time     // tests have others
	processor func() time.Duration // of the thread
	parse     func(l *sitter.Language, text string, old *sitter.Tree, timeout time.Duration) (*sitter.Tree, outcome)

	mu     sync.Mutex
	recent *list.List // *Tree that hold a native tree, most recently used first
	stats  Stats
}

// NewPool returns an empty pool. It holds nothing outside the Go heap before its first parse.
func NewPool(cfg Config) *Pool {
	if cfg.BudgetBytes == 0 {
		cfg.BudgetBytes = DefaultBudgetBytes
	}
	if cfg.MaxTextBytes == 0 {
		cfg.MaxTextBytes = DefaultMaxTextBytes
	}
	if cfg.LocalBytes == 0 {
		cfg.LocalBytes = DefaultLocalBytes
	}
	if cfg.ParseTimeout == 0 {
		cfg.ParseTimeout = DefaultParseTimeout
	}
	if cfg.QueryTimeout == 0 {
		cfg.QueryTimeout = DefaultQueryTimeout
	}
	if cfg.DocumentTime == 0 {
		cfg.DocumentTime = DefaultDocumentTime
	}
	return &Pool{
		cfg: cfg, large: make(chan struct{}, 1), recent: list.New(), now: time.Now, processor: processorTime, parse: parseText,
	}
}

// Open returns the handle of a new document in the language with the given LSP id or alias; any other id is plain
// text. It parses nothing. The caller closes it.
func (p *Pool) Open(languageID string) *Tree { return p.OpenLanguage(languages.ByID(languageID)) }

// OpenLanguage is [Pool.Open] for a language at hand.
func (p *Pool) OpenLanguage(l *languages.Language) *Tree {
	t := &Tree{pool: p, language: l, own: newAllowance(p.cfg.DocumentTime, documentShare, cheapAnswer)}
	g, err := load(l)
	t.grammar = g
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.Documents++
	if err != nil {
		p.stats.GrammarFails++
	}
	return t
}

// Stats returns the counters.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.stats
	s.Trees = p.recent.Len()
	return s
}

// Close drops the trees of documents that are not in use; those documents stay usable,
// and their handles are still the callers' to close. It does not wait for parses that run.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.shrink(0, nil)
}

func (p *Pool) count(f func(*Stats)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(&p.stats)
}

// hold notes that t, which its caller has locked, now holds a tree of the given weight, and drops others until the
// budget holds. A single tree above the budget stays until another document is used.
func (p *Pool) hold(t *Tree, weight int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.Bytes += weight - t.weight
	t.weight = weight
	if t.element == nil {
		t.element = p.recent.PushFront(t)
	} else {
		p.recent.MoveToFront(t.element)
	}
	p.shrink(p.cfg.BudgetBytes, t)
}

// forget notes that t, which its caller has locked, holds no tree.
func (p *Pool) forget(t *Tree) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.remove(t)
}

func (p *Pool) remove(t *Tree) {
	if t.element != nil {
		p.recent.Remove(t.element)
		t.element = nil
	}
	p.stats.Bytes -= t.weight
	t.weight = 0
}

// shrink drops trees from the least recently used one on until the budget holds; keep is not dropped, nor is a tree
// in use. The caller holds p.mu. A handle's lock is taken before the pool's elsewhere, so it is only tried here.
func (p *Pool) shrink(budget int64, keep *Tree) {
	for e := p.recent.Back(); e != nil && p.stats.Bytes > budget; {
		t := e.Value.(*Tree)
		e = e.Prev()
		if t == keep || !t.mu.TryLock() {
			continue
		}
		closeTree(t.native)
		t.native = nil
		p.remove(t)
		p.stats.Dropped++
		t.mu.Unlock()
	}
}
