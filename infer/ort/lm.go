package ort

// lm is the language model as the worker sees it: rows of KV cache and one step over some of them. It is used by the
// worker alone, but for Terminate.
type lm interface {
	// Step feeds each segment's tokens after the past of its row. It returns, for each segment that wants them, the
	// logits after its last token, or after every one, in order; they are valid until the next Step. Rows differ, and the
	// segments' rows rise.
	Step(segments []segment) ([][]float32, error)
	// Copy makes the first n tokens of one row's cache those of another.
	Copy(from, to, n int) error
	// Terminate ends the running Step, and any that begins before Resume, with an error. Any goroutine may call it.
	Terminate()
	// Resume lets steps run again.
	Resume()
	// Bytes is the memory reserved for the KV cache.
	Bytes() int64
	Close() error
}

// segment is what one row does in a step.
type segment struct {
	row  int
	past int     // tokens of the row that stay
	ids  []int32 // tokens fed after them
	want bool    // logits of the last one are wanted
	more int     // and those of so many before it
}

// wanted is for how many of a segment's tokens logits are wanted.
func (s segment) wanted() int {
	if !s.want {
		return 0
	}
	return 1 + s.more
}
