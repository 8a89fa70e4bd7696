package ort

import (
	"errors"

	"inkling/infer/ort/devicekv"
	"inkling/infer/ort/products"
)

// boundKV is a cache in the memory of the device that the graph runs on. All of it is taken at the start.
type boundKV struct {
	*devicekv.Cache
	domain *products.Domain
}

// keptOnDevice says whether the cache is a boundKV, where the graph keeps it in place.
func (c *Config) keptOnDevice() bool { return c.Device == DeviceCUDA || c.boundKV }

func newBoundKV(c Config, s *session, inputs, past, present []string) (kvCache, error) {
	memory := devicekv.CPU
	if c.Device == DeviceCUDA {
		memory = devicekv.CUDA
	}
	options, err := sessionOptions(c)
	if err != nil {
		return nil, err
	}
	cache, err := devicekv.New(s.graph, options.SessionOptions, s.options, devicekv.Config{
		Library: c.LibraryPath, Memory: memory, Inputs: inputs, Output: "logits", Past: past, Present: present,
		Rows: c.Rows, Heads: c.Model.KVHeads, Tokens: c.ContextTokens, Width: c.Model.HeadDim, Half: c.Model.HalfKV(),
	})
	if failed := options.Destroy(); err == nil && failed != nil {
		err = errors.Join(failed, cache.Close())
	}
	if err != nil {
		options.domain.Close()
		return nil, err
	}
	return &boundKV{cache, options.domain}, nil
}

func (k *boundKV) run(inputs []value, logits value, first, n int) error {
	return k.Run(inputs, logits, first, n)
}

func (k *boundKV) copyRow(from, to, tokens int) error { return k.Copy(from, to, tokens) }

func (k *boundKV) release(int) error { return nil } // its memory is the next prompt's

func (k *boundKV) bytes() int64 { return k.Bytes() }

func (k *boundKV) close() error {
	err := k.Close()
	k.domain.Close()
	return err
}
