// Package clients holds no code but tests: other people's clients, unchanged, against this server's doors. They are
// installed once into a cache folder ($INKLING_TEST_CACHE, else the user's cache folder), at the versions of the lock
// files beside them.
package clients
