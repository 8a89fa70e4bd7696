// Package conformance holds tests of the session door's WebSocket as the server of RFC 6455, frame by frame. The cases bear the numbers of
// the Autobahn test suite (groups 1 to 7, 9 and 10), which is the field's own list; compression (12, 13) is never negotiated here.
//
// The door echoes nothing, so a message is a JSON-RPC request of an unknown method: its answer, an error with the same id, says that it
// arrived, whole and once.
package conformance
