// Package redisconn connects to Redis as people run it, and keeps a Redis that is slow or gone out of the way.
//
// Its nouns: a [Config] says where Redis is, as one URL or by its parts; [Open] makes a client of it, for a single server,
// Sentinel or Cluster; a [Guard] stands between a client and what a completion waits for.
//
// Invariants:
//   - Opening never waits for Redis: a server starts without it, and finds it when it comes.
//   - A call through a Guard takes no longer than its deadline, and after a few failures in a row no time at all,
//     until a probe gets through.
//   - Addresses, user names and passwords are in no error and in no log line.
//
// The package imports nothing of ours. All of it is safe for concurrent use.
package redisconn
