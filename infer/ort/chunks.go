package ort

import "errors"

// chunkFrom is how many tokens a segment of a mixed import must have to be fed by a graph that multiplies faster and less exactly, into the
// same cache: from there on two runs are faster than one. The tokens whose logits are wanted are the first graph's; so are single tokens
// and short segments. What a token's keys and values are thus hangs on how it came: at once with others, or typed.
const chunkFrom = 32

// chunks is the graph that only feeds.
type chunks struct {
	*session
	kv      *mappedKV
	scratch tensors
}

// openChunks loads it; it is nil where there is none, or where the cache is on another device.
func openChunks(c Config, cache kvCache, past, present []string) (*chunks, error) {
	kv, mapped := cache.(*mappedKV)
	if c.Model.Chunks == "" || !mapped {
		return nil, nil
	}
	c.Model.Graph = c.Model.Chunks
	s, err := openSession(c, append([]string{"input_ids", "seqlens_k", "total_sequence_length"}, past...), present)
	if err != nil {
		return nil, err
	}
	return &chunks{session: s, kv: kv}, nil
}

// takes is how many of a segment's tokens it feeds.
func (f *chunks) takes(seg segment) int {
	if f == nil || len(seg.ids) < chunkFrom {
		return 0
	}
	return len(seg.ids) - seg.wanted() // the first graph makes the logits
}

// feed feeds the beginnings of segments, and returns what is left of them for the first graph, with places for all.
func (f *chunks) feed(segments []segment) (left []segment, err error) {
	left = append(left, segments...)
	for i, seg := range segments {
		n := f.takes(seg)
		if n == 0 {
			continue
		}
		if err := f.run(segment{row: seg.row, past: seg.past, ids: seg.ids[:n]}); err != nil {
			return nil, err
		}
		left[i].past, left[i].ids = seg.past+n, seg.ids[n:]
	}
	return left, nil
}

func (f *chunks) run(seg segment) (err error) {
	defer func() { err = errors.Join(err, f.scratch.release()) }()
	n := len(seg.ids)
	ids := make([]int64, n)
	for i, id := range seg.ids {
		ids[i] = int64(id)
	}
	kv, err := f.kv.view(seg.row, 1)
	if err != nil {
		return err
	}
	inputs := []value{
		add(&f.scratch, []int64{int64(n)}, ids, &err), add(&f.scratch, []int64{1}, []int32{int32(seg.past + n - 1)}, &err),
		f.scratch.scalar(int32(seg.past+n), &err),
	}
	if err != nil {
		return err
	}
	return f.session.run(append(inputs, kv...), kv)
}

// Terminate implements lm: either graph may be running.
func (s *shared) Terminate() {
	s.session.Terminate()
	if s.chunks != nil {
		s.chunks.Terminate()
	}
}

// Resume implements lm.
func (s *shared) Resume() {
	s.session.Resume()
	if s.chunks != nil {
		s.chunks.Resume()
	}
}
