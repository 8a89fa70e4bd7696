package ort

import (
	"errors"
	"strings"
	"testing"
	"time"

	"inkling/infer"
)

// faultyFinisher panics where it is told to, with what it was fed.
type faultyFinisher struct{ in string }

func (f faultyFinisher) Feed(p infer.Piece) infer.Verdict {
	if f.in == "Feed" {
		panic(p.Text)
	}
	return infer.Verdict{Release: p.Text}
}

func (f faultyFinisher) Flush(infer.StopReason) infer.Verdict {
	if f.in == "Flush" {
		var none []int
		_ = none[len(f.in)]
	}
	return infer.Verdict{Done: true}
}

func TestAFinisherThatPanicsCostsItsRequestAlone(t *testing.T) {
	e := configured(t, newScripted(hashed), Config{Rows: 4})
	defer shut(t, e)
	for where, want := range map[string]string{
		"making": "string at inkling/infer/ort.TestAFinisher", "Feed": "string at inkling/infer/ort.faultyFinisher.Feed:",
		"Flush": "runtime.boundsError at inkling/infer/ort.faultyFinisher.Flush:",
	} {
		req := by("ada", 0, request("abc", 5))
		req.NewFinisher = func(int) infer.Finisher {
			if where == "making" {
				panic("the secret")
			}
			return faultyFinisher{where}
		}
		beside := make(chan error, 1)
		go func() {
			a, err := gather(t.Context(), e, by("bob", 0, request("xyz", 20)))
			if err == nil && a[0].raw != reference("xyz", 20) {
				err = errors.New(a[0].raw + " is wrong")
			}
			beside <- err
		}()
		_, err := gather(t.Context(), e, req)
		if !errors.Is(err, infer.ErrRuntime) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %s", where, err, want)
		}
		if err := <-beside; err != nil {
			t.Errorf("%s: beside it: %v", where, err)
		}
		if a := collect(t, e, by("ada", 0, request("abc", 5))); a[0].raw != reference("abc", 5) {
			t.Errorf("%s: afterwards: %q", where, a[0].raw)
		}
	}
	s := e.Stats()
	for range 1000 {
		if s.RowsBusy == 0 {
			break
		}
		time.Sleep(10 * time.Millisecond) // the worker says so after its last answer
		s = e.Stats()
	}
	if s.Errors != 3 || s.RowsBusy != 0 {
		t.Errorf("stats are %+v", s)
	}
}
