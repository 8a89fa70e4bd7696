package products

// #include "attention.h"
// #include "product.h"
import "C"

// Limits of the operators' attributes: a graph beyond them is refused when it is loaded.
const (
	maxInputs  = 1 << 20 // K of a product
	maxOutputs = 1 << 24 // its N
	maxHeads   = 1 << 10 // of queries
	maxWidth   = 256     // of a head
	maxGroup   = 128     // heads of queries for each one of keys
)

// C has them as they are here.
var (
	_ [0]struct{} = [maxInputs - C.most_inputs]struct{}{}
	_ [0]struct{} = [maxOutputs - C.most_outputs]struct{}{}
	_ [0]struct{} = [maxHeads - C.most_heads]struct{}{}
	_ [0]struct{} = [maxWidth - C.most_width]struct{}{}
	_ [0]struct{} = [maxGroup - C.most_queries]struct{}{}
)
