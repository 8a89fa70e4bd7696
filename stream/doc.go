// Package stream serves completion sessions: the Language Server Protocol 3.18 over WebSocket, one JSON-RPC message a
// text frame, or over a byte stream with Content-Length headers. docs/protocol.md is the contract.
//
// Its nouns: a [Server] accepts sessions; a session is one client with its open documents; a request asks for a
// suggestion at one place; a generation is what computes it, and may outlive its request while the user types along.
//
// A session owns its documents and at most one generation per document.
//   - Edits apply in the order received; a request is made for the document after all earlier messages.
//   - A newer edit answers the older request of its document before anything else is computed.
//   - A generation whose text the user types is kept; the next request at that place is served from it.
//   - After the response to an id, no message carries that id's token.
//   - A client that does not read for [Limits.WriteTimeout], or leaves [Limits.QueueBytes] unread, is closed with
//     [wire.CloseSlow]. A generation never waits for a client.
//   - No text of a document or suggestion is logged.
//
// Who runs what: one goroutine reads a session's connection, and alone touches the documents; one writes while there is
// something to write, and one pings while a ping is on its way; one runs each generation. An idle session has the first
// alone. What they share stands under the session's mutex, which is never held across I/O. None is the HTTP request's.
package stream
