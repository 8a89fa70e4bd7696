package main

import (
	"inkling/infer/model"
	"inkling/serving/memory"
)

// Share of the memory that the KV cache may take where KV_BYTES does not say: of the control group's limit, else of the
// machine's. It grows as typists come: a prompt of 1,000 tokens of the default model takes 46 MB.
const (
	kvShare = 16
	kvLeast = 384 << 20 // also where the limit is not known
	kvMost  = 2 << 30
)

// kvBytes is the most memory for a model's KV cache: where KV_BYTES does not say, at least two rows.
func (c *modelConfig) kvBytes(m model.Config) int64 {
	if c.KVBytes > 0 {
		return c.KVBytes
	}
	row := 2 * 4 * int64(m.Layers) * int64(m.KVHeads) * int64(m.HeadDim) * int64(min(c.MaxTokens, m.ContextTokens))
	return max(min(max(memory.Find().Bytes/kvShare, kvLeast), kvMost), 2*row)
}
