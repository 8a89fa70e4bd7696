package rest

import (
	"testing"

	"inkling/infer"
	"inkling/rest/internal/script"
)

func TestAnExcludedFileIsNotAnsweredRawEither(t *testing.T) {
	s := &server{cfg: configFor(script.Saying("PASSWORD"))}
	for path, raw := range map[string]bool{"file:///w/.env": false, "file:///w/a.py": true} {
		place := placeIn(path, "", "PASSWORD=verysecret\nX=", "")
		defer place.Document.Close()
		req, err := s.request(ask{Place: place, Raw: true})
		if err != nil {
			t.Fatal(err)
		}
		if (req.NewFinisher == nil) != raw {
			t.Errorf("%s: finisher %v", path, req.NewFinisher != nil)
		}
		if raw {
			continue
		}
		if v := req.NewFinisher(0).Feed(infer.Piece{Text: "abc", Tokens: 1}); v.Release != "" || v.Why != infer.WhyExcluded {
			t.Errorf("%s: %+v", path, v)
		}
	}
}
