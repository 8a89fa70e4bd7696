package model

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every figure of a configuration is taken at its limit, and refused by name beyond it.
func TestAFigureBeyondItsLimitIsNamed(t *testing.T) {
	for _, c := range []struct {
		field, named string
		limit        int
	}{
		{"num_hidden_layers", "layers", maxLayers}, {"num_key_value_heads", "key/value heads", maxHeads}, {"head_dim", "head width", maxWidth},
		{"vocab_size", "vocabulary", maxVocabulary}, {"max_position_embeddings", "context length", maxContext},
	} {
		for _, value := range []int{c.limit, c.limit + 1, -1} {
			figures := map[string]any{"model_type": "llama", "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 2, "head_dim": 4,
				"hidden_size": 8, "vocab_size": 10, "max_position_embeddings": 16}
			figures[c.field] = value
			_, err := Load(folder(t, figures))
			if value == c.limit && err != nil {
				t.Errorf("%s at its limit: %v", c.field, err)
			}
			if value != c.limit && (!errors.Is(err, ErrFormat) || !strings.Contains(err.Error(), c.named)) {
				t.Errorf("%s of %d: %v", c.field, value, err)
			}
		}
	}
}

// folder writes a model's folder with a configuration.
func folder(t *testing.T, figures map[string]any) string {
	t.Helper()
	dir := t.TempDir()
	config, err := json.Marshal(figures)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string][]byte{"config.json": config, "tokenizer.json": []byte("{}"), "model.onnx": nil} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
