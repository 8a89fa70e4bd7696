//go:build linux

package syntax

import (
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"inkling/contexts/languages"
)

// unreadable is a text whose every byte is a fault.
func unreadable(t *testing.T) string {
	t.Helper()
	size := syscall.Getpagesize()
	page, err := syscall.Mmap(-1, 0, size, syscall.PROT_NONE, syscall.MAP_PRIVATE|syscall.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := syscall.Munmap(page); err != nil {
			t.Error(err)
		}
	})
	return unsafe.String(unsafe.SliceData(page), size)
}

// TestAFaultOfAGrammarFailsTheParseAlone faults where the text is read, which is below a grammar's lexer, over and over.
func TestAFaultOfAGrammarFailsTheParseAlone(t *testing.T) {
	closed(t)
	g, err := load(languages.ByID("go"))
	if err != nil {
		t.Fatal(err)
	}
	text, held := unreadable(t), heldByParses()
	for range 100 {
		if tree, how := parseText(g.native, text, nil, time.Minute); tree != nil || how != failed {
			t.Fatalf("tree %v, outcome %d", tree, how)
		}
		tree, how := parseText(g.native, "package p\n", nil, time.Minute)
		if how != parsed {
			t.Fatalf("after a fault: outcome %d", how)
		}
		closeTree(tree)
	}
	if left := heldByParses(); left > held {
		t.Errorf("%d bytes are held, before %d", left, held)
	}
}

// Bash's scanner looks characters up in a table of 256; whether that faults hangs on what lies behind the table.
func TestABraceAndAnIconDoNotEndTheProcess(t *testing.T) {
	closed(t)
	g, err := load(languages.ByID("bash"))
	if err != nil {
		t.Fatal(err)
	}
	for _, icon := range []string{"\U000F0249", "\U0010FFFF"} {
		tree, how := parseText(g.native, "PS1={"+icon+"\n", nil, time.Minute)
		if how != parsed && how != failed {
			t.Errorf("outcome %d", how)
		}
		t.Logf("%+q: outcome %d", icon, how)
		closeTree(tree)
	}
}

// TestGoHandlesItsOwnFaults: what is no parse's goes on to Go's runtime.
func TestGoHandlesItsOwnFaults(t *testing.T) {
	defer func() {
		if err, _ := recover().(error); err == nil || !strings.Contains(err.Error(), "nil pointer") {
			t.Errorf("recovered %v", err)
		}
	}()
	var none *struct{ field int }
	t.Error(none.field)
}
