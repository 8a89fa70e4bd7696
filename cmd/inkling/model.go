package main

import (
	"context"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"inkling/infer"
	"inkling/infer/gguf"
	"inkling/infer/model"
	"inkling/infer/ort"
	"inkling/infer/remote"
	"inkling/serving/memory"
	"inkling/stream"
)

const (
	defaultModelFile = "SmolLM2-135M-Instruct.Q4_1.gguf"
	libraryVersion   = "1.32.0"
	remoteAnswer     = 64 // tokens of a suggestion at the most, where a request names no other
)

// engine generates, on this machine or elsewhere.
type engine interface {
	infer.Generator
	infer.TokenCounter
	Model() infer.Model
	Stats() infer.EngineStats
	Close() error
}

// openEngine makes the engine that the configuration names; say is told what takes time.
func (p *program) openEngine(ctx context.Context, c modelConfig, say func(string)) (engine, error) {
	if c.ModelURL != "" {
		return openRemote(ctx, c)
	}
	return p.openModel(ctx, c, say)
}

// remoteEngine is a serving engine elsewhere, whose tokens are estimated here.
type remoteEngine struct {
	*remote.Engine
	remote.Counter
}

// Close implements engine; a remote engine needs no closing.
func (remoteEngine) Close() error { return nil }

// openRemote reaches for the upstreams, so that a wrong address or name shows at once.
func openRemote(ctx context.Context, c modelConfig) (engine, error) {
	e, err := remote.New(c.remote())
	if err != nil {
		return nil, err // which Validate has refused before
	}
	if err := e.Check(ctx); err != nil {
		return nil, fmt.Errorf("MODEL_URL: %w", err)
	}
	return remoteEngine{Engine: e}, nil
}

// remote is the configuration of an engine elsewhere.
func (c *modelConfig) remote() remote.Config {
	return remote.Config{
		URLs: strings.Split(c.ModelURL, ","), Model: c.ModelName, Key: c.ModelKey, NoSuffix: c.NoSuffix, ContextTokens: c.MaxTokens,
		MaxTokens: remoteAnswer,
	}
}

// openModel resolves and loads the model on this machine.
func (p *program) openModel(ctx context.Context, c modelConfig, say func(string)) (*ort.Engine, error) {
	limit := memory.Find()
	path, library, err := p.preflight(ctx, c, limit)
	if err != nil {
		return nil, err
	}
	options := p.importOptions(c, say)
	found, err := gguf.Resolve(ctx, path, options)
	if err != nil {
		return nil, fmt.Errorf("MODEL_PATH: %w", err)
	}
	weights, err := weightBytes(found.Graph)
	if err != nil {
		return nil, err
	}
	if err := c.fits(found, weights, limit); err != nil {
		return nil, err
	}
	c.holdHeap(found, weights, limit)
	config := c.engine(found)
	config.LibraryPath = library
	if c.Precision == autoPrecision {
		others, err := otherForms(ctx, path, options, found)
		if err != nil {
			return nil, fmt.Errorf("MODEL_PATH: %w", err)
		}
		if config.Model, err = ort.Choose(config, c.thatFit(others, weights, limit, say), say); err != nil {
			return nil, settingError(err)
		}
	}
	if config.Model.Precision == nativePrecision {
		say("native: kernels for " + ort.Kernels())
	}
	e, err := ort.New(config)
	return e, settingError(err)
}

// thatFit are the forms of which the memory holds as many beside the first as are measured together.
func (c *modelConfig) thatFit(others []model.Config, weights int64, limit memory.Limit, say func(string)) (fit []model.Config) {
	for _, other := range others {
		more, err := weightBytes(other.Graph)
		if err == nil {
			err = c.fits(other, weights+more, limit)
		}
		if err != nil {
			say(fmt.Sprintf("precision: %s is not measured: %v", other.Precision, err))
			continue
		}
		weights, fit = weights+more, append(fit, other)
	}
	return fit
}

// engine is the configuration of an engine on this machine.
func (c *modelConfig) engine(m model.Config) ort.Config {
	return ort.Config{
		Model: m, Device: c.Device, Threads: c.threads(), Rows: c.Rows, KVBytes: c.kvBytes(m), KVKeep: time.Duration(c.KVKeep), ContextTokens: c.MaxTokens,
	}
}

const (
	// nativePrecision is the default, where the processor has kernels for it.
	nativePrecision = "native"
	// autoPrecision lets the processor's speed choose between native, the mixed forms and their exact parts.
	autoPrecision  = "auto"
	mixedPrecision = "mixed"
)

// otherForms imports a mixed model's file in the other forms that may be faster: native, and the other mixed one, where the file
// has blocks of four bits.
func otherForms(ctx context.Context, path string, o gguf.Options, found model.Config) ([]model.Config, error) {
	if o.Precision != mixedPrecision || found.Precision != mixedPrecision || filepath.Dir(found.Dir) != o.CacheDir || found.Dir == filepath.Clean(path) {
		return nil, nil // for a GPU, or not imported just now
	}
	four, err := gguf.HasFourBits(path)
	if err != nil {
		return nil, err
	}
	var forms []string
	if four {
		forms = append(forms, "int4-mixed")
	}
	if ort.HasKernels() {
		forms = append(forms, nativePrecision)
	}
	var others []model.Config
	for _, o.Precision = range forms {
		other, err := gguf.Resolve(ctx, path, o)
		if err != nil {
			return nil, err
		}
		others = append(others, other)
	}
	return others, nil
}

// importOptions are those of a .gguf. For a GPU the usual precision is fp16: its attention takes no float32. A processor without
// kernels for native gets int8.
func (p *program) importOptions(c modelConfig, say func(string)) gguf.Options {
	precision := c.Precision
	switch {
	case c.Device == ort.DeviceCUDA && (precision == nativePrecision || precision == "int8" || precision == autoPrecision):
		precision = "fp16"
	case precision == nativePrecision && !ort.HasKernels():
		precision = "int8"
	case precision == autoPrecision:
		precision = mixedPrecision
	}
	return gguf.Options{CacheDir: filepath.Join(p.home(), "cache"), Precision: precision, Progress: say}
}

// library is the path of the ONNX Runtime library.
func (p *program) library(c modelConfig) (string, error) {
	path := c.Library
	if path == "" {
		name := "libonnxruntime.so." + libraryVersion
		if runtime.GOOS == "darwin" {
			name = "libonnxruntime." + libraryVersion + ".dylib"
		}
		path = filepath.Join(p.home(), "lib", name)
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("ONNXRUNTIME_LIBRARY: there is no ONNX Runtime: run make setup, or name its library (%w)", err)
	}
	return path, nil
}

// lateEngine is a Generator and TokenCounter before its engine is loaded: until then it answers that it is loading.
type lateEngine struct{ loaded atomic.Pointer[engine] }

// Generate implements infer.Generator.
func (l *lateEngine) Generate(ctx context.Context, req infer.Request) iter.Seq2[infer.Delta, error] {
	if e := l.loaded.Load(); e != nil {
		return (*e).Generate(ctx, req)
	}
	return func(yield func(infer.Delta, error) bool) { yield(infer.Delta{}, infer.ErrLoading) }
}

// bytesPerToken is how long a token of code is, roughly, before the tokenizer is there to count.
const bytesPerToken = 3

// CountTokens implements infer.TokenCounter.
func (l *lateEngine) CountTokens(text string) int {
	if e := l.loaded.Load(); e != nil {
		return (*e).CountTokens(text)
	}
	return len(text)/bytesPerToken + 1
}

// Model describes the engine, and is empty while it loads.
func (l *lateEngine) Model() infer.Model {
	if e := l.loaded.Load(); e != nil {
		return (*e).Model()
	}
	return infer.Model{}
}

func (l *lateEngine) fillInMiddle() bool { return l.Model().FillInMiddle }

// Stats is the engine's snapshot.
func (l *lateEngine) Stats() infer.EngineStats {
	if e := l.loaded.Load(); e != nil {
		return (*e).Stats()
	}
	return infer.EngineStats{State: "loading"}
}

// Idle implements stream.Ahead. An engine elsewhere is never idle: computing there what nobody asked for costs others.
func (l *lateEngine) Idle() bool {
	if e := l.loaded.Load(); e != nil {
		ahead, here := (*e).(stream.Ahead)
		return here && ahead.Idle()
	}
	return false
}

// Close closes the engine, where there is one.
func (l *lateEngine) Close() error {
	if e := l.loaded.Load(); e != nil {
		return (*e).Close()
	}
	return nil
}
