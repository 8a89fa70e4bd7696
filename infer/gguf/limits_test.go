package gguf

import (
	"strings"
	"testing"
)

// What a file says is refused one beyond its limit, by name.
func TestADimensionBeyondItsLimitIsNamed(t *testing.T) {
	for _, c := range []struct {
		key   string
		value uint32
		want  string
	}{
		{"block_count", maxLayers + 1, "513 is outside 1 to 512"},
		{"attention.head_count", maxHeads + 1, "1025 is outside 1 to 1024"},
		{"attention.key_length", maxHeadDim + 1, "1025 is outside 2 to 1024"},
		{"embedding_length", maxWidth + 1, "131073 is outside 32 to 131072"},
		{"feed_forward_length", 8*maxWidth + 1, "1048577 is outside 32 to 1048576"},
		{"context_length", maxContext + 1, "1048577 is outside 1 to 1048576"},
	} {
		for _, over := range []uint32{0, 1} {
			path := tiny(func(b *builder) { b.number("llama."+c.key, c.value-1+over) }).write(t)
			g, err := Open(path)
			if err != nil {
				t.Fatal(err)
			}
			_, err = g.architecture()
			if named := err != nil && strings.Contains(err.Error(), "llama."+c.key+": "+c.want); named != (over == 1) {
				t.Errorf("%s %d: %v", c.key, c.value-1+over, err)
			}
			if err := g.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// A count is refused before anything of that size is made or read: one at its limit goes on, to the end of the file.
func TestACountBeyondItsLimitIsRefusedWithItsPlace(t *testing.T) {
	const list, text = uint32(9), uint32(8)
	values := func(v ...any) func(uint64) []any {
		return func(n uint64) []any { return append(append([]any{uint32(3), uint64(0), uint64(1)}, v...), n) }
	}
	for want, c := range map[string]struct {
		limit uint64
		head  func(n uint64) []any
	}{
		"65537 tensors at byte 8 are more than 65536":          {maxTensors, func(n uint64) []any { return []any{uint32(3), n, uint64(0)} }},
		"65537 metadata values at byte 16 are more than 65536": {maxMetadata, func(n uint64) []any { return []any{uint32(3), uint64(0), n} }},
		"65537 bytes of text at byte 24 are more than 65536":   {maxNameBytes, values()},
		"1048577 bytes of text at byte 37":                     {maxStringSize, values("k", text)},
		"4194305 values of an array at byte 41":                {maxArray, values("k", list, text)},
	} {
		for _, over := range []uint64{0, 1} {
			_, err := Open(writeFile(t, append([]byte("GGUF"), le(c.head(c.limit+over)...)...)))
			if err == nil || strings.Contains(err.Error(), want) != (over == 1) {
				t.Errorf("%d: %v, want %q of one more", c.limit+over, err, want)
			}
		}
	}
	for dimensions, want := range map[uint32]string{maxDimensions: "the header ends", maxDimensions + 1: "has 5 dimensions, not 1 to 4"} {
		_, err := Open(writeFile(t, append([]byte("GGUF"), le(uint32(3), uint64(1), uint64(0), "t", dimensions)...)))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d dimensions: %v, want %q", dimensions, err, want)
		}
	}
}
