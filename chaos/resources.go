package chaos

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

var (
	_ = register(Scenario{Name: "disk-full", Run: diskFull,
		About: "the disk is full while a model is imported: an error that says so, nothing half-written is used; with room it starts"})
	_ = register(Scenario{Name: "bad-model", Short: true, Run: badModel,
		About: "a model file that is cut short, empty or noise: an error in words, no crash"})
	_ = register(Scenario{Name: "descriptors", Run: descriptors,
		About: "the server may have 64 descriptors and 150 clients come: those inside type on, and new ones come in when others left"})
	_ = register(Scenario{Name: "memory-limit", Run: memoryLimit,
		About: "GOMEMLIMIT below what is needed: slower, and whole"})
	_ = register(Scenario{Name: "cgroup", Run: cgroup,
		About: "a control group with 700 MB, typists and 20 MB of documents: the kernel does not end the server"})
)

// diskFull imports into a small file system of its own.
func diskFull(t *T) error {
	disk := filepath.Join(t.Dir, "disk")
	if err := os.Mkdir(disk, 0o700); err != nil {
		return err
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, fmt.Sprintf("size=%dm", 20+t.Rand.IntN(100))); err != nil {
		return Skip("a small file system cannot be mounted: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) }) // nothing is lost with it
	for _, name := range []string{"lib", "models"} {
		if err := os.Symlink(filepath.Join(t.machine.home, name), filepath.Join(disk, name)); err != nil {
			return err
		}
	}
	s, err := t.Start(ServerConfig{Home: disk, Args: []string{"--precision", "fp32"}})
	if err == nil {
		return errors.New("a model of 500 MB was imported to a disk that is smaller")
	}
	<-s.ended
	if code := s.process.ProcessState.ExitCode(); code != 1 || !s.Says("no space left on device") {
		return fmt.Errorf("the server ended with %d: %s", code, s.LogTail(2))
	}
	left, err := size(filepath.Join(disk, "cache"))
	if err != nil {
		return err
	}
	t.Note("%d kB are left of the import", left>>10)
	if left > 1<<20 {
		return fmt.Errorf("%d bytes are left of an import that failed", left)
	}
	if err := syscall.Mount("tmpfs", disk, "tmpfs", syscall.MS_REMOUNT, "size=900m"); err != nil {
		return err
	}
	if s, err = t.StartBased(ServerConfig{Home: disk, Args: []string{"--precision", "fp32"}}); err != nil {
		return fmt.Errorf("with room: %w", err)
	}
	all, err := t.Seat(s, 2, SitOptions{})
	if err != nil {
		return err
	}
	return t.Finish(s, all...)
}

// size is what the files below a folder take.
func size(folder string) (int64, error) {
	var sum int64
	err := filepath.WalkDir(folder, func(_ string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			sum += info.Size()
		}
		return err
	})
	if errors.Is(err, os.ErrNotExist) {
		err = nil
	}
	return sum, err
}

func badModel(t *T) error {
	found, err := filepath.Glob(filepath.Join(t.machine.home, "models", "*.gguf"))
	if err != nil || len(found) == 0 {
		return Skip("there is no .gguf to spoil")
	}
	whole, err := os.ReadFile(found[0])
	if err != nil {
		return err
	}
	noise := make([]byte, 4096)
	for i := range noise {
		noise[i] = byte(t.Rand.Uint32())
	}
	flipped := append([]byte{}, whole[:1<<20]...)
	for range 100 {
		flipped[t.Rand.IntN(4096)] ^= byte(1 + t.Rand.IntN(255))
	}
	for name, data := range map[string][]byte{"empty": nil, "noise": noise, "header": whole[:t.Rand.IntN(1000)], "half": whole[:len(whole)/2],
		"flipped": flipped} {
		home, err := os.MkdirTemp(t.Dir, name)
		if err != nil {
			return err
		}
		if err := os.Symlink(filepath.Join(t.machine.home, "lib"), filepath.Join(home, "lib")); err != nil {
			return err
		}
		path := filepath.Join(home, name+".gguf")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			return err
		}
		s, err := t.Start(ServerConfig{Home: home, Env: []string{"MODEL_PATH=" + path}})
		if err == nil {
			return fmt.Errorf("%s: the server took it for a model", name)
		}
		<-s.ended
		if code := s.process.ProcessState.ExitCode(); code != 1 {
			return fmt.Errorf("%s: the server ended with %d: %s", name, code, s.LogTail(2))
		}
	}
	return nil
}

func descriptors(t *T) error {
	s, err := t.StartBased(ServerConfig{Prefix: []string{"prlimit", "--nofile=64:64"}})
	if err != nil {
		return err
	}
	all, err := t.Seat(s, 8, SitOptions{})
	if err != nil {
		return err
	}
	var crowd []*Tap
	for range 150 { // they connect, in the kernel, and say nothing
		tap, err := dialTap(t.Ctx, s.Addr)
		if err != nil {
			return err
		}
		crowd = append(crowd, tap)
	}
	if err := t.typed(all, "crowded"); err != nil {
		return err
	}
	for _, p := range all {
		if err := p.Check(t.Ctx); err != nil {
			return err
		}
	}
	for _, tap := range crowd {
		tap.Break()
	}
	late, err := t.Seat(s, 2, SitOptions{})
	if err != nil {
		return fmt.Errorf("after the crowd has left: %w", err)
	}
	return t.Finish(s, append(all, late...)...)
}

func memoryLimit(t *T) error {
	s, err := t.StartBased(ServerConfig{Env: []string{"GOMEMLIMIT=48MiB"}})
	if err != nil {
		return err
	}
	all, err := t.Seat(s, 4, SitOptions{})
	if err != nil {
		return err
	}
	line := "    total = total + item.price * 1.19  # gross\n"
	for i, p := range all {
		if err := p.Open(NewMirror("file:///large.py", "python", strings.Repeat(line, (200_000+i*50_000)/len(line)))); err != nil {
			return err
		}
		if err := p.Scribble(t.Rand, "file:///large.py", 5); err != nil {
			return err
		}
		a, err := p.Ask("file:///large.py", len(p.Docs["file:///large.py"].Text)/2, short)
		if err != nil {
			return err
		}
		if _, err := a.Outcome(t.Ctx); err != nil {
			return err
		}
	}
	return t.Finish(s, all...)
}

// cgroup runs the server in a control group of its own: version 2 where it is mounted, else 1. How much KV it keeps is
// said, since its default hangs on the machine's memory, and the server refuses to start with more than the group allows.
func cgroup(t *T) error {
	const limit, kv = 700 << 20, 192 << 20
	group, err := t.group(limit)
	if err != nil {
		return err
	}
	if _, err := exec.LookPath("sh"); err != nil {
		return Skip("there is no shell")
	}
	enter := fmt.Sprintf(`echo $$ > %s/cgroup.procs && exec "$@"`, group)
	s, err := t.StartBased(ServerConfig{Prefix: []string{"sh", "-c", enter, "sh"}, Env: []string{fmt.Sprintf("KV_BYTES=%d", kv)}})
	if err != nil {
		return err
	}
	if inside, err := os.ReadFile(filepath.Join(group, "cgroup.procs")); err != nil || !strings.Contains(string(inside), strconv.Itoa(s.PID())) {
		return fmt.Errorf("the server is not in its control group: %q, %w", inside, err)
	}
	all, err := t.Seat(s, 6, SitOptions{})
	if err != nil {
		return err
	}
	line := "    total = total + item.price * 1.19  # gross\n"
	for i := range 10 {
		p := all[i%len(all)]
		if err := p.Open(NewMirror(fmt.Sprintf("file:///large%d.py", i), "python", strings.Repeat(line, 2_000_000/len(line)))); err != nil {
			return err
		}
	}
	for _, p := range all {
		if err := p.Check(t.Ctx); err != nil {
			return err
		}
	}
	sum, err := t.typing(all[:3], t.along)
	if err != nil {
		return err
	}
	resident, err := s.Resident()
	if err != nil {
		return err
	}
	t.Note("%d MB resident of %d, %v", resident>>20, limit>>20, sum)
	if err := t.Finish(s, all...); err != nil {
		return err
	}
	s.Kill()
	return nil
}

// group makes a control group with so many bytes of memory: of version 1 where that is mounted, else 2.
func (t *T) group(bytes int) (string, error) {
	for _, v := range []struct{ root, file string }{{"/sys/fs/cgroup/memory", "memory.limit_in_bytes"}, {"/sys/fs/cgroup", "memory.max"}} {
		if _, err := os.Stat(filepath.Join(v.root, "cgroup.procs")); err != nil {
			continue
		}
		path := filepath.Join(v.root, fmt.Sprintf("inkling-chaos-%d", os.Getpid()))
		if os.Mkdir(path, 0o755) != nil {
			continue
		}
		t.Cleanup(func() { _ = os.Remove(path) }) // it is empty: the server has been killed before
		limit, err := os.OpenFile(filepath.Join(path, v.file), os.O_WRONLY, 0)
		if err != nil {
			continue
		}
		_, err = limit.WriteString(strconv.Itoa(bytes))
		if errors.Join(err, limit.Close()) == nil {
			return path, nil
		}
	}
	return "", Skip("no control group can be made")
}
