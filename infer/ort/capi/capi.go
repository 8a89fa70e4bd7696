package capi

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
)

// version is a table of functions that has all that packages name. The binding asks for a newer one.
const version = 17

// Handle is one of the runtime's objects.
type Handle = unsafe.Pointer

// API is the loaded library's table of functions.
type API struct{ table Handle }

// Open finds the table of a library that the binding has loaded; it stays loaded as long as the binding holds it.
func Open(library string) (*API, error) {
	path := C.CString(library)
	defer C.free(Handle(path))
	loaded := C.capi_library(path)
	if loaded == nil {
		return nil, fmt.Errorf("capi: %s is not loaded", library)
	}
	defer C.capi_close(loaded) // the binding holds it
	table := C.capi_table(loaded, version)
	if table == nil {
		return nil, fmt.Errorf("capi: %s is older than ONNX Runtime 1.%d", library, version)
	}
	return &API{Handle(table)}, nil
}

// Table is OrtApi, as C calls it.
func (a *API) Table() Handle { return a.table }

// Check makes an error of a status, and frees it; nil where the status is none.
func (a *API) Check(what string, status Handle) error {
	if status == nil {
		return nil
	}
	defer a.Release(C.slot_ReleaseStatus, status)
	return fmt.Errorf("%s: %s", what, C.GoString(C.capi_message(a.table, status)))
}

// Release gives back an object by the function at a place of the table; nil is none.
func (a *API) Release(slot int, what Handle) {
	if what != nil {
		C.capi_release(a.table, C.int(slot), what)
	}
}

// ErrBinding is returned when the binding keeps its objects in other fields than it did, or has closed them.
var ErrBinding = errors.New("capi: the binding's objects are not known: another version of it")

// Inside returns the runtime's object that one of the binding's holds in nested fields, which it does not show.
func Inside(of any, fields ...string) (Handle, error) {
	v := reflect.ValueOf(of)
	for _, name := range fields {
		for v.Kind() == reflect.Pointer {
			v = v.Elem()
		}
		if v.Kind() != reflect.Struct {
			return nil, fmt.Errorf("%w: %T has no %s", ErrBinding, of, name)
		}
		if v = v.FieldByName(name); !v.IsValid() {
			return nil, fmt.Errorf("%w: %T has no %s", ErrBinding, of, name)
		}
	}
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return nil, fmt.Errorf("%w: %T is closed", ErrBinding, of)
	}
	return v.UnsafePointer(), nil
}
