package syntax

import (
	"testing"

	"inkling/contexts/languages"
)

func TestEveryLanguageLoadsAndItsQueriesCompile(t *testing.T) {
	for _, l := range languages.All() {
		if err := Check(l); err != nil {
			t.Error(err)
		}
	}
}
