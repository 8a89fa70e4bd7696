package contexts

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"inkling/contexts/finishing"
	"inkling/contexts/syntax"
	"inkling/infer"
)

// Limits of options; the generator may have narrower ones.
const (
	maxSuggestions   = 10
	maxTemperature   = 5.0
	maxStops         = 16
	maxStopBytes     = 256
	defaultMaxTokens = 64
	defaultPrompt    = 1024 // attention over a longer past costs more than it gives; see docs/models.md
)

// Place is where a completion is asked for.
type Place struct {
	Document *Document
	Offset   int         // byte offset of the cursor
	Others   []*Document // other open files of the session, most recently used first

	Automatic bool // asked for by typing, not by hand: what is not sure enough is not shown
	OneLine   bool // the user wants no suggestion of more than one line
}

// Builder makes requests out of places. It is the one way by which every door does so, and safe for concurrent use.
type Builder struct {
	Counter       infer.TokenCounter
	ContextTokens int // prompt and answer together
	MaxTokens     int // answer, where the request names no other; 0 means 64
	PromptTokens  int // of a prompt at the most, whatever the context; 0 means 1024
	// FillInMiddle tells whether the model is shown the text after the cursor, which then takes its part of
	// PromptTokens. Nil: it is.
	FillInMiddle func() bool

	// Syntax keeps the trees of documents that bring none of their own: a tree is attached to a document when it is
	// first asked about, and closed with it. Nil: languages are known by their facts only.
	Syntax *syntax.Pool
	// Off are finishing rules that do not apply, so that what each is worth can be measured.
	Off finishing.Rules
	// BlocksUnasked lets automatic suggestions have several lines, as those asked for by hand may.
	BlocksUnasked bool
	// NoHeader and NoOthers leave out the file's top outside the window, and other files, for the same reason.
	NoHeader, NoOthers bool
	// OthersTime is what one request may take of the processor to understand other files; what it does not come to, the next
	// requests do. 0 means 200 ms.
	OthersTime time.Duration
	// Exclude are globs of files of which nothing is shown to a model; nil means secrets.Files.
	Exclude []string

	counts counts
}

// Request returns the prompt parts, the finishers and the document reference for a place; the caller fills in Caller
// and Priority. Options are validated: an error wraps infer.ErrOption.
func (b *Builder) Request(p Place, opts infer.Options) (infer.Request, error) {
	if err := checkOptions(opts, b.ContextTokens); err != nil {
		return infer.Request{}, err
	}
	d := p.Document
	if p.Offset < 0 || p.Offset > len(d.text) {
		return infer.Request{}, fmt.Errorf("%w: offset %d of %d", ErrRange, p.Offset, len(d.text))
	}
	if opts.Suggestions == 0 {
		opts.Suggestions = 1
	}
	if opts.MaxTokens == 0 {
		opts.MaxTokens = cmp.Or(b.MaxTokens, defaultMaxTokens)
	}
	if b.Excluded(d.URI) {
		return excludedRequest(d, opts), nil
	}
	analysis := b.analyze(d, p.Offset)
	prompt := b.prompt(p, &analysis, max(1, min(b.ContextTokens-opts.MaxTokens, cmp.Or(b.PromptTokens, defaultPrompt))))
	masked, err := mask(&prompt)
	if err != nil {
		return infer.Request{}, err
	}
	return infer.Request{
		Prompt:      prompt,
		Options:     opts,
		Document:    infer.DocumentRef{URI: d.URI, Version: d.version},
		NewFinisher: b.finishing(p, analysis).New,
		NoStore:     masked,
	}, nil
}

// prompt puts a place's frame and the text around the cursor together.
func (b *Builder) prompt(p Place, a *syntax.Analysis, room int) infer.Prompt {
	d, f := p.Document, b.frame(p, a, room)
	suffix, _ := b.suffix(d, p.Offset, f.window)
	return infer.Prompt{Language: d.Language, Path: d.URI, Snippets: slices.Clone(f.snippets), Header: f.header,
		Prefix: d.text[f.start:p.Offset], Suffix: suffix}
}

// checkOptions names field, value and limit.
func checkOptions(o infer.Options, context int) error {
	var errs []error
	check := func(field string, value, low, high float64) {
		if !(value >= low && value <= high) { // NaN is in no range
			errs = append(errs, fmt.Errorf("%w: %s: %v is outside %v to %v", infer.ErrOption, field, value, low, high))
		}
	}
	check("suggestions", float64(o.Suggestions), 0, maxSuggestions)
	check("max tokens", float64(o.MaxTokens), 0, float64(max(context/2, 1)))
	check("temperature", o.Temperature, 0, maxTemperature)
	check("top p", o.TopP, 0, 1)
	check("top k", float64(o.TopK), 0, 1<<20)
	check("repetition penalty", o.RepetitionPenalty, 0, 10)
	check("stop strings", float64(len(o.Stop)), 0, maxStops)
	for _, stop := range o.Stop {
		check("bytes of a stop string", float64(len(stop)), 1, maxStopBytes)
	}
	return errors.Join(errs...)
}
