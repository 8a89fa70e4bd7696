// Package wire holds what travels between a completion session's two ends: JSON-RPC 2.0 messages, those types of the
// Language Server Protocol 3.18 that sessions use, our extensions of it, error and close codes, and the
// Content-Length framing of standard input and output. docs/protocol.md is the contract that it writes down in Go.
//
// Invariants:
//   - Counts of characters are in the session's position encoding; sizes whose name says bytes are in bytes of UTF-8.
//   - Decoding keeps an id as it was sent, so that an answer carries the same number or string.
//
// The types are plain values without methods that block; [Reader] and [Writer] belong to one goroutine each.
package wire
