package main

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

func usually(typists int) Config {
	return Config{Costs: measured, Habits: usual, Instances: 1, Typists: typists, Time: 5 * time.Minute, Warm: 30 * time.Second, Seed: 1}
}

func simulated(t *testing.T, c Config) Result {
	t.Helper()
	r, err := Simulate(c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// One request alone takes what can be computed by hand: a run with its prompt, and one for each token after the first.
func TestOneRequestTakesWhatItsRunsTake(t *testing.T) {
	c := usually(1)
	c.Habits.Key, c.Habits.Pause, c.Habits.Burst = Length{time.Minute, 0}, Length{time.Minute, 0}, 1
	c.Habits.Prompt, c.Habits.KeyTokens, c.Habits.Along, c.Habits.Kept, c.Habits.Gate = 2, 2, 0, 0, 1
	c.Time = time.Hour
	want := measured.Key + measured.run(2, 0)
	if r := simulated(t, c); r.At(.5) != want || len(r.First) < 10 {
		t.Errorf("p50 %v of %d, want %v", r.At(.5), len(r.First), want)
	}
}

// What is judged by kept logits needs no run, and waits for none.
func TestAKeyThatNeedsNoRunIsAnsweredAtOnce(t *testing.T) {
	c := usually(50)
	c.Habits.New, c.Habits.Kept, c.Habits.Shown = 0, 1, 0
	if r := simulated(t, c); r.At(.99) != measured.Key || r.Answered < r.Keys-c.Typists || r.Busy > .1 { // what is computed is the first prompt of each
		t.Errorf("p99 %v, %d of %d, busy %v", r.At(.99), r.Answered, r.Keys, r.Busy)
	}
}

func TestPeoplesPausesHaveTheMediansOfTheirHabits(t *testing.T) {
	s := &simulation{random: rand.New(rand.NewPCG(1, 1))}
	var all []time.Duration
	tokens := 0
	for range 10_001 {
		all = append(all, s.length(Length{time.Second, .35}))
		tokens += s.count(1.5)
	}
	slices.Sort(all)
	if m := all[5000]; m < 980*time.Millisecond || m > 1020*time.Millisecond || tokens < 14_500 || tokens > 15_500 {
		t.Errorf("median %v, %d tokens", m, tokens)
	}
}

// Where a chunk takes longer than lies between two keys, no prompt would ever be fed if each was broken off by the next key.
func TestChunksThatOutlastTheKeysAreNotLost(t *testing.T) {
	c := usually(8)
	c.Costs, c.Habits = avx2, replayed
	c.Costs.PrefillItem = 6300 * time.Microsecond // a chunk beside another takes 209 ms
	finished := simulated(t, c)
	c.Costs.BreakOff = true
	lost := simulated(t, c)
	if lost.Answered > lost.Keys/20 || finished.Answered < finished.Keys*8/10 {
		t.Errorf("%d of %d are answered; if chunks are broken off, %d of %d", finished.Answered, finished.Keys, lost.Answered, lost.Keys)
	}
}

func TestTheSameSeedGivesTheSameFigures(t *testing.T) {
	if a, b := simulated(t, usually(7)), simulated(t, usually(7)); !reflect.DeepEqual(a, b) {
		t.Error("two runs differ")
	}
	c := usually(7)
	c.Seed = 2
	if reflect.DeepEqual(simulated(t, usually(7)), simulated(t, c)) {
		t.Error("another seed changes nothing")
	}
}

func TestMoreTypistsWaitLongerAndMoreInstancesLess(t *testing.T) {
	few, many := simulated(t, usually(5)), simulated(t, usually(50))
	if few.At(.95) >= many.At(.95) || few.Busy >= many.Busy || many.Busy > 1 {
		t.Errorf("5: %v, %v; 50: %v, %v", few.At(.95), few.Busy, many.At(.95), many.Busy)
	}
	c := usually(50)
	c.Instances = 10
	if spread := simulated(t, c); spread.At(.95) >= many.At(.95) || spread.MostBusy < spread.Busy {
		t.Errorf("on ten instances %v", spread.At(.95))
	}
}

// Nothing is counted twice or lost: what was wanted was answered, superseded, or runs still.
func TestEveryKeyIsAccountedFor(t *testing.T) {
	c := usually(30)
	r := simulated(t, c)
	if rest := r.Keys - r.Answered - r.Superseded; rest < -c.Typists || rest > c.Typists {
		t.Errorf("%d keys, %d answered, %d superseded", r.Keys, r.Answered, r.Superseded)
	}
	if len(r.First) != r.Answered {
		t.Errorf("%d times of %d answers", len(r.First), r.Answered)
	}
}

func TestALostInstancesTypistsGoOnElsewhere(t *testing.T) {
	c := usually(20)
	c.Instances = 4
	whole := simulated(t, c)
	c.Lose = 1
	lost := simulated(t, c)
	if lost.Keys < whole.Keys*9/10 || lost.At(.95) <= whole.At(.95) {
		t.Errorf("with all %d keys, p95 %v; without one %d, %v", whole.Keys, whole.At(.95), lost.Keys, lost.At(.95))
	}
}

func TestConfigurationsThatCannotBeAreNamed(t *testing.T) {
	for want, change := range map[string]func(*Config){
		"instances: 0":                       func(c *Config) { c.Instances = 0 },
		"instances: 100001":                  func(c *Config) { c.Instances = 100_001 },
		"typists: 0":                         func(c *Config) { c.Typists = 0 },
		"typists: 1000001":                   func(c *Config) { c.Typists = 1_000_001 },
		"lose: 1":                            func(c *Config) { c.Lose = 1 },
		"time: 1s":                           func(c *Config) { c.Time = time.Second },
		"time: 24h0m0.000000001s is outside": func(c *Config) { c.Time = 24*time.Hour + 1 },
		"rows: 0":                            func(c *Config) { c.Costs.Rows = 0 },
		"rows: 4097":                         func(c *Config) { c.Costs.Rows = 4_097 },
		"chunk: 1048577":                     func(c *Config) { c.Costs.Chunk = 1<<20 + 1 },
	} {
		c := usually(1)
		change(&c)
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	if _, err := Simulate(usually(0)); err == nil {
		t.Error("nobody types, and it is simulated")
	}
	c := usually(1_000_000)
	c.Instances, c.Time, c.Costs.Rows, c.Costs.Chunk = 100_000, 24*time.Hour, 4_096, 1<<20
	if err := c.Validate(); err != nil {
		t.Errorf("at the limits: %v", err)
	}
}

func TestTheReportIsATable(t *testing.T) {
	var out bytes.Buffer
	if err := report(&out, usually(1), []int{1, 2}); err != nil || strings.Count(out.String(), "\n") != 4 {
		t.Errorf("%v: %s", err, out.String())
	}
}
