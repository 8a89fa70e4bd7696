// Command capacity simulates typists on instances of Inkling, event by event, with the service times that were measured,
// and says how many an instance carries and what a lost instance does to the others.
//
//	go run ./deploy/capacity                            one instance, more and more typists
//	go run ./deploy/capacity -instances 8 -lose 1       a cluster, one of which ends in the middle
//	go run ./deploy/capacity -avx2 -replay -typists 8   as inkling replay types, on two cores without AVX-512
//
// Its nouns: a typist presses keys and wants suggestions; an instance runs steps of its engine, each a chunk of a prompt
// together with a token of every row that decodes; a newer key ends the older request before the next step,
// and a step that nobody waits for any more is broken off, unless it feeds a prompt, which the next key goes on from.
//
// It is a model: what it leaves out (the network, the cache, syntax, other work on the machine) stands in docs/scaling.md
// beside its results. The same seed gives the same figures. It imports nothing of Inkling.
package main
