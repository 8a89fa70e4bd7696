package main

import (
	"inkling/contexts/syntax"
	"inkling/rest/metrics"
)

// syntaxes are the figures of the syntax trees, for the metrics.
func (a *application) syntaxes() metrics.SyntaxStats {
	s, open := a.syntax.Stats(), syntax.OpenNatives()
	return metrics.SyntaxStats{
		Documents: s.Documents, Trees: s.Trees, Bytes: s.Bytes, FullParses: s.FullParses, Reparses: s.Reparses, Excerpts: s.Excerpts,
		Repairs: s.Repairs, Dropped: s.Dropped, TimedOut: s.TimedOut, Left: s.Left, TooLarge: s.TooLarge, GrammarFails: s.GrammarFails,
		Overspent: s.Overspent, Refused: s.Refused, Failed: s.Failed,
		NativeTrees: open.Trees, NativeCursors: open.Cursors,
	}
}
