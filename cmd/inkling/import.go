package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"

	"inkling/infer/gguf"
)

type importCommand struct {
	Model     string `arg:"" help:"A .gguf file."`
	Precision string `env:"PRECISION" enum:"native,int8,auto,mixed,int4-mixed,int8-rows,int8-blocks,int4,fp16,fp32" default:"native" help:"native (the file's own blocks by this server's kernels; int8 on processors without AVX2), int8 (int8-blocks), auto (native, mixed, int4-mixed, int8-blocks or int4, whichever is measured to be better on this processor at the first start), mixed (chunks of prompts as int8-rows, all else as int8-blocks), int4-mixed (all else as int4), int8-rows (faster prefill, less exact), int4 (where the file's blocks map exactly), fp16 (for GPUs) or fp32."`
}

// Run imports a model and prints the folder.
func (c *importCommand) Run(p *program) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	options := p.importOptions(modelConfig{Precision: c.Precision}, func(what string) { fmt.Fprintln(os.Stderr, what) })
	dir, err := gguf.Import(ctx, c.Model, options)
	if err != nil {
		return err
	}
	fmt.Println(dir)
	return nil
}
