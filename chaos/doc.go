// Package chaos breaks things around a running server and checks that nothing was lost, mixed up or left behind.
//
// Its nouns: a [Scenario] is one kind of trouble, with its own checks; a [T] is one run of it, with a seed; a [Server] is
// the real program in a process of its own, with the real model; a [Typist] is a strict client with a [Mirror] of
// every document, kept by plain splicing; a [Tap] is the typist's end of the connection, which can stall, drip and break.
//
// Invariants:
//   - What a scenario does depends on its seed and name alone; what the machine makes of it does not.
//   - After every scenario the documents are equal to their mirrors, no answer was for another version, place or document,
//     and once the clients have left, the server has no session, document, row, tree, goroutine or descriptor more
//     than before.
//   - A failure names the seed and the command that repeats it.
//   - Everything listens on loopback; every process that was started is waited for.
package chaos
