package chaos

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"inkling/stream/wire"
)

var _ = register(Scenario{Name: "hostile-documents", Short: true, Run: hostileDocuments,
	About: "documents made to break the code that parses them, typists beside: each has its answer, and the server lives"})

// hostile are documents that have ended the process or kept a core once, by the language they are in.
func hostile() map[string]string {
	var stairs strings.Builder
	for i := range 512 {
		stairs.WriteString(strings.Repeat(" ", i) + "if x:\n")
	}
	word := strings.Repeat("W", 300)
	return map[string]string{
		"ruby":       "x = <<~" + word + "\ntext\n" + word + "\n",
		"python":     stairs.String() + strings.Repeat(" ", 512) + "f\"{x}\"\n",
		"kotlin":     "class A\n@foo",
		"javascript": strings.Repeat("[", 200_000),
		"html":       strings.Repeat("<a>", 50_000),
		"bash":       strings.Repeat("\x00", 200_000),
		"rust":       strings.Repeat("r#\"", 2_000) + strings.Repeat("/*", 2_000),
		"php":        "<?php\n" + strings.Repeat("$x = <<<A\n", 300),
		"cpp":        "auto s = R\"" + word + "(x)" + word + "\";\n",
		"csharp":     "var s = " + strings.Repeat("$\"{", 400) + "\n",
	}
}

func hostileDocuments(t *T) error {
	s, err := t.Based()
	if err != nil {
		return err
	}
	beside, err := t.Seat(s, 2, SitOptions{})
	if err != nil {
		return err
	}
	attacker, err := t.Sit(s, SitOptions{})
	if err != nil {
		return err
	}
	documents := hostile()
	if _, err := t.typing([]*Typist{attacker}, func(p *Typist, rng *rand.Rand) (Tally, error) { return t.attack(p, rng, documents) }); err != nil {
		return err
	}
	if _, err := t.Type(beside, 5, 0); err != nil {
		return err
	}
	t.Note("%d documents", len(documents))
	return t.Finish(s, append(slices.Clone(beside), attacker)...)
}

// attack opens each document, types at its end, asks there and somewhere within, and asks for its outline.
func (t *T) attack(p *Typist, rng *rand.Rand, documents map[string]string) (Tally, error) {
	for language, text := range documents {
		m := NewMirror("file:///hostile."+language, language, text)
		if err := p.Open(m); err != nil {
			return nil, err
		}
		for _, at := range []int{len(text), rng.IntN(len(text) + 1)} {
			if err := p.Insert(m.URI, at, "x"); err != nil {
				return nil, err
			}
			a, err := p.Ask(m.URI, at, wire.CompleteOptions{MaxTokens: 4})
			if err != nil {
				return nil, err
			}
			if _, err := a.Outcome(t.Ctx); err != nil {
				return nil, fmt.Errorf("%s: %w", language, err)
			}
		}
		if err := p.Check(t.Ctx); err != nil {
			return nil, fmt.Errorf("%s: %w", language, err)
		}
	}
	return nil, nil
}
