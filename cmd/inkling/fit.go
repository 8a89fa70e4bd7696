package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"inkling/contexts/syntax"
	"inkling/infer/model"
	"inkling/infer/ort"
	"inkling/serving/memory"
)

// fits says whether a model of so many bytes of weights fits the memory that the process may take, and names what makes
// it smaller.
func (c *modelConfig) fits(m model.Config, weights int64, limit memory.Limit) error {
	config := c.engine(m)
	if err := config.Validate(); err != nil {
		return settingError(err)
	}
	if err := memory.Check(memory.Need{Weights: weights, KV: c.kvBytes(m)}, limit); err != nil {
		return fmt.Errorf("MODEL_PATH, KV_BYTES: %w: raise the limit, take a smaller model, or set KV_BYTES", err)
	}
	return nil
}

// holdHeap has the collector keep Go's heap to what a limit leaves beside the model and the trees, unless GOMEMLIMIT says how much it
// may be.
func (c *modelConfig) holdHeap(m model.Config, weights int64, limit memory.Limit) {
	need := memory.Need{Weights: weights, KV: c.kvBytes(m)}
	if most := need.Heap(limit, treeBudget(limit)); most > 0 && os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(most)
	}
}

// newTrees returns the pool of this process's syntax trees. Under a limit, the parses that run hold no more than the trees that are kept.
func newTrees() *syntax.Pool {
	limit := memory.Find()
	if limit.Bytes != 0 {
		syntax.HoldAtMost(limit.Trees())
	}
	return syntax.NewPool(syntax.Config{BudgetBytes: treeBudget(limit)})
}

// treeBudget is what syntax trees may take together: no more than their part of a limit.
func treeBudget(limit memory.Limit) int64 {
	if limit.Bytes == 0 {
		return syntax.DefaultBudgetBytes
	}
	return min(syntax.DefaultBudgetBytes, limit.Trees())
}

// weightBytes is the size of a graph's file and of those beside it that hold its weights.
func weightBytes(graph string) (sum int64, err error) {
	entries, err := os.ReadDir(filepath.Dir(graph))
	if err != nil {
		return 0, fmt.Errorf("MODEL_PATH: %w", err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), filepath.Base(graph)) {
			continue
		}
		info, err := os.Stat(filepath.Join(filepath.Dir(graph), e.Name()))
		if err != nil {
			return 0, fmt.Errorf("MODEL_PATH: %w", err)
		}
		sum += info.Size()
	}
	return sum, nil
}

// settingError names the variables of an error of the engine.
func settingError(err error) error {
	switch {
	case errors.Is(err, ort.ErrLibrary):
		return fmt.Errorf("ONNXRUNTIME_LIBRARY: %w", err)
	case errors.Is(err, ort.ErrDevice):
		return fmt.Errorf("DEVICE, ONNXRUNTIME_LIBRARY: use DEVICE=cpu, or a library that has it: %w", err)
	case errors.Is(err, ort.ErrKVBytes):
		return fmt.Errorf("KV_BYTES, MAX_TOKENS: %w", err)
	}
	return err
}

// redisPatience is how long Redis may take to answer at the start.
const redisPatience = 5 * time.Second

// requireRedis holds that a Redis that is required answers. What it answers with, or why not, holds no password.
func requireRedis(client redis.UniversalClient) error {
	ctx, cancel := context.WithTimeout(context.Background(), redisPatience)
	defer cancel()
	if err := client.Ping(ctx).Err(); err != nil {
		return fmt.Errorf("REDIS_REQUIRED: Redis does not answer: %w", err)
	}
	return nil
}
