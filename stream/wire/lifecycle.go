package wire

import "encoding/json"

// Methods that sessions know.
const (
	MethodInitialize        = "initialize"
	MethodInitialized       = "initialized"
	MethodShutdown          = "shutdown"
	MethodExit              = "exit"
	MethodOpen              = "textDocument/didOpen"
	MethodChange            = "textDocument/didChange"
	MethodClose             = "textDocument/didClose"
	MethodComplete          = "textDocument/inlineCompletion"
	MethodShown             = "textDocument/didShowCompletion"
	MethodPartiallyAccepted = "textDocument/didPartiallyAcceptCompletion"
	MethodExecute           = "workspace/executeCommand"
	MethodProgress          = "$/progress"
	MethodCancel            = "$/cancelRequest"
	MethodResync            = "inkling/resync"
	MethodDigest            = "inkling/digest"
	MethodQuota             = "inkling/quota"
	MethodLog               = "window/logMessage"
	MethodShowMessage       = "window/showMessage"
)

// Commands of workspace/executeCommand. Each takes one argument, a [SuggestionRef].
const (
	CommandAccept  = "inkling.accept"
	CommandDismiss = "inkling.dismiss"
)

// Names of position encodings.
const (
	EncodingUTF8  = "utf-8"
	EncodingUTF16 = "utf-16"
	EncodingUTF32 = "utf-32"
)

// ProtocolVersion rises when a client of an older one would not understand what it is sent.
const ProtocolVersion = 1

// InitializeParams are those of initialize that a session looks at.
type InitializeParams struct {
	ProcessID    *int64             `json:"processId"`
	ClientInfo   *ClientInfo        `json:"clientInfo,omitempty"`
	Capabilities ClientCapabilities `json:"capabilities"`
	Options      InitializeOptions  `json:"initializationOptions,omitzero"`
}

// ClientInfo names the client's program.
type ClientInfo struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
}

// ClientCapabilities are those that a session looks at.
type ClientCapabilities struct {
	General struct {
		PositionEncodings []string `json:"positionEncodings,omitempty"`
	} `json:"general,omitzero"`
}

// InitializeOptions holds our part of initializationOptions.
type InitializeOptions struct {
	Inkling InklingInitialize `json:"inkling,omitzero"`
}

// InklingInitialize says who the client is, and what it cannot.
type InklingInitialize struct {
	Token  string `json:"token,omitempty"`  // an API key or a one-use ticket
	UserID string `json:"userId,omitempty"` // believed only where keys are off
	Menu   bool   `json:"menu,omitempty"`   // it shows suggestions in its menu of completions: serve [MethodMenu]
}

// InitializeResult is the answer to initialize.
type InitializeResult struct {
	Capabilities ServerCapabilities `json:"capabilities"`
	ServerInfo   ServerInfo         `json:"serverInfo"`
}

// ServerInfo names the server's program.
type ServerInfo struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// ServerCapabilities are what a session offers.
type ServerCapabilities struct {
	PositionEncoding         string          `json:"positionEncoding"`
	TextDocumentSync         SyncOptions     `json:"textDocumentSync"`
	InlineCompletionProvider struct{}        `json:"inlineCompletionProvider"`
	CompletionProvider       *MenuOptions    `json:"completionProvider,omitempty"` // where the client asked for a menu
	ExecuteCommandProvider   CommandOptions  `json:"executeCommandProvider"`
	Experimental             ExperimentalCap `json:"experimental"`
}

// SyncOptions say how documents are kept in step.
type SyncOptions struct {
	OpenClose bool `json:"openClose"`
	Change    int  `json:"change"` // 2: incremental
}

// CommandOptions lists the commands.
type CommandOptions struct {
	Commands []string `json:"commands"`
}

// ExperimentalCap holds our part of the capabilities.
type ExperimentalCap struct {
	Inkling InklingCap `json:"inkling"`
}

// InklingCap says what is served, and what it may be asked.
type InklingCap struct {
	Protocol int    `json:"protocol"` // [ProtocolVersion]
	Session  string `json:"session"`  // its id, for support and logs
	User     string `json:"user,omitempty"`
	Tier     string `json:"tier,omitempty"`
	Model    Model  `json:"model"`
	Limits   Limits `json:"limits"`
}

// Model describes the model; its name is empty while it is being loaded.
type Model struct {
	Name          string `json:"name"`
	ContextTokens int    `json:"contextTokens"`
	MaxTokens     int    `json:"maxTokens"`
	FillInMiddle  bool   `json:"fillInMiddle"`
}

// Limits are those that a client can run into.
type Limits struct {
	FrameBytes     int64   `json:"frameBytes"`
	Documents      int     `json:"documents"`
	DocumentBytes  int     `json:"documentBytes"`
	SessionBytes   int     `json:"sessionBytes"`
	Pending        int     `json:"pending"`
	Suggestions    int     `json:"suggestions"`
	Tokens         int     `json:"tokens"`
	Temperature    float64 `json:"temperature"`
	IdleSeconds    int     `json:"idleSeconds"`
	ChangesPerEdit int     `json:"changesPerEdit"`
}

// CancelParams are those of $/cancelRequest.
type CancelParams struct {
	ID ID `json:"id"`
}

// ExecuteParams are those of workspace/executeCommand.
type ExecuteParams struct {
	Command   string            `json:"command"`
	Arguments []json.RawMessage `json:"arguments"`
}

// LogParams are those of window/logMessage and window/showMessage.
type LogParams struct {
	Type    int    `json:"type"` // 1 error, 2 warning, 3 info
	Message string `json:"message"`
}
