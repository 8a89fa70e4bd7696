package chaos

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"inkling/stream/wire"
)

// read takes what the server sends until the connection ends. It runs in its own goroutine.
func (p *Typist) read() {
	defer close(p.done)
	for {
		data, err := p.conn.Read(p.ctx)
		p.mu.Lock()
		if err != nil {
			p.err = err
			for id, a := range p.asks {
				delete(p.asks, id)
				a.lost = true
				close(a.done)
			}
			p.mu.Unlock()
			return
		}
		p.take(data)
		p.mu.Unlock()
	}
}

// violate notes what must not have come. The mutex must be held.
func (p *Typist) violate(format string, args ...any) {
	if p.lenient {
		return
	}
	const enough = 5
	if len(p.violations) < enough {
		p.violations = append(p.violations, fmt.Errorf("session %s: %s", p.Session, fmt.Sprintf(format, args...)))
	}
}

// take looks at one message. The mutex must be held.
func (p *Typist) take(data []byte) {
	m := &wire.Message{}
	if err := json.Unmarshal(data, m); err != nil {
		p.violate("a message is not JSON-RPC: %v", err)
		return
	}
	switch {
	case m.Method == "":
		p.answer(m)
	case m.Method == wire.MethodProgress:
		p.delta(m.Params)
	case m.Method == wire.MethodResync:
		var r wire.ResyncParams
		if err := json.Unmarshal(m.Params, &r); err != nil {
			p.violate("a resync without a document: %v", err)
		}
		p.resyncs = append(p.resyncs, r.URI)
	case m.Method == wire.MethodLog:
		var l wire.LogParams
		if err := json.Unmarshal(m.Params, &l); err != nil {
			p.violate("a remark without words: %v", err)
		}
		p.remarks = append(p.remarks, l.Message)
	default:
		p.violate("an unknown message: %s", m.Method)
	}
}

// delta takes a piece of a suggestion. The mutex must be held.
func (p *Typist) delta(params json.RawMessage) {
	var d wire.Progress
	if err := json.Unmarshal(params, &d); err != nil || d.Value.Kind != wire.KindDelta {
		p.violate("a progress that is no delta: %v", err)
		return
	}
	id, _ := d.Token.Int()
	a := p.asks[id]
	if a == nil {
		p.violate("a delta for request %v, which was answered or never made", d.Token)
		return
	}
	p.inOrder(a)
	now := time.Now()
	if a.first.IsZero() {
		a.first = now
	} else {
		a.gaps = append(a.gaps, float64(now.Sub(a.last).Microseconds())/1000)
	}
	a.last = now
	if a.deltas[d.Value.Item] == nil {
		a.deltas[d.Value.Item] = &strings.Builder{}
	}
	a.deltas[d.Value.Item].WriteString(d.Value.Text)
}

// inOrder holds that nothing which came after an old request is told before its answer. The mutex must be held.
func (p *Typist) inOrder(a *Ask) {
	for id, other := range p.asks {
		if other.old != 0 && other.old < a.ID {
			p.violate("request %d is served before request %d, which an edit made old, is answered", a.ID, id)
		}
	}
}

// answer takes the answer to a request. The mutex must be held.
func (p *Typist) answer(m *wire.Message) {
	if m.ID == nil {
		p.violate("an answer to nobody: %v", m.Error)
		return
	}
	id, _ := m.ID.Int()
	a := p.asks[id]
	if a == nil {
		p.violate("an answer to request %v, which was answered or never made", m.ID)
		return
	}
	delete(p.asks, id)
	p.inOrder(a)
	a.final, a.ended = m, time.Now()
	if m.Error == nil && a.uri != "" {
		p.list(a, m.Result)
	}
	close(a.done)
}

// list holds that suggestions are for the version, place and document that were asked for, and repeat what was streamed.
// The mutex must be held.
func (p *Typist) list(a *Ask, result json.RawMessage) {
	var l wire.CompletionList
	if err := json.Unmarshal(result, &l); err != nil {
		p.violate("the answer to request %d is no list: %v", a.ID, err)
		return
	}
	if l.Inkling.Version != a.version {
		p.violate("request %d is answered for version %d, it was made for %d", a.ID, l.Inkling.Version, a.version)
	}
	listed := map[int]bool{}
	for _, item := range l.Items {
		listed[item.Inkling.Item] = true
		if item.Range.Start != a.at || item.Range.End != a.at {
			p.violate("request %d is answered for another place", a.ID)
		}
		if streamed := a.deltas[item.Inkling.Item]; streamed != nil && streamed.String() != item.InsertText {
			p.violate("request %d, item %d: %d bytes were streamed, another text of %d is listed", a.ID, item.Inkling.Item,
				streamed.Len(), len(item.InsertText))
		}
		for _, mark := range marker.FindAllString(item.InsertText, -1) {
			if p.marks[a.uri] == mark {
				p.copied++
			} else if _, known := p.t.machine.marks.Load(mark); known && !p.anyMark(mark) {
				p.violate("request %d got the mark of a document of another session", a.ID)
			}
		}
	}
	if a.deltas[0] != nil && !listed[0] {
		p.violate("request %d: text that was streamed is taken back", a.ID)
	}
}

// anyMark reports whether a mark is of this session's documents: those serve as context for each other. The mutex must
// be held.
func (p *Typist) anyMark(mark string) bool {
	for _, own := range p.marks {
		if own == mark {
			return true
		}
	}
	return false
}
