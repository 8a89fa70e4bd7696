package replay

import (
	"context"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

func TestAnEmptyAnswerIsWholeAndShowsNothing(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		_, desk := k.answers(t, k.empty)
		a, err := press1(t, t.Context(), desk)
		if err != nil || a.Text != "" || a.First != 0 || a.Whole != 10*time.Millisecond || a.Along || a.Overloaded {
			t.Errorf("%+v, %v", a, err)
		}
	})
}

func TestAnErrorOfAServerIsNamedWithItsStatus(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		status := 0
		s := serve(t, func(_ *fakeServer, _ int, w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, k.fails)
		})
		desk := s.sit(t, k.peer(s.URL))
		for code, text := range map[int]string{400: "400 Bad Request", 401: "401 Unauthorized", 404: "404 Not Found", 500: "500 Internal Server Error"} {
			status = code
			a, err := desk.Press(t.Context(), keyAt(0, "a"))
			mustContain(t, err, k.path+": "+text, k.fails)
			if a.Text != "" || a.Whole != 0 || a.Overloaded {
				t.Errorf("%d: %+v", code, a)
			}
		}
	})
}

func TestAServerThatDeclinesIsCounted(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		status := 0
		s := serve(t, func(_ *fakeServer, _ int, w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, k.fails)
		})
		desk := s.sit(t, k.peer(s.URL))
		for _, status = range []int{http.StatusTooManyRequests, http.StatusServiceUnavailable} {
			a, err := desk.Press(t.Context(), keyAt(0, "a"))
			if err != nil || !a.Overloaded || a.Whole != 0 || a.Text != "" {
				t.Errorf("%d: %+v, %v", status, a, err)
			}
		}
	})
}

func TestAnAnswerThatIsNoneIsNamed(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		body := "<!doctype html><title>Welcome</title>"
		if k.streams {
			body = "data: " + body + "\n\n"
		}
		_, desk := k.answers(t, body)
		a, err := press1(t, t.Context(), desk)
		mustContain(t, err, k.path+": ", "invalid character")
		if a.Whole != 0 {
			t.Errorf("%+v", a)
		}
	})
}

func TestAnAnswerOfAnotherKindOfServerIsAnError(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		body := `{"message":"Welcome"}`
		if k.streams {
			body = "data: " + body + "\n\n"
		}
		_, desk := k.answers(t, body)
		a, err := press1(t, t.Context(), desk)
		if mustContain(t, err, k.path+": ", errForeign.Error()); a.Whole != 0 {
			t.Errorf("%+v", a)
		}
	})
}

func TestAConnectionThatBreaksInTheMiddleIsAnError(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		s := serve(t, func(_ *fakeServer, _ int, w http.ResponseWriter, _ *http.Request) {
			k.sends(w, k.whole[0][:len(k.whole[0])/2])
			panic(http.ErrAbortHandler)
		})
		a, err := press1(t, t.Context(), s.sit(t, k.peer(s.URL)))
		mustContain(t, err, k.path+": ", "EOF")
		if a.Whole != 0 {
			t.Errorf("%+v", a)
		}
	})
}

// A connection that is closed between two messages looks like the end of the answer, where no length was told.
func TestAStreamThatEndsBeforeItsLastMessageIsAnError(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		if !k.streams {
			t.Skip("answers in one piece")
		}
		_, desk := k.answers(t, k.whole[:2]...)
		a, err := press1(t, t.Context(), desk)
		mustContain(t, err, k.path+": ", errCut.Error())
		if a.Text != "bcde" || a.First != 10*time.Millisecond || a.Whole != 0 {
			t.Errorf("%+v", a)
		}
	})
}

func TestTheNextKeyClosesTheConnection(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		s := serve(t, func(s *fakeServer, n int, w http.ResponseWriter, r *http.Request) {
			k.sends(w, k.whole[0][:len(k.whole[0])/2]) // something came, and no message is whole
			s.untilLeft(n, r)
		})
		trace := testTrace(t, 3)
		keys := newTypist(&trace)
		r, err := Run(t.Context(), s.reach(t, k.peer(s.URL)), []Trace{trace}, Options{Open: true, MaxKeys: 5})
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if r.Keys != 5 || r.Shown != 0 || r.Whole.N != 0 || len(s.requests()) != 5 {
			t.Fatalf("%d keys, %d shown, %d whole, %d asked", r.Keys, r.Shown, r.Whole.N, len(s.requests()))
		}
		_, _ = keys.next()
		for n, a := range s.requests() {
			if next, _ := keys.next(); a.left.Sub(a.at) != next.Pause {
				t.Errorf("request %d was left after %v, the next key came after %v", n+1, a.left.Sub(a.at), next.Pause)
			}
		}
	})
}

func TestWhatHadArrivedByTheNextKeyIsKept(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		if !k.streams {
			t.Skip("answers in one piece")
		}
		s := serve(t, func(s *fakeServer, n int, w http.ResponseWriter, r *http.Request) {
			k.sends(w, k.whole[0])
			s.untilLeft(n, r)
		})
		desk := s.sit(t, k.peer(s.URL))
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Millisecond)
		defer cancel()
		a, err := press1(t, ctx, desk)
		if want := (Answer{Text: "bc", First: 10 * time.Millisecond, Decoded: 1}); err != nil || a != want {
			t.Errorf("%+v, %v, want %+v", a, err, want)
		}
		ctx, cancel = context.WithTimeout(t.Context(), 25*time.Millisecond)
		defer cancel()
		if a, err := desk.Press(ctx, keyAt(1, "b")); err != nil || a.Along || len(s.requests()) != 2 {
			t.Errorf("a suggestion that was cut short was typed along: %+v, %v", a, err)
		}
	})
}

func TestASuggestionIsTypedAlongWithoutAsking(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		s, desk := k.answers(t, k.whole...)
		if a, err := press1(t, t.Context(), desk); err != nil || a.Text != "bcde" {
			t.Fatalf("%+v, %v", a, err)
		}
		for n, rest := range []string{"cde", "de", "e"} {
			a, err := desk.Press(t.Context(), keyAt(1+n, "bcd"[n:n+1]))
			if err != nil || a.Text != rest || !a.Along || a.First == 0 || a.First != a.Whole || a.BytesSent != 0 || len(s.requests()) != 1 {
				t.Errorf("%q: %+v, %v, %d asked", rest, a, err, len(s.requests()))
			}
		}
		if a, err := desk.Press(t.Context(), keyAt(4, "x")); err != nil || a.Along || len(s.requests()) != 2 {
			t.Errorf("another key: %+v, %v, %d asked", a, err, len(s.requests()))
		}
	})
}
