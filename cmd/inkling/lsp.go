package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"go.uber.org/zap"

	"inkling/contexts"
	"inkling/stream"
	"inkling/stream/bridge"
	"inkling/stream/client"
)

// lspDrain is how long what runs may take once the editor has left.
const lspDrain = 2 * time.Second

type lspCommand struct {
	Server  string `env:"INKLING_SERVER" placeholder:"URL" help:"A running server, such as ws://localhost:8000/api/v1/stream. Default: the engine inside."`
	KeyFile string `name:"key-file" env:"INKLING_TOKEN_FILE" placeholder:"FILE" help:"File with the API key for the server. The key itself may stand in INKLING_TOKEN, never on the command line."`
	Menu    bool   `env:"INKLING_MENU" help:"For editors that know no inline completion: suggestions are items of their menu of completions."`
	Debug   bool   `env:"DEBUG" help:"Log more, on standard error."`

	modelConfig `embed:""`
}

// Run carries one editor's session until it exits. Standard output belongs to the protocol; logs go to standard error.
func (c *lspCommand) Run(p *program) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	log := zap.NewNop()
	if c.Debug {
		var err error
		if log, err = zap.NewDevelopment(); err != nil {
			return err
		}
	}
	editor := standardStreams{os.Stdin, os.Stdout}
	if c.Server != "" {
		key, err := c.key()
		if err != nil {
			return err
		}
		err = bridge.Run(ctx, editor, bridge.Options{URL: c.Server, Dial: client.DialOptions{Token: key}, Log: log, Menu: c.Menu})
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			return nil // we were told to end
		}
		return err
	}
	return c.inside(ctx, p, editor, log)
}

// inside serves the session with an engine of its own, which loads while the editor is answered already.
func (c *lspCommand) inside(ctx context.Context, p *program, editor io.ReadWriteCloser, log *zap.Logger) error {
	engine, trees := &lateEngine{}, newTrees()
	defer trees.Close()
	server, err := stream.New(stream.Config{
		Generator: engine, Model: engine.Model, Version: version, Logger: log, Menu: c.Menu,
		Builder: &contexts.Builder{Counter: engine, ContextTokens: c.MaxTokens, Syntax: trees, FillInMiddle: engine.fillInMiddle},
	})
	if err != nil {
		return err
	}
	loading, cancel := context.WithCancel(ctx)
	loaded := make(chan error, 1)
	go func() {
		e, err := p.openEngine(loading, c.modelConfig, func(what string) { log.Info(what) })
		if err == nil {
			engine.loaded.Store(&e)
		} else {
			err = errors.Join(err, editor.Close()) // nothing can be completed: the editor shows that we ended
		}
		loaded <- err
	}()
	go func() {
		<-loading.Done()
		_ = editor.Close() // ends the session when we are interrupted
	}()
	served := server.ServeConn(editor)
	cancel()
	failed := <-loaded
	if errors.Is(failed, context.Canceled) {
		failed = nil
	}
	drain, stop := context.WithTimeout(context.Background(), lspDrain)
	defer stop()
	return errors.Join(failed, served, server.Close(drain), engine.Close())
}

// standardStreams are standard input and output as one.
type standardStreams struct {
	io.ReadCloser
	out io.WriteCloser
}

// Write implements io.Writer.
func (s standardStreams) Write(data []byte) (int, error) { return s.out.Write(data) }

// Close closes both.
func (s standardStreams) Close() error { return errors.Join(s.ReadCloser.Close(), s.out.Close()) }
