package stream

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"inkling/contexts"
	"inkling/infer"
	"inkling/stream/internal/scripted"
)

// counting makes requests as scripted.Prompts does, and counts them.
type counting struct {
	scripted.Prompts
	made atomic.Int64
}

func (c *counting) Request(p contexts.Place, o infer.Options) (infer.Request, error) {
	c.made.Add(1)
	return c.Prompts.Request(p, o)
}

func TestThePromptThatIsLikelyToComeNextIsPrefilled(t *testing.T) {
	var model, ahead scripted.Model
	builder := &counting{}
	d := serve(t, Config{Ahead: &ahead, Builder: builder}, &model)
	client := d.dial(nil)
	client.send(initializeMessage)
	client.read()
	long := "a" + strings.Repeat("é", firstWindow) // two bytes each: the window ends between two of them
	client.send(fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didOpen","params":{"textDocument":{"uri":"file:///a","languageId":"go","version":1,"text":%s}}}`, quote(long)))
	opened := ahead.Next(waiting(t))
	if r := opened.Request; r.Prompt.Prefix != long[:firstWindow-1] || r.Priority != infer.PrioritySpeculative ||
		r.Caller.Door != infer.DoorWarm || r.Options.MaxTokens != 1 || r.Document.Session == "" || r.Document.URI != "file:///a" {
		t.Errorf("on opening: %+v", r)
	}
	change := func(version int, text string, column int) {
		client.send(fmt.Sprintf(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a","version":%d},`+
			`"contentChanges":[{"range":{"start":{"line":0,"character":%d},"end":{"line":0,"character":%d}},"text":%q}]}}`, version, column, column, text))
	}
	ask := func(id, column int) {
		client.send(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":"file:///a"},`+
			`"position":{"line":0,"character":%d},"context":{"triggerKind":2}}}`, id, column))
	}
	change(2, "x", 2)
	typed := ahead.Next(waiting(t))
	if typed.Request.Prompt.Prefix != "aéx" {
		t.Errorf("after an edit: %q", typed.Request.Prompt.Prefix)
	}
	<-opened.Ended() // what was prefilled before is no longer wanted
	made := builder.made.Load()
	ask(2, 3)
	run := model.Next(waiting(t))
	if r := run.Request; r.Prompt.Prefix != "aéx" || r.Priority != infer.PriorityAutomatic || r.Caller.Door == infer.DoorWarm ||
		r.Document.Version != 2 || builder.made.Load() != made {
		t.Errorf("the request that was foreseen was made anew: %+v", r)
	}
	run.Say(0, "yz", -1)
	run.End(0, infer.StopEnd, nil)
	client.read()
	change(3, "y", 3) // as suggested: nothing is to be computed
	ask(3, 4)
	client.read()
	if n := ahead.Total(); n != 2 {
		t.Errorf("%d prompts were prefilled, want 2", n)
	}
	change(4, "!", 4)
	ahead.Next(waiting(t))
	made = builder.made.Load()
	ask(4, 1) // elsewhere
	run = model.Next(waiting(t))
	if run.Request.Prompt.Prefix != "a" || builder.made.Load() != made+1 {
		t.Errorf("elsewhere: %q", run.Request.Prompt.Prefix)
	}
	run.End(0, infer.StopEnd, nil)
	client.read()
}

// While the engine has something to do, an edit costs no more than itself: the prompt is made when it is asked for.
func TestNothingIsForeseenWhileTheEngineIsBusy(t *testing.T) {
	var busy atomic.Bool
	var model scripted.Model
	ahead, builder := scripted.Model{Busy: busy.Load}, &counting{}
	d := serve(t, Config{Ahead: &ahead, Builder: builder}, &model)
	client := d.dial(nil)
	client.send(initializeMessage)
	client.read()
	client.send(strings.Replace(openMessage, `"text":""`, `"text":"a"`, 1))
	first := ahead.Next(waiting(t))
	busy.Store(true)
	client.send(`{"jsonrpc":"2.0","method":"textDocument/didChange","params":{"textDocument":{"uri":"file:///a","version":2},"contentChanges":[{"text":"ab"}]}}`)
	<-first.Ended() // its text is old
	client.send(`{"jsonrpc":"2.0","id":9,"method":"inkling/digest","params":{"uri":"file:///a"}}`)
	client.read()
	if builder.made.Load() != 1 || ahead.Total() != 1 {
		t.Errorf("%d prompts were made and %d prefilled, want those of the opening alone", builder.made.Load(), ahead.Total())
	}
	client.send(`{"jsonrpc":"2.0","id":2,"method":"textDocument/inlineCompletion","params":{"textDocument":{"uri":"file:///a"},"position":{"line":0,"character":2},"context":{"triggerKind":2}}}`)
	run := model.Next(waiting(t))
	if run.Request.Prompt.Prefix != "ab" {
		t.Errorf("asked for %q", run.Request.Prompt.Prefix)
	}
	run.End(0, infer.StopEnd, nil)
	client.read()
}
