package memory

import (
	"errors"
	"strings"
	"testing"
	"testing/fstest"
)

func files(all map[string]string) fstest.MapFS {
	root := fstest.MapFS{}
	for name, text := range all {
		root[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return root
}

const meminfo = "MemTotal:       16384000 kB\nMemFree:         1 kB\n"

func TestTheLeastLimitCounts(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		bytes int64
		from  string
	}{
		"nothing is known": {nil, 0, ""},
		"the machine":      {map[string]string{"proc/meminfo": meminfo}, 16384000 << 10, "/proc/meminfo"},
		"no limit in version 2": {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a.slice\n",
			"sys/fs/cgroup/a.slice/memory.max": "max\n"}, 16384000 << 10, "/proc/meminfo"},
		"version 2": {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/a.slice/b.service\n",
			"sys/fs/cgroup/a.slice/b.service/memory.max": "1048576\n"}, 1 << 20, "/sys/fs/cgroup/a.slice/b.service/memory.max"},
		"a group around it": {map[string]string{"proc/self/cgroup": "0::/a.slice/b.service\n", "sys/fs/cgroup/a.slice/memory.max": "4096\n",
			"sys/fs/cgroup/a.slice/b.service/memory.max": "1048576\n"}, 4096, "/sys/fs/cgroup/a.slice/memory.max"},
		"a container": {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "0::/../../pod/x\n",
			"sys/fs/cgroup/memory.max": "2097152\n"}, 2 << 20, "/sys/fs/cgroup/memory.max"},
		"version 1": {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "9:cpu:/x\n4:hugetlb,memory:/y\n",
			"sys/fs/cgroup/memory/y/memory.limit_in_bytes": "3145728"}, 3 << 20, "/sys/fs/cgroup/memory/y/memory.limit_in_bytes"},
		"version 1 without a limit": {map[string]string{"proc/meminfo": meminfo, "proc/self/cgroup": "4:memory:/\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712"}, 16384000 << 10, "/proc/meminfo"},
		"rubbish": {map[string]string{"proc/meminfo": "MemTotal: x\n", "proc/self/cgroup": "rubbish"}, 0, ""},
	} {
		if l := find(files(c.files)); l != (Limit{c.bytes, c.from}) {
			t.Errorf("%s: %+v", name, l)
		}
	}
}

func TestAModelThatDoesNotFitIsRefusedWithFigures(t *testing.T) {
	need := Need{Weights: 190 << 20, KV: 384 << 20}
	if measured := int64(841 << 20); need.Bytes() < measured || need.Bytes() > measured*6/5 {
		t.Errorf("the default model is estimated at %d MiB, and takes %d", mib(need.Bytes()), mib(measured))
	}
	for bytes, fits := range map[int64]bool{0: true, need.Bytes(): true, need.Bytes() - 1: false, 1 << 20: false} {
		err := Check(need, Limit{bytes, "/x/memory.max"})
		if (err == nil) != fits || err != nil && (!errors.Is(err, ErrDoesNotFit) || !strings.Contains(err.Error(), "/x/memory.max allows")) {
			t.Errorf("%d bytes: %v", bytes, err)
		}
	}
}

func TestThisMachineHasALimit(t *testing.T) {
	if l := Find(); l.Bytes < 64<<20 || l.From == "" {
		t.Errorf("%+v", l)
	}
}

func TestALimitIsSharedBetweenModelTreesAndHeap(t *testing.T) {
	need := Need{Weights: 190 << 20, KV: 256 << 20}
	model := need.KV + need.Weights/100*weightsPercent
	for _, c := range []struct{ limit, trees, heap int64 }{
		{200 << 20, leastTrees, leastHeap}, // it does not fit, which Check says
		{700 << 20, 700 << 20 / 8, 700<<20 - model - 700<<20/8 - native},
		{8 << 30, 1 << 30, 8<<30 - model - 1<<30 - native},
	} {
		l := Limit{Bytes: c.limit}
		if trees, heap := l.Trees(), need.Heap(l, c.trees); trees != c.trees || heap != c.heap {
			t.Errorf("%d MiB: trees %d, heap %d; want %d and %d", mib(c.limit), trees, heap, c.trees, c.heap)
		}
	}
	if heap := need.Heap(Limit{}, 1<<20); heap != 0 {
		t.Errorf("no limit is known, and the heap's is %d", heap)
	}
}
