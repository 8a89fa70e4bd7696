// Package ort generates on ONNX Runtime.
//
// Its nouns: the [Engine] is the Generator; a row is one place in the KV cache, which remembers the tokens that it holds;
// a task is a request in flight; a lane is one of its suggestions being decoded, on a row of its own.
//
// One worker goroutine owns the runtime, the rows and all running tasks. Invariants:
//   - A row's tokens are exactly those whose keys and values stand in the cache; a rewind only forgets the last ones.
//   - Rows take memory as they are used, within what [Config] names; those used longest ago give theirs back.
//   - Logits that were computed are kept for a while, and picked from again instead of computed again: see memo.
//   - A step is a token of every lane that decodes and one chunk of prompts, so that no prompt holds
//     up another's tokens by more than one chunk.
//   - The worker never waits for a client: a task's channel has room for everything that it can say.
//   - A cancelled task is let go of before its next chunk or token; a run whose tasks are all cancelled is terminated,
//     unless it feeds a session's prompt: its tokens stay, and the session's next request goes on from them.
//   - A failed run ends the tasks in it, and the model is opened anew; what else runs is fed again.
package ort
