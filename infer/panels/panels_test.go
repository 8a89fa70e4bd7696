package panels

import (
	"encoding/binary"
	"math/rand/v2"
	"testing"
)

// unpackFour reads a panel by the layout that the package's documentation gives.
func unpackFour(panel []byte) (outputs [Columns][]Four) {
	for ; len(panel) > 0; panel = panel[320:] {
		for o := range outputs {
			var b Four
			for j := range b.Quants {
				b.Quants[j] = panel[j/4*64+o*4+j%4]
			}
			b.Scale, b.Offset = binary.LittleEndian.Uint16(panel[256+2*o:]), binary.LittleEndian.Uint16(panel[288+2*o:])
			outputs[o] = append(outputs[o], b)
		}
	}
	return outputs
}

// unpackEight is unpackFour for a panel of 8 bits.
func unpackEight(panel []byte) (outputs [Columns][]Eight) {
	blocks := len(panel) / (512 + 32)
	for at := range blocks {
		quants, scales := panel[512*at:], panel[512*blocks+32*at:]
		for o := range outputs {
			b := Eight{Scale: binary.LittleEndian.Uint16(scales[2*o:])}
			for j := range b.Quants {
				b.Quants[j] = int8(int(quants[j/4*64+o*4+j%4]) - 128)
			}
			outputs[o] = append(outputs[o], b)
		}
	}
	return outputs
}

func drawFour(random *rand.Rand, outputs, blocks int) [][]Four {
	all := make([][]Four, outputs)
	for o := range all {
		for range blocks {
			b := Four{Scale: uint16(random.Uint32()), Offset: uint16(random.Uint32())}
			for i := range b.Quants {
				b.Quants[i] = byte(random.Uint32())
			}
			all[o] = append(all[o], b)
		}
	}
	return all
}

func drawEight(random *rand.Rand, outputs, blocks int) [][]Eight {
	all := make([][]Eight, outputs)
	for o := range all {
		for range blocks {
			b := Eight{Scale: uint16(random.Uint32())}
			for i := range b.Quants {
				b.Quants[i] = int8(random.Uint32())
			}
			all[o] = append(all[o], b)
		}
	}
	return all
}

// checkPanel compares what was unpacked with what was packed. Outputs that are not there have blocks of zeros.
func checkPanel[B Four | Eight](t *testing.T, got [Columns][]B, want [][]B) {
	t.Helper()
	var zero B
	for o, blocks := range got {
		if len(blocks) != len(want[0]) {
			t.Fatalf("output %d has %d blocks, want %d", o, len(blocks), len(want[0]))
		}
		for i, b := range blocks {
			if o < len(want) && b != want[o][i] || o >= len(want) && b != zero {
				t.Fatalf("block %d of output %d of %d is %+v", i, o, len(want), b)
			}
		}
	}
}

func TestPanelsHaveTheDocumentedLayout(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	for outputs := 1; outputs <= Columns; outputs++ {
		for _, blocks := range []int{1, 2, 18} {
			fours, eights := drawFour(random, outputs, blocks), drawEight(random, outputs, blocks)
			four, eight := PackFour(fours), PackEight(eights)
			if len(four) != Bytes(blocks*Block, 4) || len(eight) != Bytes(blocks*Block, 8) {
				t.Fatalf("%d blocks are %d and %d bytes, want %d and %d", blocks, len(four), len(eight), Bytes(blocks*Block, 4), Bytes(blocks*Block, 8))
			}
			checkPanel(t, unpackFour(four), fours)
			checkPanel(t, unpackEight(eight), eights)
		}
	}
}

func TestAPanelIsCountedForEachSixteenOutputsAndForTheRest(t *testing.T) {
	for outputs, want := range map[int]int{0: 0, 1: 1, 15: 1, 16: 1, 17: 2, 32: 2, 49_152: 3072} {
		if got := Count(outputs); got != want {
			t.Errorf("%d outputs need %d panels, want %d", outputs, got, want)
		}
	}
	for bits, want := range map[int]int{4: 18 * 320, 8: 18 * 544} {
		if got := Bytes(576, bits); got != want {
			t.Errorf("a panel of %d bits is %d bytes, want %d", bits, got, want)
		}
	}
}
