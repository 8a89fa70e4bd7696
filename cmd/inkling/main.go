// Command inkling is a self-hosted code-completion server and its tools. It reads flags and environment, wires the
// other packages together, and holds no logic of its own.
package main

import (
	"errors"
	"fmt"
	"os"

	"github.com/alecthomas/kong"
)

// version is set at link time.
var version = "dev"

type program struct {
	Home    string           `env:"INKLING_HOME" placeholder:"DIR" help:"Folder of what set-up fetched and imports made. Default: $$XDG_DATA_HOME/inkling or ~/.local/share/inkling."`
	Version kong.VersionFlag `help:"Print the version."`

	Serve    serveCommand    `cmd:"" help:"Serve completions over WebSocket and REST."`
	Complete completeCommand `cmd:"" help:"Complete at one place of a file, streaming to the terminal."`
	Lsp      lspCommand      `cmd:"" help:"Speak LSP over stdin and stdout: a bridge to a server, or with the engine inside."`
	Import   importCommand   `cmd:"" help:"Import a model, so that the first start is fast."`
	Pull     pullCommand     `cmd:"" help:"Fetch a model from a Hugging Face hub."`
	Replay   replayCommand   `cmd:"" help:"Type real files at a server, and measure what a typist would feel."`
	Warm     warmCommand     `cmd:"" help:"Fill a server's cache with what is likely to be asked about a folder."`
	Keys     keysCommand     `cmd:"" help:"Make, list and revoke API keys."`
	Health   healthCommand   `cmd:"" help:"Ask a running server whether it serves."`
	Quality  qualityCommand  `cmd:"" help:"Measure how often suggestions are right, at places in real code."`
}

func main() {
	if err := loadEnvFile(os.Args[1:]); err != nil {
		fatal(err)
	}
	var p program
	parser, err := newParser(&p)
	if err != nil {
		fatal(err)
	}
	ctx, err := parser.Parse(os.Args[1:])
	if err != nil && refusal(err) != "" {
		fatal(errors.New(refusal(err)))
	}
	parser.FatalIfErrorf(err) // with the usage
	if err := ctx.Run(&p); err != nil {
		fatal(err)
	}
}

func newParser(p *program) (*kong.Kong, error) {
	return kong.New(p,
		kong.Name("inkling"),
		kong.Description("Code completion on your own machine."),
		kong.Vars{"version": version},
		kong.UsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	)
}

func fatal(err error) {
	fmt.Fprintln(os.Stderr, "inkling:", err)
	os.Exit(1)
}
