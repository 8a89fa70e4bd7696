package gguf

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"testing"
)

// goldenBlocks are random blocks of one type with what GGUF's own Python package makes of them; they come from
// scripts/fixtures/quants_golden.py.
type goldenBlocks struct {
	Type   string `json:"type"`
	Number uint32 `json:"number"`
	Data   []byte `json:"data"`
	Want   []byte `json:"want"` // float32, little-endian
}

func TestBlocksUnpackToTheReferencesBits(t *testing.T) {
	data, err := os.ReadFile(filepath.Join("testdata", "quants.json"))
	if err != nil {
		t.Fatal(err)
	}
	var golden []goldenBlocks
	if err := json.Unmarshal(data, &golden); err != nil {
		t.Fatal(err)
	}
	if len(golden) != len(layouts) {
		t.Errorf("%d types have golden blocks, %d are known", len(golden), len(layouts))
	}
	for _, g := range golden {
		t.Run(g.Type, func(t *testing.T) {
			l, known := layouts[Type(g.Number)]
			if !known || l.name != g.Type || len(g.Data)%l.bytes != 0 || len(g.Data) == 0 {
				t.Fatalf("number %d is %q in blocks of %d bytes", g.Number, l.name, l.bytes)
			}
			got := make([]float32, len(g.Data)/l.bytes*l.elements)
			for i := range len(g.Data) / l.bytes {
				l.unpack(got[i*l.elements:(i+1)*l.elements], g.Data[i*l.bytes:(i+1)*l.bytes])
			}
			checkFloats(t, got, g.Want)
		})
	}
}

func checkFloats(t *testing.T, got []float32, want []byte) {
	t.Helper()
	if len(want) != 4*len(got) {
		t.Fatalf("%d values, want %d", len(got), len(want)/4)
	}
	for i, v := range got {
		w := math.Float32frombits(binary.LittleEndian.Uint32(want[4*i:]))
		if math.Float32bits(v) != math.Float32bits(w) {
			t.Fatalf("element %d is %g, want %g", i, v, w)
		}
	}
}
