package contexts

import "inkling/infer"

// Place is where a completion is asked for.
type Place struct {
	Document *Document
	Offset   int         // byte offset of the cursor
	Others   []*Document // other open files of the session, most recently used first
}

// Builder makes requests out of places. It is the one way by which every door does so, and safe for concurrent use.
type Builder struct {
	Counter       infer.TokenCounter
	ContextTokens int // prompt and answer together
	MaxTokens     int // answer, where the request names no other
}

// Request returns the prompt parts, the finishers and the document reference for a place; the caller fills in Caller
// and Priority. Options are validated: an error wraps infer.ErrOption.
func (b *Builder) Request(p Place, opts infer.Options) (infer.Request, error) {
	return infer.Request{}, nil
}
