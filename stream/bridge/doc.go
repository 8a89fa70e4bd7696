// Package bridge carries a session between an editor that speaks LSP over standard input and output, and a server over
// WebSocket.
//
// The editor sees one session that never breaks. The bridge keeps a mirror of the editor's documents, reconnects by
// itself, opens the documents again, those that the server can have, and answers inkling/resync; while the server is away it answers the
// editor with empty lists. Everything else passes through as it is.
//
// All state belongs to the goroutine of [Run]. Besides it, one goroutine reads the editor, one writes to it, one
// dials, and one reads the server; they hand over what they have by channels, and end with Run, except that a Read or a Write of the
// editor which closing does not interrupt ends by itself.
package bridge
