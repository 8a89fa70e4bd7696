package quality

import (
	"context"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"inkling/contexts"
	"inkling/contexts/finishing"
	"inkling/infer"
)

// Variant is a way to build requests.
type Variant struct {
	Name      string
	Change    func(*contexts.Builder) // nil: as it is
	Automatic bool                    // asked for by typing: gated
	LineEnd   bool                    // no finishing: raw text up to the line's end
}

// Variants are what docs/quality.md compares: the baseline, each part left out, and all of it.
func Variants() []Variant {
	off := func(rules finishing.Rules) func(*contexts.Builder) {
		return func(b *contexts.Builder) { b.Off = rules }
	}
	return []Variant{
		{Name: "raw text to the line's end", LineEnd: true, Change: func(b *contexts.Builder) { b.NoHeader, b.NoOthers = true, true }},
		{Name: "finishing, asked by hand"},
		{Name: "finishing and gate: all", Automatic: true},
		{Name: "raw text to the line's end, whole prompt", LineEnd: true},
		{Name: "all, without header", Automatic: true, Change: func(b *contexts.Builder) { b.NoHeader = true }},
		{Name: "all, without other files", Automatic: true, Change: func(b *contexts.Builder) { b.NoOthers = true }},
		{Name: "all, several lines allowed", Automatic: true, Change: func(b *contexts.Builder) { b.BlocksUnasked = true }},
		{Name: "all, without balance", Automatic: true, Change: off(finishing.Balance)},
		{Name: "all, without overlap", Automatic: true, Change: off(finishing.Overlap)},
		{Name: "all, without loops", Automatic: true, Change: off(finishing.Loops)},
		{Name: "all, without words", Automatic: true, Change: off(finishing.Words)},
		{Name: "all, without style", Automatic: true, Change: off(finishing.Style)},
		{Name: "by hand, without header", Change: func(b *contexts.Builder) { b.NoHeader = true }},
		{Name: "by hand, without other files", Change: func(b *contexts.Builder) { b.NoOthers = true }},
		{Name: "by hand, one line only", Change: off(finishing.Blocks)},
		{Name: "by hand, without balance", Change: off(finishing.Balance)},
		{Name: "by hand, without overlap", Change: off(finishing.Overlap)},
		{Name: "by hand, without loops", Change: off(finishing.Loops)},
		{Name: "by hand, without words", Change: off(finishing.Words)},
		{Name: "by hand, without style", Change: off(finishing.Style)},
	}
}

// Run answers every spot in every variant, and returns the outcomes by variant; after an error, those of the spots until
// then. Variants whose prompts are the same read one generation. builder makes a fresh Builder; done is told after each
// spot, and may be nil.
func Run(ctx context.Context, g infer.Generator, builder func() *contexts.Builder, variants []Variant, spots []Spot, done func(int)) ([][]Outcome, error) {
	builders, outcomes := make([]*contexts.Builder, len(variants)), make([][]Outcome, len(variants))
	for i, v := range variants {
		builders[i] = builder()
		if v.Change != nil {
			v.Change(builders[i])
		}
	}
	for n, spot := range spots {
		got, err := ask(ctx, g, builders, variants, spot)
		if err != nil {
			return outcomes, err
		}
		for i, o := range got {
			outcomes[i] = append(outcomes[i], o)
		}
		if done != nil {
			done(n + 1)
		}
	}
	return outcomes, nil
}

// asked is one prompt and the variants that have it.
type asked struct {
	request infer.Request
	readers []*reader
}

// ask answers one spot in every variant.
func ask(ctx context.Context, g infer.Generator, builders []*contexts.Builder, variants []Variant, spot Spot) ([]Outcome, error) {
	place := contexts.Place{Document: contexts.NewDocument("file://"+spot.Path, spot.Language, 1, spot.Text), Offset: spot.Offset}
	defer place.Document.Close()
	for _, other := range spot.Others {
		d := contexts.NewDocument("file://"+other.Path, spot.Language, 1, other.Text)
		defer d.Close()
		place.Others = append(place.Others, d)
	}
	var all []*asked
	for i, v := range variants {
		place.Automatic = v.Automatic
		req, err := builders[i].Request(place, infer.Options{})
		if err != nil {
			return nil, err
		}
		r := &reader{variant: i, finisher: &lineEnd{}}
		if !v.LineEnd {
			r.finisher = req.NewFinisher(0)
		}
		at := slices.IndexFunc(all, func(a *asked) bool { return reflect.DeepEqual(a.request.Prompt, req.Prompt) })
		if at < 0 {
			at, all = len(all), append(all, &asked{request: req})
		}
		all[at].readers = append(all[at].readers, r)
	}
	outcomes := make([]Outcome, len(variants))
	for _, a := range all {
		if err := a.generate(ctx, g); err != nil {
			return nil, err
		}
		for _, r := range a.readers {
			outcomes[r.variant] = r.finish(spot.Truth)
		}
	}
	return outcomes, nil
}

// generate runs the model until every reader is done.
func (a *asked) generate(ctx context.Context, g infer.Generator) error {
	since := time.Now()
	a.request.NewFinisher = func(int) infer.Finisher { return &shared{readers: a.readers, since: since} }
	for _, err := range g.Generate(ctx, a.request) {
		if err != nil {
			return err
		}
	}
	return nil
}

// lineEnd cuts raw text at the line's end and does nothing else: the baseline.
type lineEnd struct{ logProb float64 }

// Feed implements infer.Finisher.
func (l *lineEnd) Feed(p infer.Piece) infer.Verdict {
	l.logProb += p.LogProb
	text, _, cut := strings.Cut(p.Text, "\n")
	v := infer.Verdict{Release: text, LogProb: l.logProb, Done: cut}
	if cut {
		v.Stop = infer.StopFinished
	}
	return v
}

// Flush implements infer.Finisher.
func (l *lineEnd) Flush(reason infer.StopReason) infer.Verdict {
	return infer.Verdict{LogProb: l.logProb, Done: true, Stop: reason}
}

// Threshold is how a gate would do: shown where the probability of the first Tokens pieces is at least Probability.
type Threshold struct {
	Tokens      int
	Probability float64
	Score       Score
}

// Curve replays ungated outcomes through gates of every stretch and threshold.
func Curve(outcomes []Outcome, stretches []int, thresholds []float64) []Threshold {
	var curve []Threshold
	for _, n := range stretches {
		for _, p := range thresholds {
			gated := make([]Outcome, len(outcomes))
			for i, o := range outcomes {
				gated[i] = o
				if first(o.Pieces, n) < math.Log(p) {
					gated[i] = Outcome{Ms: o.Ms}
				}
			}
			curve = append(curve, Threshold{n, p, Sum(gated)})
		}
	}
	return curve
}

// first is the logarithm of the probability of the first n pieces; 0 stands for all.
func first(pieces []Piece, n int) (logProb float64) {
	if n == 0 {
		n = len(pieces)
	}
	for _, p := range pieces[:min(n, len(pieces))] {
		logProb += p.LogProb
	}
	return logProb
}
