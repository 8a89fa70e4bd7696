// Package syntax knows the code around a cursor.
//
// A [Pool] keeps the syntax trees of all open documents under one byte budget. A [Tree] is the handle of one
// document: it is told of every edit, parses when it is next asked, and answers with an [Analysis] of a place, or
// with the document's outline, as typed data. Package contexts owns documents and calls this; nothing here knows
// positions in UTF-16, prompts or sessions.
//
//	pool := syntax.NewPool(syntax.Config{})         // one a process; Close at its end
//	tree := pool.Open("python")                     // one a document; Close with it
//	a := tree.Analyze(text, cursor)                 // the first call parses the whole text
//	tree.Edit(text, start, oldEnd, inserted)        // before text changes: text is the old one
//	a = tree.Analyze(newText, cursor)               // parses what the edits since touched
//	symbols := tree.Outline(newText)                // kept until the next edit, even where the tree is dropped
//
// Invariants:
//   - Every offset is a byte offset into the text given, and every answer is for that text. A text that does not have
//     the length that the edits since the last parse lead to is parsed from the start, never answered wrongly.
//   - A long text that was edited since its tree was made is understood, for a place, from an excerpt of whole lines: the
//     definitions around the cursor and their neighbours. Everything else about it comes from the whole tree.
//   - There is always an answer. A language without a grammar, a text above [Config.MaxTextBytes], a parse that takes
//     longer than [Config.ParseTimeout] or more memory than code does, be it in one step of the parser, a document that
//     has no time left and a grammar that fails give what the language's facts alone can tell, with Parsed false, and
//     are counted in [Stats]. Neither broken syntax nor NUL bytes nor invalid UTF-8 panic.
//   - The answers of one document take [Config.DocumentTime] of the processor at once and a share of the clock's time
//     after that, and one answer more. Load takes nothing of it: time is the processor's, that of the thread that answers.
//   - Trees over the budget are dropped, least recently used first, and made again when asked. A handle costs some
//     200 bytes while its tree is dropped.
//   - Trees and cursors live outside the Go heap and are closed here; [OpenNatives] counts those that are
//     not. A parser lives as long as its parse.
//   - A Tree belongs to one goroutine at a time, as its document does; a Pool is safe for concurrent use, and dropping
//     a tree never waits for a goroutine that is parsing.
package syntax
