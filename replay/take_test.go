package replay

import (
	"testing"
	"time"

	"inkling/stream/client"
	"inkling/stream/wire"
)

func TestTokensOfAnAnswerThatAKeyCutShortAreCounted(t *testing.T) {
	var a Answer
	a.take(client.Step{Delta: &wire.Delta{Text: "ab"}}, 3*time.Millisecond)
	a.take(client.Step{Delta: &wire.Delta{Text: "c"}}, 5*time.Millisecond)
	if a.Decoded != 2 || a.Whole != 0 {
		t.Errorf("cut short: %+v", a)
	}
	list := &wire.CompletionList{}
	list.Inkling.Timings.CompletionTokens = 7
	a.take(client.Step{List: list}, 9*time.Millisecond)
	if a.Decoded != 7 {
		t.Errorf("whole: %d tokens, want the list's 7", a.Decoded)
	}
}
