// Package finishing decides, while a suggestion streams, what of it may be shown and where it ends.
//
// A [Place] is what stands around the cursor, read once for a request; [Place.New] makes the infer.Finisher of one
// suggestion. There are four kinds of rules:
//
//   - Where it ends: at the line's end, or, where the cursor stands in an empty body, at that block's end by
//     indentation and brackets. What a line opened, it may close, over several lines if need be.
//   - What it must not say again: brackets and quotes that the text after the cursor closes, the rest of the line, the
//     next lines, the line above, its own lines.
//   - How it looks: the document's line ends and its own way to indent, no blanks at the end, no half of a word.
//   - Whether it is worth showing: the gate of requests that nobody asked for by hand.
//
// Invariants:
//   - Text is released only when no rule can take it back; what may be the start of something forbidden is held.
//   - What was released in all is a prefix of what would be released if the raw text came in one piece, however the
//     raw text is cut into pieces, as long as it does not end for want of tokens.
//   - A byte is looked at once by the scanner; work per token is bounded, whatever was said before it.
//   - A Place is never changed once read, and safe for concurrent use; a finisher belongs to one goroutine.
package finishing
