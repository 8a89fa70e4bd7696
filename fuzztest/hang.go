// Package fuzztest is for the fuzz targets of all packages.
package fuzztest

import (
	"fmt"
	"os"
	"runtime/pprof"
	"time"
)

// tell is when an input's stacks are written, before the fuzzer's own limit of 10 s ends the process without a word.
const tell = 8 * time.Second

// Within ends the process where an input takes longer than limit, until stop is called: first thing in a target,
//
//	defer fuzztest.Within(time.Minute)()
//
// since the fuzzer by itself takes an input that never ends for one that passed when its time is up. It notices one that hangs in C too.
// What the process was at after 8 s is written to the file that INKLING_FUZZ_STACKS names, since what a fuzzer's worker prints is lost.
func Within(limit time.Duration) (stop func()) {
	ended := time.AfterFunc(limit, func() { panic(fmt.Sprintf("an input takes longer than %v", limit)) })
	told := time.AfterFunc(min(tell, limit/2), writeStacks)
	return func() {
		ended.Stop()
		told.Stop()
	}
}

func writeStacks() {
	name := os.Getenv("INKLING_FUZZ_STACKS")
	if name == "" {
		return
	}
	file, err := os.Create(name) //nolint:gosec // the one who fuzzes says where
	if err == nil {
		err = pprof.Lookup("goroutine").WriteTo(file, 2)
	}
	if err != nil {
		panic(err)
	}
	if err := file.Close(); err != nil {
		panic(err)
	}
}
