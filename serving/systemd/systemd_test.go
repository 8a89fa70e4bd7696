package systemd

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// child is set for the process that plays the program under systemd.
const child = "INKLING_TEST_SYSTEMD_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(child) != "" {
		play()
		return
	}
	os.Exit(m.Run())
}

// play answers one connection of the socket that was handed over, and tells systemd.
func play() {
	l, err := Listener()
	if err != nil || l == nil {
		fmt.Println("listener:", l, err)
		return
	}
	if again, err := Listener(); again != nil || err != nil || os.Getenv("LISTEN_FDS") != "" {
		fmt.Println("a second listener:", again, err)
	}
	if err := Ready(); err != nil {
		fmt.Println(err)
	}
	conn, err := l.Accept()
	if err != nil {
		fmt.Println(err)
		return
	}
	_, _ = io.WriteString(conn, "served\n")
	_ = conn.Close()
	if err := Stopping(); err != nil {
		fmt.Println(err)
	}
}

// start runs the child with files, as systemd would.
func start(t *testing.T, environment []string, files ...*os.File) *exec.Cmd {
	t.Helper()
	c := exec.Command("/bin/sh", "-c", fmt.Sprintf("LISTEN_PID=$$ LISTEN_FDS=%d exec %q", len(files), os.Args[0]))
	c.Env = append(append(os.Environ(), child+"=1"), environment...)
	c.ExtraFiles = files
	return c
}

func listen(t *testing.T, network, address string) (net.Addr, *os.File) {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	f, err := l.(interface{ File() (*os.File, error) }).File()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return l.Addr(), f
}

func TestTheSocketIsTakenOverAndSystemdIsTold(t *testing.T) {
	address, file := listen(t, "tcp", "127.0.0.1:0")
	told, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: filepath.Join(t.TempDir(), "n"), Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer told.Close()
	conn, err := net.Dial("tcp", address.String()) // before the program is there: it waits in the socket
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	output, err := start(t, []string{"NOTIFY_SOCKET=" + told.LocalAddr().String()}, file).CombinedOutput()
	if err != nil || len(output) > 0 {
		t.Fatalf("%v: %s", err, output)
	}
	if line, err := bufio.NewReader(conn).ReadString('\n'); line != "served\n" {
		t.Errorf("%q, %v", line, err)
	}
	for _, want := range []string{"READY=1", "STOPPING=1"} {
		buffer := make([]byte, 64)
		n, err := told.Read(buffer)
		if got := string(buffer[:n]); err != nil || got != want {
			t.Errorf("%q, %v, want %s", got, err, want)
		}
	}
}

func TestSocketsThatCannotBeServedAreRefused(t *testing.T) {
	_, one := listen(t, "tcp", "127.0.0.1:0")
	_, two := listen(t, "tcp", "127.0.0.1:0")
	_, local := listen(t, "unix", filepath.Join(t.TempDir(), "s"))
	for want, files := range map[string][]*os.File{"there are 2": {one, two}, "no TCP address": {local}} {
		output, err := start(t, nil, files...).CombinedOutput()
		if err != nil || !strings.Contains(string(output), want) || !strings.Contains(string(output), ErrSockets.Error()) {
			t.Errorf("%v: %s", err, output)
		}
	}
}

func TestWithoutSystemdNothingIsDone(t *testing.T) {
	t.Setenv("LISTEN_FDS", "")
	t.Setenv("NOTIFY_SOCKET", "")
	if l, err := Listener(); l != nil || err != nil {
		t.Errorf("%v, %v", l, err)
	}
	if err := errors.Join(Ready(), Stopping()); err != nil {
		t.Error(err)
	}
	t.Setenv("NOTIFY_SOCKET", filepath.Join(t.TempDir(), "none"))
	if err := Ready(); err == nil {
		t.Error("a socket that is not there was told")
	}
}
