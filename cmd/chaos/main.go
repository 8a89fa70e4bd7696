// Command chaos breaks things around a running server and checks that nothing was lost, mixed up or left behind; it also
// loads it and runs it for long. docs/reliability.md says what is done and what came of it.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/alecthomas/kong"

	"inkling/chaos"
)

// program is the command line.
type program struct {
	Run   runCommand   `cmd:"" help:"Run the scenarios."`
	List  listCommand  `cmd:"" help:"List the scenarios."`
	Edits editsCommand `cmd:"" help:"Random edits over connections that break."`
	Load  loadCommand  `cmd:"" help:"Ten thousand sessions, edits, storms and clients that vanish."`
	Soak  soakCommand  `cmd:"" help:"Typists who come and go, for long."`
}

// common are the flags of every command that starts a server.
type common struct {
	Binary  string `default:"bin/inkling" type:"path" help:"The server's program."`
	Home    string `env:"INKLING_HOME" placeholder:"PATH" help:"The data folder with library and models. Default: as the server has it."`
	Workers int    `default:"2" help:"Threads of its runtime."`
	Seed    uint64 `default:"1" help:"What is done depends on it alone."`
}

// home is the data folder, found as the server finds it.
func (c *common) home() string {
	if c.Home != "" {
		return c.Home
	}
	if data := os.Getenv("XDG_DATA_HOME"); data != "" {
		return filepath.Join(data, "inkling")
	}
	user, err := os.UserHomeDir()
	if err != nil {
		user = "."
	}
	return filepath.Join(user, ".local", "share", "inkling")
}

type runCommand struct {
	common `embed:""`

	Seeds int    `default:"1" help:"How many seeds, from --seed on."`
	Match string `name:"run" default:"" help:"The scenarios whose name matches this regular expression."`
	Short bool   `help:"A minute's worth of them."`
}

// Run runs the scenarios and fails where one does.
func (c *runCommand) Run(ctx context.Context) error {
	scenarios, err := chaos.Scenarios(c.Match, c.Short)
	if err != nil {
		return err
	}
	o := c.options()
	o.Seeds, o.Command = c.Seeds, fmt.Sprintf("%s run --binary %s --workers %d", os.Args[0], c.Binary, c.Workers)
	sum, err := chaos.Run(ctx, scenarios, o)
	if sum != nil {
		fmt.Printf("%d passed, %d skipped, %d failed\n", sum.Passed, sum.Skipped, len(sum.Failed))
	}
	if err == nil && len(sum.Failed) > 0 {
		err = fmt.Errorf("%d failed", len(sum.Failed))
	}
	return err
}

type listCommand struct{}

// Run prints what there is.
func (c *listCommand) Run() error {
	scenarios, err := chaos.Scenarios("", false)
	if err != nil {
		return err
	}
	for _, s := range scenarios {
		short := " "
		if s.Short {
			short = "*"
		}
		fmt.Printf("%s %-22s %s\n", short, s.Name, s.About)
	}
	return nil
}

func main() {
	var p program
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	k := kong.Parse(&p, kong.Name("chaos"), kong.Description("Faults, load and long runs against a real Inkling server."),
		kong.BindTo(ctx, (*context.Context)(nil)))
	k.FatalIfErrorf(k.Run())
}
