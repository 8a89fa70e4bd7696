package ort

import (
	"cmp"
	"encoding/json"
	"errors"
	"hash/fnv"
	"math"
	"sync"
	"testing"

	"inkling/infer"
	"inkling/infer/model"
	"inkling/infer/tokenizer"
)

// endToken ends a text in the scripted vocabulary; the ids below it are bytes.
const endToken = 256

// errTerminated is what a scripted step ends with when it is told to.
var errTerminated = errors.New("terminated")

// scripted is a model of bytes whose next token is a function of all tokens before it, as they stand in its own copy of
// the cache: so whatever the worker gets wrong about rows shows in what is said.
type scripted struct {
	next func(context []int32) []float32 // logits after a context
	gate chan error                      // where not nil, every step waits for a value: an error of the runtime, or nil

	mu         sync.Mutex
	cache      map[int][]int32
	steps      [][]segment
	terminated chan struct{}
	released   []int
}

// Release implements releaser.
func (s *scripted) Release(row int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.released = append(s.released, row)
	s.cache[row] = nil
	return nil
}

// count is how many steps ran.
func (s *scripted) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.steps)
}

func newScripted(next func(context []int32) []float32) *scripted {
	return &scripted{next: next, cache: map[int][]int32{}, terminated: make(chan struct{})}
}

func (s *scripted) Step(segments []segment) ([][]float32, error) {
	s.mu.Lock()
	s.steps = append(s.steps, segments)
	terminated := s.terminated
	s.mu.Unlock()
	if s.gate != nil {
		select {
		case err := <-s.gate:
			if err != nil {
				return nil, err
			}
		case <-terminated:
			s.writeInPart(segments)
			return nil, errTerminated
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var logits [][]float32
	for _, seg := range segments {
		context := append(s.cache[seg.row][:seg.past:seg.past], seg.ids...)
		s.cache[seg.row] = context
		for n := len(context) - seg.wanted(); n < len(context); n++ {
			logits = append(logits, s.next(context[:n+1]))
		}
	}
	return logits, nil
}

// writeInPart does to the cache what a run does that is ended: tokens stand in it that nobody counts on.
func (s *scripted) writeInPart(segments []segment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, seg := range segments {
		if behind := s.cache[seg.row][seg.past:]; len(behind) > 0 {
			copy(behind, seg.ids[:(len(seg.ids)+1)/2])
		}
	}
}

func (s *scripted) Copy(from, to, n int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cache[to] = append([]int32(nil), s.cache[from][:n]...)
	return nil
}

func (s *scripted) Terminate() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.terminated)
}

func (s *scripted) Resume() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.terminated = make(chan struct{})
}

func (s *scripted) Bytes() int64 { return 0 }
func (s *scripted) Close() error { return nil }

// fed returns the first byte of every prompt in the order in which they were begun.
func (s *scripted) begun() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var order []byte
	for _, step := range s.steps {
		for _, seg := range step {
			if seg.past == 0 {
				order = append(order, byte(seg.ids[0]))
			}
		}
	}
	return string(order)
}

// surely are logits with one likely token.
func surely(id int32) []float32 {
	logits := make([]float32, endToken+1)
	logits[id] = 20
	return logits
}

// hashed says a letter that hangs on every token of the context.
func hashed(context []int32) []float32 {
	h := fnv.New32a()
	for _, id := range context {
		_, _ = h.Write([]byte{byte(id)}) // a hash's Write does not fail
	}
	return surely(int32('a' + h.Sum32()%26))
}

// says goes on with a text after a prompt of n bytes, and then ends.
func says(n int, text string) func([]int32) []float32 {
	return func(context []int32) []float32 {
		if at := len(context) - n; at < len(text) {
			return surely(int32(text[at]))
		}
		return surely(endToken)
	}
}

// byteTokenizer has one token for each byte, and the id of a byte is the byte. Behind the end token it has some of two bytes.
func byteTokenizer(t testing.TB, pairs ...string) *tokenizer.Tokenizer {
	t.Helper()
	vocabulary := map[string]int{"<end>": endToken}
	shifted := rune(0x100)
	for b := range 256 {
		if b >= '!' && b <= '~' || b >= 0xa1 && b <= 0xac || b >= 0xae {
			vocabulary[string(rune(b))] = b
			continue
		}
		vocabulary[string(shifted)] = b
		shifted++
	}
	merges := []string{}
	for i, pair := range pairs {
		vocabulary[pair] = endToken + 1 + i
		merges = append(merges, pair[:1]+" "+pair[1:])
	}
	data, err := json.Marshal(map[string]any{
		"added_tokens":  []any{map[string]any{"id": endToken, "content": "<end>", "special": true}},
		"pre_tokenizer": map[string]any{"type": "ByteLevel", "add_prefix_space": false, "use_regex": true},
		"model":         map[string]any{"type": "BPE", "vocab": vocabulary, "merges": merges},
	})
	if err != nil {
		t.Fatal(err)
	}
	tok, err := tokenizer.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// scriptedEngine runs a scripted model; the test closes it.
func scriptedEngine(t testing.TB, s *scripted, rows, queue int) *Engine {
	t.Helper()
	return configured(t, s, Config{Rows: rows, Queue: queue})
}

// configured is scriptedEngine for a configuration, whose model's KV takes 8 bytes a token.
func configured(t testing.TB, s *scripted, c Config) *Engine {
	t.Helper()
	c.ContextTokens, c.Model = cmp.Or(c.ContextTokens, 512), model.Config{
		Name: "scripted", ContextTokens: 512, Layers: 1, KVHeads: 1, HeadDim: 1, Vocabulary: endToken + 1, EndTokens: []int32{endToken}, BeginToken: -1,
		Chunks: c.Model.Chunks,
	}
	if err := c.Validate(); err != nil {
		t.Fatal(err)
	}
	return start(c, byteTokenizer(t), s, nil)
}

// request asks with healing off: prompts of the scripted model are as long as they look.
func request(prefix string, tokens int) infer.Request {
	return infer.Request{Prompt: infer.Prompt{Prefix: prefix}, Options: infer.Options{MaxTokens: tokens, NoHealing: true}}
}

// by names who asks.
func by(user string, priority infer.Priority, req infer.Request) infer.Request {
	req.Caller.User, req.Priority = user, priority
	req.Document = infer.DocumentRef{Session: user, URI: "file:///" + user}
	return req
}

func notANumber() []float32 {
	logits := surely('x')
	logits[7] = float32(math.NaN())
	return logits
}
