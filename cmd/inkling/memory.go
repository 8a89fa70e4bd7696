package main

import (
	"os"
	"runtime/debug"
)

// gcPercent is how much of the live heap may be garbage before it is collected. The heap is small beside the model, and
// grows by some 20 kB a session: with Go's 100, ten thousand idle sessions hold as much garbage as they hold themselves.
const gcPercent = 50

// spareMemory collects earlier than Go does by itself, unless GOGC says otherwise.
func spareMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
