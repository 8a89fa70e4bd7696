package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"inkling/stream/wire"
)

// errLost is returned for a request whose connection ended before its answer.
var errLost = errors.New("the connection ended before the answer")

// Ask is a request that was sent.
type Ask struct {
	ID      int64
	uri     string // of the document that a suggestion was asked for; "" for other requests
	version int32
	at      wire.Position
	old     int64 // the last request before the document was edited, opened again or closed; 0: not yet. Guarded by the typist's mutex

	sent   time.Time
	first  time.Time // when the first delta came
	last   time.Time // when the last one came
	gaps   []float64 // ms between deltas
	ended  time.Time
	deltas map[int]*strings.Builder
	final  *wire.Message
	lost   bool
	done   chan struct{} // closed when the fields above are final
}

// begin sends a request.
func (p *Typist) begin(uri, method string, params func(wire.ID) any) (*Ask, error) {
	p.mu.Lock()
	p.lastID++
	a := &Ask{ID: p.lastID, uri: uri, sent: time.Now(), done: make(chan struct{}), deltas: map[int]*strings.Builder{}}
	err := p.err
	if err == nil {
		p.asks[a.ID] = a
	}
	p.mu.Unlock()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errLost, err)
	}
	return a, p.send(wire.Request(wire.IntID(a.ID), method, params(wire.IntID(a.ID))))
}

// Ask asks for a suggestion at a byte offset, and does not wait.
func (p *Typist) Ask(uri string, offset int, o wire.CompleteOptions) (*Ask, error) {
	m := p.Docs[uri]
	at := m.Position(offset, p.Encoding)
	p.age(uri)
	p.mu.Lock()
	p.lastID++
	id := wire.IntID(p.lastID)
	a := &Ask{ID: p.lastID, uri: uri, version: m.Version, at: at, sent: time.Now(), done: make(chan struct{}), deltas: map[int]*strings.Builder{}}
	err := p.err
	if err == nil {
		p.asks[a.ID] = a
	}
	p.mu.Unlock()
	if err != nil {
		return nil, fmt.Errorf("%w: %w", errLost, err)
	}
	o.StreamToken = &id
	return a, p.send(wire.Request(id, wire.MethodComplete, wire.CompleteParams{TextDocument: wire.DocumentID{URI: uri},
		Position: at, Context: wire.CompleteContext{TriggerKind: wire.TriggerInvoked}, Inkling: o}))
}

// Complete asks for a suggestion and waits for the list.
func (p *Typist) Complete(ctx context.Context, uri string, offset int) (*wire.CompletionList, error) {
	a, err := p.Ask(uri, offset, wire.CompleteOptions{MaxTokens: 12})
	if err != nil {
		return nil, err
	}
	return a.List(ctx)
}

// wait waits for the answer; an error of the server's is a *wire.Error.
func (a *Ask) wait(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 2*patience) // the server itself gives a suggestion up after a minute
	defer cancel()
	select {
	case <-a.done:
	case <-ctx.Done():
		return fmt.Errorf("no answer to request %d: %w", a.ID, ctx.Err())
	}
	switch {
	case a.lost:
		return errLost
	case a.final.Error != nil:
		return a.final.Error
	}
	return nil
}

// List waits for the list of suggestions.
func (a *Ask) List(ctx context.Context) (*wire.CompletionList, error) {
	if err := a.wait(ctx); err != nil {
		return nil, err
	}
	list := &wire.CompletionList{}
	return list, json.Unmarshal(a.final.Result, list)
}

// Outcome says in a word how it ended: "list", "quota" for a list that is empty for it, a reason of the protocol's, or "lost".
func (a *Ask) Outcome(ctx context.Context) (string, error) {
	err := a.wait(ctx)
	var told *wire.Error
	switch {
	case err == nil:
		var list wire.CompletionList
		if err := json.Unmarshal(a.final.Result, &list); err != nil {
			return "", err
		}
		if list.Inkling.Why == "quota" {
			return "quota", nil
		}
		return "list", nil
	case errors.Is(err, errLost):
		return "lost", nil
	case errors.As(err, &told) && told.Data != nil && told.Data.Reason != "":
		return told.Data.Reason, nil
	}
	return "", err
}

// Begun says whether a delta of it has come.
func (p *Typist) Begun(a *Ask) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !a.first.IsZero()
}

// Answered says whether the answer has come.
func (a *Ask) Answered() bool {
	select {
	case <-a.done:
		return !a.lost
	default:
		return false
	}
}

// Cancel takes a request back.
func (p *Typist) Cancel(a *Ask) error {
	return p.notify(wire.MethodCancel, wire.CancelParams{ID: wire.IntID(a.ID)})
}

// age makes the requests for a document old: the server must answer them before all that comes after.
func (p *Typist) age(uri string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, a := range p.asks {
		if a.uri == uri && a.old == 0 {
			a.old = p.lastID
		}
	}
}
