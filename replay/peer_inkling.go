package replay

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"inkling/contexts"
	"inkling/stream/client"
	"inkling/stream/wire"
)

// Inkling is our own server, driven over its session protocol: the document is opened once, keys travel as edits, and a
// newer edit ends what the older one asked for.
type Inkling struct {
	URL   string // such as ws://127.0.0.1:8000/api/v1/stream
	Label string
	Token string // an API key; may be empty
}

// Name implements [Peer].
func (p *Inkling) Name() string { return p.Label }

// Sit implements [Peer].
func (p *Inkling) Sit(ctx context.Context, t *Trace) (Desk, error) {
	d := &inklingDesk{uri: "file:///" + t.Path, doc: contexts.NewDocument("", t.Language, 1, t.Text), version: 1, resynced: make(chan struct{})}
	var err error
	d.client, err = client.Dial(ctx, p.URL, client.Options{Resync: func(string) { d.once.Do(func() { close(d.resynced) }) }})
	if err != nil {
		return nil, err
	}
	_, err = d.client.Initialize(ctx, wire.InitializeParams{
		Capabilities: capabilities(),
		Options:      wire.InitializeOptions{Inkling: wire.InklingInitialize{Token: p.Token}},
	})
	if err == nil {
		err = d.client.Open(ctx, wire.DocumentItem{URI: d.uri, LanguageID: t.Language, Version: 1, Text: t.Text})
	}
	if err != nil {
		return nil, errors.Join(err, d.client.Close())
	}
	d.ctx, d.cancel = context.WithCancel(context.Background())
	return d, nil
}

// inklingDesk is one session with one document.
type inklingDesk struct {
	client  *client.Client
	uri     string
	doc     *contexts.Document
	version int32
	ctx     context.Context // of the requests: they outlive the keys, as in an editor
	cancel  context.CancelFunc
	running sync.WaitGroup // one for each request that is not answered yet

	once     sync.Once
	resynced chan struct{} // closed when the server lost the document: then the run is worth nothing
}

// Close implements [Desk].
func (d *inklingDesk) Close() error {
	d.cancel()
	d.running.Wait()
	d.doc.Close()
	return d.client.Close()
}

// Press implements [Desk].
func (d *inklingDesk) Press(ctx context.Context, k Key) (a Answer, err error) {
	started := time.Now()
	before, _ := d.client.Bytes()
	defer func() {
		after, _ := d.client.Bytes()
		a.BytesSent = int(after - before)
	}()
	edit := contexts.Change{Text: k.Insert, Range: &contexts.Range{
		Start: d.doc.Position(k.At, contexts.UTF8), End: d.doc.Position(k.At+k.Delete, contexts.UTF8)}}
	d.version++
	if err := d.doc.Apply(d.version, []contexts.Change{edit}, contexts.UTF8); err != nil {
		return a, err
	}
	if err := d.client.Change(d.ctx, d.uri, d.version, edit); err != nil {
		return a, err
	}
	steps := d.ask(d.doc.Position(k.Cursor(), contexts.UTF8))
	for {
		select {
		case s, more := <-steps:
			if !more {
				return a, nil
			}
			if s.err != nil {
				return a, a.failed(s.err)
			}
			a.take(s.Step, time.Since(started))
		case <-ctx.Done():
			return a, nil
		case <-d.resynced:
			return a, errors.New("the server asked for the document again")
		}
	}
}

// step is one of the client's, or how it ended.
type step struct {
	client.Step
	err error
}

// ask requests a suggestion. The channel is read as long as somebody waits; the request goes on after that.
func (d *inklingDesk) ask(at contexts.Position) <-chan step {
	steps := make(chan step, maxSteps)
	d.running.Add(1)
	go func() {
		defer d.running.Done()
		defer close(steps)
		p := wire.CompleteParams{
			TextDocument: wire.DocumentID{URI: d.uri}, Position: at, Context: wire.CompleteContext{TriggerKind: wire.TriggerAutomatic},
		}
		for s, err := range d.client.Complete(d.ctx, p) {
			select {
			case steps <- step{s, err}:
			default: // nobody reads any more
			}
		}
	}()
	return steps
}

// maxSteps are kept where nobody reads them: more than any suggestion has.
const maxSteps = 1024

// take adds a delta, or the whole list. Until the list comes, which knows better, each delta counts as a token: what a server holds back
// is not seen.
func (a *Answer) take(s client.Step, at time.Duration) {
	if s.Delta != nil {
		a.Decoded++
	}
	switch {
	case s.Delta != nil && s.Delta.Item == 0:
		if a.Text == "" && s.Delta.Text != "" {
			a.First = at
		}
		a.Text += s.Delta.Text
	case s.List != nil:
		info := s.List.Inkling
		a.Whole, a.Along = at, info.Along
		t := info.Timings
		a.Computed, a.Reused, a.Decoded, a.Why = t.ComputedTokens, t.ReusedTokens, t.CompletionTokens, info.Why
		a.Server = Split{Queue: t.QueueMs, Prefill: t.PrefillMs, FirstToken: t.FirstTokenMs, First: t.FirstMs}
		if len(s.List.Items) > 0 {
			a.Text = s.List.Items[0].InsertText
			if a.First == 0 && a.Text != "" {
				a.First = at
			}
		}
	}
}

// failed sorts out the errors that belong to typing.
func (a *Answer) failed(err error) error {
	var told *wire.Error
	if !errors.As(err, &told) {
		if errors.Is(err, context.Canceled) {
			return nil
		}
		return err
	}
	switch told.Code {
	case wire.CodeContentModified, wire.CodeRequestCancelled:
		return nil
	case wire.CodeServerCancelled:
		a.Overloaded = true
		return nil
	}
	return fmt.Errorf("the server answered: %w", err)
}

// capabilities asks for positions in bytes.
func capabilities() (c wire.ClientCapabilities) {
	c.General.PositionEncodings = []string{wire.EncodingUTF8}
	return c
}
