package ort

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// shared is a model whose KV cache stays in place: our own imports and onnxruntime-genai's exports.
type shared struct {
	*session
	c     Config
	genai bool // attention_mask instead of seqlens_k, and logits of all tokens

	lone    lone // where the graph has no query_seqlens
	kv      kvCache
	chunks  *chunks // nil where the first graph does everything
	logits  *memory
	scratch tensors // tensors of the running step
}

func openShared(c Config) (_ *shared, err error) {
	s := &shared{c: c, genai: c.Model.Exporter == "genai"}
	if err := openLibrary(c.LibraryPath); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.Close())
		}
	}()
	if s.logits, err = newMemory(maxLogits * c.Model.Vocabulary); err != nil {
		return nil, err
	}
	if c.Model.HalfKV() {
		s.lone = make(lone, c.Rows)
	}
	past, present := s.cacheNames()
	s.session, err = openSession(c, slices.Concat(s.inputs(), past), slices.Concat([]string{"logits"}, present))
	if err != nil {
		return nil, err
	}
	if c.keptOnDevice() {
		s.kv, err = newBoundKV(c, s.session, s.inputs(), past, present)
	} else {
		s.kv, err = newMappedKV(c, s.session)
	}
	if err != nil {
		return nil, err
	}
	s.chunks, err = openChunks(c, s.kv, past, present)
	return s, err
}

// inputs lists what a step passes besides the cache, in its order.
func (s *shared) inputs() []string {
	if s.genai {
		return []string{"input_ids", "attention_mask"}
	}
	names := []string{"input_ids", "seqlens_k", "total_sequence_length", "spread", "packed", "last"}
	if s.lone == nil {
		names = append(names, "query_seqlens")
	}
	return names
}

func (s *shared) cacheNames() (past, present []string) {
	for i := range s.c.Model.Layers {
		for _, part := range []string{".key", ".value"} {
			past = append(past, "past_key_values."+strconv.Itoa(i)+part)
			present = append(present, "present."+strconv.Itoa(i)+part)
		}
	}
	return past, present
}

// maxLogits is for how many tokens logits can be wanted in one step: a token of every lane and a few of drafts, or a
// chunk of a graph that makes them for every token. Their pages are made when they are first written.
const maxLogits = 512

// Bytes implements lm.
func (s *shared) Bytes() int64 { return s.kv.bytes() }

// Step implements lm. An import does short segments in one run, whatever rows they are on; others run one by one.
func (s *shared) Step(segments []segment) ([][]float32, error) {
	if s.chunks != nil {
		left, err := s.chunks.feed(segments)
		if err != nil {
			return nil, err
		}
		segments = left
	}
	short, long := s.split(segments)
	used, firsts := 1, make([]int, len(segments)) // row 0 is for what nobody wants
	for _, i := range slices.Concat(short, long) {
		firsts[i], used = used, used+s.rowsOfLogits(segments[i])
	}
	if used*s.c.Model.Vocabulary > len(s.logits.floats()) {
		return nil, fmt.Errorf("ort: logits of %d tokens are wanted at once", used)
	}
	if err := s.runTogether(segments, short, firsts); err != nil {
		return nil, err
	}
	for _, i := range long {
		run := s.runTogether
		if s.genai {
			run = s.runGenai
		}
		if err := run(segments, []int{i}, firsts); err != nil {
			return nil, err
		}
	}
	var logits [][]float32
	for i, seg := range segments {
		first := firsts[i] + s.rowsOfLogits(seg) - seg.wanted()
		for n := range seg.wanted() {
			logits = append(logits, s.row(first+n, 1))
		}
	}
	return logits, nil
}

// togetherTokens are the most that a segment may have to run together with others: for attention, all are padded to the
// longest.
const togetherTokens = 16

// split says which segments run together.
func (s *shared) split(segments []segment) (short, long []int) {
	for i, seg := range segments {
		if len(seg.ids) == 0 {
			continue // fed as a chunk
		}
		if most := s.lone.together(); !s.genai && len(seg.ids) <= most && seg.past+most <= s.c.ContextTokens {
			short = append(short, i)
		} else {
			long = append(long, i)
		}
	}
	if !s.lone.room(segments, short, s.c.ContextTokens) {
		return nil, append(short, long...)
	}
	return short, long
}

// rowsOfLogits is how many rows of logits a segment's run makes.
func (s *shared) rowsOfLogits(seg segment) int {
	if s.genai {
		return len(seg.ids)
	}
	return seg.wanted()
}

// row returns some rows of logits.
func (s *shared) row(first, n int) []float32 {
	vocabulary := s.c.Model.Vocabulary
	return s.logits.floats()[first*vocabulary : (first+n)*vocabulary]
}

// batch is what one run of an import is fed: see the inputs in package gguf.
type batch struct {
	first, rows, longest     int
	ids, spread, packed, out []int64
	lengths, news            []int32
	total                    int32
	outFirst                 int // row of the first logits; 0 where none are wanted
}

// newBatch makes a batch of some segments on rising rows.
func newBatch(segments []segment, which, firsts []int, ends lone) *batch {
	b := &batch{first: segments[which[0]].row}
	b.rows = segments[which[len(which)-1]].row - b.first + 1
	for _, i := range which {
		b.longest = max(b.longest, len(segments[i].ids))
	}
	b.lengths, b.news, b.spread = make([]int32, b.rows), make([]int32, b.rows), make([]int64, b.rows*b.longest)
	ends.idle(b)
	for _, i := range which {
		seg := segments[i]
		at, n := seg.row-b.first, len(seg.ids)
		ends.wrote(seg.row, seg.past+n)
		b.lengths[at], b.news[at] = int32(seg.past+n-1), int32(n)
		b.total = max(b.total, int32(seg.past+n))
		if seg.wanted() > 0 && b.outFirst == 0 {
			b.outFirst = firsts[i]
		}
		for k, id := range seg.ids {
			b.spread[at*b.longest+k] = int64(len(b.ids))
			if k >= n-seg.wanted() {
				b.out = append(b.out, int64(len(b.ids)))
			}
			b.packed = append(b.packed, int64(at*b.longest+k))
			b.ids = append(b.ids, int64(id))
		}
	}
	return b
}

// runTogether does some segments in one run; firsts tells where each one's logits go, one after the other.
func (s *shared) runTogether(segments []segment, which, firsts []int) (err error) {
	if len(which) == 0 {
		return nil
	}
	defer func() { err = errors.Join(err, s.scratch.release()) }()
	b := newBatch(segments, which, firsts, s.lone)
	t, rows := int64(len(b.ids)), int64(b.rows)
	if len(b.out) == 0 {
		b.out = []int64{t - 1} // the graph makes some
	}
	out := s.row(b.outFirst, len(b.out))
	inputs := []value{
		add(&s.scratch, []int64{t}, b.ids, &err), add(&s.scratch, []int64{rows}, b.lengths, &err),
		s.scratch.scalar(b.total, &err),
		add(&s.scratch, []int64{rows, int64(b.longest)}, b.spread, &err), add(&s.scratch, []int64{t}, b.packed, &err),
		add(&s.scratch, []int64{int64(len(b.out))}, b.out, &err),
	}
	if s.lone == nil {
		inputs = append(inputs, add(&s.scratch, []int64{rows}, b.news, &err))
	}
	logits := add(&s.scratch, []int64{int64(len(b.out)), int64(s.c.Model.Vocabulary)}, out, &err)
	if err != nil {
		return err
	}
	return s.kv.run(inputs, logits, b.first, b.rows)
}

// runGenai does one segment on a graph of onnxruntime-genai's.
func (s *shared) runGenai(segments []segment, which, firsts []int) (err error) {
	defer func() { err = errors.Join(err, s.scratch.release()) }()
	seg := segments[which[0]]
	n, total := len(seg.ids), seg.past+len(seg.ids)
	ids := make([]int64, n)
	for i, id := range seg.ids {
		ids[i] = int64(id)
	}
	inputs := []value{add(&s.scratch, []int64{1, int64(n)}, ids, &err), add(&s.scratch, []int64{1, int64(total)}, ones(total), &err)}
	out := s.row(firsts[which[0]], n)
	logits := add(&s.scratch, []int64{1, int64(n), int64(s.c.Model.Vocabulary)}, out, &err)
	if err != nil {
		return err
	}
	return s.kv.run(inputs, logits, seg.row, 1)
}

func ones(n int) []int64 {
	mask := make([]int64, n)
	for i := range mask {
		mask[i] = 1
	}
	return mask
}

// Copy implements lm.
func (s *shared) Copy(from, to, n int) error {
	s.lone.wrote(to, n)
	return s.kv.copyRow(from, to, n)
}

// Release implements releaser.
func (s *shared) Release(row int) error { return s.kv.release(row) }

// Close frees everything.
func (s *shared) Close() error {
	var errs []error
	if s.kv != nil {
		errs = append(errs, s.kv.close())
	}
	if s.chunks != nil {
		errs = append(errs, s.chunks.close())
	}
	errs = append(errs, s.session.close())
	if s.logits != nil {
		errs = append(errs, s.logits.close())
	}
	return errors.Join(append(errs, closeLibrary())...)
}
