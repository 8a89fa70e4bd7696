package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"

	"inkling/contexts"
	"inkling/quality"
)

type qualityCommand struct {
	Sources   []string `arg:"" type:"existingdir" help:"Folders of sources."`
	Languages []string `default:"python,javascript,typescript,java,go" help:"Languages to take places from."`
	Places    int      `default:"80" help:"Places in each."`
	Seed      uint64   `default:"1" help:"The same seed takes the same places."`
	Only      int      `default:"0" help:"Only the first so many variants; 0 is all."`

	modelConfig `embed:""`
}

// Run measures how often suggestions are right, and prints docs/quality.md's tables.
func (c *qualityCommand) Run(p *program) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	spots, err := quality.Spots(c.Sources, c.Languages, c.Places, c.Seed)
	if err != nil {
		return err
	}
	engine, err := p.openEngine(ctx, c.modelConfig, func(what string) { fmt.Fprintln(os.Stderr, what) })
	if err != nil {
		return err
	}
	return errors.Join(c.measure(ctx, engine, spots), engine.Close())
}

func (c *qualityCommand) measure(ctx context.Context, g generator, spots []quality.Spot) error {
	trees := newTrees()
	defer trees.Close()
	m := g.Model()
	builder := func() *contexts.Builder {
		return &contexts.Builder{Counter: g, ContextTokens: m.ContextTokens, MaxTokens: m.MaxTokens, Syntax: trees,
			FillInMiddle: func() bool { return m.FillInMiddle }}
	}
	variants := quality.Variants()
	if c.Only > 0 {
		variants = variants[:min(c.Only, len(variants))]
	}
	fmt.Printf("%d places, model %s, seed %d\n\n", len(spots), m.Name, c.Seed)
	outcomes, err := quality.Run(ctx, g, builder, variants, spots, func(n int) { fmt.Fprintf(os.Stderr, "\r%d of %d places", n, len(spots)) })
	fmt.Fprintln(os.Stderr)
	if err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	if err != nil {
		fmt.Printf("Stopped after %d places, which these are the figures of.\n\n", len(outcomes[0]))
	}
	var names []string
	var scores []quality.Score
	for i, v := range variants {
		names, scores = append(names, v.Name), append(scores, quality.Sum(outcomes[i]))
		if err := c.details(v, outcomes[i], spots); err != nil {
			return err
		}
	}
	return quality.WriteScores(os.Stdout, "variant", names, scores)
}

// details prints a variant by language and, for the ungated one, the curve of gates.
func (c *qualityCommand) details(v quality.Variant, outcomes []quality.Outcome, spots []quality.Spot) error {
	switch {
	case v.Name == quality.Variants()[1].Name:
		fmt.Println("Gates over the ungated answers:")
		fmt.Println()
		if err := quality.WriteCurve(os.Stdout, quality.Curve(outcomes, []int{1, 2, 3, 4, 6, 0}, []float64{0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9})); err != nil {
			return err
		}
		fmt.Println()
	case v.Name == quality.Variants()[0].Name, v.Name == quality.Variants()[2].Name:
		var scores []quality.Score
		for _, language := range c.Languages {
			var own []quality.Outcome
			for i, o := range outcomes {
				if spots[i].Language == language {
					own = append(own, o)
				}
			}
			scores = append(scores, quality.Sum(own))
		}
		if err := quality.WriteScores(os.Stdout, v.Name, c.Languages, scores); err != nil {
			return err
		}
		fmt.Println()
	}
	return nil
}
