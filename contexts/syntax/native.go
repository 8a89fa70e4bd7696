package syntax

import (
	"sync/atomic"
	"time"
	"unicode/utf8"
	"unsafe"

	sitter "github.com/tree-sitter/go-tree-sitter"
)

// readChunkBytes is how much text one callback of the parser receives. The binding copies each chunk twice, and would
// copy the whole rest of the text at every edit were it given whole.
const readChunkBytes = 1 << 10

// maxReadBytes is how much a parse may read, over and over. Common code is read once or twice, broken Scala some 150
// times; a scanner that looks ahead to the text's end from every byte would read thousands of times, between two looks
// of the parser at its timeout, while the binding keeps a copy of every chunk.
const maxReadBytes = 64 << 20

// Natives counts what lives outside the Go heap and is not closed.
type Natives struct {
	Trees, Parsers, Cursors int64
}

var natives struct{ trees, parsers, cursors atomic.Int64 }

// OpenNatives returns how many trees, parsers and query cursors of this process are open.
func OpenNatives() Natives {
	return Natives{Trees: natives.trees.Load(), Parsers: natives.parsers.Load(), Cursors: natives.cursors.Load()}
}

func newParser() *sitter.Parser {
	natives.parsers.Add(1)
	return sitter.NewParser()
}

func closeParser(p *sitter.Parser) {
	p.Close()
	natives.parsers.Add(-1)
}

// parseText parses text; old, where not nil, is the edited tree of an older text and stays the caller's. It returns
// nil where the timeout passed first, or the text was read too often; the parser must then be closed, since a parse
// that was stopped while it balanced its tree leaves a mark that no reset takes away, and the next parse aborts the
// process.
func parseText(p *sitter.Parser, text string, old *sitter.Tree, timeout time.Duration) *sitter.Tree {
	//lint:ignore SA1019 the binding never frees the options of a single parse, which are to replace this
	p.SetTimeoutMicros(uint64(timeout.Microseconds()))
	deadline := time.Now().Add(timeout)
	bytes := unsafe.Slice(unsafe.StringData(text), len(text)) // only read, and copied by the binding
	served, late := 0, false
	tree := p.ParseWithOptions(func(at int, _ sitter.Point) []byte {
		late = late || served > maxReadBytes || time.Now().After(deadline)
		if late || at >= len(bytes) {
			return nil
		}
		chunk := bytes[at:chunkEnd(bytes, at)]
		served += len(chunk)
		return chunk
	}, old, nil)
	if tree == nil {
		return nil
	}
	natives.trees.Add(1)
	if late {
		closeTree(tree)
		return nil
	}
	return tree
}

// chunkEnd returns where the chunk that begins at a byte ends: never inside a character. The lexer asks for the rest of one
// that a chunk has cut, and were the text given up just then, it would read where there is nothing and end the process.
func chunkEnd(text []byte, at int) int {
	end := min(at+readChunkBytes, len(text))
	for end < len(text) && !utf8.RuneStart(text[end]) {
		end++
	}
	return end
}

func cloneTree(t *sitter.Tree) *sitter.Tree {
	natives.trees.Add(1)
	return t.Clone()
}

func closeTree(t *sitter.Tree) {
	if t == nil {
		return
	}
	t.Close()
	natives.trees.Add(-1)
}

// eachMatch runs a query over what intersects [start, end) below node, and calls yield with every match; a match's
// captures are valid during the call only. maxDepth limits how deep below node a pattern may begin; -1 is no limit. A
// query that runs past the view's deadline ends the view: its answers are not whole, and later queries yield nothing.
func (v *view) eachMatch(q *query, node *sitter.Node, start, end, maxDepth int, yield func(captures []sitter.QueryCapture) bool) {
	left := time.Until(v.deadline)
	if q == nil || v.late || left <= 0 {
		v.late = v.late || left <= 0
		return
	}
	cursor := sitter.NewQueryCursor()
	natives.cursors.Add(1)
	defer func() {
		cursor.Close()
		natives.cursors.Add(-1)
	}()
	cursor.SetMatchLimit(maxOpenMatches)
	cursor.SetTimeoutMicros(uint64(left.Microseconds()))
	cursor.SetByteRange(uint(start), uint(end))
	if maxDepth >= 0 {
		depth := uint(maxDepth)
		cursor.SetMaxStartDepth(&depth)
	}
	matches := cursor.Matches(q.native, node, unsafe.Slice(unsafe.StringData(v.text), len(v.text)))
	for match := matches.Next(); match != nil; match = matches.Next() {
		if !yield(match.Captures) {
			return
		}
	}
	v.late = time.Now().After(v.deadline)
}

// maxOpenMatches bounds the partial matches of a query that is running; beyond it the oldest are given up.
const maxOpenMatches = 1024
