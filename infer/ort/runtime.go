package ort

import (
	"errors"
	"fmt"
	"strconv"
	"sync"

	onnx "github.com/yalue/onnxruntime_go"
)

// library is the runtime's one environment, shared by all engines of the process.
var library struct {
	sync.Mutex
	users int
	path  string
}

func openLibrary(path string) error {
	library.Lock()
	defer library.Unlock()
	if library.users > 0 && library.path != path {
		return fmt.Errorf("ort: %s is in use already, so %s cannot be", library.path, path)
	}
	if library.users == 0 {
		onnx.SetSharedLibraryPath(path)
		if err := onnx.InitializeEnvironment(onnx.WithLogLevelError()); err != nil {
			return fmt.Errorf("ort: opening %s: %w", path, err)
		}
	}
	library.users, library.path = library.users+1, path
	return nil
}

func closeLibrary() error {
	library.Lock()
	defer library.Unlock()
	if library.users--; library.users > 0 {
		return nil
	}
	return onnx.DestroyEnvironment()
}

// shared is a model whose KV cache stays in place: our own imports and onnxruntime-genai's exports.
type shared struct {
	c       Config
	session *onnx.DynamicAdvancedSession
	options *onnx.RunOptions
	genai   bool // attention_mask instead of seqlens_k, and logits of all tokens

	kv      *memory // for each layer, first all rows' keys, then all rows' values: [rows, heads, context, width]
	logits  *memory
	views   map[[2]int][]onnx.Value // tensors over a range of rows, by first row and number
	scratch []onnx.Value            // tensors of the running step
}

func openShared(c Config) (_ *shared, err error) {
	s := &shared{c: c, views: map[[2]int][]onnx.Value{}, genai: c.Model.Exporter == "genai"}
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
	if s.options, err = onnx.NewRunOptions(); err != nil {
		return nil, err
	}
	inputs, outputs := s.names()
	s.session, err = openSession(c, inputs, outputs)
	return s, err
}

// openSession loads a graph.
func openSession(c Config, inputs, outputs []string) (*onnx.DynamicAdvancedSession, error) {
	options, err := onnx.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		options.SetIntraOpNumThreads(c.Threads),
		options.SetMemPattern(false), // shapes vary with every step
		options.SetLogSeverityLevel(onnx.LoggingLevelError),
		// Threads that spin would burn the processor while nobody types.
		options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0"),
		options.AddSessionConfigEntry("session.use_device_allocator_for_initializers", "1"),
	)
	if err != nil {
		return nil, errors.Join(err, options.Destroy())
	}
	session, err := onnx.NewDynamicAdvancedSession(c.Model.Graph, inputs, outputs, options)
	if err := errors.Join(err, options.Destroy()); err != nil {
		return nil, fmt.Errorf("ort: loading %s: %w", c.Model.Graph, err)
	}
	return session, nil
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

// Terminate implements lm.
func (s *shared) Terminate() { _ = s.options.Terminate() }

// Resume implements lm.
func (s *shared) Resume() { _ = s.options.UnsetTerminate() }

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
	defer func() { err = errors.Join(err, s.release()) }()
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
	inputs := []onnx.Value{add(s, []int64{int64(b), int64(n)}, ids, &err)}
	wanted, skip := b, 0
	if s.genai {
		inputs = append(inputs, add(s, []int64{1, int64(total)}, ones(total), &err))
		wanted, skip = n, n-1
	} else {
		inputs = append(inputs, s.lengths(segments, &err), s.scalar(int32(total), &err), s.last(b, n, &err))
	}
	vocabulary := s.c.Model.Vocabulary
	out := s.logits.floats()[used*vocabulary : (used+wanted)*vocabulary]
	shape := []int64{int64(wanted), int64(vocabulary)}
	if s.genai {
		shape = []int64{1, int64(wanted), int64(vocabulary)}
	}
	outputs := append([]onnx.Value{add(s, shape, out, &err)}, kv...)
	if err != nil {
		return nil, err
	}
	if err := s.session.RunWithOptions(append(inputs, kv...), outputs, s.options); err != nil {
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

func (s *shared) lengths(segments []segment, err *error) onnx.Value {
	values := make([]int32, 0, len(segments))
	for _, seg := range segments {
		values = append(values, int32(seg.past+len(seg.ids)-1))
	}
	return add(s, []int64{int64(len(values))}, values, err)
}

// last lists the flat indices of each row's last token.
func (s *shared) last(b, n int, err *error) onnx.Value {
	values := make([]int64, 0, b)
	for i := range b {
		values = append(values, int64(i*n+n-1))
	}
	return add(s, []int64{int64(b)}, values, err)
}

func (s *shared) scalar(value int32, err *error) onnx.Value {
	v, failed := onnx.NewScalar(value)
	*err = errors.Join(*err, failed)
	if failed == nil {
		s.scratch = append(s.scratch, v)
	}
	return v
}

// add makes a tensor that lives until the end of the run.
func add[T onnx.TensorData](s *shared, shape []int64, data []T, err *error) onnx.Value {
	v, failed := onnx.NewTensor(onnx.Shape(shape), data)
	*err = errors.Join(*err, failed)
	if failed == nil {
		s.scratch = append(s.scratch, v)
	}
	return v
}

func (s *shared) release() (err error) {
	for _, v := range s.scratch {
		err = errors.Join(err, v.Destroy())
	}
	s.scratch = s.scratch[:0]
	return err
}

// view returns the KV tensors over a range of rows, in the order of the names.
func (s *shared) view(first, n int) ([]onnx.Value, error) {
	key := [2]int{first, n}
	if view, ok := s.views[key]; ok {
		return view, nil
	}
	shape := onnx.NewShape(int64(n), int64(s.c.Model.KVHeads), int64(s.c.ContextTokens), int64(s.c.Model.HeadDim))
	var view []onnx.Value
	for part := range 2 * s.c.Model.Layers {
		at := (part*s.c.Rows + first) * s.rowFloats()
		tensor, err := onnx.NewTensor(shape, s.kv.floats()[at:at+n*s.rowFloats()])
		if err != nil {
			return nil, err
		}
		view = append(view, tensor)
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
	if s.session != nil {
		errs = append(errs, s.session.Destroy())
	}
	if s.options != nil {
		errs = append(errs, s.options.Destroy())
	}
	for _, m := range []*memory{s.kv, s.logits} {
		if m != nil {
			errs = append(errs, m.close())
		}
	}
	return errors.Join(append(errs, closeLibrary())...)
}
