package chaos

import (
	"maps"
	"math/rand/v2"
	"slices"

	"inkling/stream/wire"
)

// encodings are the units in which positions are counted.
var encodings = []string{wire.EncodingUTF8, wire.EncodingUTF16, wire.EncodingUTF32}

// only returns a typist's document, where it has just one.
func (p *Typist) only() *Mirror {
	for _, m := range p.Docs {
		return m
	}
	return nil
}

// any returns one of a typist's documents.
func (p *Typist) any(rng *rand.Rand) *Mirror {
	uris := slices.Sorted(maps.Keys(p.Docs))
	return p.Docs[uris[rng.IntN(len(uris))]]
}

// typeOne types a character somewhere in a document and asks for a suggestion there, as an editor does.
func (p *Typist) typeOne(rng *rand.Rand) (*Ask, error) {
	m := p.only()
	at := len(m.Text)
	if rng.IntN(4) == 0 {
		at = randomOffset(rng, m.Text)
	}
	text := string("abcdefghij ()\n\"=.m"[rng.IntN(18)])
	if err := p.Insert(m.URI, at, text); err != nil {
		return nil, err
	}
	return p.Ask(m.URI, at+len(text), wire.CompleteOptions{MaxTokens: 16})
}

// Return comes back in a session of its own, with all documents as they are, after a connection has ended.
func (p *Typist) Return(t *T, s *Server) (*Typist, error) { return p.ReturnTo(t, s, SitOptions{}) }

// ReturnTo is Return with options; the encoding stays.
func (p *Typist) ReturnTo(t *T, s *Server, o SitOptions) (*Typist, error) {
	p.Vanish()
	if err := p.Violations(); err != nil {
		return nil, err
	}
	o.Encoding = p.Encoding
	next, err := t.Sit(s, o)
	if err != nil {
		return nil, err
	}
	for _, m := range p.Docs {
		if err := next.Open(m); err != nil {
			return nil, err
		}
	}
	return next, nil
}
