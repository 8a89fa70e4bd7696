package replay

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

const secret = "sk-Open+Sesame/4711=="

// guarded is a peer that is asked with a token.
func (k kind) guarded(base string) *HTTPPeer {
	p := k.peer(base)
	p.Token = secret
	return p
}

func TestATokenIsSentAsABearerAndNowhereElse(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		s := serve(t, func(_ *fakeServer, _ int, w http.ResponseWriter, _ *http.Request) { k.sends(w, k.whole...) })
		desk := s.sit(t, k.guarded(s.URL))
		if a, err := press1(t, t.Context(), desk); err != nil || a.Text != "bcde" {
			t.Fatalf("%+v, %v", a, err)
		}
		got := s.requests()[0]
		if values := got.header.Values("Authorization"); len(values) != 1 || values[0] != "Bearer "+secret {
			t.Errorf("Authorization: %q", values)
		}
		got.header.Del("Authorization")
		if all := fmt.Sprint(got.path, got.header, got.body); strings.Contains(all, "Sesame") {
			t.Errorf("the token is in %s", all)
		}
	})
}

// A redirect would take the document and the token to another server, and measure two.
func TestARedirectIsAnErrorAndNotFollowed(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		for _, status := range []int{http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect} {
			s := serve(t, func(_ *fakeServer, n int, w http.ResponseWriter, _ *http.Request) {
				if n > 1 {
					k.sends(w, k.whole...)
					return
				}
				w.Header().Set("Location", "http://elsewhere.example"+k.path)
				w.WriteHeader(status)
			})
			_, err := press1(t, t.Context(), s.sit(t, k.guarded(s.URL)))
			mustContain(t, err, k.path+": ", fmt.Sprint(status))
			if n := len(s.requests()); n != 1 {
				t.Errorf("%d: %d requests", status, n)
			}
		}
	})
}

// Servers repeat what they were sent, some of them escaped.
func TestATokenThatAServerRepeatsIsInNoError(t *testing.T) {
	escaped := strings.NewReplacer("/", `\/`, "+", `\u002b`, "=", `\u003D`).Replace(secret)
	var bodies []string
	for _, token := range []string{secret, escaped} {
		bodies = append(bodies, `{"error":{"message":"Incorrect key: `+token+`","type":"auth"}}`, `{"error":"`+token+`"}`,
			`{"error":{"message":"`+strings.Repeat("x", maxErrorBytes-80)+token+`"}}`) // where the text is cut
	}
	each(t, func(t *testing.T, k kind) {
		for _, body := range append(bodies, "Incorrect key: "+secret, strings.Repeat("x", maxErrorBytes-60)+secret) {
			for _, status := range []int{http.StatusOK, http.StatusUnauthorized} {
				s := serve(t, func(_ *fakeServer, _ int, w http.ResponseWriter, _ *http.Request) {
					if status != http.StatusOK {
						w.WriteHeader(status)
						_, _ = io.WriteString(w, body)
						return
					}
					if k.streams {
						k.sends(w, "data: "+body+"\n\n")
					} else {
						k.sends(w, body)
					}
				})
				_, err := press1(t, t.Context(), s.sit(t, k.guarded(s.URL)))
				if err == nil || strings.Contains(err.Error(), "sk-") || len(err.Error()) > maxErrorBytes+len("...") {
					t.Errorf("%d: %v", status, err)
				}
			}
		}
		s := serve(t, func(_ *fakeServer, _ int, w http.ResponseWriter, _ *http.Request) {
			conn, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = io.WriteString(conn, "HTTP/1.1 "+secret+" OK\r\n\r\n")
			_ = conn.Close()
		})
		_, err := press1(t, t.Context(), s.sit(t, k.guarded(s.URL)))
		if mustContain(t, err, "["+TokenVariable+"]"); err != nil && strings.Contains(err.Error(), "sk-") {
			t.Error(err)
		}
	})
}
