//go:build !linux

package ort

// release gives nothing back: what a page holds is told to be worthless in another way on every system.
func (m *memory) release(int, int) error { return nil }
