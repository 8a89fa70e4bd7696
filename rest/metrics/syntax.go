package metrics

// SyntaxStats is what the syntax trees say of themselves.
type SyntaxStats struct {
	Documents     int    `json:"documents" doc:"Documents that may have a tree"`
	Trees         int    `json:"trees" doc:"Of those, the ones that hold one"`
	Bytes         int64  `json:"bytes" doc:"Estimated weight of the trees"`
	FullParses    uint64 `json:"fullParses" doc:"Of a whole text"`
	Reparses      uint64 `json:"reparses" doc:"Of what edits touched"`
	Excerpts      uint64 `json:"excerpts" doc:"Of an excerpt around a place"`
	Repairs       uint64 `json:"repairs" doc:"Second parses for a place in broken code"`
	Dropped       uint64 `json:"dropped" doc:"Trees dropped for the budget"`
	Overspent     uint64 `json:"overspent" doc:"Answers of plain text for documents that had no time of the processor left"`
	TimedOut      uint64 `json:"timedOut"`
	Left          uint64 `json:"left" doc:"Parses that were left in the midst of a step, for its time or its memory"`
	TooLarge      uint64 `json:"tooLarge" doc:"Texts above the limit"`
	GrammarFails  uint64 `json:"grammarFails"`
	Refused       uint64 `json:"refused" doc:"Parses of text that a grammar is known to fail on, or after it failed too often"`
	Failed        uint64 `json:"failed" doc:"Parses that a grammar's own code failed"`
	NativeTrees   int64  `json:"nativeTrees" doc:"Open now outside of the Go heap, in the whole process"`
	NativeCursors int64  `json:"nativeCursors"`
}

func collectSyntax(v SyntaxStats, gauge func(string, string, float64), count func(string, string, uint64)) {
	gauge("syntax_documents", "Documents that may have a tree.", float64(v.Documents))
	gauge("syntax_trees", "Documents that hold a tree.", float64(v.Trees))
	gauge("syntax_bytes", "Estimated weight of the trees.", float64(v.Bytes))
	gauge("syntax_native_trees", "Trees open outside of the Go heap.", float64(v.NativeTrees))
	gauge("syntax_native_cursors", "Query cursors open outside of the Go heap.", float64(v.NativeCursors))
	count("syntax_full_parses_total", "Parses of a whole text.", v.FullParses)
	count("syntax_reparses_total", "Parses of what edits touched.", v.Reparses)
	count("syntax_excerpts_total", "Parses of an excerpt around a place.", v.Excerpts)
	count("syntax_repairs_total", "Second parses for a place in broken code.", v.Repairs)
	count("syntax_dropped_total", "Trees dropped for the budget.", v.Dropped)
	count("syntax_overspent_total", "Answers of plain text for documents that had no time of the processor left.", v.Overspent)
	count("syntax_timed_out_total", "Parses and queries that ran past their timeout.", v.TimedOut)
	count("syntax_left_total", "Parses that were left in the midst of a step, for its time or its memory.", v.Left)
	count("syntax_too_large_total", "Texts above the limit.", v.TooLarge)
	count("syntax_refused_total", "Parses of text that a grammar is known to fail on, or after it failed too often.", v.Refused)
	count("syntax_failed_total", "Parses that a grammar's own code failed.", v.Failed)
	count("syntax_grammar_fails_total", "Documents whose grammar or queries do not load.", v.GrammarFails)
}
