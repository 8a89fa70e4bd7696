package ort

import (
	"errors"
	"strings"
	"testing"
)

// A library with the provider runs; this tells what one without it says. The library that set-up fetches has none.
func TestADeviceThatTheLibraryDoesNotKnowIsAnError(t *testing.T) {
	c := realConfig(t)
	c.Device, c.Model.Precision = DeviceCUDA, "fp16" // native is refused before
	e, err := New(c)
	if err == nil {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
		t.Skip("this library runs on CUDA")
	}
	if !errors.Is(err, ErrDevice) || !strings.Contains(err.Error(), c.LibraryPath) || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %v", err)
	}
	if checked := CheckDevice(c.LibraryPath, DeviceCUDA); !errors.Is(checked, ErrDevice) || checked.Error() != err.Error() {
		t.Errorf("checked before: %v", checked)
	}
	if err := CheckDevice(c.LibraryPath, DeviceCPU); err != nil {
		t.Error(err)
	}
	c.Device = "abacus"
	if _, err := New(c); err == nil || !strings.Contains(err.Error(), "abacus") {
		t.Errorf("got %v", err)
	}
}
