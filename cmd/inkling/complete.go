package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"inkling/contexts"
	"inkling/contexts/languages"
	_ "inkling/contexts/languages/all"
	"inkling/infer"
)

// maxCompleteBytes is the largest file that complete reads.
const maxCompleteBytes = 10 << 20

type completeCommand struct {
	Place       string  `arg:"" name:"file:line:col" help:"Where: lines and columns count from 1, columns in characters. Without a column the end of the line, without a line the end of the file."`
	Suggestions int     `default:"1" short:"n" help:"How many."`
	Temperature float64 `default:"0" help:"0 is the most likely text."`
	MaxAnswer   int     `default:"0" name:"max-answer" help:"Tokens of one suggestion at the most. 0: the server's default."`

	modelConfig `embed:""`
}

// Run completes once, with the engine inside, and writes what is released as it comes.
func (c *completeCommand) Run(p *program) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	place, err := readPlace(c.Place)
	if err != nil {
		return err
	}
	defer place.Document.Close()
	engine, err := p.openEngine(ctx, c.modelConfig, func(what string) { fmt.Fprintln(os.Stderr, what) })
	if err != nil {
		return err
	}
	err = c.complete(ctx, engine, place, os.Stdout)
	return errors.Join(err, engine.Close())
}

// generator is what complete needs of an engine.
type generator interface {
	infer.Generator
	infer.TokenCounter
	Model() infer.Model
}

func (c *completeCommand) complete(ctx context.Context, g generator, place contexts.Place, out io.Writer) error {
	m := g.Model()
	trees := newTrees()
	defer trees.Close()
	defer place.Document.Close()
	builder := &contexts.Builder{Counter: g, ContextTokens: m.ContextTokens, MaxTokens: m.MaxTokens, Syntax: trees,
		FillInMiddle: func() bool { return m.FillInMiddle }}
	req, err := builder.Request(place, infer.Options{Suggestions: c.Suggestions, Temperature: c.Temperature, MaxTokens: c.MaxAnswer})
	if err != nil {
		return err
	}
	fmt.Fprint(out, currentLine(place))
	shown := 0
	for d, err := range g.Generate(ctx, req) {
		if err != nil {
			return err
		}
		if d.Suggestion != shown {
			shown = d.Suggestion
			fmt.Fprint(out, "\n", currentLine(place))
		}
		fmt.Fprint(out, d.Text)
	}
	fmt.Fprintln(out)
	return nil
}

// currentLine is what stands before the cursor on its line.
func currentLine(p contexts.Place) string {
	before := p.Document.Text()[:p.Offset]
	return before[strings.LastIndexAny(before, "\r\n")+1:]
}

// readPlace reads FILE[:LINE[:COL]].
func readPlace(argument string) (contexts.Place, error) {
	path, line, column, err := splitPlace(argument)
	if err != nil {
		return contexts.Place{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return contexts.Place{}, err
	}
	if info.Size() > maxCompleteBytes {
		return contexts.Place{}, fmt.Errorf("%s: %d bytes are more than %d", path, info.Size(), maxCompleteBytes)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return contexts.Place{}, err
	}
	if !utf8.Valid(text) {
		return contexts.Place{}, fmt.Errorf("%s is not UTF-8 text", path)
	}
	document := contexts.NewDocument("file://"+path, languages.ForPath(path).Name, 1, string(text))
	offset, err := offsetOf(document, line, column)
	if err != nil {
		document.Close()
		return contexts.Place{}, fmt.Errorf("%s: %w", argument, err)
	}
	return contexts.Place{Document: document, Offset: offset}, nil
}

func splitPlace(argument string) (path string, line, column int, err error) {
	parts := strings.Split(argument, ":")
	var numbers []int
	for len(parts) > 1 && len(numbers) < 2 {
		n, err := strconv.Atoi(parts[len(parts)-1])
		if err != nil {
			break
		}
		if n < 1 {
			return "", 0, 0, fmt.Errorf("%s: %d: lines and columns count from 1", argument, n)
		}
		numbers, parts = append([]int{n}, numbers...), parts[:len(parts)-1]
	}
	numbers = append(numbers, 0, 0)
	return filepath.Clean(strings.Join(parts, ":")), numbers[0], numbers[1], nil
}

// offsetOf returns where the cursor stands; 0 stands for the end.
func offsetOf(d *contexts.Document, line, column int) (int, error) {
	if line == 0 {
		return len(d.Text()), nil
	}
	at := contexts.Position{Line: uint32(line - 1), Character: 1 << 30}
	if column > 0 {
		at.Character = uint32(column - 1)
	}
	return d.Offset(at, contexts.UTF32)
}
