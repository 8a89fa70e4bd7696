package devicekv

// #include "calls.h"
// #include "slots.h"
import "C"

import (
	"fmt"

	onnx "github.com/yalue/onnxruntime_go"

	"inkling/infer/ort/capi"
)

// handle is one of the runtime's objects.
type handle = capi.Handle

// runtime is the loaded library's table of functions.
type runtime struct {
	*capi.API
	api C.api_t
}

func openRuntime(library string) (*runtime, error) {
	api, err := capi.Open(library)
	if err != nil {
		return nil, fmt.Errorf("devicekv: %w", err)
	}
	return &runtime{api, C.api_t(api.Table())}, nil
}

// check makes an error of a status, and frees it.
func (r *runtime) check(what string, status C.status_t) error {
	return r.Check("devicekv: "+what, handle(status))
}

func (r *runtime) release(slot C.int, what handle) { r.Release(int(slot), what) }

func sessionOf(s *onnx.DynamicAdvancedSession) (handle, error) {
	return capi.Inside(s, "s", "ortSession")
}

func optionsOf(o *onnx.RunOptions) (handle, error) { return capi.Inside(o, "o") }

func tensorOf(v onnx.Value) (handle, error) { return capi.Inside(v.GetInternals(), "ortValue") }
