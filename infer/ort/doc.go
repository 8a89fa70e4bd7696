// Package ort generates on ONNX Runtime.
//
// Its nouns: the [Engine] is the Generator; a row is one place in the KV cache, which remembers the tokens that it holds;
// a task is a request in flight, and its suggestions are decoded one after the other on one row.
//
// One worker goroutine owns the runtime, the rows and all running tasks. Invariants:
//   - A row's tokens are exactly those whose keys and values stand in the cache; a rewind only forgets the last ones.
//   - Rows follow from the memory that the KV cache may take, which [Config] names.
//   - Steps alternate: one chunk of one task's prompt, then one token of every task that decodes, so that no prompt holds
//     up another's tokens by more than one chunk.
//   - The worker never waits for a client: a task's channel has room for everything that it can say.
//   - A cancelled task is let go of before its next chunk or token; a run whose tasks are all cancelled is terminated.
//   - A failed run ends the tasks in it and empties their rows, nothing else.
package ort
