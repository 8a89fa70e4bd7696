package chaos

import (
	"math/rand/v2"
	"testing"

	"inkling/contexts"
	"inkling/stream/wire"
)

// Two ways of counting, written apart, must agree on random edits.
func TestTheMirrorAgreesWithTheServersDocument(t *testing.T) {
	counts := map[string]contexts.Encoding{wire.EncodingUTF8: contexts.UTF8, wire.EncodingUTF16: contexts.UTF16, wire.EncodingUTF32: contexts.UTF32}
	for seed := range uint64(20) {
		rng := rand.New(rand.NewPCG(seed, 1))
		encoding := encodings[seed%3]
		m := NewMirror("file:///a", "go", randomText(rng, 30))
		d := contexts.NewDocument(m.URI, m.Language, m.Version, m.Text)
		for range 2000 {
			c := randomChange(rng, m, encoding)
			before := m.Text
			m.Apply(c, encoding)
			m.Version++
			if err := d.Apply(m.Version, []contexts.Change{c}, counts[encoding]); err != nil || d.Text() != m.Text {
				t.Fatalf("seed %d, %s, %+v %+v in %q: %v\nmirror %q\nserver %q", seed, encoding, c.Range, c.Text, before, err, m.Text, d.Text())
			}
		}
		d.Close()
	}
}
