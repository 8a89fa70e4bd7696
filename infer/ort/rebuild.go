package ort

import (
	"errors"
	"time"
)

// retryAfter is how long after a failed try the model is opened again where nobody asks: a server that says that it failed is
// sent no requests.
const retryAfter = 5 * time.Second

// mend opens the model again where that failed and it is time, and returns after how long it is to be called again; 0: the
// model is open.
func (w *worker) mend() time.Duration {
	if _, failed := w.e.lm.(broken); !failed {
		return 0
	}
	if left := retryAfter - time.Since(w.tried); left > 0 {
		return left
	}
	if w.rebuild(); w.tried.IsZero() {
		return 0
	}
	return retryAfter
}

// replace closes the model whose runtime failed, and opens it anew.
func (e *Engine) replace() (lm, error) {
	closed := e.lm.Close()
	fresh, err := e.reopen()
	if err != nil {
		return nil, errors.Join(err, closed)
	}
	return fresh, nil
}

// setModel puts another model in place; no step runs.
func (e *Engine) setModel(m lm) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.lm = m
}

// broken stands for a model that could not be opened again: every request tries once more.
type broken struct{ err error }

func (b broken) Step([]segment) ([][]float32, error) { return nil, b.err }
func (b broken) Copy(int, int, int) error            { return b.err }
func (b broken) Terminate()                          {}
func (b broken) Resume()                             {}
func (b broken) Bytes() int64                        { return 0 }
func (b broken) Close() error                        { return nil }
