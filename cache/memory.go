package cache

import (
	"time"

	"github.com/maypok86/otter/v2"
	"github.com/maypok86/otter/v2/stats"
)

// memory is the embedded store: blocks by key, bounded by bytes.
type memory struct {
	blocks *otter.Cache[key, *block]
	counts *stats.Counter
}

func newMemory(bytes int64, ttl time.Duration) (*memory, error) {
	counts := stats.NewCounter()
	blocks, err := otter.New(&otter.Options[key, *block]{
		MaximumWeight:    uint64(bytes),
		Weigher:          func(k key, b *block) uint32 { return uint32(len(k) + b.bytes) },
		ExpiryCalculator: otter.ExpiryWriting[key, *block](ttl),
		StatsRecorder:    counts,
	})
	return &memory{blocks, counts}, err
}

func (m *memory) get(k key) *block {
	b, _ := m.blocks.GetIfPresent(k)
	return b
}

// update replaces a block by what change makes of it; the block may be nil. It returns the new one.
func (m *memory) update(k key, change func(*block) *block) *block {
	b, _ := m.blocks.Compute(k, func(old *block, _ bool) (*block, otter.ComputeOp) { return change(old), otter.WriteOp })
	return b
}

// size is how many blocks there are and about how many bytes they take, once what was written is counted.
func (m *memory) size() (entries int, bytes int64) {
	m.blocks.CleanUp()
	return m.blocks.EstimatedSize(), int64(m.blocks.WeightedSize())
}

// evicted is how many blocks went because they were old, or there was no room.
func (m *memory) evicted() uint64 { return m.counts.Snapshot().Evictions }

func (m *memory) close() { m.blocks.StopAllGoroutines() }
