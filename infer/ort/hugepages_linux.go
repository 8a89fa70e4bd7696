package ort

import (
	"bufio"
	"fmt"
	"os"
	"strings"
	"syscall"
	"unsafe"
)

// A decode step reads all weights once, so it is as fast as memory is, and with pages of 4 kB a good part of that is
// looking up where they lie: on a virtual machine, two threads read 33 to 42 GB/s so, and 50 with pages of 2 MB.
const (
	hugeBytes    = 2 << 20
	madvCollapse = 25 // MADV_COLLAPSE, Linux 6.1: moves what is there into huge pages now
)

// span is some of the process's addresses.
type span struct{ from, to uintptr }

// anonymous lists the spans that are private, writable and of no file, in order.
func anonymous() (spans []span, err error) {
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return nil, err
	}
	defer func() { _ = maps.Close() }() // it was read only
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		var s span
		var rights, offset, device string
		var inode uint64
		n, err := fmt.Sscanf(lines.Text(), "%x-%x %s %s %s %d", &s.from, &s.to, &rights, &offset, &device, &inode)
		if n != 6 || err != nil {
			return nil, fmt.Errorf("ort: /proc/self/maps: %q: %w", lines.Text(), err)
		}
		if inode == 0 && rights == "rw-p" && !strings.Contains(lines.Text(), "[stack") {
			spans = append(spans, s)
		}
	}
	return spans, lines.Err()
}

// without is what of some spans lies in none of others; both are in order.
func without(spans, others []span) (left []span) {
	for _, s := range spans {
		for _, o := range others {
			if o.to <= s.from || o.from >= s.to {
				continue
			}
			if o.from > s.from {
				left = append(left, span{s.from, o.from})
			}
			s.from = min(o.to, s.to)
		}
		if s.from < s.to {
			left = append(left, s)
		}
	}
	return left
}

// hugePages puts into huge pages what load allocates outside the Go heap, as far as the system has them. Where it has not,
// everything works as well, only slower, so that its refusals are no errors.
func hugePages(load func() error) error {
	before, err := anonymous()
	if err != nil {
		return load()
	}
	if err := load(); err != nil {
		return err
	}
	after, err := anonymous()
	if err != nil {
		return nil
	}
	for _, s := range without(after, before) {
		from, to := (s.from+hugeBytes-1)/hugeBytes*hugeBytes, s.to/hugeBytes*hugeBytes
		if from >= to {
			continue
		}
		for _, advice := range []uintptr{syscall.MADV_HUGEPAGE, madvCollapse} {
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, from, to-from, advice)
		}
	}
	return nil
}

// smallPages keeps memory that is filled bit by bit from taking a huge page for the first byte.
func smallPages(mapped []byte) {
	_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, uintptr(unsafe.Pointer(&mapped[0])), uintptr(len(mapped)), syscall.MADV_NOHUGEPAGE)
}
