package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"inkling/infer/hub"
)

type pullCommand struct {
	Model    string `arg:"" name:"owner/repo[:file]" help:"A model on a Hugging Face hub, such as OWNER/REPO or OWNER/REPO:FILE."`
	Endpoint string `env:"HF_ENDPOINT" placeholder:"URL" help:"Another hub than the public one."`
	Token    string `env:"HF_TOKEN" placeholder:"TOKEN" help:"For models that want one."`
}

// Run fetches a model and prints the path for MODEL_PATH.
func (c *pullCommand) Run(p *program) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	last := int64(-1)
	path, err := hub.Pull(ctx, hub.Options{
		Name: c.Model, Dir: filepath.Join(p.home(), "models"), Endpoint: c.Endpoint, Token: c.Token,
		Progress: func(file string, have, total int64) {
			if percent := have * 100 / max(total, 1); percent != last {
				last = percent
				fmt.Fprintf(os.Stderr, "\r%s: %3d %% of %.0f MB", file, percent, float64(total)/1e6)
				if have == total {
					fmt.Fprintln(os.Stderr)
				}
			}
		},
	})
	if err != nil {
		return err
	}
	fmt.Println(path)
	return nil
}
