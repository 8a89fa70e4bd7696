package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"inkling/infer/gguf"
	"inkling/infer/model"
	"inkling/infer/ort"
	"inkling/serving/memory"
)

// preflight refuses, before a port is open or anything is computed, what can be seen to fail: a model or a library that
// is not there, a device that the library lacks, and what does not fit the memory. It returns where model and library are.
func (p *program) preflight(ctx context.Context, c modelConfig, limit memory.Limit) (path, library string, err error) {
	if path = c.ModelPath; path == "" {
		path = filepath.Join(p.home(), "models", defaultModelFile)
		if _, err := os.Stat(path); err != nil {
			return "", "", fmt.Errorf("MODEL_PATH: there is no model: run make setup, or name one (%w)", err)
		}
	}
	if library, err = p.library(c); err != nil {
		return "", "", err
	}
	if err := ort.CheckDevice(library, c.Device); err != nil {
		return "", "", settingError(err)
	}
	m, weights, err := p.outline(ctx, path, c)
	if err != nil {
		return "", "", err
	}
	return path, library, c.fits(m, weights, limit)
}

// outline describes the model at a path, and says how many bytes its weights take at the least. A .gguf is not imported.
func (p *program) outline(ctx context.Context, path string, c modelConfig) (m model.Config, weights int64, err error) {
	options := p.importOptions(c, nil)
	if info, missing := os.Stat(path); missing == nil && info.Mode().IsRegular() && !strings.EqualFold(filepath.Ext(path), ".onnx") {
		m, weights, err = gguf.Outline(path, options.Precision)
	} else {
		m, err = gguf.Resolve(ctx, path, options)
	}
	if err != nil {
		return m, 0, fmt.Errorf("MODEL_PATH: %w", err)
	}
	if m.Graph != "" {
		weights, err = weightBytes(m.Graph)
	}
	return m, weights, err
}

// preflight refuses what a server would fail of later.
func (s *serveCommand) preflight(ctx context.Context, p *program, limit memory.Limit) error {
	if cache := int64(s.CacheMiB) << 20; limit.Bytes > 0 && cache > limit.Bytes/2 {
		return fmt.Errorf("CACHE_MIB: %d MiB are more than half of the %d that %s allows", s.CacheMiB, limit.Bytes>>20, limit.From)
	}
	if s.ModelURL != "" {
		return nil
	}
	_, _, err := p.preflight(ctx, s.modelConfig, limit)
	return err
}
