package stream

import (
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/coder/websocket"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"

	"inkling/contexts"
	"inkling/infer"
	"inkling/stream/internal/scripted"
	"inkling/stream/wire"
)

// faulty fails or panics at some places.
type faulty struct{ scripted.Prompts }

func (p *faulty) Request(place contexts.Place, o infer.Options) (infer.Request, error) {
	if strings.Contains(place.Document.Text(), "trap") {
		panic("hidden detail")
	}
	if strings.Contains(place.Document.Text(), "fails") {
		return infer.Request{}, errors.New("no prompt")
	}
	return p.Prompts.Request(place, o)
}

func TestAFaultCostsItsSessionAlone(t *testing.T) {
	costsItsSessionAlone(t, &faulty{}, func(b *bubble, conn *websocket.Conn) {
		b.send(conn, strings.Replace(openMessage, `"text":""`, `"text":"trap"`, 1))
		b.send(conn, askMessage)
	})
}

// trap is a finisher that panics.
type trap struct{ infer.Finisher }

func (trap) Feed(infer.Piece) infer.Verdict { panic("hidden detail") }

// trapped makes requests whose finishers panic.
type trapped struct{ scripted.Prompts }

func (p *trapped) Request(place contexts.Place, o infer.Options) (infer.Request, error) {
	req, err := p.Prompts.Request(place, o)
	req.NewFinisher = func(int) infer.Finisher { return trap{} }
	return req, err
}

func TestAFaultOfAGenerationCostsItsSessionAlone(t *testing.T) {
	costsItsSessionAlone(t, &trapped{}, func(b *bubble, conn *websocket.Conn) {
		b.send(conn, openMessage)
		b.send(conn, askMessage)
		b.model.Next(b.t.Context()).Say(0, "x", -1)
	})
}

func TestAFaultUnderTheMutexCostsItsSessionAlone(t *testing.T) {
	for name, message := range map[string]string{"an edit": typeMessage, "a newer request": askMessage} {
		t.Run(name, func(t *testing.T) {
			costsItsSessionAlone(t, nil, func(b *bubble, conn *websocket.Conn) {
				b.send(conn, openMessage)
				synctest.Wait()
				b.plant(&generation{request: &request{}, gone: true}) // without a session to answer by
				b.send(conn, message)
			})
		})
	}
	t.Run("a kept generation", func(t *testing.T) {
		costsItsSessionAlone(t, nil, func(b *bubble, conn *websocket.Conn) {
			b.send(conn, openMessage)
			synctest.Wait()
			b.plant(&generation{settings: settings{invoked: true, suggestions: 1}, cancel: func() {}}) // without items
			b.send(conn, askMessage)
		})
	})
}

// plant makes a generation that of the document of the session with one.
func (b *bubble) plant(g *generation) {
	for _, one := range b.server.open() {
		one.lock()
		if one.open > 0 {
			one.running["file:///a"] = g
			if !g.gone {
				g.session = one
			}
		}
		one.unlock()
	}
}

// costsItsSessionAlone lets fail bring about a panic in a session, and looks what becomes of it, the log and another one.
func costsItsSessionAlone(t *testing.T, builder Requester, fail func(b *bubble, conn *websocket.Conn)) {
	t.Helper()
	core, logs := observer.New(zap.InfoLevel)
	inBubble(t, Config{Builder: builder, Logger: zap.New(core)}, func(t *testing.T, b *bubble) {
		well, wellClosed := b.dial()
		b.send(well, initializeMessage)
		conn, closed := b.dial()
		b.send(conn, initializeMessage)
		fail(b, conn)
		if code := websocket.CloseStatus(<-closed); code != wire.CloseInternal {
			t.Errorf("closed with %d", code)
		}
		if n := logs.FilterMessage("panic").Len(); n != 1 {
			t.Errorf("%d panics were logged", n)
		}
		for _, entry := range logs.All() {
			for name, value := range entry.ContextMap() {
				if text, ok := value.(string); ok && strings.Contains(text, "hidden detail") {
					t.Errorf("the log's %s tells %q", name, text)
				}
			}
		}
		synctest.Wait()
		if s := b.server.Stats(); s.Sessions != 1 || s.Events["faulted"] != 1 {
			t.Errorf("%d sessions are left, %d faults were counted", s.Sessions, s.Events["faulted"])
		}
		select {
		case err := <-wellClosed:
			t.Errorf("the other session: %v", err)
		default:
		}
		_ = well.Close(websocket.StatusNormalClosure, "")
	})
}

// Messages about the document that openMessage opens.
const (
	typeMessage   = `{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a","version":2},"contentChanges":[{"range":{"start":{"line":0,"character":0},"end":{"line":0,"character":0}},"text":"fails"}]}}`
	againMessage  = `{"jsonrpc":"2.0","id":3,"method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":"file:///a"},"position":{"line":0,"character":5},"context":{"triggerKind":1}}}`
	cancelMessage = `{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":3}}`
)

func TestARequestWithoutAPromptLeavesNothingBehind(t *testing.T) {
	inBubble(t, Config{Builder: &faulty{}}, func(t *testing.T, b *bubble) {
		conn, closed := b.dial()
		for _, message := range []string{initializeMessage, openMessage, askMessage} {
			b.send(conn, message)
		}
		b.model.Next(t.Context()).Say(0, "fails", -1) // all of it is typed: what comes next is waited for
		b.send(conn, typeMessage)
		b.send(conn, againMessage)
		synctest.Wait()
		if one := b.server.Sessions()[0]; one.Requests != 0 || one.Generations != 0 {
			t.Errorf("left behind: %+v", one)
		}
		b.send(conn, cancelMessage)
		b.send(conn, `{"jsonrpc":"2.0","method":"exit"}`)
		if code := websocket.CloseStatus(<-closed); code != wire.CloseNormal {
			t.Errorf("closed with %d", code)
		}
	})
}

func TestADeltaThatIsNoProbabilityFailsItsRequestAlone(t *testing.T) {
	for _, logProb := range []float64{math.NaN(), math.Inf(-1)} {
		inBubble(t, Config{}, func(t *testing.T, b *bubble) {
			conn, closed := b.dial()
			for _, message := range []string{initializeMessage, openMessage, askMessage} {
				b.send(conn, message)
			}
			run := b.model.Next(t.Context())
			run.Say(0, "x", logProb)
			run.End(0, infer.StopEnd, nil)
			synctest.Wait()
			if n := b.server.Stats().Events["refused"]; n != 1 {
				t.Errorf("%v: %d requests were refused", logProb, n)
			}
			b.send(conn, `{"jsonrpc":"2.0","method":"exit"}`)
			if code := websocket.CloseStatus(<-closed); code != wire.CloseNormal {
				t.Errorf("%v: closed with %d", logProb, code)
			}
		})
	}
}
