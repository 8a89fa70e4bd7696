package contexts

import (
	"inkling/contexts/secrets"
	"inkling/infer"
)

// Excluded reports whether no text of a file may be shown to a model, by its name.
func (b *Builder) Excluded(uri string) bool {
	globs := b.Exclude
	if globs == nil {
		globs = secrets.Files
	}
	return secrets.Excluded(uri, globs)
}

// mask hides credentials in all texts of a prompt.
func mask(p *infer.Prompt) error {
	scanner, err := secrets.Shared()
	if err != nil {
		return err
	}
	for _, text := range []*string{&p.Header, &p.Prefix, &p.Suffix} {
		*text = scanner.Mask(*text)
	}
	for i := range p.Snippets {
		p.Snippets[i].Text = scanner.Mask(p.Snippets[i].Text)
	}
	return nil
}

// excludedRequest is what an excluded file is answered with: a prompt without any of its text, and a finisher that
// ends at the first token.
func excludedRequest(d *Document, opts infer.Options) infer.Request {
	opts.Suggestions, opts.MaxTokens = 1, 1
	return infer.Request{
		Prompt:      infer.Prompt{Language: "plaintext", Prefix: "\n"},
		Options:     opts,
		Document:    infer.DocumentRef{URI: d.URI, Version: d.version},
		NewFinisher: func(int) infer.Finisher { return excluded{} },
	}
}

// excluded is the finisher of excluded files.
type excluded struct{}

// Feed implements infer.Finisher.
func (excluded) Feed(infer.Piece) infer.Verdict { return excluded{}.Flush(infer.StopFinished) }

// Flush implements infer.Finisher.
func (excluded) Flush(reason infer.StopReason) infer.Verdict {
	return infer.Verdict{Done: true, Stop: reason, Why: infer.WhyExcluded}
}
