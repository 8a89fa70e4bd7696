package ort

import (
	"fmt"
	"testing"
)

// BenchmarkChunkBesideOthers is one step of seven rows' tokens and one chunk of a prompt.
func BenchmarkChunkBesideOthers(b *testing.B) {
	const past = 256
	for _, apart := range []int{1, 4} {
		for _, chunk := range []int{8, 16, 17, 32} {
			b.Run(fmt.Sprintf("%d/%d", chunk, apart), func(b *testing.B) {
				m, ids := realRows(b, 8*apart, past)
				var segments []segment
				for i := range 8 {
					n := 1
					if i == 3 {
						n = chunk
					}
					segments = append(segments, segment{row: i * apart, past: past, ids: ids(i * apart)[past : past+n], want: true})
				}
				for b.Loop() {
					run(b, m, segments...)
				}
			})
		}
	}
}
