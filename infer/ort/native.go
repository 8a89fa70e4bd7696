package ort

import "inkling/infer/ort/products"

// native is the form that is multiplied by the server's own kernels.
const native = "native"

// HasKernels says whether this processor has kernels for the form native beside the portable one, which is slower than the
// runtime's own products.
func HasKernels() bool { return products.Kernels() != "portable" }

// native says whether tokens come out the same, to the bit, however many are fed at once.
func (c Config) native() bool { return c.Model.Exporter == "inkling" && c.Model.Precision == native }
