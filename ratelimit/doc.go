// Package ratelimit says how much each caller may still have computed, and charges for it.
//
// Its nouns: a [Tier] is a number of requests in a window; a [Limiter] holds the tiers and who has used what; its
// [Limiter.Wrap] is a Generator around a Generator, which looks at the limit before the engine and charges after its first
// token; an [AddressLimit] is a net/http middleware that holds back addresses before anyone knows who they are. Who is
// calling is found out in ratelimit/identity.
//
// Invariants:
//   - A request begun is charged once at the most: to the limit of its door, or, where nothing of it was used, to the
//     caller's limit of thrown-away computing. Warming is charged nothing.
//   - DoorREST is charged at the engine's first token, whatever finishing keeps; DoorSession at the first released text.
//     The charge decides: where it is refused, the delta that caused it is not passed on.
//   - What a cache answers never comes here, so it is free.
//   - With Redis, all instances count together. Redis absent or slow: this instance goes on from its own count.
//
// The rule is GCRA, as redis_rate has it: a limit of n in a window lets n pass at once, and one more in every n-th part of
// the window. The embedded rule is the same in the same arithmetic.
package ratelimit
