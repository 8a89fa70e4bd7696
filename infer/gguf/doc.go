// Package gguf imports GGUF files: it turns one into a folder with an ONNX graph, its weights, its tokenizer and its
// configuration, once, and finds the folder again afterwards. It needs no Python and does not load the runtime.
//
// The graph, for a batch of B rows of S new tokens each and a KV cache of any capacity C:
//
//	input_ids              int64 [B, S]
//	seqlens_k              int32 [B]           past + S - 1 of each row; a smaller past rewinds
//	total_sequence_length  int32 []            the largest past + S
//	last                   int64 [wanted]      flat indices into the B*S new tokens whose logits are wanted
//	past_key_values.N.key, .value    float [B, KV heads, C, head width], the same memory as
//	present.N.key, .value            float [B, KV heads, C, head width]: the cache is kept in place
//	logits                 float [wanted, vocabulary]
//
// Names follow onnxruntime-genai's exports. With B > 1, S is 1.
//
// Invariants: a folder in the cache is whole, since it is made under another name and renamed; its name holds the
// hash of the file's content, the precision and the importer's version, so a change of any makes another.
package gguf
