package gguf

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// importerVersion names the form of what an import writes. It rises whenever that changes.
const importerVersion = 8

// Options say how to import.
type Options struct {
	CacheDir  string            // where imported models are kept
	Precision string            // "int8" ("" too) is "int8-blocks"; "native", "mixed", "int4-mixed", "int8-rows", "int4", "fp16" (for GPUs) or "fp32"
	Progress  func(what string) // told what is being done; may be nil
}

func (o Options) validate() error {
	switch o.Precision {
	case native, "mixed", "int4-mixed", "int8-rows", "int8-blocks", "int4", fp16, "fp32":
	default:
		return fmt.Errorf("gguf: precision: %q is none of int8, native, mixed, int4-mixed, int8-rows, int8-blocks, int4, fp16, fp32", o.Precision)
	}
	if o.CacheDir == "" {
		return errors.New("gguf: cache folder: it is empty")
	}
	return nil
}

func (o Options) say(format string, values ...any) {
	if o.Progress != nil {
		o.Progress(fmt.Sprintf(format, values...))
	}
}

// Import returns the folder of an imported file, and imports it first where that was not done before.
func Import(ctx context.Context, path string, o Options) (dir string, err error) {
	if o.Precision == "" || o.Precision == "int8" {
		// The form by rows is up to twice as fast in prefill, but picks another token than the exact weights once in ten,
		// against once in 28: see docs/models.md.
		o.Precision = "int8-blocks"
	}
	if err := o.validate(); err != nil {
		return "", err
	}
	// #nosec G301 -- models are no secret, and are shared
	if err := os.MkdirAll(o.CacheDir, 0o755); err != nil {
		return "", err
	}
	hash, err := contentHash(ctx, path, o)
	if err != nil {
		return "", err
	}
	dir = filepath.Join(o.CacheDir, fmt.Sprintf("%s-%s-%s-v%d", name(path), hash[:16], o.Precision, importerVersion))
	if _, err := os.Stat(filepath.Join(dir, "config.json")); err == nil {
		return dir, nil
	}
	o.say("importing %s as %s", filepath.Base(path), o.Precision)
	temporary, err := os.MkdirTemp(o.CacheDir, ".importing-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(temporary)) }()
	if err := write(ctx, path, temporary, o.Precision); err != nil {
		return "", fmt.Errorf("importing %s: %w", path, err)
	}
	if err := os.Rename(temporary, dir); err != nil {
		if _, there := os.Stat(filepath.Join(dir, "config.json")); there == nil {
			return dir, nil // another import of the same file was first
		}
		return "", err
	}
	return dir, nil
}

// name is how a model is called: its file's name without the ending.
func name(path string) string { return strings.TrimSuffix(filepath.Base(path), filepath.Ext(path)) }

// write makes the whole folder.
func write(ctx context.Context, path, dir, precision string) (err error) {
	file, err := Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	a, err := file.architecture()
	if err != nil {
		return err
	}
	if err := file.writeTokenizer(filepath.Join(dir, "tokenizer.json")); err != nil {
		return err
	}
	data, err := os.Create(filepath.Join(dir, dataFile))
	if err != nil {
		return err
	}
	steps, mixed := firstGraph(precision)
	g := &graph{a: a, precision: steps, file: file, w: &weights{file: data, half: steps == fp16}, quantized: map[string]bool{}, summed: map[string]bool{}}
	protos := map[string][]byte{}
	protos["model.onnx"], err = g.build()
	if mixed && err == nil {
		protos[chunksFile], err = g.buildChunks()
	}
	if err := errors.Join(err, ctx.Err(), data.Sync(), data.Close()); err != nil {
		return err
	}
	for name, proto := range protos {
		// #nosec G306 -- as its folder
		if err := os.WriteFile(filepath.Join(dir, name), proto, 0o644); err != nil {
			return err
		}
	}
	// #nosec G302 -- as above
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	return writeJSON(filepath.Join(dir, "config.json"), file.config(a, name(path), precision))
}

// config is written under Hugging Face's names, so that one reader serves imports and exports alike.
func (g *File) config(a architecture, name, precision string) map[string]any {
	config := map[string]any{
		"model_type": a.name, "num_hidden_layers": a.layers, "hidden_size": a.width, "intermediate_size": a.hidden,
		"num_attention_heads": a.heads, "num_key_value_heads": a.kvHeads, "head_dim": a.headDim,
		"vocab_size": a.vocabulary, "max_position_embeddings": a.context, "rms_norm_eps": a.epsilon, "rope_theta": a.theta,
		"inkling": map[string]any{"name": name, "precision": precision, "importer": importerVersion},
	}
	if _, mixed := firstGraph(precision); mixed {
		config["inkling"].(map[string]any)["chunks"] = chunksFile
	}
	if (&graph{a: a, precision: precision}).ownAttention() {
		config["inkling"].(map[string]any)["exact"] = true
	}
	var ends []uint64
	for _, key := range []string{"eos", "eot", "eom"} {
		if id, ok := g.Metadata["tokenizer.ggml."+key+"_token_id"].(uint64); ok {
			ends = append(ends, id)
		}
	}
	ends = append(ends, g.endMarkers()...)
	if len(ends) > 0 {
		config["eos_token_id"] = ends
	}
	if id, ok := g.begin(); ok {
		config["bos_token_id"] = id
		config["inkling"].(map[string]any)["begin"] = true
	}
	return config
}

// begin is the token that a prompt begins with, where there should be one. SmolLM2's training texts begin with the token
// that ends the text before, which its files do not say; with it, the default model's loss falls by 0.005 in float32 and
// by 0.016 in int8-rows, on 2,100 tokens of source code.
func (g *File) begin() (id uint64, ok bool) {
	if begin, _ := g.Metadata["tokenizer.ggml.add_bos_token"].(bool); begin {
		id, ok = g.Metadata["tokenizer.ggml.bos_token_id"].(uint64)
		return id, ok
	}
	if kind, _ := g.Metadata["tokenizer.ggml.pre"].(string); kind != "smollm" {
		return 0, false
	}
	tokens, _ := g.Metadata["tokenizer.ggml.tokens"].([]string)
	at := slices.Index(tokens, "<|endoftext|>")
	return uint64(max(at, 0)), at >= 0
}

// endMarkers are tokens that end a text in well-known vocabularies, beside the one that the file names: a chat model
// ends its turns with another than its training texts.
func (g *File) endMarkers() []uint64 {
	tokens, _ := g.Metadata["tokenizer.ggml.tokens"].([]string)
	var ids []uint64
	for id, token := range tokens {
		switch token {
		case "<|endoftext|>", "<|im_end|>", "<|eot_id|>", "<|end_of_text|>", "<|file_sep|>":
			ids = append(ids, uint64(id))
		}
	}
	return ids
}
