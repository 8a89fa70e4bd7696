package main

import (
	"container/heap"
	"math"
	"math/rand/v2"
	"slices"
	"time"
)

// typist has one session, on one instance, and at most one request.
type typist struct {
	at   *instance
	last *request
	here *prompt
	left int  // keys of the burst that are left
	new  bool // the place is new: the prompt is to be computed
}

// event is what happens at a time: a key, or the end of a run.
type event struct {
	at    time.Duration
	order uint64 // of those at the same time
	key   *typist
	run   *instance
	turn  int // of the run
	lose  bool
}

type events []event

func (e events) Len() int { return len(e) }
func (e events) Less(i, j int) bool {
	return e[i].at < e[j].at || e[i].at == e[j].at && e[i].order < e[j].order
}
func (e events) Swap(i, j int) { e[i], e[j] = e[j], e[i] }

// Push implements heap.Interface.
func (e *events) Push(v any) { *e = append(*e, v.(event)) }

// Pop implements heap.Interface.
func (e *events) Pop() any {
	old := *e
	last := old[len(old)-1]
	*e = old[:len(old)-1]
	return last
}

// Result is what a simulation saw after it was warm.
type Result struct {
	Keys       int             // that wanted something computed
	Answered   int             // of those, where it was known in time whether there is something to show
	First      []time.Duration // from these keys to that moment, sorted
	Busy       float64         // share of the time that instances computed
	MostBusy   float64         // of the busiest instance
	Superseded int             // requests that a newer key ended before that moment
}

// At is the p-th part of First, from 0 to 1.
func (r Result) At(p float64) time.Duration {
	if len(r.First) == 0 {
		return 0
	}
	return r.First[min(int(p*float64(len(r.First))), len(r.First)-1)]
}

// simulation is one run of a Config.
type simulation struct {
	Config
	now       time.Duration
	order     uint64
	events    events
	random    *rand.Rand
	instances []*instance
	typists   []*typist
	result    Result
}

// Simulate plays a configuration.
func Simulate(c Config) (Result, error) {
	if err := c.Validate(); err != nil {
		return Result{}, err
	}
	s := &simulation{Config: c, random: rand.New(rand.NewPCG(c.Seed, 1))}
	for range c.Instances {
		s.instances = append(s.instances, &instance{costs: c.Costs})
	}
	for range c.Typists {
		t := &typist{new: true, left: 1} // a first key, and a pause
		s.sit(t)
		s.typists = append(s.typists, t)
		s.add(event{at: s.around(c.Habits.Pause.Median + time.Duration(c.Habits.Burst)*c.Habits.Key.Median), key: t}) // they do not begin together
	}
	if c.Lose > 0 {
		s.add(event{at: c.Time / 2, lose: true})
	}
	for s.events.Len() > 0 {
		e := heap.Pop(&s.events).(event)
		if e.at > c.Time {
			break
		}
		s.now = e.at
		s.happen(e)
	}
	slices.Sort(s.result.First)
	for _, i := range s.instances {
		share := i.busy.Seconds() / c.Time.Seconds()
		s.result.Busy += share / float64(c.Instances)
		s.result.MostBusy = max(s.result.MostBusy, share)
	}
	return s.result, nil
}

func (s *simulation) add(e event) {
	s.order++
	e.order = s.order
	heap.Push(&s.events, e)
}

// around draws an exponential length, so that nobody is in step with anybody.
func (s *simulation) around(mean time.Duration) time.Duration {
	return time.Duration(s.random.ExpFloat64() * float64(mean))
}

// length draws one of a person's pauses.
func (s *simulation) length(l Length) time.Duration {
	return time.Duration(float64(l.Median) * math.Exp(l.Spread*s.random.NormFloat64()))
}

// count draws a number of at least 1 whose mean is as told.
func (s *simulation) count(mean float64) int {
	n := 1
	for mean > 1 && s.random.Float64() < 1-1/mean {
		n++
	}
	return n
}

func (s *simulation) happen(e event) {
	switch {
	case e.lose:
		s.lose()
	case e.run != nil:
		if !e.run.gone && e.turn == e.run.turn {
			e.run.done(s.answered)
			s.begin(e.run)
		}
	default:
		s.press(e.key)
	}
}

// sit gives a typist the instance with the fewest sessions, as least_conn does.
func (s *simulation) sit(t *typist) {
	for _, i := range s.instances {
		if !i.gone && (t.at == nil || t.at.gone || i.sessions < t.at.sessions) {
			t.at = i
		}
	}
	t.at.sessions++
}

// lose ends the first instances: their typists open their documents elsewhere, where nothing of these is computed yet.
func (s *simulation) lose() {
	for _, i := range s.instances[:s.Lose] {
		i.gone = true
	}
	for _, t := range s.typists {
		if t.at.gone {
			if t.last != nil {
				t.last.over = true
			}
			t.new = true
			s.sit(t)
		}
	}
}

// press is one key: the older request ends, and a new one begins unless the key types what is shown.
func (s *simulation) press(t *typist) {
	h := s.Habits
	if t.left == 0 {
		t.left = 1 + int(s.random.ExpFloat64()*float64(h.Burst))
		t.new = t.new || s.random.Float64() < h.New
	}
	t.left--
	next := s.length(h.Key)
	if t.left == 0 {
		next = s.length(h.Pause)
	}
	s.add(event{at: s.now + next, key: t})
	if t.last != nil && !t.last.counted && !t.last.over && s.now > s.Warm {
		s.result.Superseded++
	}
	if t.last != nil {
		t.last.over = true
	}
	if !t.new && s.random.Float64() < h.Along {
		return
	}
	r := &request{typist: t, at: s.now, gate: s.count(h.Gate)}
	kept := !t.new && t.here.left == 0 && s.random.Float64() < h.Kept
	changed := s.random.Float64() < h.Changed
	switch {
	case t.new:
		t.here, t.new = &prompt{h.Prompt}, false
	case changed:
		t.here.left += h.KeyTokens + int(s.random.ExpFloat64()*float64(h.ChangedTokens))
	case !kept:
		t.here.left += h.KeyTokens
	}
	kept = kept && !changed
	r.prompt = t.here
	r.want = r.gate
	if s.random.Float64() < h.Shown {
		r.want += int(s.random.ExpFloat64() * h.Answer)
	}
	if s.now > s.Warm {
		s.result.Keys++
	}
	if kept {
		r.decoded = r.gate
		s.answered(r)
		if r.over {
			t.last = r
			return
		}
	}
	t.last = r
	t.at.queue = append(t.at.queue, r)
	switch {
	case !t.at.running:
		s.begin(t.at)
	case t.at.forNobody(): // the engine breaks it off, and what it has computed is lost
		t.at.busy -= t.at.until - s.now
		s.begin(t.at)
	}
}

// begin starts an instance's next run.
func (s *simulation) begin(i *instance) {
	if took := i.take(); took > 0 {
		i.until = s.now + took
		i.turn++
		s.add(event{at: i.until, run: i, turn: i.turn})
	}
}

// answered sees a token of a request.
func (s *simulation) answered(r *request) {
	if r.over {
		return
	}
	if r.decoded == r.gate && !r.counted {
		r.counted = true
		if r.at > s.Warm {
			s.result.Answered++
			s.result.First = append(s.result.First, s.now-r.at+s.Costs.Key)
		}
	}
	r.over = r.decoded >= r.want
}
