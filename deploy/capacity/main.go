package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"time"
)

func main() {
	c := Config{Costs: measured, Habits: usual, Instances: 1, Time: 10 * time.Minute, Warm: time.Minute, Seed: 1}
	slow := flag.Bool("avx2", false, "two cores without AVX-512")
	breakOff := flag.Bool("break-off", false, "what if a run that feeds prompts were broken off as soon as nobody waits for it")
	replay := flag.Bool("replay", false, "typists as inkling replay has them, for a comparison with it")
	remote := flag.Bool("graphics", false, "one graphics card an instance, by guessed figures")
	flag.IntVar(&c.Instances, "instances", 1, "servers")
	flag.IntVar(&c.Typists, "typists", 0, "typists of all servers; 0: a table of more and more")
	flag.IntVar(&c.Lose, "lose", 0, "servers that end half-way")
	flag.DurationVar(&c.Time, "time", c.Time, "simulated time")
	flag.Uint64Var(&c.Seed, "seed", 1, "the same seed gives the same figures")
	flag.IntVar(&c.Costs.Rows, "rows", measured.Rows, "requests of a server that run at once")
	along := flag.Float64("along", 0, "share of keys that cost nothing: typed along, or cached; 0: as measured")
	pause := flag.Duration("pause", 0, "of a typist between bursts, the median; 0: 5 s, or the replay's")
	flag.Parse()
	if *replay {
		c.Habits = replayed
	}
	if *along > 0 {
		c.Habits.Along = *along
	}
	if *pause > 0 {
		c.Habits.Pause.Median = *pause
	}
	rows := c.Costs.Rows
	switch {
	case *remote:
		c.Costs, c.Habits.Kept = graphics, 0 // no logits are kept elsewhere
	case *slow:
		c.Costs = avx2
	}
	if rows != measured.Rows {
		c.Costs.Rows = rows
	}
	c.Costs.BreakOff = *breakOff
	counts := []int{c.Typists}
	if c.Typists == 0 {
		counts = nil
		for _, n := range []int{1, 2, 5, 10, 15, 20, 30, 40, 60} {
			if *remote {
				n *= 20
			}
			counts = append(counts, n*c.Instances)
		}
	}
	if err := report(os.Stdout, c, counts); err != nil {
		fmt.Fprintln(os.Stderr, "capacity:", err)
		os.Exit(1)
	}
}

// report prints a line of a Markdown table for every number of typists.
func report(out io.Writer, c Config, counts []int) error {
	fmt.Fprintln(out, "| instances | typists | keys/s | busy (most) | known in time | p50 | p95 | p99 |\n|---|---|---|---|---|---|---|---|")
	for _, n := range counts {
		c.Typists = n
		r, err := Simulate(c)
		if err != nil {
			return err
		}
		share := 0.0
		if r.Keys > 0 {
			share = 100 * float64(r.Answered) / float64(r.Keys)
		}
		_, err = fmt.Fprintf(out, "| %d | %d | %.1f | %.0f %% (%.0f) | %.0f %% | %d ms | %d ms | %d ms |\n", c.Instances, n,
			float64(r.Keys)/(c.Time-c.Warm).Seconds(), 100*r.Busy, 100*r.MostBusy, share,
			r.At(.5).Milliseconds(), r.At(.95).Milliseconds(), r.At(.99).Milliseconds())
		if err != nil {
			return err
		}
	}
	return nil
}
