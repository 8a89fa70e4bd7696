package rest

import (
	"slices"
	"testing"

	_ "inkling/contexts/languages/all"
)

func TestTheLanguagesOfTheReferenceAreListedWithTheirFiles(t *testing.T) {
	list := into[LanguageList](t, get(t, serve(t, configFor(fibonacci)).URL+languagesPath)).Languages
	for id, extension := range map[string]string{"python": ".py", "javascript": ".js", "typescript": ".ts", "java": ".java", "go": ".go"} {
		at := slices.IndexFunc(list, func(l KnownLanguage) bool { return l.ID == id })
		if at < 0 || !list[at].Syntax || !slices.Contains(list[at].Extensions, extension) || list[at].Indent == "" {
			t.Errorf("%s: %+v", id, list)
		}
	}
	if !slices.IsSortedFunc(list, func(a, b KnownLanguage) int { return map[bool]int{true: -1, false: 1}[a.ID < b.ID] }) {
		t.Errorf("not by id: %+v", list)
	}
}
