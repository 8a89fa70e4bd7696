package ort

import "errors"

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
