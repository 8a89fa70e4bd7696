package ort

import (
	"fmt"
	"syscall"
	"unsafe"
)

// memory is float32s outside the Go heap: the garbage collector neither scans nor counts them, and the runtime may hold
// on to them. Pages are made when they are first written.
type memory struct{ mapped []byte }

func newMemory(floats int) (*memory, error) {
	mapped, err := syscall.Mmap(-1, 0, max(floats, 1)*4, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_NORESERVE)
	if err != nil {
		return nil, fmt.Errorf("ort: reserving %d bytes: %w", floats*4, err)
	}
	smallPages(mapped)
	return &memory{mapped: mapped}, nil
}

func (m *memory) floats() []float32 {
	return floats(m.mapped)
}

// floats are bytes of a memory, from a multiple of four on, as numbers.
func floats(data []byte) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(&data[0])), len(data)/4)
}

func (m *memory) close() error { return syscall.Munmap(m.mapped) }
