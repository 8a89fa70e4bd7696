package products

// #cgo CFLAGS: -O3
// #cgo LDFLAGS: -lm
// #include "op.h"
// #include "kernels.h"
import "C"

import (
	"fmt"

	onnx "github.com/yalue/onnxruntime_go"

	"inkling/infer/ort/capi"
)

// Domain is the operators, as sessions know them.
type Domain struct {
	api    *capi.API
	domain capi.Handle
}

// Add makes the operators known to all sessions that are opened with the options. The caller closes the domain after them. The
// library is the one that the binding has loaded.
func Add(library string, options *onnx.SessionOptions) (*Domain, error) {
	api, err := capi.Open(library)
	if err != nil {
		return nil, fmt.Errorf("products: %w", err)
	}
	to, err := capi.Inside(options, "o")
	if err != nil {
		return nil, fmt.Errorf("products: %w", err)
	}
	d := &Domain{api: api}
	if err := api.Check("products: the operators", capi.Handle(C.op_add(C.api_t(api.Table()), to, &d.domain))); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

// Close gives the domain back.
func (d *Domain) Close() {
	if d != nil {
		d.api.Release(C.slot_ReleaseCustomOpDomain, d.domain)
		d.domain = nil
	}
}

// Available names the kernels that this processor has, the best first.
func Available() (names []string) {
	for i := C.size_t(0); i < C.kernels_count(); i++ {
		if k := C.kernels_at(i); k != nil {
			names = append(names, C.GoString(k.name))
		}
	}
	return names
}

// Kernels names those that this processor's products are computed by: avx512, avxvnni, avx2 or portable.
func Kernels() string { return C.GoString(C.kernels_best().name) }
