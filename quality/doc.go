// Package quality measures how often suggestions are right, at places in real code.
//
// Its nouns: a [Spot] is a cursor in a file from which the code that follows was taken out; a [Variant] is a way to build
// requests; an [Outcome] is what one variant said at one spot; a [Score] sums outcomes up.
//
// Invariants: spots depend on seed and sources alone; what was taken out, and nothing after it, is the truth, followed by
// the text that stands after the hole, for suggestions that reach past it; every variant sees the same spots.
package quality
