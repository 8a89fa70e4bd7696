package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"

	"inkling/stream/client"
	"inkling/stream/wire"
)

// SitOptions are those of a typist. The zero value sits at the server itself, with UTF-16.
type SitOptions struct {
	Encoding string // a name of LSP; "" is utf-16
	Token    string // an API key
	User     string // what it says of itself
	URL      string // in place of the server's: a proxy's
}

// Typist is a strict client: whatever the protocol does not allow the server to send is a violation, which [Typist.Leave]
// and [Typist.Check] return.
type Typist struct {
	Tap      *Tap
	Encoding string
	Docs     map[string]*Mirror // belongs to the goroutine that edits
	Session  string             // the server's name for it

	t      *T
	conn   client.Conn
	ctx    context.Context
	cancel context.CancelFunc
	done   chan struct{} // closed when the reader has ended

	mu         sync.Mutex // guards the fields below
	lastID     int64
	asks       map[int64]*Ask    // not answered yet
	marks      map[string]string // by document
	copied     int               // suggestions that held their own document's mark
	resyncs    []string          // documents that the server asked for
	remarks    []string          // of window/logMessage
	violations []error
	err        error // why the connection ended
	lenient    bool  // answers to what was never asked are no violation
}

// Sit begins a session.
func (t *T) Sit(s *Server, o SitOptions) (*Typist, error) {
	p, err := t.dial(s, o)
	if err != nil {
		return nil, err
	}
	init := wire.InitializeParams{Options: wire.InitializeOptions{Inkling: wire.InklingInitialize{Token: o.Token, UserID: o.User}}}
	init.Capabilities.General.PositionEncodings = []string{p.Encoding}
	var result wire.InitializeResult
	ctx, cancel := context.WithTimeout(t.Ctx, patience)
	defer cancel()
	if err := p.call(ctx, wire.MethodInitialize, init, &result); err != nil {
		p.Vanish()
		return nil, fmt.Errorf("initialize: %w", err)
	}
	p.Session = result.Capabilities.Experimental.Inkling.Session
	if got := result.Capabilities.PositionEncoding; got != p.Encoding {
		p.Vanish()
		return nil, fmt.Errorf("the server counts in %s, %s was asked for", got, p.Encoding)
	}
	return p, p.notify(wire.MethodInitialized, struct{}{})
}

// dial connects and begins to read. The typist is gone with the scenario at the latest.
func (t *T) dial(s *Server, o SitOptions) (*Typist, error) {
	http, tap := tapped()
	url := o.URL
	if url == "" {
		url = s.URL()
	}
	ctx, cancel := context.WithTimeout(t.Ctx, patience)
	defer cancel()
	conn, err := client.DialConn(ctx, url, client.DialOptions{HTTPClient: http})
	if err != nil {
		return nil, err
	}
	p := &Typist{t: t, Tap: tap(), Encoding: wire.EncodingUTF16, Docs: map[string]*Mirror{}, conn: conn, done: make(chan struct{}),
		asks: map[int64]*Ask{}, marks: map[string]string{}}
	if o.Encoding != "" {
		p.Encoding = o.Encoding
	}
	p.ctx, p.cancel = context.WithCancel(t.Ctx)
	go p.read()
	t.Cleanup(p.Vanish)
	return p, nil
}

// Open opens a document, or opens it again as it is now.
func (p *Typist) Open(m *Mirror) error {
	p.Docs[m.URI] = m
	p.age(m.URI)
	if mark := marker.FindString(m.Text); mark != "" {
		p.mu.Lock()
		p.marks[m.URI] = mark
		p.t.machine.marks.Store(mark, true)
		p.mu.Unlock()
	}
	return p.notify(wire.MethodOpen, wire.OpenParams{TextDocument: m.item()})
}

// Edit changes a document, here and there.
func (p *Typist) Edit(uri string, changes ...wire.Change) error {
	return p.send(p.edit(uri, changes...))
}

// edit changes a document here, and returns the message that changes it there.
func (p *Typist) edit(uri string, changes ...wire.Change) []byte {
	m := p.Docs[uri]
	for _, c := range changes {
		m.Apply(c, p.Encoding)
	}
	m.Version++
	p.age(uri)
	return wire.Notification(wire.MethodChange, wire.ChangeParams{TextDocument: wire.VersionedID{URI: uri, Version: m.Version}, ContentChanges: changes})
}

// Insert types at a byte offset.
func (p *Typist) Insert(uri string, offset int, text string) error {
	at := p.Docs[uri].Position(offset, p.Encoding)
	return p.Edit(uri, wire.Change{Range: &wire.Range{Start: at, End: at}, Text: text})
}

// Scribble makes random edits, one to three changes in each.
func (p *Typist) Scribble(rng *rand.Rand, uri string, edits int) error {
	for range edits {
		if err := p.Edit(uri, p.scrawl(rng, uri)...); err != nil {
			return err
		}
	}
	return nil
}

// scrawl returns one to three random changes of a document.
func (p *Typist) scrawl(rng *rand.Rand, uri string) []wire.Change {
	m := *p.Docs[uri] // each change is for the text that the one before it left
	var changes []wire.Change
	for range 1 + rng.IntN(3) {
		c := randomChange(rng, &m, p.Encoding)
		m.Apply(c, p.Encoding)
		changes = append(changes, c)
	}
	return changes
}

// CloseDocument closes a document.
func (p *Typist) CloseDocument(uri string) error {
	delete(p.Docs, uri)
	p.age(uri)
	return p.notify(wire.MethodClose, wire.CloseParams{TextDocument: wire.DocumentID{URI: uri}})
}

// Check asks the server for the digests of all open documents and compares. It returns the violations as well.
func (p *Typist) Check(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for uri, m := range p.Docs {
		var got wire.Digest
		if err := p.call(ctx, wire.MethodDigest, wire.DigestParams{TextDocument: wire.DocumentID{URI: uri}}, &got); err != nil {
			return fmt.Errorf("the digest of %s: %w", uri, err)
		}
		if want := m.Digest(); got != want {
			return fmt.Errorf("%s has diverged: the server has version %d, %d bytes; the client version %d, %d bytes",
				uri, got.Version, got.Bytes, want.Version, want.Bytes)
		}
	}
	return p.Violations()
}

// Violations returns what the server sent that it must not.
func (p *Typist) Violations() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return errors.Join(p.violations...)
}

// Leave ends the session in good order and returns the violations.
func (p *Typist) Leave() error {
	err := p.conn.Close()
	p.Vanish()
	if err != nil && client.CloseCode(err) < 0 {
		return errors.Join(fmt.Errorf("leaving: %w", err), p.Violations())
	}
	return p.Violations()
}

// Vanish breaks the connection without a word, and waits for the reader. It may be called again.
func (p *Typist) Vanish() {
	p.cancel()
	p.Tap.Break()
	<-p.done
}

// Gone is closed when the connection has ended.
func (p *Typist) Gone() <-chan struct{} { return p.done }

// CloseCode returns the code with which the server closed; -1 while it has not, or where it broke.
func (p *Typist) CloseCode() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return client.CloseCode(p.err)
}

// Copied is how many suggestions held their own document's mark: without some, the search for others' proves nothing.
func (p *Typist) Copied() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.copied
}

// notify sends a notification.
func (p *Typist) notify(method string, params any) error {
	return p.send(wire.Notification(method, params))
}

// send sends a message as it is.
func (p *Typist) send(message []byte) error {
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	return p.conn.Write(ctx, message)
}

// call makes a request that is answered at once.
func (p *Typist) call(ctx context.Context, method string, params, result any) error {
	a, err := p.begin("", method, func(wire.ID) any { return params })
	if err != nil {
		return err
	}
	if err := a.wait(ctx); err != nil {
		return err
	}
	return json.Unmarshal(a.final.Result, result)
}
