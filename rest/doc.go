// Package rest serves one-shot completion over HTTP: the documented API, the doors that other servers' clients knock
// at, health and metrics.
//
// Its nouns: a door is a family of paths with its own request and error shape; an ask is what a door makes of its
// request (a document, a place in it, options, a caller); a failure is an error as every door's shape tells it.
//
// Invariants:
//   - Every door asks by [Requester] and ranges over the [infer.Generator]; none writes the pipeline a second time.
//   - A client that goes away ends its generation before the next token.
//   - One table (errors.go) maps errors to status, code and whether to try again.
//   - Bodies, prompts, completions and keys are never logged.
//
// Any goroutine may call the handler. The package starts no goroutine of its own.
package rest
