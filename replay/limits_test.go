package replay

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"inkling/contexts"
	"inkling/stream/client"
)

// message is one of an OpenAI stream whose line takes size bytes, its end included.
func message(size int) string {
	const before, after = `data: {"choices":[{"text":"`, `","finish_reason":"length"}]}` + "\n"
	return before + strings.Repeat("x", size-len(before)-len(after)) + after
}

func TestAMessageOfAnAnswerHasALimit(t *testing.T) {
	for size, says := range map[int]string{1 << 20: "", 1<<20 + 1: "a message is longer than 1048576 bytes"} {
		for contentType, body := range map[string]string{
			"text/event-stream": message(size) + "\n",
			"application/json":  strings.TrimPrefix(message(size+len("data: ")), "data: "),
		} {
			a, err := oneAnswer(t, openAIPeer, contentType, body)
			if says != "" {
				mustContain(t, err, says)
			} else if err != nil || a.Whole == 0 {
				t.Errorf("%s of %d bytes: %v", contentType, size, err)
			}
		}
	}
}

func TestOnlySoMuchOfARefusalIsRead(t *testing.T) {
	for size, whole := range map[int]bool{64 << 10: true, 64<<10 + 1: false} {
		synctest.Test(t, func(t *testing.T) {
			s := serve(t, func(_ *fakeServer, _ int, w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = fmt.Fprintf(w, "%-*s}", size-1, `{"no":1`) // what is cut is no JSON, and is told as it came
			})
			_, err := press1(t, t.Context(), s.sit(t, openAIPeer(s.URL)))
			if mustContain(t, err, `{"no":1`); err != nil && strings.HasSuffix(err.Error(), `{"no":1}`) != whole {
				t.Errorf("%d bytes: %v", size, err)
			}
		})
	}
}

func TestALongErrorIsCut(t *testing.T) {
	longest := strings.Repeat("x", 500)
	for text, want := range map[string]string{longest: longest, longest + "x": longest + "..."} {
		if got := newHTTPPeer("", openAI{}).presentable(errors.New(text)); got.Error() != want {
			t.Errorf("of %d bytes %d are told", len(text), len(got.Error()))
		}
	}
}

func TestAnAnswerIsWaitedForOnlySoLong(t *testing.T) {
	for takes, arrives := range map[time.Duration]bool{30*time.Second - 1: true, 30*time.Second + 1: false} {
		synctest.Test(t, func(t *testing.T) {
			started := time.Now()
			r, err := Run(t.Context(), scripted{func(ctx context.Context, _ int, _ Key) (Answer, error) {
				select {
				case <-time.After(takes):
					return Answer{Text: "x", Whole: takes}, nil
				case <-ctx.Done():
					return Answer{}, nil
				}
			}}, []Trace{testTrace(t, 1)}, Options{MaxKeys: 1})
			if err != nil {
				t.Fatal(err)
			}
			if took := time.Since(started); took != min(takes, 30*time.Second) || (r.Shown == 1) != arrives {
				t.Errorf("an answer after %v: left after %v, %d shown", takes, took, r.Shown)
			}
		})
	}
}

func TestLargeFilesAreNoTraces(t *testing.T) {
	folder := t.TempDir()
	for name, size := range map[string]int{"at.go": 200_000, "beyond.go": 200_001} {
		if err := os.WriteFile(filepath.Join(folder, name), make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := sources(folder); err != nil || fmt.Sprint(found) != "map[go:[at.go]]" {
		t.Errorf("%v, %v", found, err)
	}
}

func TestOnlySoManyFilesBecomeTraces(t *testing.T) {
	folder := t.TempDir()
	first := filepath.Join(folder, "0.go")
	if err := os.WriteFile(first, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range 10_000 {
		if i == 9_999 {
			if found, err := sources(folder); err != nil || len(found["go"]) != 10_000 {
				t.Errorf("%d of 10000 files, %v", len(found["go"]), err)
			}
		}
		if err := os.Link(first, filepath.Join(folder, fmt.Sprint(i+1, ".go"))); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := sources(folder); err != nil || len(found["go"]) != 10_000 {
		t.Errorf("%d of 10001 files, %v", len(found["go"]), err)
	}
}

func TestALongHoleIsNotCut(t *testing.T) {
	for size, want := range map[int]bool{1_500: true, 1_501: false} {
		if _, ok := cut([]string{strings.Repeat("x", size)}, make([]bool, 1), 0, 1); ok != want {
			t.Errorf("%d bytes: %v", size, ok)
		}
	}
}

// chatty is a connection whose server answers the first request with so many deltas, and the list.
type chatty struct {
	asked  chan struct{}
	deltas int
	read   int
}

// Write implements [client.Conn].
func (c *chatty) Write(context.Context, []byte) error { close(c.asked); return nil }

// Close implements [client.Conn].
func (c *chatty) Close() error { return nil }

// Read implements [client.Conn].
func (c *chatty) Read(ctx context.Context) ([]byte, error) {
	<-c.asked
	switch c.read++; {
	case c.read <= c.deltas:
		return []byte(`{"jsonrpc":"2.0","method":"$/progress","params":{"token":1,"value":{"kind":"delta","item":0,"text":"x"}}}`), nil
	case c.read == c.deltas+1:
		return []byte(`{"jsonrpc":"2.0","id":1,"result":{"items":[]}}`), nil
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestOnlySoManyStepsAreKeptUnread(t *testing.T) {
	for deltas, whole := range map[int]bool{1_023: true, 1_024: false} {
		d := &inklingDesk{client: client.New(&chatty{asked: make(chan struct{}), deltas: deltas}, client.Options{}), ctx: t.Context()}
		steps := d.ask(contexts.Position{})
		d.running.Wait()
		n, last := 0, step{}
		for s := range steps {
			n, last = n+1, s
		}
		if n != 1_024 || last.err != nil || (last.List != nil) != whole {
			t.Errorf("%d deltas: %d steps, the last %+v", deltas, n, last)
		}
		if err := d.client.Close(); err != nil {
			t.Error(err)
		}
	}
}
