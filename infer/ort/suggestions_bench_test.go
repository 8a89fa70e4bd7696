package ort

import (
	"fmt"
	"testing"

	"inkling/infer"
)

// BenchmarkThreeSuggestions is a request for three suggestions of 24 tokens, one after the other and together.
func BenchmarkThreeSuggestions(b *testing.B) {
	for _, lanes := range []int{1, 8} {
		b.Run(fmt.Sprint(lanes), func(b *testing.B) {
			e := realEngine(b, func(c *Config) { c.Lanes = lanes })
			text := source(b)
			for b.Loop() {
				collect(b, e, infer.Request{Prompt: infer.Prompt{Prefix: text[:2400]}, Options: infer.Options{MaxTokens: 24, Suggestions: 3}})
			}
		})
	}
}
