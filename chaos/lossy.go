package chaos

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"

	"inkling/stream/wire"
)

var _ = register(Scenario{Name: "proxy-cuts", Short: true, Run: proxyCuts,
	About: "random edits in all encodings over a network that delays, slices and cuts connections in the middle of messages"})

func proxyCuts(t *T) error {
	s, err := t.Plain()
	if err != nil {
		return err
	}
	if err := s.Base(t); err != nil {
		return err
	}
	edits, cuts, err := t.scribbleOverLoss(s, 6, 400)
	if err != nil {
		return err
	}
	t.Note("%d edits, %d connections cut", edits, cuts)
	if cuts == 0 {
		return errors.New("no connection was cut: nothing was tried")
	}
	return s.Quiet(t)
}

// scribbleOverLoss lets typists make so many edits each, over connections that break; documents are compared all along.
// It returns the edits and the connections that broke.
func (t *T) scribbleOverLoss(s *Server, typists, edits int) (done, cuts int64, err error) {
	var made, broken atomic.Int64
	errs := make([]error, typists)
	var group sync.WaitGroup
	for i := range typists {
		proxy, err := t.Proxy(s.Addr)
		if err != nil {
			return 0, 0, err
		}
		l := &lossy{t: t, s: s, proxy: proxy, rng: t.Fork(), made: &made, broken: &broken}
		group.Go(func() { errs[i] = l.run(i, edits) })
	}
	group.Wait()
	return made.Load(), broken.Load(), errors.Join(errs...)
}

// lossy is a typist behind a bad network.
type lossy struct {
	t            *T
	s            *Server
	proxy        *Proxy
	rng          *rand.Rand
	made, broken *atomic.Int64
}

// run makes edits until they are enough, and comes back whenever the connection has broken.
func (l *lossy) run(i, edits int) error {
	if err := l.proxy.Add("slicer", toServer, map[string]int{"average_size": 200, "size_variation": 100, "delay": 1}); err != nil {
		return err
	}
	if err := l.proxy.Add("latency", toClient, map[string]int{"latency": 1, "jitter": 1}); err != nil {
		return err
	}
	p, err := l.t.Sit(l.s, SitOptions{URL: l.proxy.URL(), Encoding: encodings[i%len(encodings)]})
	if err != nil {
		return err
	}
	for d := range 2 {
		m := NewMirror(fmt.Sprintf("file:///lossy%d-%d", i, d), languages[l.rng.IntN(len(languages))], randomText(l.rng, 30))
		if err := p.Open(m); err != nil {
			return err
		}
	}
	for left := edits; left > 0; {
		n, err := l.burst(p, left)
		left -= n
		l.made.Add(int64(n))
		if err != nil {
			return fmt.Errorf("typist %d: %w", i, err)
		}
		if left > 0 {
			if p, err = p.ReturnTo(l.t, l.s, SitOptions{URL: l.proxy.URL()}); err != nil {
				return fmt.Errorf("typist %d comes back: %w", i, err)
			}
		}
	}
	if p, err = p.ReturnTo(l.t, l.s, SitOptions{}); err != nil {
		return err
	}
	return errors.Join(p.Check(l.t.Ctx), p.Leave())
}

// burst makes edits until the network breaks, at most so many, and returns how many. The documents are compared after
// every stretch that arrived whole.
func (l *lossy) burst(p *Typist, most int) (int, error) {
	until := 1 + l.rng.IntN(200)
	done := 0
	for done < most && done < until {
		stretch := min(1+l.rng.IntN(30), most-done)
		m := p.any(l.rng)
		err := p.Scribble(l.rng, m.URI, stretch)
		done += stretch
		if err == nil && l.rng.IntN(16) == 0 {
			_, err = p.Ask(m.URI, randomOffset(l.rng, m.Text), wire.CompleteOptions{MaxTokens: 4})
		}
		if err != nil {
			return done, l.lost(p)
		}
		if err := p.Check(l.t.Ctx); err != nil {
			if errors.Is(err, errLost) || p.gone() {
				return done, l.lost(p)
			}
			return done, err
		}
	}
	// Some more that nobody will know of, and then the cable is pulled.
	l.broken.Add(1)
	extra := min(l.rng.IntN(40), most-done)
	_ = p.Scribble(l.rng, p.any(l.rng).URI, extra) // may break in the middle
	if l.rng.IntN(2) == 0 {
		p.Tap.Break()
	} else if err := l.proxy.Cut(); err != nil {
		return done + extra, err
	}
	return done + extra, p.Violations()
}

// lost counts a connection that broke, and returns the violations before.
func (l *lossy) lost(p *Typist) error {
	l.broken.Add(1)
	return p.Violations()
}

// gone says whether the connection has ended.
func (p *Typist) gone() bool {
	select {
	case <-p.done:
		return true
	default:
		return false
	}
}
