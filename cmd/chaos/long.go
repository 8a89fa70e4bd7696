package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"inkling/chaos"
)

// options are what all runs take.
func (c *common) options() chaos.Options {
	return chaos.Options{Binary: c.Binary, Home: c.home(), Workers: c.Workers, Seed: c.Seed, Out: os.Stdout}
}

type editsCommand struct {
	common `embed:""`

	N       int `default:"1000000" help:"How many."`
	Typists int `default:"12" help:"By how many."`
}

// Run makes random edits over connections that break.
func (c *editsCommand) Run(ctx context.Context) error {
	return chaos.Edits(ctx, c.N, c.Typists, c.options())
}

type loadCommand struct {
	common `embed:""`

	Idle     int           `default:"10000" help:"Sessions that do nothing."`
	Edits    int           `default:"1000" help:"Edits a second."`
	Typists  int           `default:"32" help:"Who type meanwhile; below 0: nobody."`
	Storm    int           `default:"1000" help:"Sessions that come at once."`
	Vanish   int           `default:"1000" help:"Clients that vanish while suggestions run."`
	Duration time.Duration `default:"20s" help:"Of each stretch of typing."`
}

// Run loads a server and writes the figures.
func (c *loadCommand) Run(ctx context.Context) error {
	return chaos.Load(ctx, chaos.LoadOptions{Options: c.options(), Idle: c.Idle, Edits: c.Edits, Typists: c.Typists, Storm: c.Storm,
		Vanish: c.Vanish, Duration: c.Duration})
}

type soakCommand struct {
	common `embed:""`

	Duration time.Duration `default:"1h" help:"How long they type."`
	Typists  int           `default:"200" help:"How many."`
	Every    time.Duration `default:"5s" help:"Between two samples."`
	To       string        `default:"." type:"path" help:"Folder for soak.txt and soak.svg."`
}

// Run lets typists come and go for long.
func (c *soakCommand) Run(ctx context.Context) error {
	r, err := chaos.Soak(ctx, chaos.SoakOptions{Options: c.options(), Duration: c.Duration, Typists: c.Typists, Every: c.Every})
	if err != nil {
		return err
	}
	err = errors.Join(
		write(filepath.Join(c.To, "soak.txt"), func(f *os.File) error { return r.WriteText(f) }),
		write(filepath.Join(c.To, "soak.svg"), func(f *os.File) error { return r.WriteSVG(f) }),
		r.WriteText(os.Stdout))
	return errors.Join(err, r.Verdict)
}

// write makes a file.
func write(path string, fill func(*os.File) error) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return fmt.Errorf("writing a report: %w", err)
	}
	f, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("writing a report: %w", err)
	}
	return errors.Join(fill(f), f.Close())
}
