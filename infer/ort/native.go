package ort

import "inkling/infer/ort/products"

// native is the form that is multiplied by the server's own kernels.
const native = "native"

// HasKernels says whether this processor has kernels for the form native beside the portable one, which is slower than the
// runtime's own products.
func HasKernels() bool { return products.Available()[0] != "portable" }

// Kernels names those that compute the form native here.
func Kernels() string { return products.Kernels() }
