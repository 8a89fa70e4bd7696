package all

import (
	"os"
	"testing"

	"inkling/contexts/languages/all/list"
)

func TestTheListNamesEveryFolder(t *testing.T) {
	want, err := list.Source("..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("all.go")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("all.go is not what the folders say: run `go generate ./contexts/languages/all`\n got:\n%s\nwant:\n%s", got, want)
	}
}
