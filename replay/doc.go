// Package replay types real files, key by key, over real protocols, and measures what a typist would feel.
//
// Its nouns: a [Trace] is a file with holes and the text that belongs in them; a typist fills the holes, one [Key]
// after the other; a [Peer] is a server under test, a [Desk] one typist's editor at it; an [Answer] is what came for
// a key; a [Report] sums up.
//
// Invariants:
//   - The keys of a trace depend on its seed and place alone, never on the peer, so that peers are driven alike.
//   - A closed loop presses the next key when the answer is whole; an open loop presses it when the typist would,
//     and what had not arrived by then counts as not seen.
//   - A suggestion is right when the text that really followed begins with it.
package replay
