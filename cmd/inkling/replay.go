package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"time"

	"inkling/replay"
)

type replayCommand struct {
	Sources  string        `arg:"" type:"existingdir" help:"Folder of sources to type."`
	Peer     []string      `default:"inkling=ws://127.0.0.1:8000/api/v1/stream" placeholder:"KIND=URL" help:"Servers to drive, one after the other: inkling, llama (/completion), infill, openai or tabby, by their addresses without /v1; openai=URL#MODEL names its model, else it is asked for 'default'. A bearer token for one that is no Inkling stands in INKLING_PEER_TOKEN, never on the command line."`
	Typists  int           `default:"1" help:"How many type at once."`
	Open     bool          `help:"Press keys when a person would, instead of when answers come."`
	Accept   bool          `help:"Take suggestions that are right, instead of typing everything."`
	Files    int           `default:"5" help:"How many files to type in."`
	Holes    int           `default:"4" help:"Passages to type in each file."`
	Keys     int           `default:"0" help:"Keys of one typist at the most. 0: no limit."`
	Duration time.Duration `default:"10m" help:"Of one peer's run at the most."`
	Seed     uint64        `default:"1" help:"The same seed types the same keys."`
	Token    string        `env:"INKLING_TOKEN" help:"API key."`
	JSON     string        `name:"json" placeholder:"FILE" help:"Write the figures as JSON."`
	KeyLog   string        `name:"key-log" placeholder:"FILE" help:"Write every key with its times, a JSON object a line; lengths, no text."`
	SVG      string        `name:"svg" placeholder:"FILE" help:"Plot the times."`
}

// Run types the same keys at each peer and prints the figures side by side.
func (c *replayCommand) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	return c.run(ctx, os.Stdout)
}

func (c *replayCommand) run(ctx context.Context, out io.Writer) error {
	peers, err := replay.Peers(c.Peer, replay.Tokens{Inkling: c.Token, Peer: os.Getenv(replay.TokenVariable)})
	if err != nil {
		return err
	}
	traces, err := replay.Traces(c.Sources, c.Files, c.Holes, c.Seed)
	if err != nil {
		return err
	}
	options := replay.Options{Typists: c.Typists, Open: c.Open, Accept: c.Accept, Duration: c.Duration, MaxKeys: c.Keys}
	var reports []*replay.Report
	for _, peer := range peers {
		report, err := replay.Run(ctx, peer, traces, options)
		if err != nil {
			return err
		}
		reports = append(reports, report)
	}
	return errors.Join(replay.WriteText(out, reports), c.write(reports))
}

func (c *replayCommand) write(reports []*replay.Report) error {
	var errs []error
	if c.JSON != "" {
		errs = append(errs, toFile(c.JSON, func(f *os.File) error { return replay.WriteJSON(f, reports) }))
	}
	if c.KeyLog != "" {
		errs = append(errs, toFile(c.KeyLog, func(f *os.File) error { return replay.WriteKeys(f, reports) }))
	}
	if c.SVG != "" {
		errs = append(errs, toFile(c.SVG, func(f *os.File) error { return replay.WriteSVG(f, reports) }))
	}
	return errors.Join(errs...)
}

func toFile(path string, write func(*os.File) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(f), f.Close())
}
