package wire

import "inkling/contexts"

// Places and edits are those of contexts, which has their JSON form.
type (
	Position = contexts.Position
	Range    = contexts.Range
	Change   = contexts.Change
)

// DocumentItem is a document as it is opened.
type DocumentItem struct {
	URI        string `json:"uri"`
	LanguageID string `json:"languageId"`
	Version    int32  `json:"version"`
	Text       string `json:"text"`
}

// DocumentID names a document.
type DocumentID struct {
	URI string `json:"uri"`
}

// VersionedID names a version of a document.
type VersionedID struct {
	URI     string `json:"uri"`
	Version int32  `json:"version"`
}

// OpenParams are those of textDocument/didOpen.
type OpenParams struct {
	TextDocument DocumentItem `json:"textDocument"`
}

// ChangeParams are those of textDocument/didChange.
type ChangeParams struct {
	TextDocument   VersionedID `json:"textDocument"`
	ContentChanges []Change    `json:"contentChanges"`
}

// CloseParams are those of textDocument/didClose.
type CloseParams struct {
	TextDocument DocumentID `json:"textDocument"`
}

// ResyncParams are those of inkling/resync.
type ResyncParams struct {
	URI string `json:"uri"`
}

// DigestParams are those of inkling/digest.
type DigestParams struct {
	TextDocument DocumentID `json:"textDocument"`
}

// Digest tells whether two ends hold the same text. Bytes and SHA256 are of its UTF-8 form.
type Digest struct {
	Version int32  `json:"version"`
	Bytes   int    `json:"bytes"`
	SHA256  string `json:"sha256"` // in hexadecimal
}
