package chaos

import (
	"errors"
	"fmt"
)

var _ = register(Scenario{Name: "kill", Short: true, Run: kill,
	About: "the server is killed while six type, and started again: they come back, and every document is whole"})

func kill(t *T) error {
	s, err := t.Start(ServerConfig{})
	if err != nil {
		return err
	}
	var typists []*Typist
	for i := range 6 {
		p, err := t.Sit(s, SitOptions{Encoding: encodings[i%len(encodings)]})
		if err != nil {
			return err
		}
		m, _ := Marked(t.Rand, fmt.Sprintf("file:///kill%d.py", i))
		if err := p.Open(m); err != nil {
			return err
		}
		typists = append(typists, p)
	}
	var asks []*Ask
	for range 10 {
		for _, p := range typists {
			a, err := p.typeOne(t.Rand)
			if err != nil {
				return err
			}
			asks = append(asks, a)
		}
	}
	s.Kill()
	for _, a := range asks {
		if err := a.wait(t.Ctx); err != nil && a.final == nil && !errors.Is(err, errLost) {
			return err
		}
	}
	again, err := s.Again(t)
	if err != nil {
		return err
	}
	if err := again.Base(t); err != nil {
		return err
	}
	for _, p := range typists {
		if p, err = p.Return(t, again); err != nil {
			return err
		}
		if err := p.Scribble(t.Rand, p.only().URI, 20); err != nil {
			return err
		}
		if err := p.Check(t.Ctx); err != nil {
			return err
		}
		if err := p.Leave(); err != nil {
			return err
		}
	}
	return again.Quiet(t)
}
