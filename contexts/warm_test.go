package contexts

import (
	"testing"

	"inkling/contexts/languages"
)

func TestTheUsualLanguagesAreKnownAndLoad(t *testing.T) {
	for _, id := range UsualLanguages {
		if languages.ByID(id) == languages.PlainText {
			t.Errorf("%s is not known", id)
		}
	}
	if err := Warm(t.Context(), UsualLanguages...); err != nil {
		t.Error(err)
	}
}
