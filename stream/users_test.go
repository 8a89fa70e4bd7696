package stream

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"

	"inkling/contexts"
	"inkling/contexts/syntax"
	"inkling/infer"
	"inkling/stream/internal/scripted"
)

// letters counts a token for each byte.
type letters struct{}

func (letters) CountTokens(text string) int { return len(text) }

// TestComingBackRenewsNoAllowance: the documents of all sessions of a user, and of the next ones, take of one allowance of the processor;
// where nobody says who they are, those of a session.
func TestComingBackRenewsNoAllowance(t *testing.T) {
	for name, c := range map[string]struct {
		auth Authenticator
		same bool
	}{"with keys": {keys{"": {User: "ada"}}, true}, "without": {nil, false}} {
		pool := syntax.NewPool(syntax.Config{})
		defer pool.Close()
		model := &scripted.Model{Answer: func(r *scripted.Run) { r.End(0, infer.StopEnd, nil) }}
		d := serve(t, Config{Auth: c.auth, Builder: &contexts.Builder{Counter: letters{}, ContextTokens: 2048, Syntax: pool}}, model)
		ask := func(spend time.Duration) *session {
			client := d.dial(nil)
			client.send(initializeMessage)
			client.read()
			client.send(openMessage)
			client.send(`{"jsonrpc":"2.0","id":2,"method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":"file:///a"},"position":{"line":0,"character":0},"context":{"triggerKind":1}}}`)
			client.read()
			all := d.server.open()
			one := all[len(all)-1]
			one.allowance.Spend(time.Now(), spend)
			client.send(`{"jsonrpc":"2.0","method":"exit"}`)
			client.expectClose(1000)
			return one
		}
		first := ask(time.Hour)
		if s := pool.Stats(); s.Overspent != 0 || s.FullParses == 0 {
			t.Fatalf("%s: %+v", name, s)
		}
		if second := ask(0); second == first || (second.allowance == first.allowance) != c.same || (pool.Stats().Overspent > 0) != c.same {
			t.Errorf("%s: coming back, the allowance is the same: %v; %+v", name, second.allowance == first.allowance, pool.Stats())
		}
	}
}

func TestAUserWhoLeftIsRememberedUntilTheirAllowanceIsWhole(t *testing.T) {
	auth := keys{}
	for i := range 2*fewUsers + 1 {
		name := fmt.Sprint("user", i)
		auth[name] = infer.Caller{User: name}
	}
	inBubble(t, Config{Auth: auth}, func(t *testing.T, b *bubble) {
		come := func(i int, spend time.Duration) {
			conn, closed := b.dial()
			b.send(conn, fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"capabilities":{},"initializationOptions":{"inkling":{"token":"user%d"}}}}`, i))
			synctest.Wait()
			b.server.open()[0].allowance.Spend(time.Now(), spend)
			if err := conn.Close(websocket.StatusNormalClosure, ""); err != nil {
				t.Fatal(err)
			}
			<-closed
			synctest.Wait()
		}
		for i := range fewUsers {
			come(i, 0)
		}
		if n := len(b.server.users); n != 0 {
			t.Errorf("%d users are remembered who took nothing", n)
		}
		for i := range fewUsers {
			come(i, time.Second)
		}
		if n := len(b.server.users); n != fewUsers {
			t.Errorf("%d users are remembered, %d are to make something good", n, fewUsers)
		}
		come(fewUsers, time.Second)
		if n := len(b.server.users); n != fewUsers+1 {
			t.Errorf("%d users are remembered, %d are to make something good", n, fewUsers+1)
		}
		time.Sleep(2 * time.Second)
		for i := fewUsers + 1; i < 2*fewUsers; i++ {
			come(i, time.Second)
		}
		come(2*fewUsers, time.Second)
		if n := len(b.server.users); n != fewUsers {
			t.Errorf("%d users are remembered, %d are to make something good", n, fewUsers)
		}
	})
}
