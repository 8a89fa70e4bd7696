// Package cache answers what was asked before. It is a Generator around a Generator.
//
// Its nouns: a key stands for everything of a request but the cursor's line; a block is what is kept under a key: the line
// heads seen there with what the model said after each; a flight is one generation under way, which all equal requests
// share, each as a party with finishers of its own; a [Warmer] fills the cache with a project's openings.
//
// Invariants:
//   - What the model said is kept, not what was shown: the finishers of the request that is answered run again, so a cached
//     answer is what the generator would have said. Where they ask for more than was kept, the generator is asked.
//   - Typing into a cached answer is answered from it, as long as the line follows what was said.
//   - Only generations that came to their end are kept, never cancelled or failed ones.
//   - A flight goes on as long as one of its parties waits, and is cancelled when the last one leaves.
//   - A look-up in Redis takes no longer than its deadline, no time while Redis fails, and happens once per flight. Writes
//     are done by one goroutine behind a bounded queue; nobody waits for them.
//   - Nothing of a request can be read in a key.
//
// All of it is safe for concurrent use. [Cache.Close] ends what runs and waits for it.
package cache
