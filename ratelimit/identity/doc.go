// Package identity says who is calling: by an API key, or by a ticket that a key was traded for.
//
// Its nouns: a [Record] is what is known of a key, which itself is shown once, when it is made, and never stored; a
// [Store] holds records, in a file or in Redis; an [Identity] answers Authenticate from a store, remembering records for
// seconds; a [Ticket] stands for a key once, for half a minute, where a header cannot be sent: it opens a
// session, and is worth nothing once its key is revoked.
//
// Invariants:
//   - Only hashes of keys and tickets are stored. They have 256 random bits, so that one round of SHA-256 is enough; they
//     are compared in constant time.
//   - A key that was revoked anywhere is refused everywhere within [RevocationDelay], as long as the store can be asked.
//   - A store that cannot be asked refuses nobody who was let in a short while ago, and lets nobody else in.
//   - Nothing of a key but its id, which is no secret, is in an error or a log line.
package identity
