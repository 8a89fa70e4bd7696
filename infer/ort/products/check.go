package products

// #include <stdlib.h>
// #include "check.h"
import "C"

import (
	"errors"
	"fmt"
	"unsafe"
)

// What stands here is for tests and tools: products without the runtime, on one thread.

// Product is one node's multiplication; the package's documentation has its attributes.
type Product struct {
	Inputs, Outputs, Bits int // K, N and bits
	Gated                 bool
}

// ErrCheck is returned, wrapped with what is wrong, when [Product.Compute] cannot compute.
var ErrCheck = errors.New("products: cannot be computed")

// Compute multiplies rows, x [rows, Inputs], by weights in panels, and returns [rows, Outputs].
func (p Product) Compute(kernels string, x []float32, weights []byte) ([]float32, error) {
	inputs, outputs, bits, gated := C.size_t(p.Inputs), C.size_t(p.Outputs), C.int(p.Bits), C.int(0)
	if p.Gated {
		gated = 1
	}
	switch {
	case p.Inputs <= 0 || p.Inputs%32 != 0 || p.Outputs <= 0 || p.Bits != 4 && p.Bits != 8 || p.Gated && p.Outputs%16 != 0:
		return nil, fmt.Errorf("%w: %+v", ErrCheck, p)
	case len(x) == 0 || len(x)%p.Inputs != 0:
		return nil, fmt.Errorf("%w: %d numbers are no rows of %d", ErrCheck, len(x), p.Inputs)
	case len(weights) != int(C.check_bytes(inputs, outputs, bits, gated)):
		return nil, fmt.Errorf("%w: %d bytes of weights for %+v", ErrCheck, len(weights), p)
	}
	name := C.CString(kernels)
	defer C.free(unsafe.Pointer(name))
	rows := len(x) / p.Inputs
	y := make([]float32, rows*p.Outputs)
	if C.check_run(name, inputs, outputs, bits, gated, (*C.float)(&x[0]), C.size_t(rows), (*C.uint8_t)(&weights[0]), (*C.float)(&y[0])) == 0 {
		return nil, fmt.Errorf("%w: no kernels %q, or no memory", ErrCheck, kernels)
	}
	return y, nil
}
