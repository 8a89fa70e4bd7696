package ort

import (
	"os"
	"syscall"
)

// release gives back the pages that lie wholly in some bytes; they read as zeros then.
func (m *memory) release(from, bytes int) error {
	page := os.Getpagesize()
	first, last := (from+page-1)/page*page, (from+bytes)/page*page
	if last <= first {
		return nil
	}
	return syscall.Madvise(m.mapped[first:last], syscall.MADV_DONTNEED)
}
