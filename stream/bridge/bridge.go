package bridge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"sync"
	"time"

	"go.uber.org/zap"

	"inkling/contexts"
	"inkling/stream/client"
	"inkling/stream/wire"
)

// Options are those of a bridge. URL is required.
type Options struct {
	URL  string             // of the server's /api/v1/stream
	Dial client.DialOptions // the key among them
	Log  *zap.Logger        // nil: silent
	Menu bool               // the editor knows no inline completion: suggestions are items of its menu, [wire.MethodMenu]

	FrameBytes  int64         // of one message of the editor; default 16 MiB
	ConnectWait time.Duration // for the server, before initialize is answered without it; default 2 s
	AnswerWait  time.Duration // for the server to answer initialize; default 10 s
	MinBackoff  time.Duration // before the second try to connect; doubles; default 250 ms
	MaxBackoff  time.Duration // default 15 s
}

// defaultFrameBytes is for one message of an editor, which is trusted: a file in JSON, some times what servers take.
const defaultFrameBytes = 16 << 20

func (o Options) withDefaults() Options {
	if o.Log == nil {
		o.Log = zap.NewNop()
	}
	if o.FrameBytes == 0 {
		o.FrameBytes = defaultFrameBytes
	}
	for _, d := range []struct {
		value *time.Duration
		def   time.Duration
	}{{&o.ConnectWait, 2 * time.Second}, {&o.AnswerWait, 10 * time.Second}, {&o.MinBackoff, 250 * time.Millisecond}, {&o.MaxBackoff, 15 * time.Second}} {
		if *d.value == 0 {
			*d.value = d.def
		}
	}
	return o
}

// ErrEditor is wrapped by what [Run] returns when the editor's stream broke before exit.
var ErrEditor = errors.New("bridge: the editor's stream broke")

// writeTimeout is for one message to be taken by the server.
const writeTimeout = 10 * time.Second

// bridge is the state of Run.
type bridge struct {
	options Options
	log     *zap.Logger
	editor  *outlet
	wg      sync.WaitGroup
	ctx     context.Context // of what the bridge does
	stop    context.CancelFunc
	quit    chan struct{} // closed when nobody receives any more

	fromEditor chan incoming
	fromServer chan incoming
	dialled    chan dialResult

	docs     map[string]*document // the editor's, by URI
	uses     uint64               // of them, counted
	limits   wire.Limits          // the server's, of its last answer to initialize
	encoding contexts.Encoding

	initialize *wire.Message // the editor's; nil before
	answered   bool          // and it has its answer
	name       string        // of the encoding, once answered
	shutdown   bool
	patience   *time.Timer // until initialize is answered without the server

	pending map[wire.ID]string // methods of requests that the server has not answered
	link    link
}

// incoming is a message, or why there are no more.
type incoming struct {
	number int // of the connection
	data   []byte
	err    error
}

// Run carries a session until the editor exits, its stream ends, or ctx ends. It closes editor.
func Run(ctx context.Context, editor io.ReadWriteCloser, o Options) error {
	o = o.withDefaults()
	b := &bridge{options: o, log: o.Log, editor: newOutlet(wire.NewWriter(editor)), quit: make(chan struct{}),
		fromEditor: make(chan incoming), fromServer: make(chan incoming), dialled: make(chan dialResult),
		docs: map[string]*document{}, pending: map[wire.ID]string{}, patience: stopped()}
	b.link = link{bridge: b, retry: stopped(), deadline: stopped()}
	b.ctx, b.stop = context.WithCancel(ctx)
	defer b.stop()
	in := wire.NewReader(editor, o.FrameBytes)
	go b.readEditor(in) // not waited for: see the package's comment
	err := b.loop()
	close(b.quit)
	b.link.leave()
	b.stop()
	b.wg.Wait()
	b.patience.Stop()
	b.editor.flush()
	if closeErr := editor.Close(); err == nil && closeErr != nil && !errors.Is(closeErr, io.ErrClosedPipe) {
		b.log.Debug("closing the editor's stream", zap.Error(closeErr))
	}
	b.editor.flush() // closing ends a write that still waits, mostly
	return err
}

// stopped returns a timer that does not run.
func stopped() *time.Timer {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return t
}

// readEditor hands over the editor's messages. It runs in its own goroutine.
func (b *bridge) readEditor(in *wire.Reader) {
	for {
		data, err := in.Read()
		if errors.Is(err, wire.ErrFrameTooBig) {
			data = bytes.Clone(in.LeftOut())
		}
		select {
		case b.fromEditor <- incoming{data: data, err: err}:
		case <-b.quit:
			return
		}
		if err != nil && !errors.Is(err, wire.ErrFrameTooBig) {
			return
		}
	}
}

// loop takes what comes, one after the other, until the session is over.
func (b *bridge) loop() error {
	for {
		if err := b.ctx.Err(); err != nil {
			return err
		}
		select {
		case m := <-b.fromEditor:
			if last, err := b.takeRead(m); last || err != nil {
				return err
			}
		case m := <-b.fromServer:
			if err := b.takeServer(m); err != nil {
				return err
			}
		case r := <-b.dialled:
			b.link.connected(r)
		case <-b.link.retry.C:
			b.link.dial()
		case <-b.link.deadline.C:
			b.link.drop("no answer to initialize")
		case <-b.patience.C:
			if err := b.answerAlone(); err != nil {
				return err
			}
		case <-b.editor.done:
			return b.tell(nil) // says why
		case <-b.ctx.Done():
		}
	}
}

// takeRead takes what the editor's reader hands over, and reports whether it was the last.
func (b *bridge) takeRead(m incoming) (last bool, err error) {
	switch {
	case errors.Is(m.err, io.EOF):
		return true, nil
	case errors.Is(m.err, wire.ErrFrameTooBig):
		return false, errors.Join(b.say(messageInfo, "a message is left out: "+m.err.Error()), b.missed(m.data))
	case m.err != nil:
		return true, fmt.Errorf("%w: %w", ErrEditor, m.err)
	}
	return b.takeEditor(m.data)
}

// uriMember finds the URI of a message's document in its beginning.
var uriMember = regexp.MustCompile(`"uri"\s*:\s*("(?:[^"\\]|\\.)*")`)

// missed loses the document that a message was about which was left out; where its beginning does not say which, all.
func (b *bridge) missed(head []byte) error {
	uri := ""
	if found := uriMember.FindSubmatch(head); found != nil && json.Unmarshal(found[1], &uri) == nil {
		if d := b.docs[uri]; d != nil {
			return b.lose(d)
		}
		return nil
	}
	for _, d := range b.docs {
		if err := b.lose(d); err != nil {
			return err
		}
	}
	return nil
}

// tell sends the editor a message. It does not wait.
func (b *bridge) tell(message []byte) error { return b.editor.put(message) }

// say shows the editor's user a sentence.
func (b *bridge) say(kind int, message string) error {
	method := wire.MethodLog
	if kind == messageError {
		method = wire.MethodShowMessage
	}
	return b.tell(wire.Notification(method, wire.LogParams{Type: kind, Message: "inkling: " + message}))
}

// Kinds of messages, LSP's MessageType.
const (
	messageError = 1
	messageInfo  = 3
)

// raw re-encodes params of a message with some of its members replaced.
func raw(params json.RawMessage, set map[string]any) (json.RawMessage, error) {
	members := map[string]any{}
	if len(params) > 0 {
		if err := json.Unmarshal(params, &members); err != nil {
			return nil, err
		}
	}
	merge(members, set)
	return json.Marshal(members)
}

// merge puts what set holds into members, object by object.
func merge(members, set map[string]any) {
	for name, value := range set {
		inner, isObject := value.(map[string]any)
		have, both := members[name].(map[string]any)
		if isObject && both {
			merge(have, inner)
		} else {
			members[name] = value
		}
	}
}
