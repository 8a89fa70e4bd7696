package model

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Errors of loading.
var (
	// ErrIncomplete is returned, wrapped with the name of what is missing, when a folder holds no whole model.
	ErrIncomplete = errors.New("model: incomplete")
	// ErrFormat is returned, wrapped with file, field and value, when a configuration makes no sense.
	ErrFormat = errors.New("model: not a valid configuration")
)

// Limits of a configuration's counts.
const (
	maxLayers     = 512
	maxHeads      = 1024
	maxWidth      = 1 << 17
	maxVocabulary = 4 << 20
	maxContext    = 1 << 20
)

// huggingFace is config.json. GPT-2's names stand beside the usual ones.
type huggingFace struct {
	ModelType  string `json:"model_type"`
	Name       string `json:"_name_or_path"`
	Layers     int    `json:"num_hidden_layers"`
	NLayer     int    `json:"n_layer"`
	Heads      int    `json:"num_attention_heads"`
	NHead      int    `json:"n_head"`
	KVHeads    int    `json:"num_key_value_heads"`
	HeadDim    int    `json:"head_dim"`
	Width      int    `json:"hidden_size"`
	NEmbd      int    `json:"n_embd"`
	Vocabulary int    `json:"vocab_size"`
	Context    int    `json:"max_position_embeddings"`
	NPositions int    `json:"n_positions"`
	End        ids    `json:"eos_token_id"`
	Begin      ids    `json:"bos_token_id"`
	Inkling    struct {
		Exact     bool   `json:"exact"`
		Name      string `json:"name"`
		Precision string `json:"precision"`
		Begin     bool   `json:"begin"`
		Chunks    string `json:"chunks"`
	} `json:"inkling"`
}

// ids is one id, a list of them, or null.
type ids []int32

// UnmarshalJSON implements json.Unmarshaler.
func (i *ids) UnmarshalJSON(data []byte) error {
	var one *int32
	if json.Unmarshal(data, &one) == nil {
		if one != nil {
			*i = ids{*one}
		}
		return nil
	}
	return json.Unmarshal(data, (*[]int32)(i))
}

// genai is genai_config.json, as far as it matters here.
type genai struct {
	Model struct {
		Context    int    `json:"context_length"`
		End        ids    `json:"eos_token_id"`
		Begin      ids    `json:"bos_token_id"`
		Type       string `json:"type"`
		Vocabulary int    `json:"vocab_size"`
		Decoder    struct {
			Filename string `json:"filename"`
			HeadSize int    `json:"head_size"`
			Heads    int    `json:"num_attention_heads"`
			KVHeads  int    `json:"num_key_value_heads"`
			Layers   int    `json:"num_hidden_layers"`
		} `json:"decoder"`
	} `json:"model"`
}

// graphNames are where exporters put the graph, in order of preference.
var graphNames = []string{
	"model.onnx", "decoder_model_merged.onnx", "model_quantized.onnx", "decoder_with_past_model.onnx",
	"onnx/model.onnx", "onnx/decoder_model_merged.onnx", "onnx/model_quantized.onnx",
}

// Load describes the model in a folder. Errors wrap [ErrIncomplete] or [ErrFormat].
func Load(dir string) (Config, error) {
	c := Config{Dir: dir, Tokenizer: filepath.Join(dir, "tokenizer.json"), Exporter: "optimum", BeginToken: -1, Name: filepath.Base(dir)}
	if _, err := os.Stat(c.Tokenizer); err != nil {
		return c, fmt.Errorf("%w: %s has no tokenizer.json", ErrIncomplete, dir)
	}
	var err error
	if _, missing := os.Stat(filepath.Join(dir, "genai_config.json")); missing == nil {
		err = c.fromGenAI(filepath.Join(dir, "genai_config.json"))
	} else {
		err = c.fromHuggingFace(filepath.Join(dir, "config.json"))
	}
	if err != nil {
		return c, err
	}
	if c.Graph == "" {
		if c.Graph, err = findGraph(dir); err != nil {
			return c, err
		}
	}
	return c, c.check()
}

func findGraph(dir string) (string, error) {
	for _, name := range graphNames {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.onnx"))
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("%w: %s has no model.onnx, and %d other .onnx files", ErrIncomplete, dir, len(found))
	}
	return found[0], nil
}

func read(path string, into any) error {
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%w: %s is missing", ErrIncomplete, path)
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrFormat, path, err)
	}
	return nil
}

func (c *Config) fromHuggingFace(path string) error {
	var h huggingFace
	if err := read(path, &h); err != nil {
		return err
	}
	heads, width := first(h.Heads, h.NHead), first(h.Width, h.NEmbd)
	c.Architecture = h.ModelType
	c.Layers, c.KVHeads = first(h.Layers, h.NLayer), first(h.KVHeads, heads)
	c.HeadDim = first(h.HeadDim, width/max(heads, 1))
	c.Vocabulary, c.ContextTokens = h.Vocabulary, first(h.Context, h.NPositions)
	c.EndTokens = h.End
	if h.Inkling.Name != "" {
		c.Name, c.Precision, c.Exporter, c.Exact = h.Inkling.Name, h.Inkling.Precision, "inkling", h.Inkling.Exact
		if h.Inkling.Chunks != "" {
			c.Chunks = filepath.Join(c.Dir, filepath.Base(h.Inkling.Chunks))
		}
		if h.Inkling.Begin && len(h.Begin) > 0 {
			c.BeginToken = h.Begin[0]
		}
	}
	return nil
}

func (c *Config) fromGenAI(path string) error {
	var g genai
	if err := read(path, &g); err != nil {
		return err
	}
	d := g.Model.Decoder
	c.Exporter, c.Architecture = "genai", g.Model.Type
	c.Layers, c.KVHeads, c.HeadDim = d.Layers, first(d.KVHeads, d.Heads), d.HeadSize
	c.Vocabulary, c.ContextTokens, c.EndTokens = g.Model.Vocabulary, g.Model.Context, g.Model.End
	if d.Filename != "" {
		c.Graph = filepath.Join(c.Dir, filepath.Base(d.Filename))
	}
	return nil
}

func first(a, b int) int {
	if a != 0 {
		return a
	}
	return b
}

func (c *Config) check() error {
	for _, limit := range []struct {
		name        string
		value, high int
	}{
		{"layers", c.Layers, maxLayers}, {"key/value heads", c.KVHeads, maxHeads}, {"head width", c.HeadDim, maxWidth},
		{"vocabulary", c.Vocabulary, maxVocabulary}, {"context length", c.ContextTokens, maxContext},
	} {
		if limit.value < 1 || limit.value > limit.high {
			return fmt.Errorf("%w: %s: %s: %d is outside 1 to %d", ErrFormat, c.Dir, limit.name, limit.value, limit.high)
		}
	}
	return nil
}
