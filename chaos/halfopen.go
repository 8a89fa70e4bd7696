package chaos

import (
	"errors"
	"fmt"
	"time"

	"inkling/stream/wire"
)

var _ = register(Scenario{Name: "half-open", Run: halfOpen,
	About: "the network swallows everything without closing: the server finds out by its pings and frees all; the clients come back"})

func halfOpen(t *T) error {
	s, err := t.Plain()
	if err != nil {
		return err
	}
	if err := s.Base(t); err != nil {
		return err
	}
	proxy, err := t.Proxy(s.Addr)
	if err != nil {
		return err
	}
	var typists []*Typist
	for i := range 5 {
		p, err := t.Sit(s, SitOptions{URL: proxy.URL(), Encoding: encodings[i%len(encodings)]})
		if err != nil {
			return err
		}
		m, _ := Marked(t.Rand, fmt.Sprintf("file:///half%d.py", i))
		if err := p.Open(m); err != nil {
			return err
		}
		if _, err := p.Ask(m.URI, len(m.Text), wire.CompleteOptions{MaxTokens: 32}); err != nil {
			return err
		}
		typists = append(typists, p)
	}
	for _, direction := range []string{toServer, toClient} {
		if err := proxy.Add("timeout", direction, map[string]int{"timeout": 0}); err != nil {
			return err
		}
	}
	swallowed := time.Now()
	for _, p := range typists {
		if err := p.Scribble(t.Rand, p.only().URI, 5); err != nil && !errors.Is(err, errLost) {
			return err
		}
	}
	if err := s.Quiet(t); err != nil {
		return err
	}
	t.Note("all was free again %.1f s after the network fell silent", time.Since(swallowed).Seconds())
	for _, p := range typists {
		back, err := p.Return(t, s)
		if err != nil {
			return err
		}
		if err := errors.Join(back.Check(t.Ctx), back.Leave()); err != nil {
			return err
		}
	}
	return s.Quiet(t)
}
