// Package fuzztest is for the fuzz targets of all packages.
package fuzztest

import (
	"fmt"
	"time"
)

// Within ends the process where an input takes longer than limit, until stop is called: first thing in a target,
//
//	defer fuzztest.Within(time.Minute)()
//
// since the fuzzer by itself takes an input that never ends for one that passed when its time is up. It notices one that hangs in C too.
func Within(limit time.Duration) (stop func()) {
	timer := time.AfterFunc(limit, func() { panic(fmt.Sprintf("an input takes longer than %v", limit)) })
	return func() { timer.Stop() }
}
