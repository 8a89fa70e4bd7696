package gguf

import (
	"math"
	"os"
	"path/filepath"
	"testing"
)

func TestEveryHalfIsItself(t *testing.T) {
	for h := range 1 << 16 {
		v := float16(uint16(h))
		if back := toHalf(v); back != uint16(h) && !math.IsNaN(float64(v)) {
			t.Fatalf("%#04x is %v, which becomes %#04x", h, v, back)
		} else if math.IsNaN(float64(v)) && !math.IsNaN(float64(float16(back))) {
			t.Fatalf("%#04x, which is no number, becomes %#04x", h, back)
		}
	}
}

func TestHalvesAreRoundedToTheNearest(t *testing.T) {
	for h := range uint16(0x7bff) { // up to the last but one that is finite
		low, high := float64(float16(h)), float64(float16(h+1))
		middle := float32((low + high) / 2) // exact
		even := h + h&1
		for v, want := range map[float32]uint16{
			middle: even, math.Nextafter32(middle, 0): h, math.Nextafter32(middle, 1e9): h + 1,
		} {
			if got := toHalf(v); got != want {
				t.Fatalf("%v becomes %#04x, want %#04x", v, got, want)
			}
			if got := toHalf(-v); got != want|0x8000 {
				t.Fatalf("%v becomes %#04x, want %#04x", -v, got, want|0x8000)
			}
		}
	}
	for v, want := range map[float32]uint16{65519: 0x7bff, 65520: 0x7c00, 1e30: 0x7c00, 1e-9: 0, float32(math.Inf(-1)): 0xfc00} {
		if got := toHalf(v); got != want {
			t.Errorf("%v becomes %#04x, want %#04x", v, got, want)
		}
	}
}

func TestHalvesTakeHalfTheRoom(t *testing.T) {
	size := map[string]int64{}
	for _, precision := range []string{fp16, "fp32"} {
		dir, err := Import(t.Context(), "../model/testdata/llama.gguf", Options{CacheDir: t.TempDir(), Precision: precision})
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(dir, dataFile))
		if err != nil {
			t.Fatal(err)
		}
		size[precision] = info.Size()
	}
	if 10*size[fp16] > 7*size["fp32"] { // each tensor begins at a page
		t.Errorf("%d bytes, in float32 %d", size[fp16], size["fp32"])
	}
}
