package ort

import (
	"errors"
	"strconv"
)

// shared is a model whose KV cache stays in place: our own imports and onnxruntime-genai's exports.
type shared struct {
	*session
	c     Config
	genai bool // attention_mask instead of seqlens_k, and logits of all tokens

	kv      *memory // for each layer, first all rows' keys, then all rows' values: [rows, heads, context, width]
	logits  *memory
	views   map[[2]int][]value // tensors over a range of rows, by first row and number
	scratch tensors            // tensors of the running step
}

func openShared(c Config) (_ *shared, err error) {
	s := &shared{c: c, views: map[[2]int][]value{}, genai: c.Model.Exporter == "genai"}
	if err := openLibrary(c.LibraryPath); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.kv, err = newMemory(2 * c.Model.Layers * c.Rows * s.rowFloats()); err != nil {
		return nil, err
	}
	if s.logits, err = newMemory(max(c.Rows, s.logitRows()) * c.Model.Vocabulary); err != nil {
		return nil, err
	}
	inputs, outputs := s.names()
	s.session, err = openSession(c, inputs, outputs)
	return s, err
}

// names lists inputs and outputs in the order in which a step passes them.
func (s *shared) names() (inputs, outputs []string) {
	inputs = []string{"input_ids", "seqlens_k", "total_sequence_length", "last"}
	if s.genai {
		inputs = []string{"input_ids", "attention_mask"}
	}
	outputs = []string{"logits"}
	for i := range s.c.Model.Layers {
		for _, part := range []string{".key", ".value"} {
			inputs = append(inputs, "past_key_values."+strconv.Itoa(i)+part)
			outputs = append(outputs, "present."+strconv.Itoa(i)+part)
		}
	}
	return inputs, outputs
}

func (s *shared) rowFloats() int {
	return s.c.Model.KVHeads * s.c.ContextTokens * s.c.Model.HeadDim
}

// logitRows is how many rows of logits one step can make: genai's graphs make one for every token of a chunk.
func (s *shared) logitRows() int {
	if s.genai {
		return chunkTokens
	}
	return 1
}

// Bytes implements lm.
func (s *shared) Bytes() int64 { return int64(len(s.kv.mapped)) }

// Step implements lm. Segments of one token on neighbouring rows become one run; the others run one by one.
func (s *shared) Step(segments []segment) ([][]float32, error) {
	var logits [][]float32
	used := 0
	for len(segments) > 0 {
		n := 1
		for n < len(segments) && !s.genai && together(segments[n-1], segments[n]) {
			n++
		}
		got, err := s.run(segments[:n], used)
		if err != nil {
			return nil, err
		}
		logits, used, segments = append(logits, got...), used+len(got), segments[n:]
	}
	return logits, nil
}

func together(a, b segment) bool {
	return len(a.ids) == 1 && len(b.ids) == 1 && a.want && b.want && b.row == a.row+1
}

// run does segments of equal length on neighbouring rows at once.
func (s *shared) run(segments []segment, used int) (logits [][]float32, err error) {
	defer func() { err = errors.Join(err, s.scratch.release()) }()
	first, b, n := segments[0].row, len(segments), len(segments[0].ids)
	ids, total := make([]int64, 0, b*n), 0
	for _, seg := range segments {
		for _, id := range seg.ids {
			ids = append(ids, int64(id))
		}
		total = max(total, seg.past+n)
	}
	kv, err := s.view(first, b)
	if err != nil {
		return nil, err
	}
	inputs := []value{add(&s.scratch, []int64{int64(b), int64(n)}, ids, &err)}
	wanted, skip := b, 0
	if s.genai {
		inputs = append(inputs, add(&s.scratch, []int64{1, int64(total)}, ones(total), &err))
		wanted, skip = n, n-1
	} else {
		inputs = append(inputs, s.lengths(segments, &err), s.scratch.scalar(int32(total), &err), s.last(b, n, &err))
	}
	vocabulary := s.c.Model.Vocabulary
	out := s.logits.floats()[used*vocabulary : (used+wanted)*vocabulary]
	shape := []int64{int64(wanted), int64(vocabulary)}
	if s.genai {
		shape = []int64{1, int64(wanted), int64(vocabulary)}
	}
	outputs := append([]value{add(&s.scratch, shape, out, &err)}, kv...)
	if err != nil {
		return nil, err
	}
	if err := s.session.run(append(inputs, kv...), outputs); err != nil {
		return nil, err
	}
	for i, seg := range segments {
		if seg.want {
			logits = append(logits, out[(i+skip)*vocabulary:(i+skip+1)*vocabulary])
		}
	}
	return logits, nil
}

func ones(n int) []int64 {
	mask := make([]int64, n)
	for i := range mask {
		mask[i] = 1
	}
	return mask
}

func (s *shared) lengths(segments []segment, err *error) value {
	values := make([]int32, 0, len(segments))
	for _, seg := range segments {
		values = append(values, int32(seg.past+len(seg.ids)-1))
	}
	return add(&s.scratch, []int64{int64(len(values))}, values, err)
}

// last lists the flat indices of each row's last token.
func (s *shared) last(b, n int, err *error) value {
	values := make([]int64, 0, b)
	for i := range b {
		values = append(values, int64(i*n+n-1))
	}
	return add(&s.scratch, []int64{int64(b)}, values, err)
}

// view returns the KV tensors over a range of rows, in the order of the names.
func (s *shared) view(first, n int) ([]value, error) {
	key := [2]int{first, n}
	if view, ok := s.views[key]; ok {
		return view, nil
	}
	shape := []int64{int64(n), int64(s.c.Model.KVHeads), int64(s.c.ContextTokens), int64(s.c.Model.HeadDim)}
	var view tensors
	var err error
	for part := range 2 * s.c.Model.Layers {
		at := (part*s.c.Rows + first) * s.rowFloats()
		add(&view, shape, s.kv.floats()[at:at+n*s.rowFloats()], &err)
	}
	if err != nil {
		return nil, errors.Join(err, view.release())
	}
	s.views[key] = view
	return view, nil
}

// Copy implements lm.
func (s *shared) Copy(from, to, n int) error {
	kv, head := s.kv.floats(), s.c.ContextTokens*s.c.Model.HeadDim
	for part := range 2 * s.c.Model.Layers {
		source, target := (part*s.c.Rows+from)*s.rowFloats(), (part*s.c.Rows+to)*s.rowFloats()
		for h := range s.c.Model.KVHeads {
			copy(kv[target+h*head:][:n*s.c.Model.HeadDim], kv[source+h*head:][:n*s.c.Model.HeadDim])
		}
	}
	return nil
}

// Close frees everything.
func (s *shared) Close() error {
	var errs []error
	for _, view := range s.views {
		for _, v := range view {
			errs = append(errs, v.Destroy())
		}
	}
	errs = append(errs, s.session.close())
	for _, m := range []*memory{s.kv, s.logits} {
		if m != nil {
			errs = append(errs, m.close())
		}
	}
	return errors.Join(append(errs, closeLibrary())...)
}
