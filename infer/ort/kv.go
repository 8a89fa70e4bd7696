package ort

import "errors"

// kvCache is where the rows' keys and values are while a graph works on them in place: for each layer, first all rows'
// keys, then all rows' values, [rows, heads, context, width].
type kvCache interface {
	// run runs the graph on n rows: inputs and logits are the others of its inputs and outputs.
	run(inputs []value, logits value, first, n int) error
	copyRow(from, to, tokens int) error
	// release gives back what a row took, where that can be done.
	release(row int) error
	bytes() int64
	close() error // before the session's
}

// mappedKV is a cache in the machine's memory, whose pages are made when they are first written.
type mappedKV struct {
	c       Config
	session *session
	m       *memory
	views   map[[2]int]tensors // over a range of rows, by first row and number
}

func newMappedKV(c Config, s *session) (kvCache, error) {
	m, err := newMemory((2*c.Model.Layers*c.Rows*c.partBytes() + 3) / 4)
	if err != nil {
		return nil, err
	}
	return &mappedKV{c: c, session: s, m: m, views: map[[2]int]tensors{}}, nil
}

// partBytes is what a row takes in one part of the cache.
func (c *Config) partBytes() int {
	return c.Model.KVHeads * c.ContextTokens * c.Model.HeadDim * c.elementBytes()
}

func (k *mappedKV) run(inputs []value, logits value, first, n int) error {
	kv, err := k.view(first, n)
	if err != nil {
		return err
	}
	return k.session.run(append(inputs, kv...), append([]value{logits}, kv...))
}

// view returns the tensors over a range of rows, in the order of the names.
func (k *mappedKV) view(first, n int) ([]value, error) {
	key := [2]int{first, n}
	if view, ok := k.views[key]; ok {
		return view, nil
	}
	shape := []int64{int64(n), int64(k.c.Model.KVHeads), int64(k.c.ContextTokens), int64(k.c.Model.HeadDim)}
	var view tensors
	var err error
	for part := range 2 * k.c.Model.Layers {
		at := (part*k.c.Rows + first) * k.c.partBytes()
		data := k.m.mapped[at : at+n*k.c.partBytes()]
		if k.c.Model.HalfKV() {
			view.halves(shape, data, &err)
		} else {
			add(&view, shape, floats(data), &err)
		}
	}
	if err != nil {
		return nil, errors.Join(err, view.release())
	}
	k.views[key] = view
	return view, nil
}

func (k *mappedKV) copyRow(from, to, tokens int) error {
	width := k.c.Model.HeadDim * k.c.elementBytes()
	kv, head, n := k.m.mapped, k.c.ContextTokens*width, tokens*width
	for part := range 2 * k.c.Model.Layers {
		source, target := (part*k.c.Rows+from)*k.c.partBytes(), (part*k.c.Rows+to)*k.c.partBytes()
		for h := range k.c.Model.KVHeads {
			copy(kv[target+h*head:][:n], kv[source+h*head:][:n])
		}
	}
	return nil
}

// release gives what a row held back to the system, page by page.
func (k *mappedKV) release(row int) error {
	size := k.c.partBytes()
	for part := range 2 * k.c.Model.Layers {
		if err := k.m.release((part*k.c.Rows+row)*size, size); err != nil {
			return err
		}
	}
	return nil
}

func (k *mappedKV) bytes() int64 { return int64(len(k.m.mapped)) }

func (k *mappedKV) close() error {
	var errs []error
	for _, view := range k.views {
		errs = append(errs, view.release())
	}
	return errors.Join(append(errs, k.m.close())...)
}
