// Package memory knows how much memory the process may take, and estimates how much a model will.
//
// Its nouns: a [Limit] is the least of what the control groups and the machine allow; a [Need] is what a model takes.
// The limit of Go's own heap (GOMEMLIMIT) is no limit here: weights and KV lie outside of that heap.
package memory

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
)

// ErrDoesNotFit is wrapped by an error of [Check].
var ErrDoesNotFit = errors.New("memory: the model does not fit")

// Limit is the most memory that the process may take.
type Limit struct {
	Bytes int64  // 0: unknown
	From  string // the file that says so
}

// Need is what a model takes, in bytes.
type Need struct {
	Weights int64 // the size of its files
	KV      int64 // the most that its cache may take
}

// Measured on the default model (190 MB of weights, KV of 384 MB): 347 MB resident after loading, of which 104 MB are
// file pages, 697 MB under load with all of KV in use, and with ten documents of 2 MB opened at once beside it, KV of 256 MB, some
// 713 MB without file pages: 841 with KV of 384.
const (
	margin         = 256 << 20 // the program, its grammars and sessions, documents that are parsed, the runtime and its scratch
	weightsPercent = 110       // the runtime keeps some weights a second time, packed for its kernels
)

// Bytes is an estimate of all that is taken.
func (n Need) Bytes() int64 { return n.Weights/100*weightsPercent + n.KV + margin }

// How a limit is shared where it is tight.
const (
	native     = 64 << 20 // of the margin, what lies outside of Go's heap and is no tree: the runtime's scratch, threads
	leastHeap  = 64 << 20 // with less, the collector would run all the time
	treesShare = 8        // syntax trees get one part in so many
	leastTrees = 32 << 20
)

// Trees is what syntax trees may take together at the most under a known limit.
func (l Limit) Trees() int64 { return max(l.Bytes/treesShare, leastTrees) }

// Heap is what Go's heap may take beside a model and syntax trees of so many bytes; 0 where no limit is known. Its collector would
// otherwise let garbage grow to as much again as is in use.
func (n Need) Heap(l Limit, trees int64) int64 {
	if l.Bytes == 0 {
		return 0
	}
	return max(l.Bytes-(n.Bytes()-margin)-trees-native, leastHeap)
}

// Check returns an error that wraps [ErrDoesNotFit], with the figures, where a model needs more than may be taken.
func Check(n Need, l Limit) error {
	if l.Bytes == 0 || n.Bytes() <= l.Bytes {
		return nil
	}
	return fmt.Errorf("%w: some %d MiB are needed (weights %d, KV cache %d, the rest %d), and %s allows %d", ErrDoesNotFit,
		mib(n.Bytes()), mib(n.Weights), mib(n.KV), mib(n.Bytes()-n.Weights-n.KV), l.From, mib(l.Bytes))
}

func mib(bytes int64) int64 { return bytes >> 20 }

// Find returns the limit of this process.
func Find() Limit { return find(os.DirFS("/")) }

// find looks below a root. What cannot be read, as on systems without it, limits nothing.
func find(root fs.FS) (least Limit) {
	take := func(bytes int64, ok bool, from string) {
		if ok && bytes > 0 && (least.Bytes == 0 || bytes < least.Bytes) {
			least = Limit{bytes, "/" + from}
		}
	}
	machine, ok := total(root)
	take(machine, ok, "proc/meminfo")
	for _, group := range groups(root) {
		// A group's own limit, and those of all groups that it lies in. In a container the path is often that of the
		// host, and the group's files lie at the top.
		for dir := group.path; ; dir = path.Dir(dir) {
			file := path.Join(group.root, dir, group.file)
			bytes, ok := number(root, file)
			take(bytes, ok, file)
			if dir == "/" || dir == "." {
				break
			}
		}
	}
	return least
}

// group is a control group that the process belongs to.
type group struct{ root, path, file string }

// groups reads /proc/self/cgroup: "0::/path" of version 2, "4:memory:/path" of version 1.
func groups(root fs.FS) (found []group) {
	data, err := fs.ReadFile(root, "proc/self/cgroup")
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(data)) {
		fields := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(fields) != 3 {
			continue
		}
		switch {
		case fields[0] == "0" && fields[1] == "":
			found = append(found, group{"sys/fs/cgroup", fields[2], "memory.max"})
		case strings.Contains(","+fields[1]+",", ",memory,"):
			found = append(found, group{"sys/fs/cgroup/memory", fields[2], "memory.limit_in_bytes"})
		}
	}
	return found
}

// number reads a limit; "max" is none.
func number(root fs.FS, file string) (int64, bool) {
	data, err := fs.ReadFile(root, file)
	if err != nil {
		return 0, false
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(data)), 10, 64)
	return n, err == nil
}

// total is the machine's memory.
func total(root fs.FS) (int64, bool) {
	file, err := root.Open("proc/meminfo")
	if err != nil {
		return 0, false
	}
	defer func() { _ = file.Close() }() // it was read
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if kib, ok := strings.CutPrefix(lines.Text(), "MemTotal:"); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(kib), "kB")), 10, 64)
			return n << 10, err == nil
		}
	}
	return 0, false
}
