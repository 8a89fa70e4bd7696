// Package model describes a model on disk: a folder that holds a graph (*.onnx), its tokenizer (tokenizer.json) and
// its configuration (config.json, or genai_config.json of onnxruntime-genai). It imports nothing of ours.
package model

// Config is what the engine must know about a model before it loads the graph. Counts are per model, not per row.
type Config struct {
	Dir           string  // the folder
	Graph         string  // path of the .onnx file
	Chunks        string  // path of a graph that only feeds chunks of prompts to the same cache, of a mixed import; "": none
	Tokenizer     string  // path of tokenizer.json
	Name          string  // as reported to clients
	Exporter      string  // "inkling", "genai" or "optimum": the form of the graph's inputs and outputs
	Architecture  string  // "llama", "qwen2", "gpt2", ...
	Layers        int     // transformer blocks
	KVHeads       int     // key/value heads a layer
	HeadDim       int     // width of one head
	Vocabulary    int     // size of a row of logits
	ContextTokens int     // positions that the model was trained for
	EndTokens     []int32 // any of these ends a text
	BeginToken    int32   // put in front of a prompt; -1: none
	Exact         bool    // a token's logits are the same, to the bit, however it is fed: alone, with others, in a chunk of any size
	Precision     string  // "int8-blocks", "int4-mixed", ..., or "" when unknown
}

// HalfKV says whether the graph's cache is float16, not float32.
func (c Config) HalfKV() bool { return c.Exporter == "inkling" && c.Precision == "fp16" }
