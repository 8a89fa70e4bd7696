package syntax

import (
	"context"
	"errors"
	"testing"
	"unsafe"

	"inkling/contexts/languages"
)

func TestWarmLanguagesAreLoadedBeforeTheirFirstDocument(t *testing.T) {
	closed(t)
	good := &languages.Language{Name: "good", Grammar: languages.ByID("json").Grammar}
	last := &languages.Language{Name: "last", Grammar: good.Grammar}
	bad := &languages.Language{Name: "bad", Grammar: func() unsafe.Pointer { return nil }}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := warm(ended, []*languages.Language{last}); !errors.Is(err, context.Canceled) {
		t.Errorf("ended: %v", err)
	}
	if err := warm(t.Context(), []*languages.Language{bad, good}); !errors.Is(err, ErrGrammar) {
		t.Errorf("a grammar that fails: %v", err)
	}
	if _, loaded := grammars.Load(good); !loaded {
		t.Error("the language after it was not loaded")
	}
	if _, loaded := grammars.Load(last); loaded {
		t.Error("a language was loaded after the end")
	}
	if err := Warm(t.Context(), "css", "unknown"); err != nil {
		t.Error(err)
	}
	if _, loaded := grammars.Load(languages.ByID("css")); !loaded {
		t.Error("css was not loaded")
	}
}
