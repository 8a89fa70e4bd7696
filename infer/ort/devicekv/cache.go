package devicekv

// #include <stdlib.h>
// #include "calls.h"
// #include "slots.h"
import "C"

import (
	"errors"
	"fmt"
	"unsafe"

	onnx "github.com/yalue/onnxruntime_go"
)

// Memory that a [Config] may name, as the runtime calls it.
const (
	CPU  = "Cpu"
	CUDA = "Cuda"
)

// ONNX's names of element types.
const (
	float32Kind = 1
	float16Kind = 10
)

// Config says what a cache is like. All fields are needed, but for Half.
type Config struct {
	Library       string   // path of the library, which the binding has loaded
	Memory        string   // CPU or CUDA
	Inputs        []string // what a run is fed besides the cache, in the order of Run
	Output        string   // what it gives besides the cache
	Past, Present []string // the cache's inputs, and its outputs in the same order
	Rows          int
	Heads         int
	Tokens        int
	Width         int  // elements of a head
	Half          bool // float16, not float32
}

func (c Config) elementBytes() int {
	if c.Half {
		return 2
	}
	return 4
}

func (c Config) headBytes() int { return c.Tokens * c.Width * c.elementBytes() }
func (c Config) rowBytes() int  { return c.Heads * c.headBytes() }

// Cache is a KV cache on a device.
type Cache struct {
	c                Config
	runtime          *runtime
	session, options handle
	info, allocator  handle
	parts            []handle // device memory of each of the graph's parts, all rows
	views            map[[2]int]*view
	names            map[string]*C.char
	copier           *copier
}

// view is some rows of the cache, bound.
type view struct {
	binding handle
	tensors []handle
}

// New allocates a cache for a session that was opened with options and whose runs take run. The caller closes the cache
// before the session.
func New(session *onnx.DynamicAdvancedSession, options *onnx.SessionOptions, run *onnx.RunOptions, config Config) (_ *Cache, err error) {
	c := &Cache{c: config, views: map[[2]int]*view{}, names: map[string]*C.char{}}
	if len(config.Past) == 0 || len(config.Past) != len(config.Present) {
		return nil, fmt.Errorf("devicekv: %d inputs and %d outputs of the cache", len(config.Past), len(config.Present))
	}
	if c.runtime, err = openRuntime(config.Library); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.Close())
		}
	}()
	var ofSession, ofOptions error
	c.session, ofSession = sessionOf(session)
	c.options, ofOptions = optionsOf(run)
	if err := errors.Join(ofSession, ofOptions); err != nil {
		return nil, err
	}
	if err := c.allocate(); err != nil {
		return nil, err
	}
	if c.copier, err = openCopier(len(config.Past)*config.Heads, config.Half, options); err != nil {
		return nil, err
	}
	return c, c.zero()
}

// Bytes is the memory reserved on the device.
func (c *Cache) Bytes() int64 { return int64(len(c.c.Past)) * int64(c.c.Rows) * int64(c.c.rowBytes()) }

// allocate reserves all rows of all parts.
func (c *Cache) allocate() error {
	r := c.runtime
	err := r.check("memory "+c.c.Memory, C.kv_memory_info(r.api, c.name(c.c.Memory), &c.info))
	if err == nil {
		err = r.check("memory "+c.c.Memory, C.kv_allocator(r.api, c.session, c.info, &c.allocator))
	}
	for range c.c.Past {
		if err != nil {
			return err
		}
		var part handle
		err = r.check(fmt.Sprintf("reserving %d bytes", c.Bytes()), C.kv_alloc(r.api, c.allocator, C.size_t(c.c.Rows*c.c.rowBytes()), &part))
		if err == nil {
			c.parts = append(c.parts, part)
		}
	}
	return err
}

// name is a C string that lives as long as the cache.
func (c *Cache) name(name string) *C.char {
	if c.names[name] == nil {
		c.names[name] = C.CString(name)
	}
	return c.names[name]
}

// part makes a tensor over some of a part's memory.
func (c *Cache) part(part, fromByte int, shape ...int) (handle, error) {
	return c.tensor(c.info, unsafe.Add(c.parts[part], fromByte), shape...)
}

// tensor makes a tensor of the cache's element type over memory.
func (c *Cache) tensor(info, at handle, shape ...int) (tensor handle, err error) {
	kind, bytes := C.int(float32Kind), c.c.elementBytes()
	if c.c.Half {
		kind = float16Kind
	}
	dimensions := make([]C.int64_t, len(shape))
	for i, n := range shape {
		dimensions[i] = C.int64_t(n)
		bytes *= n
	}
	status := C.kv_tensor(c.runtime.api, info, at, C.size_t(bytes), &dimensions[0], C.size_t(len(dimensions)), kind, &tensor)
	return tensor, c.runtime.check("a tensor", status)
}

// rows returns the binding of a range of rows.
func (c *Cache) rows(first, n int) (*view, error) {
	if first < 0 || n < 1 || first+n > c.c.Rows {
		return nil, fmt.Errorf("devicekv: rows: %d from %d on are outside of %d", n, first, c.c.Rows)
	}
	key := [2]int{first, n}
	if v, ok := c.views[key]; ok {
		return v, nil
	}
	v, r := &view{}, c.runtime
	if err := r.check("binding", C.kv_binding(r.api, c.session, &v.binding)); err != nil {
		return nil, err
	}
	for part := range c.parts {
		tensor, err := c.part(part, first*c.c.rowBytes(), n, c.c.Heads, c.c.Tokens, c.c.Width)
		if err == nil {
			v.tensors = append(v.tensors, tensor)
			err = errors.Join(c.bind(v, C.slot_BindInput, c.c.Past[part], tensor), c.bind(v, C.slot_BindOutput, c.c.Present[part], tensor))
		}
		if err != nil {
			c.drop(v)
			return nil, err
		}
	}
	c.views[key] = v
	return v, nil
}

func (c *Cache) bind(v *view, slot C.int, name string, tensor handle) error {
	return c.runtime.check("binding "+name, C.kv_bind(c.runtime.api, slot, v.binding, c.name(name), tensor))
}

func (c *Cache) drop(v *view) {
	c.runtime.release(C.slot_ReleaseIoBinding, v.binding)
	for _, tensor := range v.tensors {
		c.runtime.release(C.slot_ReleaseValue, tensor)
	}
}

// Run runs the session on n rows of the cache. Inputs are in the order of [Config.Inputs]; output is written. The runtime
// remembers both tensors until the next run on the same rows, and reads neither of them before that.
func (c *Cache) Run(inputs []onnx.Value, output onnx.Value, first, n int) error {
	v, err := c.rows(first, n)
	if err != nil {
		return err
	}
	if len(inputs) != len(c.c.Inputs) {
		return fmt.Errorf("devicekv: inputs: %d instead of %d", len(inputs), len(c.c.Inputs))
	}
	for i, input := range inputs {
		if err := c.bindValue(v, C.slot_BindInput, c.c.Inputs[i], input); err != nil {
			return err
		}
	}
	if err := c.bindValue(v, C.slot_BindOutput, c.c.Output, output); err != nil {
		return err
	}
	return c.runtime.check("running", C.kv_run(c.runtime.api, c.session, c.options, v.binding))
}

func (c *Cache) bindValue(v *view, slot C.int, name string, value onnx.Value) error {
	tensor, err := tensorOf(value)
	if err != nil {
		return err
	}
	return c.bind(v, slot, name, tensor)
}

// Close frees everything.
func (c *Cache) Close() (err error) {
	if c.copier != nil {
		err = c.copier.close()
	}
	for _, v := range c.views {
		c.drop(v)
	}
	for _, part := range c.parts {
		C.kv_free(c.runtime.api, c.allocator, part)
	}
	c.runtime.release(C.slot_ReleaseAllocator, c.allocator)
	c.runtime.release(C.slot_ReleaseMemoryInfo, c.info)
	for _, name := range c.names {
		C.free(handle(name))
	}
	*c = Cache{}
	return err
}
