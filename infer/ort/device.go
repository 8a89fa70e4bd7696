package ort

import (
	"errors"
	"fmt"

	onnx "github.com/yalue/onnxruntime_go"
)

// Devices that a [Config] may name.
const (
	DeviceCPU  = "cpu"
	DeviceCUDA = "cuda"
)

// Errors of the library, at its opening.
var (
	// ErrLibrary is returned, wrapped with the library's path, when it cannot be loaded, or is not of the version needed.
	ErrLibrary = errors.New("ort: the library cannot be used")
	// ErrDevice is returned, wrapped with the library's path, when it cannot run on the device that is asked for.
	ErrDevice = errors.New("ort: the library has no provider for the device")
)

// CheckDevice says whether a library can be used, and run on a device, before a model is made for it. Its error wraps
// [ErrLibrary] or [ErrDevice].
func CheckDevice(library, device string) (err error) {
	if err := openLibrary(library); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeLibrary()) }()
	if device == "" || device == DeviceCPU {
		return nil
	}
	options, err := onnx.NewSessionOptions()
	if err != nil {
		return err
	}
	return errors.Join(useDevice(options, Config{LibraryPath: library, Device: device}), options.Destroy())
}

// useDevice adds the provider of the device that is asked for; without one, the processor is used.
func useDevice(options *onnx.SessionOptions, c Config) error {
	switch c.Device {
	case "", DeviceCPU:
		return nil
	case DeviceCUDA:
		cuda, err := onnx.NewCUDAProviderOptions()
		if err != nil {
			return fmt.Errorf("%w: %s: %s: %w", ErrDevice, c.Device, c.LibraryPath, err)
		}
		// Otherwise the provider takes memory in powers of two: up to twice as much as the cache is.
		err = cuda.Update(map[string]string{"arena_extend_strategy": "kSameAsRequested"})
		if err == nil {
			err = options.AppendExecutionProviderCUDA(cuda)
		}
		if err := errors.Join(err, cuda.Destroy()); err != nil {
			return fmt.Errorf("%w: %s: %s: %w", ErrDevice, c.Device, c.LibraryPath, err)
		}
		return nil
	}
	return fmt.Errorf("ort: device: %q is neither %s nor %s", c.Device, DeviceCPU, DeviceCUDA)
}
