package ort

import (
	"fmt"
	"runtime"

	"inkling/infer"
)

// contained is a finisher of a request whose panic costs that request alone, not the worker that all share.
type contained struct {
	infer.Finisher
	fault *error // set by a panic
}

func newContained(make func(int) infer.Finisher, index int, fault *error) (c *contained) {
	c = &contained{Finisher: &infer.ReleaseAll{}, fault: fault}
	defer c.recover(nil)
	c.Finisher = make(index)
	return c
}

// Feed is the finisher's; after a panic the suggestion is done.
func (c *contained) Feed(p infer.Piece) (v infer.Verdict) {
	defer c.recover(&v)
	return c.Finisher.Feed(p)
}

// Flush is the finisher's.
func (c *contained) Flush(reason infer.StopReason) (v infer.Verdict) {
	defer c.recover(&v)
	return c.Finisher.Flush(reason)
}

// recover is deferred. The fault says of what type the panic was and where, and nothing of what it was about.
func (c *contained) recover(v *infer.Verdict) {
	r := recover()
	if r == nil {
		return
	}
	*c.fault = fmt.Errorf("a finisher panicked: %T at %s", r, origin())
	if v != nil {
		*v = infer.Verdict{Done: true}
	}
}

// origin is the function and line that panicked, as seen from a deferred call of recover.
func origin() string {
	var callers [16]uintptr
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers[:])]) // from the runtime's own on
	for {
		frame, more := frames.Next()
		if !isRuntime(frame.Function) {
			return fmt.Sprintf("%s:%d", frame.Function, frame.Line)
		}
		if !more {
			return "an unknown place"
		}
	}
}

func isRuntime(function string) bool { return len(function) > 8 && function[:8] == "runtime." }
