package metrics

import (
	"math"
	"slices"
	"sync"
)

// windowSize is how many of the last samples percentiles are taken of: enough for a p99 of forty samples' weight.
const windowSize = 4096

// window keeps the last samples of one duration, in milliseconds.
type window struct {
	mu      sync.Mutex // guards all below
	samples []float64
	next    int
	count   uint64
}

func (w *window) add(ms float64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.count++
	if len(w.samples) < windowSize {
		w.samples = append(w.samples, ms)
		return
	}
	w.samples[w.next] = ms
	w.next = (w.next + 1) % windowSize
}

// percentiles returns the nearest-rank percentiles of the samples kept; zeros while there are none.
func (w *window) percentiles() Percentiles {
	w.mu.Lock()
	sorted, count := slices.Clone(w.samples), w.count
	w.mu.Unlock()
	slices.Sort(sorted)
	at := func(q float64) float64 {
		if len(sorted) == 0 {
			return 0
		}
		return sorted[max(int(math.Ceil(q*float64(len(sorted))))-1, 0)]
	}
	return Percentiles{Count: count, P50: at(.5), P95: at(.95), P99: at(.99)}
}
