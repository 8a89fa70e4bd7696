package gguf

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"inkling/infer/model"
)

// ErrNotLocal is returned, wrapped with the command that fetches it, for the name of a model on a hub.
var ErrNotLocal = errors.New("gguf: the model is not on this machine")

// Resolve describes the model at a path: a .gguf, which is imported first, an .onnx, or a folder.
func Resolve(ctx context.Context, path string, o Options) (model.Config, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist) && hubName(path):
		return model.Config{}, fmt.Errorf("%w: %q is no file; to fetch it from a hub, run: inkling pull %s", ErrNotLocal, path, path)
	case err != nil:
		return model.Config{}, err
	case info.IsDir():
		return model.Load(path)
	case strings.EqualFold(filepath.Ext(path), ".onnx"):
		return loadBeside(path)
	}
	dir, err := Import(ctx, path, o)
	if err != nil {
		return model.Config{}, err
	}
	return model.Load(dir)
}

// loadBeside describes the model of a graph by the files beside it, or, as Optimum's folders have it, above it.
func loadBeside(graph string) (model.Config, error) {
	dir := filepath.Dir(graph)
	c, err := model.Load(dir)
	if errors.Is(err, model.ErrIncomplete) && filepath.Base(dir) == "onnx" {
		c, err = model.Load(filepath.Dir(dir))
	}
	c.Graph = graph
	return c, err
}

// hubName says whether a path that does not exist looks like NAME or OWNER/NAME on a hub.
func hubName(path string) bool {
	parts := strings.Split(path, "/")
	if len(parts) > 2 || filepath.IsAbs(path) || strings.HasSuffix(strings.ToLower(path), ".gguf") || strings.HasSuffix(strings.ToLower(path), ".onnx") {
		return false
	}
	for _, part := range parts {
		if part == "" || strings.HasPrefix(part, ".") || strings.ContainsAny(part, `\~ `) {
			return false
		}
	}
	return true
}
