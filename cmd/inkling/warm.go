package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"inkling/rest"
)

// Times and sizes of asking a server to warm.
const (
	warmPoll        = 500 * time.Millisecond
	warmAnswerTime  = 10 * time.Second
	maxWarmAnswer   = 64 << 10
	cancelWarmGrace = 2 * time.Second
)

type warmCommand struct {
	Folder string `arg:"" type:"existingdir" help:"Folder to warm the cache with. The server must be able to read it, below its WARM_ROOT."`
	Server string `env:"INKLING_SERVER" default:"http://127.0.0.1:8000" help:"The server whose cache is warmed."`
	Key    string `env:"INKLING_KEY" placeholder:"KEY" help:"An administrator's key, where the server has keys. Best given by the environment."`
	Limit  int    `default:"0" help:"Places computed at the most. 0: 500."`
}

// Run starts warming on the server, shows how far it has come, and ends it when interrupted.
func (c *warmCommand) Run() error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	folder, err := filepath.Abs(c.Folder)
	if err != nil {
		return err
	}
	p, err := c.ask(ctx, http.MethodPost, rest.WarmRequest{Folder: folder, Limit: c.Limit})
	if err != nil {
		return err
	}
	p, err = c.watch(ctx, p, os.Stderr)
	switch {
	case ctx.Err() != nil:
		cancel, stop := context.WithTimeout(context.WithoutCancel(ctx), cancelWarmGrace)
		defer stop()
		_, err = c.ask(cancel, http.MethodDelete, nil)
		return errors.Join(errors.New("interrupted: warming was ended"), err)
	case err != nil:
		return err
	case p.Error != "":
		return errors.New(p.Error)
	}
	fmt.Printf("%d places computed, %d known already, %d given up, in %d of %d files\n", p.Computed, p.Known, p.Skipped, p.FilesDone, p.Files)
	return nil
}

// watch waits until warming has ended, and writes how far it has come.
func (c *warmCommand) watch(ctx context.Context, p rest.WarmProgress, out io.Writer) (rest.WarmProgress, error) {
	tick := time.NewTicker(warmPoll)
	defer tick.Stop()
	for p.Running {
		fmt.Fprintf(out, "\r%d of %d files, %d of at most %d places", p.FilesDone, p.Files, p.Computed, p.Limit)
		select {
		case <-tick.C:
		case <-ctx.Done():
			fmt.Fprintln(out)
			return p, ctx.Err()
		}
		var err error
		if p, err = c.ask(ctx, http.MethodGet, nil); err != nil {
			return p, err
		}
	}
	fmt.Fprintln(out)
	return p, nil
}

// ask sends one request about warming, and returns the progress that it is answered with.
func (c *warmCommand) ask(ctx context.Context, method string, body any) (p rest.WarmProgress, err error) {
	ctx, cancel := context.WithTimeout(ctx, warmAnswerTime)
	defer cancel()
	data, err := json.Marshal(body)
	if err != nil {
		return p, err
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(c.Server, "/")+"/api/v1/warm", bytes.NewReader(data))
	if err != nil {
		return p, err
	}
	req.Header.Set("Content-Type", "application/json")
	if c.Key != "" {
		req.Header.Set("Authorization", "Bearer "+c.Key)
	}
	response, err := http.DefaultClient.Do(req)
	if err != nil {
		return p, fmt.Errorf("asking %s: %w", c.Server, err)
	}
	defer func() { _ = response.Body.Close() }() // it was only read
	answer, err := io.ReadAll(io.LimitReader(response.Body, maxWarmAnswer))
	if err != nil {
		return p, err
	}
	if response.StatusCode >= http.StatusMultipleChoices {
		return p, refused(response, answer)
	}
	return p, json.Unmarshal(answer, &p)
}

// refused says why a server did not do as asked.
func refused(response *http.Response, answer []byte) error {
	var e rest.ErrorResponse
	if json.Unmarshal(answer, &e) != nil || e.Error.Message == "" {
		return fmt.Errorf("the server answered %s", response.Status)
	}
	if response.StatusCode == http.StatusNotFound {
		return errors.New("the server warms nothing: it has no cache, no WARM_ROOT, or is older")
	}
	return fmt.Errorf("the server refused: %s", e.Error.Message)
}
