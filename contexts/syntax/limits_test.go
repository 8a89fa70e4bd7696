package syntax

import (
	"fmt"
	"strings"
	"testing"
)

func TestAnAnswerHasBounds(t *testing.T) {
	closed(t)
	pool := NewPool(patient)
	defer pool.Close()
	ask := func(text string) (Analysis, []Symbol) {
		tree := pool.Open("python")
		defer tree.Close()
		return tree.Analyze(text, len(text)), tree.Outline(text)
	}
	lines := func(line string, n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, line+"\n", i)
		}
		return b.String()
	}
	if a, _ := ask(lines("name_%d = 1", MaxNames+1)); len(a.Names) != MaxNames || a.Names[0].Name != fmt.Sprintf("name_%d", MaxNames) {
		t.Errorf("%d names, the first %+v", len(a.Names), a.Names[:1])
	}
	if a, _ := ask(lines("import m%d", MaxImports+1)); len(a.Imports) != MaxImports {
		t.Errorf("%d imports", len(a.Imports))
	}
	if _, symbols := ask(lines("def f%d(): pass", MaxSymbols+1)); len(symbols) != MaxSymbols {
		t.Errorf("%d symbols", len(symbols))
	}
	for over := range 2 {
		signature := "def f(" + strings.Repeat("a", MaxSignatureBytes-len("def f():")+over) + ")"
		_, symbols := ask(signature + ":\n    pass\n")
		if len(symbols) != 1 || strings.HasSuffix(symbols[0].Signature, "…") != (over == 1) || len(symbols[0].Signature) > MaxSignatureBytes+len("…") {
			t.Errorf("%d bytes: %+v", len(signature), symbols)
		}
	}
}
