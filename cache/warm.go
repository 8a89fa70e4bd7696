package cache

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"inkling/contexts"
	"inkling/contexts/languages"
	"inkling/infer"
)

// Limits of warming.
const (
	maxWarmFiles     = 5000
	maxWarmFileBytes = 256 << 10
	maxWarmRequests  = 10_000
	maxWalked        = 200_000 // names looked at
	defaultWarm      = 500
	quietTime        = time.Second // nobody has asked for anything for so long
	maxTries         = 5           // of a place that real requests came upon
)

// Errors of warming.
var (
	// ErrWarming is returned when warming runs already.
	ErrWarming = errors.New("cache: warming runs already")
	// ErrFolder is returned, wrapped, for a folder that may not or cannot be read.
	ErrFolder = errors.New("cache: not a folder that can be warmed")
)

// Requester makes a request out of a place. *contexts.Builder is one.
type Requester interface {
	Request(p contexts.Place, opts infer.Options) (infer.Request, error)
}

// WarmConfig is what [NewWarmer] needs.
type WarmConfig struct {
	Builder Requester
	Root    string                 // folder whose folders may be warmed; files outside it are never read
	Options infer.Options          // as the doors ask by default
	Exclude func(name string) bool // files that are not to be read, by name; nil: none are excluded
}

// Progress is how far warming has come.
type Progress struct {
	Running   bool   `json:"running"`
	Folder    string `json:"folder"`    // relative to the root
	Files     int    `json:"files"`     // found
	FilesDone int    `json:"filesDone"` // of these
	Computed  int    `json:"computed"`  // places that are in the cache now
	Known     int    `json:"known"`     // places that were there already
	Skipped   int    `json:"skipped"`   // places that were given up, because real requests kept coming or they could not be asked about
	Preempted int    `json:"preempted"` // times that a real request came first
	Limit     int    `json:"limit"`     // places computed at the most
	Error     string `json:"error,omitempty"`
}

// Warmer fills a cache with what is likely to be asked about a project's files. It is safe for concurrent use; one run
// at a time.
type Warmer struct {
	cache *Cache
	cfg   WarmConfig

	mu       sync.Mutex
	progress Progress
	cancel   context.CancelFunc
	wg       sync.WaitGroup
}

// NewWarmer returns a warmer. The caller closes it before the cache.
func NewWarmer(c *Cache, cfg WarmConfig) (*Warmer, error) {
	if cfg.Builder == nil || cfg.Root == "" {
		return nil, fmt.Errorf("%w: a warmer needs Builder and Root", ErrConfig)
	}
	return &Warmer{cache: c, cfg: cfg}, nil
}

// Start warms a folder, relative to the root or absolute and below it, in the background; at most limit places are computed, 0 means 500. Errors
// wrap [ErrWarming], [ErrFolder] or infer.ErrOption.
func (w *Warmer) Start(folder string, limit int) error {
	ctx, cancel := context.WithCancel(context.Background())
	files, err := w.begin(folder, limit, cancel)
	if err != nil {
		cancel()
		return err
	}
	w.wg.Go(func() {
		defer cancel()
		_ = w.work(ctx, files) // is in the progress
	})
	return nil
}

// Run is Start, and waits. told is called after every place; it may be nil.
func (w *Warmer) Run(ctx context.Context, folder string, limit int, told func(Progress)) (Progress, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	files, err := w.begin(folder, limit, cancel)
	if err != nil {
		return Progress{}, err
	}
	files.told = told
	err = w.work(ctx, files)
	return w.Progress(), err
}

// Progress returns how far the current or last run has come.
func (w *Warmer) Progress() Progress {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.progress
}

// Cancel ends the current run, if there is one.
func (w *Warmer) Cancel() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.cancel != nil {
		w.cancel()
	}
}

// Close ends what runs and waits for it.
func (w *Warmer) Close() error {
	w.Cancel()
	w.wg.Wait()
	return nil
}

// warmth is one run.
type warmth struct {
	root  *os.Root
	names []string // slash-separated, from the root
	told  func(Progress)
	base  string // the root's absolute path
}

// begin checks the folder and lists its files.
func (w *Warmer) begin(folder string, limit int, cancel context.CancelFunc) (*warmth, error) {
	if limit < 0 || limit > maxWarmRequests {
		return nil, fmt.Errorf("%w: limit: %d is outside 0 to %d", infer.ErrOption, limit, maxWarmRequests)
	}
	base, err := filepath.Abs(w.cfg.Root)
	if err != nil {
		return nil, fmt.Errorf("%w: the root is not found", ErrFolder)
	}
	if filepath.IsAbs(folder) {
		if folder, err = filepath.Rel(base, folder); err != nil {
			return nil, fmt.Errorf("%w: it must lie below the root", ErrFolder)
		}
	}
	folder = path.Clean(filepath.ToSlash(or(folder, ".")))
	if !fs.ValidPath(folder) {
		return nil, fmt.Errorf("%w: it must lie below the root", ErrFolder)
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.progress.Running {
		return nil, ErrWarming
	}
	root, err := os.OpenRoot(base)
	if err != nil {
		return nil, fmt.Errorf("%w: the root cannot be opened", ErrFolder)
	}
	names, err := w.list(root.FS(), folder)
	if err != nil {
		return nil, errors.Join(err, root.Close())
	}
	w.progress = Progress{Running: true, Folder: folder, Files: len(names), Limit: or(limit, defaultWarm)}
	w.cancel = cancel
	return &warmth{root: root, names: names, base: base}, nil
}

// passedOver are folders that hold no code that anybody edits.
var passedOver = []string{"node_modules", "vendor", "target", "dist", "build", "out", "__pycache__", "venv", "site-packages"}

// list names the files of a folder that are code. Links are not followed: they may lead elsewhere.
func (w *Warmer) list(files fs.FS, folder string) ([]string, error) {
	var names []string
	walked := 0
	err := fs.WalkDir(files, folder, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && name == folder:
			return fmt.Errorf("%w: it cannot be read", ErrFolder)
		case err != nil:
			return fs.SkipDir
		}
		if walked++; walked > maxWalked || len(names) == maxWarmFiles {
			return fs.SkipAll
		}
		base := entry.Name()
		switch {
		case entry.IsDir() && name != folder && (strings.HasPrefix(base, ".") || slices.Contains(passedOver, base)):
			return fs.SkipDir
		case !entry.Type().IsRegular() || languages.ForPath(base) == languages.PlainText:
		case w.cfg.Exclude != nil && w.cfg.Exclude(name):
		default:
			names = append(names, name)
		}
		return nil
	})
	return names, err
}
