package ratelimit

import (
	"hash/maphash"
	"math"
	"sync"
	"time"
)

// epoch is what redis_rate counts seconds from, so that they fit a float64 to the microsecond.
const epoch = 1_483_228_800

// Limits of the embedded counts. A key takes about 150 bytes.
const (
	shards       = 64
	maxShardKeys = 4096
	sweepEvery   = 1024 // new keys of a shard between two sweeps
)

// Decision is what a limit says.
type Decision struct {
	Allowed   bool
	Limit     int           // requests of a window
	Remaining int           // that could pass at once now
	After     time.Duration // until one passes; 0 where one passes now
	Reset     time.Duration // until all of Limit pass again
}

// rate is a GCRA limit: requests pass at once, and then one in each part of the window.
type rate struct {
	requests int
	window   time.Duration
}

// interval is the time in which one request comes back, in seconds.
func (r rate) interval() float64 { return r.window.Seconds() / float64(r.requests) }

// decide applies the rule to the stored arrival time tat, in seconds, as redis_rate's script does, operation by operation.
// With a cost of 0 it only looks. next is what is to be stored.
func (r rate) decide(tat, now float64, cost int) (d Decision, next float64) {
	interval := r.interval()
	tat = math.Max(tat, now)
	offset := interval * float64(r.requests)
	next = tat + interval*float64(cost)
	diff := now - (next - offset)
	remaining := diff / interval
	if remaining < 0 {
		return Decision{Limit: r.requests, After: seconds(-diff), Reset: seconds(tat - now)}, tat
	}
	return Decision{Allowed: true, Limit: r.requests, Remaining: int(remaining), Reset: seconds(next - now)}, next
}

// looked turns the answer to a look into a decision about the next request, which it cannot cost yet.
func (r rate) looked(d Decision) Decision {
	if d.Allowed = d.Remaining >= 1; !d.Allowed {
		// Everything but one request's part of the window must have passed.
		d.After = max(d.Reset-r.window+seconds(r.interval()), time.Microsecond)
	}
	return d
}

// seconds rounds up to a microsecond, so that who waits as told is not refused again.
func seconds(s float64) time.Duration { return time.Duration(math.Ceil(s*1e6)) * time.Microsecond }

// local holds arrival times by key in memory: the embedded store. A full shard forgets whose limits are whole again first,
// and then whoever it meets.
type local struct {
	now    func() time.Time
	seed   maphash.Seed
	shards [shards]shard
}

type shard struct {
	mu    sync.Mutex
	tats  map[string]float64
	added int // keys since the last sweep
}

func newLocal(now func() time.Time) *local {
	l := &local{now: now, seed: maphash.MakeSeed()}
	for i := range l.shards {
		l.shards[i].tats = make(map[string]float64)
	}
	return l
}

// take charges cost to a key, or only looks where cost is 0.
func (l *local) take(key string, r rate, cost int) Decision {
	s := &l.shards[maphash.String(l.seed, key)%shards]
	s.mu.Lock()
	defer s.mu.Unlock()
	t := l.now()
	now := float64(t.Unix()-epoch) + float64(t.Nanosecond()/1000)/1e6
	tat, stored := s.tats[key]
	if latest := now + r.window.Seconds(); tat > latest { // the clock jumped back: nobody is locked out for longer than a window
		tat = latest
		s.tats[key] = tat
	}
	d, next := r.decide(tat, now, cost)
	switch {
	case cost == 0:
		return r.looked(d)
	case !d.Allowed:
		return d
	case !stored:
		s.room(now)
	}
	s.tats[key] = next
	return d
}

// room forgets keys when there are too many, and those that say nothing any more from time to time.
func (s *shard) room(now float64) {
	if s.added++; s.added >= sweepEvery {
		s.added = 0
		for key, tat := range s.tats {
			if tat <= now {
				delete(s.tats, key)
			}
		}
	}
	for key := range s.tats {
		if len(s.tats) < maxShardKeys {
			break
		}
		delete(s.tats, key)
	}
}

// keys returns how many keys are counted.
func (l *local) keys() int {
	n := 0
	for i := range l.shards {
		l.shards[i].mu.Lock()
		n += len(l.shards[i].tats)
		l.shards[i].mu.Unlock()
	}
	return n
}
