package devicekv

// #include <stdlib.h>
// #include "calls.h"
// #include "slots.h"
import "C"

import (
	"errors"
	"fmt"
	"strconv"

	onnx "github.com/yalue/onnxruntime_go"
)

// copier copies strips of memory on the device: a graph of nothing but identities, since the runtime's CopyTensors knows
// only devices whose provider's library was registered apart, not even the processor.
type copier struct {
	session  *onnx.DynamicAdvancedSession
	from, to []string
}

// openCopier makes a graph that copies the given number of strips at once.
func openCopier(strips int, half bool, options *onnx.SessionOptions) (*copier, error) {
	c := &copier{}
	for i := range strips {
		c.from, c.to = append(c.from, "from"+strconv.Itoa(i)), append(c.to, "to"+strconv.Itoa(i))
	}
	kind := float32Kind
	if half {
		kind = float16Kind
	}
	var err error
	if c.session, err = onnx.NewDynamicAdvancedSessionWithONNXData(identities(c.from, c.to, kind), c.from, c.to, options); err != nil {
		return nil, fmt.Errorf("devicekv: the graph that copies: %w", err)
	}
	return c, nil
}

func (c *copier) close() error { return c.session.Destroy() }

// Copy makes the first tokens of one row those of another, on the device.
func (c *Cache) Copy(from, to, tokens int) error {
	if min(from, to) < 0 || max(from, to) >= c.c.Rows || tokens < 0 || tokens > c.c.Tokens {
		return fmt.Errorf("devicekv: copying %d tokens of row %d to %d: there are %d rows of %d", tokens, from, to, c.c.Rows, c.c.Tokens)
	}
	if tokens == 0 || from == to {
		return nil
	}
	return c.transfer(to, tokens, func(part, head int) (handle, error) { return c.strip(part, from, head, tokens) })
}

// zero writes zeros into all rows: what lies behind a row's tokens is multiplied by zero, so it must be a number.
func (c *Cache) zero() error {
	var info handle
	if err := c.runtime.check("memory "+CPU, C.kv_memory_info(c.runtime.api, c.name(CPU), &info)); err != nil {
		return err
	}
	defer c.runtime.release(C.slot_ReleaseMemoryInfo, info)
	zeros := C.calloc(1, C.size_t(c.c.headBytes()))
	defer C.free(zeros)
	for row := range c.c.Rows {
		err := c.transfer(row, c.c.Tokens, func(int, int) (handle, error) { return c.tensor(info, zeros, c.c.Tokens*c.c.Width) })
		if err != nil {
			return err
		}
	}
	return nil
}

// strip makes a tensor over the first tokens of a row's head in a part.
func (c *Cache) strip(part, row, head, tokens int) (handle, error) {
	return c.part(part, row*c.c.rowBytes()+head*c.c.headBytes(), tokens*c.c.Width)
}

// transfer fills the first tokens of a row from the strips that source makes.
func (c *Cache) transfer(row, tokens int, source func(part, head int) (handle, error)) error {
	session, err := sessionOf(c.copier.session)
	if err != nil {
		return err
	}
	v, r := &view{}, c.runtime
	defer c.drop(v)
	if err := r.check("binding", C.kv_binding(r.api, session, &v.binding)); err != nil {
		return err
	}
	bind := func(slot C.int, name string, tensor handle, err error) error {
		if err != nil {
			return err
		}
		v.tensors = append(v.tensors, tensor)
		return c.bind(v, slot, name, tensor)
	}
	for part := range c.parts {
		for head := range c.c.Heads {
			at := part*c.c.Heads + head
			from, ofFrom := source(part, head)
			to, ofTo := c.strip(part, row, head, tokens)
			err := errors.Join(bind(C.slot_BindInput, c.copier.from[at], from, ofFrom), bind(C.slot_BindOutput, c.copier.to[at], to, ofTo))
			if err != nil {
				return err
			}
		}
	}
	return r.check("copying", C.kv_run(r.api, session, nil, v.binding))
}
