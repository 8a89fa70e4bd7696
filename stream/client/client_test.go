package client_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"inkling/infer"
	"inkling/stream"
	"inkling/stream/client"
	"inkling/stream/internal/scripted"
	"inkling/stream/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is how long a test waits for what must come.
const patience = 10 * time.Second

// connect starts a server and opens a session with one document.
func connect(t *testing.T, model *scripted.Model, o client.Options) (context.Context, *client.Client, *stream.Server) {
	t.Helper()
	server, err := stream.New(stream.Config{Generator: model, Builder: &scripted.Prompts{},
		Model: func() infer.Model { return infer.Model{Name: "scripted"} }})
	if err != nil {
		t.Fatal(err)
	}
	http := httptest.NewServer(server)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(func() {
		if err := server.Close(ctx); err != nil {
			t.Errorf("closing the server: %v", err)
		}
		http.Close()
		cancel()
		if n := model.Running(); n != 0 {
			t.Errorf("%d generations are left", n)
		}
	})
	c, err := client.Dial(ctx, http.URL, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() }) // closed by the server in some tests
	result, err := c.Initialize(ctx, wire.InitializeParams{})
	if err != nil || result.Capabilities.Experimental.Inkling.Model.Name != "scripted" {
		t.Fatalf("initialize: %+v, %v", result, err)
	}
	if err := c.Open(ctx, wire.DocumentItem{URI: "file:///a.go", LanguageID: "go", Version: 1, Text: "a := "}); err != nil {
		t.Fatal(err)
	}
	return ctx, c, server
}

func at(character uint32) wire.CompleteParams {
	return wire.CompleteParams{TextDocument: wire.DocumentID{URI: "file:///a.go"}, Position: wire.Position{Character: character},
		Context: wire.CompleteContext{TriggerKind: wire.TriggerAutomatic}}
}

func TestDeltasComeFirstAndTheListLast(t *testing.T) {
	model := &scripted.Model{Answer: func(r *scripted.Run) {
		r.Say(0, "b", -1)
		r.Say(0, " + c", -1)
		r.End(0, infer.StopEnd, nil)
	}}
	ctx, c, _ := connect(t, model, client.Options{})
	var texts []string
	var list *wire.CompletionList
	for step, err := range c.Complete(ctx, at(5)) {
		switch {
		case err != nil:
			t.Fatal(err)
		case step.Delta != nil:
			texts = append(texts, step.Delta.Text)
		default:
			list = step.List
		}
	}
	if !slices.Equal(texts, []string{"b", " + c"}) || list == nil || list.Items[0].InsertText != "b + c" {
		t.Errorf("deltas %q, list %+v", texts, list)
	}
	if sent, received := c.Bytes(); sent < 300 || received < 300 {
		t.Errorf("%d bytes sent, %d received", sent, received)
	}
}

func TestLeavingTheLoopEndsTheGeneration(t *testing.T) {
	model := &scripted.Model{}
	ctx, c, _ := connect(t, model, client.Options{})
	steps := make(chan struct{})
	go func() {
		defer close(steps)
		for range c.Complete(ctx, at(5)) {
			break
		}
	}()
	run := model.Next(ctx)
	run.Say(0, "b", -1)
	<-steps
	select {
	case <-run.Ended():
	case <-ctx.Done():
		t.Fatal("the generation still runs")
	}
}

func TestEndingTheContextEndsTheGeneration(t *testing.T) {
	model := &scripted.Model{}
	ctx, c, _ := connect(t, model, client.Options{})
	asking, cancel := context.WithCancel(ctx)
	failed := make(chan error)
	go func() {
		for _, err := range c.Complete(asking, at(5)) {
			failed <- err
		}
	}()
	run := model.Next(ctx)
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("the loop ended with %v", err)
	}
	select {
	case <-run.Ended():
	case <-ctx.Done():
		t.Fatal("the generation still runs")
	}
}

func TestANewerEditIsAnErrorWithItsCode(t *testing.T) {
	model := &scripted.Model{}
	ctx, c, _ := connect(t, model, client.Options{})
	failed := make(chan error)
	go func() {
		for _, err := range c.Complete(ctx, at(5)) {
			failed <- err
		}
	}()
	model.Next(ctx)
	end := wire.Position{Character: 5}
	if err := c.Change(ctx, "file:///a.go", 2, wire.Change{Range: &wire.Range{Start: end, End: end}, Text: "x"}); err != nil {
		t.Fatal(err)
	}
	var e *wire.Error
	if err := <-failed; !errors.As(err, &e) || e.Code != wire.CodeContentModified {
		t.Errorf("the loop ended with %v", err)
	}
}

func TestAnEditThatDoesNotFitIsTold(t *testing.T) {
	resync := make(chan string, 1)
	ctx, c, _ := connect(t, &scripted.Model{}, client.Options{Resync: func(uri string) { resync <- uri }})
	if err := c.Change(ctx, "file:///a.go", 1); err != nil {
		t.Fatal(err)
	}
	select {
	case uri := <-resync:
		if uri != "file:///a.go" {
			t.Errorf("resync of %s", uri)
		}
	case <-ctx.Done():
		t.Fatal("no resync")
	}
}

func TestTheEndOfTheServerEndsWhatRuns(t *testing.T) {
	model := &scripted.Model{}
	ctx, c, server := connect(t, model, client.Options{})
	failed := make(chan error)
	go func() {
		for _, err := range c.Complete(ctx, at(5)) {
			failed <- err
		}
	}()
	model.Next(ctx)
	if !server.End(server.Sessions()[0].ID) {
		t.Fatal("there is no session")
	}
	err := <-failed
	if !errors.Is(err, client.ErrClosed) || client.CloseCode(err) != wire.CloseEnded || !wire.Final(client.CloseCode(err)) {
		t.Errorf("the loop ended with %v", err)
	}
	<-c.Done()
	if err := c.Notify(ctx, "x", nil); !errors.Is(err, client.ErrClosed) {
		t.Errorf("a notification after the end: %v", err)
	}
}

func TestAServerThatIsNotThereIsAnError(t *testing.T) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if c, err := client.Dial(ctx, "ws://127.0.0.1:1/api/v1/stream", client.Options{}); err == nil {
		t.Errorf("connected: %v", c)
	}
	http := httptest.NewServer(nil)
	defer http.Close()
	if _, err := client.Dial(ctx, http.URL, client.Options{}); !errors.Is(err, client.ErrRefused) {
		t.Errorf("a server without sessions: %v", err)
	}
}

func TestAServerThatEndsIsAwayAndRefusesNothing(t *testing.T) {
	ctx, _, server := connect(t, &scripted.Model{}, client.Options{})
	if err := server.Close(ctx); err != nil {
		t.Fatal(err)
	}
	http := httptest.NewServer(server)
	defer http.Close()
	if _, err := client.Dial(ctx, http.URL, client.Options{}); !errors.Is(err, client.ErrAway) || errors.Is(err, client.ErrRefused) {
		t.Errorf("a server that ends: %v", err)
	}
}
