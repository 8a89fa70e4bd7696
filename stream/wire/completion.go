package wire

// Kinds of triggers.
const (
	TriggerInvoked   = 1 // asked for by hand
	TriggerAutomatic = 2 // asked for by typing
)

// CompleteParams are those of textDocument/inlineCompletion.
type CompleteParams struct {
	TextDocument DocumentID      `json:"textDocument"`
	Position     Position        `json:"position"`
	Context      CompleteContext `json:"context"`
	Inkling      CompleteOptions `json:"inkling,omitzero"`
}

// CompleteContext says how a completion came to be asked for.
type CompleteContext struct {
	TriggerKind int           `json:"triggerKind"`
	Selected    *SelectedInfo `json:"selectedCompletionInfo,omitempty"`
}

// SelectedInfo is the item that is selected in the editor's own completion menu.
type SelectedInfo struct {
	Range Range  `json:"range"`
	Text  string `json:"text"`
}

// CompleteOptions are our options of a request. The zero value of each is its default.
type CompleteOptions struct {
	MaxSuggestions int     `json:"maxSuggestions,omitempty"`
	MaxTokens      int     `json:"maxTokens,omitempty"`
	Temperature    float64 `json:"temperature,omitempty"`
	Multiline      *bool   `json:"multiline,omitempty"` // absent: as the place suggests; false: one line
	StreamToken    *ID     `json:"streamToken,omitempty"`
}

// CompletionList is the answer.
type CompletionList struct {
	Items   []CompletionItem `json:"items"`
	Inkling Answer           `json:"inkling"`
}

// CompletionItem is one suggestion.
type CompletionItem struct {
	InsertText string   `json:"insertText"`
	Range      Range    `json:"range"` // what InsertText replaces; mostly empty, at the cursor
	Command    Command  `json:"command"`
	Inkling    ItemInfo `json:"inkling"`
}

// Command is run by the editor when an item was accepted.
type Command struct {
	Title     string          `json:"title"`
	Command   string          `json:"command"`
	Arguments []SuggestionRef `json:"arguments"`
}

// SuggestionRef names a suggestion of an answer.
type SuggestionRef struct {
	ID   string `json:"id"`
	Item int    `json:"item"`
}

// ItemInfo is what we say about one item.
type ItemInfo struct {
	Item       int     `json:"item"` // its number, as in the deltas
	Confidence float64 `json:"confidence"`
	StopReason string  `json:"stopReason"`
}

// Answer is what we say about an answer.
type Answer struct {
	ID           string  `json:"id"`
	Version      int32   `json:"version"`              // of the document that the answer was made for
	Confidence   float64 `json:"confidence"`           // of the first item; 0 without one
	Cached       bool    `json:"cached"`               // all of it came from a cache
	Along        bool    `json:"along"`                // carried over from an earlier request by typing along
	StopReason   string  `json:"stopReason,omitempty"` // of the first item
	Why          string  `json:"why,omitempty"`        // why there are no items
	RetryAfterMs int64   `json:"retryAfterMs,omitempty"`
	Timings      Timings `json:"timings"`
}

// Quota answers inkling/quota: how many suggestions the caller's sessions may still be shown.
type Quota struct {
	Limit     int   `json:"limit"`     // in a window
	Remaining int   `json:"remaining"` // that could be shown at once now
	ResetMs   int64 `json:"resetMs"`   // until all of them are there again
}

// Timings say where the time went, in milliseconds, and what was computed for this request, in tokens. All but FirstMs
// and TotalMs are 0 where nothing was computed.
type Timings struct {
	FirstMs          float64 `json:"firstMs"`      // from the request's arrival to its first text; 0 without text
	TotalMs          float64 `json:"totalMs"`      // from the request's arrival to the answer
	WindowMs         float64 `json:"windowMs"`     // from the request's arrival until its prompt was made
	QueueMs          float64 `json:"queueMs"`      // from then on
	PrefillMs        float64 `json:"prefillMs"`    // after the queue
	FirstTokenMs     float64 `json:"firstTokenMs"` // from the made prompt to the first token
	PromptTokens     int     `json:"promptTokens"`
	ReusedTokens     int     `json:"reusedTokens"`
	ComputedTokens   int     `json:"computedTokens"`
	CompletionTokens int     `json:"completionTokens"`
}

// Progress is one delta of a suggestion that streams.
type Progress struct {
	Token ID    `json:"token"`
	Value Delta `json:"value"`
}

// Delta is text to append to an item's text.
type Delta struct {
	Kind       string  `json:"kind"` // [KindDelta]
	Item       int     `json:"item"`
	Text       string  `json:"text"`
	Confidence float64 `json:"confidence"` // of all of the item's text so far
}

// KindDelta is the kind of every [Delta].
const KindDelta = "delta"

// FeedbackParams are those of didShowCompletion and didPartiallyAcceptCompletion.
type FeedbackParams struct {
	Item           FeedbackItem `json:"item"`
	AcceptedLength int          `json:"acceptedLength,omitempty"` // of insertText, in the session's encoding
}

// FeedbackItem names the item by its command.
type FeedbackItem struct {
	Command Command `json:"command"`
}
