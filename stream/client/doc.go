// Package client is the Go client of completion sessions: it dials, keeps documents in step, and receives suggestions as
// they stream. docs/protocol.md is the contract.
//
// Its nouns: a [Conn] carries whole messages; a [Client] is a session over one; a [Step] is what comes for a request,
// text first and the whole list last.
//
// Invariants:
//   - A request is made for the document as of all calls that returned before it was begun.
//   - A Client does not reconnect: that is its user's, as stream/bridge does it.
//   - Close waits for the client's one goroutine.
//
// All methods of a Client may be called from any goroutine.
package client
