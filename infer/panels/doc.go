// Package panels packs matrices of weights, [outputs, inputs], in the order in which a processor multiplies them: panels of
// [Columns] outputs, and within a panel blocks of [Block] inputs, so that one sweep through memory makes 16 outputs. Outputs that
// a last panel lacks are zeros.
//
// A block of a panel of 4 bits is 320 bytes, and a weight is scale·q + offset with q from 0 to 15:
//
//	[4][16][4]byte   of each output, inputs 4i to 4i+3 in the lower halves of the bytes, 16+4i to 16+4i+3 in the higher
//	[16]float16      scales
//	[16]float16      offsets
//
// A panel of 8 bits has the quants of all blocks, 512 bytes each, then the scales of all blocks, and a weight is scale·(q - 128):
//
//	[8][16][4]byte   of each output, inputs 4i to 4i+3
//	[16]float16      scales
//
// A gated matrix's panels are one of gates, one of ups, and so on.
package panels
