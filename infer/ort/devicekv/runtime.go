package devicekv

// #cgo linux LDFLAGS: -ldl
// #include <stdlib.h>
// #include "calls.h"
// #include "slots.h"
import "C"

import (
	"errors"
	"fmt"
	"reflect"
	"unsafe"

	onnx "github.com/yalue/onnxruntime_go"
)

// apiVersion is a table of functions that has all of slots.h. The binding asks for a newer one.
const apiVersion = 16

// handle is one of the runtime's objects.
type handle = unsafe.Pointer

// runtime is the loaded library's table of functions.
type runtime struct{ api C.api_t }

func openRuntime(library string) (*runtime, error) {
	path := C.CString(library)
	defer C.free(handle(path))
	loaded := C.kv_library(path) // stays loaded as long as the binding holds it
	if loaded == nil {
		return nil, fmt.Errorf("devicekv: %s is not loaded", library)
	}
	r := &runtime{api: C.kv_api(loaded, apiVersion)}
	if r.api == nil {
		return nil, fmt.Errorf("devicekv: %s is older than ONNX Runtime 1.%d", library, apiVersion)
	}
	return r, nil
}

// check makes an error of a status, and frees it.
func (r *runtime) check(what string, status C.status_t) error {
	if status == nil {
		return nil
	}
	defer r.release(C.slot_ReleaseStatus, handle(status))
	return fmt.Errorf("devicekv: %s: %s", what, C.GoString(C.kv_message(r.api, status)))
}

func (r *runtime) release(slot C.int, what handle) {
	if what != nil {
		C.kv_release(r.api, slot, what)
	}
}

// errBinding is returned when the binding keeps its objects in other fields than it did.
var errBinding = errors.New("devicekv: the binding's objects are not known: another version of it")

// inside returns the runtime's object that one of the binding's holds in nested fields, which it does not show.
func inside(of any, fields ...string) (handle, error) {
	v := reflect.ValueOf(of)
	for _, name := range fields {
		for v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return nil, fmt.Errorf("%w: %T has no %s", errBinding, of, name)
		}
		if v = v.FieldByName(name); !v.IsValid() {
			return nil, fmt.Errorf("%w: %T has no %s", errBinding, of, name)
		}
	}
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return nil, fmt.Errorf("%w: %T is closed", errBinding, of)
	}
	return v.UnsafePointer(), nil
}

func sessionOf(s *onnx.DynamicAdvancedSession) (handle, error) { return inside(s, "s", "ortSession") }

func optionsOf(o *onnx.RunOptions) (handle, error) { return inside(o, "o") }

func tensorOf(v onnx.Value) (handle, error) { return inside(v.GetInternals(), "ortValue") }
