// Package gguf imports GGUF files: it turns one into a folder with an ONNX graph, its weights, its tokenizer and its
// configuration, once, and finds the folder again afterwards. It needs no Python and does not load the runtime.
//
// The graph, for T new tokens of B rows, each of which has at most S of them, and a KV cache of any capacity C:
//
//	input_ids              int64 [T]           row after row
//	seqlens_k              int32 [B]           past + new tokens - 1 of each row; a smaller past rewinds
//	query_seqlens          int32 [B]           new tokens of each row; 0 leaves the row as it is, and costs next to nothing
//	                                             (not in fp16: there each of several rows has one new token)
//	total_sequence_length  int32 []            the largest past + new tokens
//	spread                 int64 [B, S]        which of the T tokens stands where; anything where none does
//	packed                 int64 [T]           where in B*S each of the T tokens stands
//	last                   int64 [wanted]      which of the T tokens' logits are wanted
//	past_key_values.N.key, .value    float (float16 in fp16) [B, KV heads, C, head width], the same memory as
//	present.N.key, .value            float [B, KV heads, C, head width]: the cache is kept in place
//	logits                 float [wanted, vocabulary]
//
// Past + S must not be larger than C on any row.
//
// Names follow onnxruntime-genai's exports where those have them.
//
// Invariants: a folder in the cache is whole, since it is made under another name and renamed; its name holds the
// hash of the file's content, the precision and the importer's version, so a change of any makes another.
package gguf
