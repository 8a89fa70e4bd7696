package chaos

import (
	"bufio"
	"context"
	"fmt"
	"maps"
	"math"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Levels are the server's own figures at one time, by the names that /metrics gives them.
type Levels map[string]float64

// zeroLevels must be 0 once all clients have left.
var zeroLevels = []string{
	"inkling_sessions_open", "inkling_session_documents", "inkling_engine_rows_busy", "inkling_engine_queue_length",
	"inkling_completions_running", "inkling_syntax_native_trees", "inkling_syntax_native_cursors", "inkling_syntax_documents",
}

// baseLevels must not be higher than before.
var baseLevels = []string{"go_goroutines", "process_open_fds"}

// scraper asks without keeping connections, which would count as descriptors.
var scraper = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: patience}

// Levels asks the server.
func (s *Server) Levels(ctx context.Context) (Levels, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.Addr+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	response, err := scraper.Do(req)
	if err != nil {
		return nil, fmt.Errorf("asking for metrics: %w", err)
	}
	defer func() { _ = response.Body.Close() }() // it was read
	levels := Levels{}
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		name, value, ok := strings.Cut(lines.Text(), " ")
		if v, err := strconv.ParseFloat(value, 64); ok && err == nil && !strings.HasPrefix(name, "#") {
			levels[name] = v
		}
	}
	for _, name := range slices.Concat(zeroLevels, baseLevels) { // a check of what is not there would always pass
		if _, ok := levels[name]; !ok {
			return nil, fmt.Errorf("asking for metrics: status %d, %d figures, none is %s", response.StatusCode, len(levels), name)
		}
	}
	return levels, nil
}

// left names what of the server is more than it should be; "" where nothing is.
func (l Levels) left(base Levels) string {
	var found []string
	for _, name := range zeroLevels {
		if l[name] != 0 {
			found = append(found, fmt.Sprintf("%s %v", name, l[name]))
		}
	}
	for _, name := range baseLevels {
		if l[name] > base[name] {
			found = append(found, fmt.Sprintf("%s %v, %v before", name, l[name], base[name]))
		}
	}
	return strings.Join(found, "; ")
}

// Base notes the levels that the server must come back to. What is made once, on first use, is made before.
func (s *Server) Base(t *T) error {
	if s.baseline != nil {
		return nil
	}
	p, err := t.Sit(s, SitOptions{})
	if err != nil {
		return err
	}
	m := NewMirror("file:///warm.py", "python", "def add(a, b):\n    ")
	if err := p.Open(m); err != nil {
		return err
	}
	if _, err := p.Complete(t.Ctx, m.URI, len(m.Text)); err != nil {
		return fmt.Errorf("warming up: %w", err)
	}
	if err := p.Leave(); err != nil {
		return err
	}
	if s.clean, err = s.litter(); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(t.Ctx, patience)
	defer cancel()
	var last Levels
	return Until(ctx, "the server is quiet", func() bool {
		l, err := s.Levels(ctx)
		quiet := err == nil && last != nil && l.left(last) == "" && last.left(l) == ""
		last, s.baseline = l, l
		return quiet
	})
}

// Quiet waits until the server is back at its levels, and otherwise names what is left.
func (s *Server) Quiet(t *T) error { return s.QuietWith(t, nil) }

// QuietWith allows some levels to be higher than before, by so many: connections that a pool keeps.
func (s *Server) QuietWith(t *T, more Levels) error {
	base := Levels{}
	for _, name := range baseLevels {
		base[name] = s.baseline[name] + more[name]
	}
	ctx, cancel := context.WithTimeout(t.Ctx, patience)
	defer cancel()
	what := "nothing: it was never asked"
	if err := Until(ctx, "quiet", func() bool {
		l, err := s.Levels(ctx)
		switch {
		case ctx.Err() != nil: // what was found before says more
			return false
		case err != nil:
			what = err.Error()
			return false
		}
		what = strings.Trim(l.left(base)+"; "+s.littered(), "; ")
		return what == ""
	}); err != nil {
		return fmt.Errorf("left behind in the server: %s", what)
	}
	return nil
}

// quantile returns the bound of the histogram's bucket that holds a quantile of what was counted since before, and how much
// that is.
func (l Levels) quantile(histogram string, q float64, before Levels) (bound float64, n float64) {
	prefix := histogram + `_bucket{le="`
	counts := map[float64]float64{}
	for name, v := range l {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			if le, err := strconv.ParseFloat(strings.TrimSuffix(rest, `"}`), 64); err == nil {
				counts[le] = v - before[name]
			}
		}
	}
	n = counts[math.Inf(1)]
	for _, le := range slices.Sorted(maps.Keys(counts)) {
		if counts[le] >= q*n {
			return le, n
		}
	}
	return math.Inf(1), n
}

// Resident returns the process's memory in bytes, as the kernel counts it.
func (s *Server) Resident() (int64, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.PID()))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(data)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kb, err := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kb << 10, err
		}
	}
	return 0, fmt.Errorf("no VmRSS for process %d", s.PID())
}

// since is a time in milliseconds.
func since(start time.Time) float64 { return float64(time.Since(start).Microseconds()) / 1000 }
