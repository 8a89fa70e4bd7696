// Package products has the two operators that graphs of the form native are made of, in the runtime's domain "inkling": products of
// rows of activations by weights that stay in their blocks of 4 or 8 bits, and attention.
//
// BlockProduct:
//
//	x        float [T, K]
//	weights  uint8 [bytes]    constant, in panels of 16 outputs: package panels has their layout
//	y        float [T, N]     x times the transposed weights; with gated=1 silu(x times the gates) times x times the ups
//
// Attributes are K, a multiple of 32, N, bits (4 or 8) and gated (0 or 1). Each 32 activations are rounded to 8 bits with a scale
// of their own; sums within a block are whole numbers.
//
// RowAttention, grouped-query attention with a rotary embedding, for T new tokens of R rows over a cache of capacity C in place:
//
//	qkv          float [T, (heads + 2 kv_heads) width]    row after row
//	past keys, past values      float [R, kv_heads, C, width]
//	seqlens_k    int32 [R]      past + new tokens - 1
//	query_seqlens int32 [R]     new tokens; 0 leaves the row as it is
//	cos, sin     float [positions, width/2]
//	heads        float [T, heads width]
//	keys, values                the same memory as the past ones
//
// Attributes are heads, kv_heads, width (a multiple of 16, at most 256) and interleaved: whether the embedding turns elements 2i
// and 2i+1, or i and i + width/2.
//
// Invariants:
//   - A token's result is the same, to the bit, whatever tokens and rows are computed beside it, by however many threads.
//   - All kernels but the portable one give the same bits.
//   - A NaN or an infinity in a row's activations makes NaNs or infinities of its own outputs, and of no other row's.
//   - Nothing is read behind a row's last token, so what the cache holds there may be anything.
//   - Weights and shapes that do not fit are an error that names the operator: of weights when the graph is loaded.
//
// There are kernels for AVX-512 VNNI, AVX-VNNI and AVX2, and ones in plain C for all else; the best that the processor has are taken,
// unless the environment's INKLING_KERNELS names others (avx512, avxvnni, avx2, portable): to compare them, and to find faults.
package products
