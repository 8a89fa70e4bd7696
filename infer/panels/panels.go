package panels

import "encoding/binary"

const (
	Block   = 32 // inputs that share a scale
	Columns = 16 // outputs of a panel

	half       = 2 // bytes
	fourBytes  = Block/2 + 2*half
	eightBytes = Block + half
)

// Four is a block of 32 weights of 4 bits: byte i has weight i in its lower half, and weight i+16 in the higher. Scale and offset
// are IEEE 754 halves.
type Four struct {
	Quants        [Block / 2]byte
	Scale, Offset uint16
}

// Eight is a block of 32 weights of 8 bits. The scale is an IEEE 754 half.
type Eight struct {
	Quants [Block]int8
	Scale  uint16
}

// Count is how many panels some outputs need.
func Count(outputs int) int { return (outputs + Columns - 1) / Columns }

// Bytes is how long a panel is.
func Bytes(inputs, bits int) int {
	if bits == 4 {
		return inputs / Block * Columns * fourBytes
	}
	return inputs / Block * Columns * eightBytes
}

// PackFour packs up to [Columns] outputs, each of as many blocks as the others, as one panel.
func PackFour(outputs [][]Four) []byte {
	size := Columns * fourBytes
	panel := make([]byte, len(outputs[0])*size)
	for column, blocks := range outputs {
		for b, block := range blocks {
			at := panel[b*size : (b+1)*size]
			for i := range 4 {
				copy(at[(i*Columns+column)*4:], block.Quants[4*i:4*i+4])
			}
			scales := at[Columns*Block/2:]
			binary.LittleEndian.PutUint16(scales[half*column:], block.Scale)
			binary.LittleEndian.PutUint16(scales[half*(Columns+column):], block.Offset)
		}
	}
	return panel
}

// PackEight packs up to [Columns] outputs, each of as many blocks as the others, as one panel.
func PackEight(outputs [][]Eight) []byte {
	n := len(outputs[0])
	panel := make([]byte, n*Columns*eightBytes)
	for i := range n * Columns * Block {
		panel[i] = 128 // zero
	}
	scales := panel[n*Columns*Block:]
	for column, blocks := range outputs {
		for b, block := range blocks {
			at := panel[b*Columns*Block:]
			for i, q := range block.Quants {
				at[(i/4*Columns+column)*4+i%4] = byte(int(q) + 128)
			}
			binary.LittleEndian.PutUint16(scales[half*(b*Columns+column):], block.Scale)
		}
	}
	return panel
}
