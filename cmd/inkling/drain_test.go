package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"

	"go.uber.org/zap"

	"inkling/stream/client"
	"inkling/stream/wire"
)

// instance is a server that a test ends by itself.
type instance struct {
	addr        string
	stop, hurry context.CancelFunc // as the first and the second signal do
	done        chan error
	client      *http.Client
	scheme      string
}

// begin starts a server with the default model and waits until it is ready.
func begin(t *testing.T, caller *http.Client, scheme string, args ...string) *instance {
	t.Helper()
	clean(t)
	p, err := parse(t, append([]string{"serve", "--workers", "2"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	i := &instance{addr: listener.Addr().String(), done: make(chan error, 1), client: caller, scheme: scheme}
	first, stop := context.WithCancel(context.Background())
	second, hurry := context.WithCancel(context.Background())
	i.stop, i.hurry = stop, hurry
	go func() {
		i.done <- p.Serve.serveUntil(first, second, p, place{early: listener}, zap.NewNop())
		close(i.done)
	}()
	t.Cleanup(func() {
		stop()
		hurry()
		<-i.done
	})
	i.await(t, http.StatusOK)
	return i
}

// await asks for readiness until it is as wanted.
func (i *instance) await(t *testing.T, want int) {
	t.Helper()
	for {
		select {
		case err := <-i.done:
			t.Fatalf("the server ended: %v", err)
		default:
		}
		if status, _ := i.get(t, "/health/ready"); status == want {
			return
		}
	}
}

func (i *instance) get(t *testing.T, path string) (status int, proto string) {
	t.Helper()
	response, err := i.client.Get(i.scheme + "://" + i.addr + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode, response.Proto
}

// session opens a session with one document.
func (i *instance) session(t *testing.T) *client.Client {
	t.Helper()
	c, err := client.Dial(t.Context(), i.scheme+"://"+i.addr+"/api/v1/stream", client.Options{DialOptions: client.DialOptions{HTTPClient: i.client}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // the server closes some of them first
	if _, err := c.Initialize(t.Context(), wire.InitializeParams{}); err != nil {
		t.Fatal(err)
	}
	if err := c.Open(t.Context(), wire.DocumentItem{URI: "file:///a.py", LanguageID: "python", Version: 1, Text: "def fibonacci(n):\n    "}); err != nil {
		t.Fatal(err)
	}
	return c
}

var fibonacci = wire.CompleteParams{TextDocument: wire.DocumentID{URI: "file:///a.py"}, Position: wire.Position{Line: 1, Character: 4},
	Context: wire.CompleteContext{TriggerKind: wire.TriggerInvoked}, Inkling: wire.CompleteOptions{MaxTokens: 100}}

func TestAnEndingServerFinishesWhatRunsAndSendsSessionsElsewhere(t *testing.T) {
	i := begin(t, http.DefaultClient, "http", "--drain-timeout", "10m")
	idle, busy := i.session(t), i.session(t)
	var list *wire.CompletionList
	deltas := 0
	for step, err := range busy.Complete(t.Context(), fibonacci) {
		if err != nil {
			t.Fatal(err)
		}
		if step.Delta != nil {
			if deltas++; deltas == 1 {
				i.stop()
				<-idle.Done() // told while the other still computes
			}
		}
		list = step.List
	}
	if list == nil || len(list.Items) == 0 {
		t.Errorf("the running generation gave %+v", list)
	}
	<-busy.Done()
	for name, c := range map[string]*client.Client{"idle": idle, "busy": busy} {
		if code := client.CloseCode(c.Err()); code != wire.CloseRestarting {
			t.Errorf("the %s session ended with %d, %v", name, code, c.Err())
		}
	}
	if err := <-i.done; err != nil {
		t.Errorf("the server ended with %v", err)
	}
}

func TestReadinessTurnsAtOnceAndASecondSignalEndsTheWaiting(t *testing.T) {
	i := begin(t, http.DefaultClient, "http", "--drain-delay", "1h")
	c := i.session(t)
	i.stop()
	i.await(t, http.StatusServiceUnavailable)
	if status, _ := i.get(t, "/health/live"); status != http.StatusOK {
		t.Errorf("liveness turned too: %d", status)
	}
	served := false
	for step, err := range c.Complete(t.Context(), fibonacci) {
		if err != nil {
			t.Fatal(err)
		}
		served = step.List != nil
	}
	if !served {
		t.Error("the session was not served during the delay")
	}
	i.hurry()
	if err := <-i.done; !errors.Is(err, errHurried) {
		t.Errorf("the server ended with %v", err)
	}
	<-c.Done()
}
