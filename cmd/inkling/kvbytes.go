package main

import (
	"fmt"
	"os"

	"inkling/infer/model"
)

// Share of the machine's memory that the KV cache may take where KV_BYTES does not say. It grows as typists come: a prompt
// of 1,000 tokens of the default model takes 46 MB.
const (
	kvShare = 16
	kvLeast = 384 << 20 // also where the machine's memory is not known
	kvMost  = 2 << 30
)

// kvBytes is the most memory for a model's KV cache: where KV_BYTES does not say, at least two rows.
func (c *modelConfig) kvBytes(m model.Config) int64 {
	if c.KVBytes > 0 {
		return c.KVBytes
	}
	row := 2 * 4 * int64(m.Layers) * int64(m.KVHeads) * int64(m.HeadDim) * int64(min(c.MaxTokens, m.ContextTokens))
	return max(min(max(memoryBytes()/kvShare, kvLeast), kvMost), 2*row)
}

// memoryBytes is the machine's memory, 0 where it is not known.
func memoryBytes() int64 {
	info, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0 // not Linux
	}
	defer info.Close()
	var kilobytes int64
	if _, err := fmt.Fscanf(info, "MemTotal: %d kB", &kilobytes); err != nil {
		return 0
	}
	return kilobytes << 10
}
