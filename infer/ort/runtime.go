package ort

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strconv"
	"sync"
	"time"

	onnx "github.com/yalue/onnxruntime_go"

	"inkling/infer/ort/products"
)

// value is a tensor that the runtime reads or writes.
type value = onnx.Value

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
		// The runtime would note what it does in the user's cache, and send that to its makers.
		if err := os.Setenv("ORT_DISABLE_TELEMETRY", "1"); err != nil {
			return fmt.Errorf("ort: telemetry: %w", err)
		}
		onnx.SetSharedLibraryPath(path)
		if err := onnx.InitializeEnvironment(onnx.WithLogLevelError()); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrLibrary, path, err)
		}
		if err := onnx.DisableTelemetry(); err != nil {
			return fmt.Errorf("ort: telemetry: %w", errors.Join(err, onnx.DestroyEnvironment()))
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

// spin is how long a thread of the runtime looks for work before it sleeps: longer than what lies between two
// nodes of a graph, so that none of them waits for a thread to wake (a third of a decode step on two threads), and
// nothing beside a person's pauses, so that the processor is idle while nobody types. BenchmarkThreads measures both.
const spin = 200 * time.Microsecond

// session is a loaded graph. It is used by the worker alone, but for Terminate.
type session struct {
	graph   *onnx.DynamicAdvancedSession
	options *onnx.RunOptions
	domain  *products.Domain
}

// openOptions are a session's, before it is opened. The domain is to be closed after the session.
type openOptions struct {
	*onnx.SessionOptions
	domain *products.Domain
}

func newOptions(library string) (*openOptions, error) {
	options, err := onnx.NewSessionOptions()
	if err != nil {
		return nil, err
	}
	domain, err := products.Add(library, options)
	if err != nil {
		return nil, errors.Join(err, options.Destroy())
	}
	return &openOptions{options, domain}, nil
}

// close is for options of which no session is left.
func (o *openOptions) close() error {
	err := o.Destroy()
	o.domain.Close()
	return err
}

// sessionOptions are those of every session of an engine.
func sessionOptions(c Config) (*openOptions, error) {
	options, err := newOptions(c.LibraryPath)
	if err != nil {
		return nil, err
	}
	err = errors.Join(
		options.SetIntraOpNumThreads(c.Threads),
		options.SetMemPattern(false), // shapes vary with every step
		options.SetLogSeverityLevel(onnx.LoggingLevelError),
		options.AddSessionConfigEntry("session.intra_op.allow_spinning", "1"),
		options.AddSessionConfigEntry("session.intra_op.spin_duration_us", strconv.FormatInt(cmp.Or(c.spin, spin).Microseconds(), 10)),
		options.AddSessionConfigEntry("session.use_device_allocator_for_initializers", "1"),
	)
	if err == nil {
		err = useDevice(options.SessionOptions, c)
	}
	if err != nil {
		return nil, errors.Join(err, options.close())
	}
	return options, nil
}

// openSession loads a graph.
func openSession(c Config, inputs, outputs []string) (*session, error) {
	options, err := sessionOptions(c)
	if err != nil {
		return nil, err
	}
	var graph *onnx.DynamicAdvancedSession
	err = hugePages(func() (err error) {
		graph, err = onnx.NewDynamicAdvancedSession(c.Model.Graph, inputs, outputs, options.SessionOptions)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("ort: loading %s: %w", c.Model.Graph, errors.Join(err, options.close()))
	}
	run, err := onnx.NewRunOptions()
	if failed := options.Destroy(); err == nil && failed != nil {
		err = errors.Join(failed, run.Destroy())
	}
	if err != nil {
		err = errors.Join(err, graph.Destroy())
		options.domain.Close()
		return nil, err
	}
	return &session{graph: graph, options: run, domain: options.domain}, nil
}

// run feeds inputs and fills outputs, in the order of the names that the session was opened with.
func (s *session) run(inputs, outputs []value) error {
	return s.graph.RunWithOptions(inputs, outputs, s.options)
}

// Terminate implements lm.
func (s *session) Terminate() { _ = s.options.Terminate() } // fails only after close

// Resume implements lm.
func (s *session) Resume() { _ = s.options.UnsetTerminate() } // fails only after close

func (s *session) close() error {
	if s == nil {
		return nil
	}
	err := errors.Join(s.graph.Destroy(), s.options.Destroy())
	s.domain.Close()
	return err
}

// slot is an input or output of a graph.
type slot struct {
	shape []int64 // -1: any
	half  bool    // float16
}

// describe lists a graph's inputs and outputs by name. It loads the graph once more, without optimising it.
func describe(library, graph string) (inputs, outputs map[string]slot, err error) {
	options, err := newOptions(library)
	if err != nil {
		return nil, nil, err
	}
	err = errors.Join(
		options.SetGraphOptimizationLevel(onnx.GraphOptimizationLevelDisableAll),
		options.SetLogSeverityLevel(onnx.LoggingLevelError),
	)
	var in, out []onnx.InputOutputInfo
	if err == nil {
		in, out, err = onnx.GetInputOutputInfoWithOptions(graph, options.SessionOptions)
	}
	if err := errors.Join(err, options.close()); err != nil {
		return nil, nil, fmt.Errorf("ort: reading %s: %w", graph, err)
	}
	return slots(in), slots(out), nil
}

func slots(infos []onnx.InputOutputInfo) map[string]slot {
	found := make(map[string]slot, len(infos))
	for _, info := range infos {
		found[info.Name] = slot{shape: info.Dimensions, half: info.DataType == onnx.TensorElementDataTypeFloat16}
	}
	return found
}

// tensors are those of one step.
type tensors []value

// add makes a tensor over data, which must stay where it is until release. It joins an error to err.
func add[T onnx.TensorData](t *tensors, shape []int64, data []T, err *error) value {
	v, failed := onnx.NewTensor(onnx.Shape(shape), data)
	*err = errors.Join(*err, failed)
	if failed == nil {
		*t = append(*t, v)
	}
	return v
}

// flag makes a tensor of one truth value.
func (t *tensors) flag(on bool, err *error) value {
	data := []byte{0}
	if on {
		data[0] = 1
	}
	v, failed := onnx.NewCustomDataTensor(onnx.NewShape(1), data, onnx.TensorElementDataTypeBool)
	*err = errors.Join(*err, failed)
	if failed == nil {
		*t = append(*t, v)
	}
	return v
}

// halves makes a tensor of float16 over data.
func (t *tensors) halves(shape []int64, data []byte, err *error) {
	v, failed := onnx.NewCustomDataTensor(onnx.Shape(shape), data, onnx.TensorElementDataTypeFloat16)
	*err = errors.Join(*err, failed)
	if failed == nil {
		*t = append(*t, v)
	}
}

func (t *tensors) scalar(number int32, err *error) value {
	v, failed := onnx.NewScalar(number)
	*err = errors.Join(*err, failed)
	if failed == nil {
		*t = append(*t, v)
	}
	return v
}

func (t *tensors) release() (err error) {
	for _, v := range *t {
		err = errors.Join(err, v.Destroy())
	}
	*t = (*t)[:0]
	return err
}
