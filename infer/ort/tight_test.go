package ort

import (
	"strings"
	"testing"

	"inkling/infer"
)

func TestARowIsNotCopiedWhereBothDoNotFit(t *testing.T) {
	e := configured(t, newScripted(hashed), Config{Rows: 4, KVBytes: 8 * 512}) // one whole row
	defer shut(t, e)
	text := strings.Repeat("common ", 40)
	for _, user := range []string{"ann", "bob", "ann"} {
		a := collect(t, e, by(user, infer.PriorityAutomatic, request(text+user, 20)))[0]
		if a.raw != reference(text+user, 20) {
			t.Errorf("%s got %q", user, a.raw)
		}
	}
}
