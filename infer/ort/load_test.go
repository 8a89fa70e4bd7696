package ort

import (
	"testing"
	"time"
)

func TestChunksAreAsLargeAsTheProcessorIsFast(t *testing.T) {
	fed := func(p *pace, token time.Duration) int {
		for range 40 {
			p.add(64, 64*token)
		}
		return p.chunk()
	}
	var p pace
	if n := p.chunk(); n != chunkTokens {
		t.Errorf("nothing is known yet: %d tokens, want %d", n, chunkTokens)
	}
	for _, c := range []struct {
		token time.Duration
		want  int
	}{{1400 * time.Microsecond, 64}, {500 * time.Microsecond, 128}, {290 * time.Microsecond, 256}, {100 * time.Microsecond, 256}, {700 * time.Microsecond, 64}} {
		if n := fed(&p, c.token); n != c.want {
			t.Errorf("%v a token: %d tokens, want %d", c.token, n, c.want)
		}
	}
	p.add(8, time.Second) // a few tokens say nothing
	if n := p.chunk(); n != 64 {
		t.Errorf("after a slow step of few tokens: %d tokens", n)
	}
	p = pace{}
	p.add(256, 50*time.Millisecond)
	if n := p.chunk(); n != 256 {
		t.Errorf("after one fast chunk: %d tokens, want 256", n)
	}
}
