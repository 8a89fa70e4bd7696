//go:build !linux

package ort

// hugePages does load; other systems choose their pages by themselves.
func hugePages(load func() error) error { return load() }

func smallPages([]byte) {}
