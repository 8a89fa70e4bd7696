package replay

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
)

// Limits of answers over HTTP.
const (
	maxEventBytes  = 1 << 20
	maxDetailBytes = 64 << 10 // of what comes with an error
	maxErrorBytes  = 500      // of an error's text
	dialIdle       = 90 * time.Second
)

// dialect is how one kind of server is asked over HTTP, with the whole context in every request.
type dialect interface {
	name() string
	path() string
	// body makes the request for a place.
	body(t *Trace, m *mirror) any
	// event takes one message of the answer (a whole body where it does not stream) into a, and returns its new text, and
	// whether a stream may end after it.
	event(data []byte, a *Answer) (text string, last bool, err error)
}

// HTTPPeer asks a server over HTTP for every key, except where the last suggestion goes on: that is served from the
// client's own memory, as the editor plugins of such servers do.
type HTTPPeer struct {
	Base    string // such as http://127.0.0.1:8080
	Token   string // sent to it as a bearer token, and never shown; "" sends none
	dialect dialect
	client  *http.Client
}

func newHTTPPeer(base string, d dialect) *HTTPPeer {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost, transport.IdleConnTimeout, transport.Proxy = maxTypists, dialIdle, nil
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // text and token are for this server
	return &HTTPPeer{Base: strings.TrimRight(base, "/"), dialect: d, client: &http.Client{Transport: transport, CheckRedirect: stay}}
}

// Name implements [Peer].
func (p *HTTPPeer) Name() string { return p.dialect.name() }

// Sit implements [Peer].
func (p *HTTPPeer) Sit(_ context.Context, t *Trace) (Desk, error) {
	return &httpDesk{peer: p, trace: t, mirror: mirror{text: []byte(t.Text)}}, nil
}

type httpDesk struct {
	peer   *HTTPPeer
	trace  *Trace
	mirror mirror
	ghost  string // what the client's memory holds for the cursor
	whole  bool   // and it is all of the suggestion
}

// Close implements [Desk].
func (d *httpDesk) Close() error { return nil }

// Press implements [Desk].
func (d *httpDesk) Press(ctx context.Context, k Key) (Answer, error) {
	started := time.Now()
	if err := d.mirror.apply(k); err != nil {
		return Answer{}, err
	}
	if rest, ok := strings.CutPrefix(d.ghost, k.Insert); ok && rest != "" && k.Delete == 0 && d.whole {
		d.ghost = rest
		took := max(time.Since(started), time.Microsecond)
		return Answer{Text: rest, First: took, Whole: took, Along: true}, nil
	}
	d.ghost, d.whole = "", false
	a, err := d.request(ctx, started)
	if err != nil && ctx.Err() == nil {
		return a, err
	}
	d.ghost, d.whole = a.Text, a.Whole > 0
	return a, nil
}

func (d *httpDesk) request(ctx context.Context, started time.Time) (a Answer, err error) {
	defer func() { err = d.peer.presentable(err) }()
	body, err := json.Marshal(d.peer.dialect.body(d.trace, &d.mirror))
	if err != nil {
		return a, err
	}
	a.BytesSent = len(body)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, d.peer.Base+d.peer.dialect.path(), bytes.NewReader(body))
	if err != nil {
		return a, err
	}
	request.Header.Set("Content-Type", "application/json")
	if d.peer.Token != "" {
		request.Header.Set("Authorization", "Bearer "+d.peer.Token)
	}
	request.Header["Idempotency-Key"] = nil // asked again on a fresh connection where the server has closed an idle one
	response, err := d.peer.client.Do(request)
	if err != nil {
		return a, err
	}
	defer func() { err = errors.Join(err, response.Body.Close()) }()
	switch response.StatusCode {
	case http.StatusOK:
		err = d.read(response, started, &a)
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		a.Overloaded = true
		_, err = io.Copy(io.Discard, io.LimitReader(response.Body, maxEventBytes))
	default:
		detail, _ := io.ReadAll(io.LimitReader(response.Body, maxDetailBytes))
		err = errors.New(strings.TrimSuffix(response.Status+": "+told(detail), ": "))
	}
	if err != nil {
		err = fmt.Errorf("%s: %w", request.URL.Path, err)
	}
	return a, err
}
