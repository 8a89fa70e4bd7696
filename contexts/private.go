package contexts

import (
	"strings"

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

// mask hides credentials in all texts of a prompt, and reports whether there were any.
func mask(p *infer.Prompt) (bool, error) {
	scanner, err := secrets.Shared()
	if err != nil {
		return false, err
	}
	texts := []*string{&p.Header, &p.Prefix, &p.Suffix}
	for i := range p.Snippets {
		texts = append(texts, &p.Snippets[i].Text)
	}
	found := false
	for _, text := range texts {
		masked := scanner.Mask(*text)
		found = found || masked != *text
		*text = masked
	}
	return found, nil
}

// Storable reports whether an answer's text may be kept, in a cache, beyond its request: not where text of the request was
// masked or its file is excluded, and not where the answer looks like a credential, by itself or with the line that it
// goes on. An error means that the rules could not be read; nothing is stored then.
func Storable(req infer.Request, answer string) (bool, error) {
	if req.NoStore {
		return false, nil
	}
	scanner, err := secrets.Shared()
	if err != nil {
		return false, err
	}
	line := req.Prompt.Prefix[strings.LastIndexByte(req.Prompt.Prefix, '\n')+1:]
	return !scanner.Has(line + answer), nil
}

// excludedRequest is what an excluded file is answered with: a prompt without any of its text, and a finisher that
// ends at the first token.
func excludedRequest(d *Document, opts infer.Options) infer.Request {
	opts.Suggestions, opts.MaxTokens = 1, 1
	return infer.Request{
		Prompt:      infer.Prompt{Language: "plaintext", Prefix: "\n"},
		Options:     opts,
		NoStore:     true,
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
