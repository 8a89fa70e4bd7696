package ort

import (
	"context"
	"strings"
	"testing"
	"time"

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

func TestARequestThatFillsARowIsServedWhereMemoryHoldsJustOne(t *testing.T) {
	const whole, tokens = 500, 20 // no whole number of pages
	e := configured(t, newScripted(hashed), Config{Rows: 2, ContextTokens: whole, KVBytes: 8 * whole})
	defer shut(t, e)
	for _, prompt := range []string{strings.Repeat("p", whole-tokens-1), "who waits behind it"} {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second) // ends a request that is never placed
		answers, err := gather(ctx, e, request(prompt, tokens))
		cancel()
		if err != nil || answers[0].raw != reference(prompt, tokens) {
			t.Errorf("%d tokens of prompt: %q, %v", len(prompt), answers[0].raw, err)
		}
	}
}
