package infer

import "time"

// Request asks for completions at one place of one document.
type Request struct {
	ID          string       // unique within the process, for logs and traces; may be empty
	Prompt      Prompt       // what the model is shown
	Options     Options      // how it answers
	Caller      Caller       // who asks
	Document    DocumentRef  // where; its Session and URI steer which kept KV is looked at first
	Priority    Priority     // who goes first when there is more to do than room
	NewFinisher FinisherFunc // makes the finisher of each suggestion; nil releases everything
	Began       time.Time    // when a door took the request, for traces; zero where nobody traces
	Prompted    time.Time    // when its prompt was made, likewise
	NoStore     bool         // it holds, or held, a secret: no answer to it may be kept, nor the prompt beyond a pause between keys, and neither found by others
}

// Prompt is what the model is shown, in parts. A renderer puts them together for a model's vocabulary;
// special tokens that occur in the texts are plain text there. All texts are UTF-8.
type Prompt struct {
	Language string    // LSP language id, "plaintext" when unknown
	Path     string    // path as the user knows it, relative to the workspace where known; may be empty
	Snippets []Snippet // pieces of other files, least important first
	Header   string    // frozen top of this file that lies outside Prefix: imports, enclosing signatures
	Prefix   string    // text of this file up to the cursor
	Suffix   string    // text of this file after the cursor; models without fill-in-the-middle do not see it
}

// Snippet is a piece of another file.
type Snippet struct {
	Path string
	Text string
}

// Options say how the model answers. The zero value of each field is its default.
type Options struct {
	Suggestions       int      // how many; 0 means 1
	MaxTokens         int      // tokens decoded per suggestion; 0 means the generator's default
	Temperature       float64  // 0 is greedy
	TopP              float64  // 0 or 1: off
	TopK              int      // 0: off
	Seed              uint64   // of the sampler; 0 draws one
	RepetitionPenalty float64  // 0 or 1: off
	Stop              []string // raw text ends before the first of these; at most 16
	NoHealing         bool     // do not back up over the last, perhaps partial, token of the prefix
}

// Caller is who asks, for limits and for keeping tenants apart.
type Caller struct {
	User   string // "" is the anonymous local user
	Tier   string // name of a tier; "" is the default one
	Tenant string // caches are kept apart by it where configured
	Key    string // id of the API key, which is no secret; "" without one
	Door   Door   // how the request came in: limits are counted apart by it
}

// Door is the kind of interface that a request came through.
type Door string

const (
	DoorREST    Door = "rest"    // REST and the compatible doors: charged at the first token
	DoorSession Door = "session" // WebSocket sessions: charged by suggestions shown
	DoorWarm    Door = "warm"    // cache warming: not charged
)

// DocumentRef names the document and version that a request was made for.
type DocumentRef struct {
	Session string // "" outside a session
	URI     string
	Version int32
}

// Priority orders requests when there is more to do than room; a smaller value goes first.
type Priority int

const (
	PriorityInvoked     Priority = iota // asked for by hand
	PriorityAutomatic                   // asked for by typing
	PrioritySpeculative                 // nobody waits: prefetch, warming
)
