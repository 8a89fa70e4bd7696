package replay

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// oneAnswer presses a key at a server that gives one answer of some type.
func oneAnswer(t *testing.T, peer func(base string) *HTTPPeer, contentType, body string) (a Answer, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := serve(t, func(_ *fakeServer, _ int, w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			time.Sleep(time.Millisecond)
			_, _ = io.WriteString(w, body)
		})
		a, err = press1(t, t.Context(), s.sit(t, peer(s.URL)))
	})
	return a, err
}

func openAIPeer(base string) *HTTPPeer { return OpenAI(base, "peer", "m") }

func TestTokensAreTheServersWhereItTellsThem(t *testing.T) {
	all := openAIPiece + openAIMore + openAIFinish + openAIUsage + openAIDone
	a, err := oneAnswer(t, openAIPeer, "text/event-stream; charset=utf-8", all)
	if err != nil || a.Text != "bcde" || a.Decoded != 4 || a.Computed != 3 || a.Reused != 90 {
		t.Errorf("with all of usage: %+v, %v", a, err)
	}
	a, err = oneAnswer(t, openAIPeer, "text/event-stream", strings.Replace(all, `,"prompt_tokens_details":{"cached_tokens":90}`, "", 1))
	if err != nil || a.Decoded != 4 || a.Computed != 0 || a.Reused != 0 {
		t.Errorf("what of the prompt was computed is not told, and not guessed: %+v, %v", a, err)
	}
	a, err = oneAnswer(t, func(base string) *HTTPPeer { return LlamaInfill(base, "peer") }, "text/event-stream", llamaPiece+llamaMore)
	if err == nil || a.Decoded != 3 {
		t.Errorf("a message of two tokens: %+v, %v", a, err)
	}
}

func TestAnOpenAIServerThatDoesNotStreamIsRead(t *testing.T) {
	a, err := oneAnswer(t, openAIPeer, "application/json", `{"id":"cmpl-7","object":"text_completion","created":1700000000,"model":"m",`+
		`"choices":[{"text":"bcde","index":0,"logprobs":null,"finish_reason":"length"}],"usage":{"prompt_tokens":5,"completion_tokens":4,"total_tokens":9}}`)
	if want := (Answer{Text: "bcde", First: time.Millisecond, Whole: time.Millisecond, Decoded: 4}); err != nil || a != want {
		t.Errorf("%+v, %v, want %+v", a, err, want)
	}
}

// Some servers end without [DONE], some without a reason, some write no space after the colon, and some send comments.
func TestStreamsOfAllOpenAIServersAreRead(t *testing.T) {
	for name, body := range map[string]string{
		"without [DONE]":   openAIPiece + openAIMore + openAIFinish,
		"without a reason": openAIPiece + openAIMore + openAIDone,
		"without a space":  strings.ReplaceAll(openAIPiece+openAIMore+openAIFinish+openAIDone, "data: ", "data:"),
		"with comments":    ": ping\n\n" + openAIPiece + ":\n\n" + openAIMore + openAIDone,
		"with CRLF":        strings.ReplaceAll(openAIPiece+openAIMore+openAIDone, "\n", "\r\n"),
		"with error null":  strings.ReplaceAll(openAIPiece+openAIMore, `"model":"m"`, `"error":null`) + openAIDone,
		"with no usage":    strings.ReplaceAll(openAIPiece+openAIMore, `"model":"m"`, `"usage":null`) + openAIDone,
	} {
		if a, err := oneAnswer(t, openAIPeer, "text/event-stream", body); err != nil || a.Text != "bcde" || a.Whole == 0 {
			t.Errorf("%s: %+v, %v", name, a, err)
		}
	}
}

func TestAnErrorWithinAStreamIsNamed(t *testing.T) {
	infill := func(base string) *HTTPPeer { return LlamaInfill(base, "peer") }
	for name, c := range map[string]struct {
		peer func(base string) *HTTPPeer
		body string
		says []string
	}{
		"OpenAI":                      {openAIPeer, openAIPiece + "data: " + openAIError + "\n\n" + openAIDone, []string{"/v1/completions: ", "The model <x> does not exist."}},
		"llama.cpp":                   {infill, llamaPiece + "data: " + llamaError + "\n\n", []string{"/infill: ", "File Not Found"}},
		"llama.cpp, older":            {infill, llamaPiece + "error: " + llamaError + "\n\n", []string{"/infill: ", "File Not Found"}},
		"a message without end":       {openAIPeer, "data: " + strings.Repeat("x", maxEventBytes) + "\n\n", []string{"/v1/completions: ", "1048576 bytes"}},
		"llama.cpp, of another shape": {infill, `data: {"error":"busy"}` + "\n\n", []string{`"busy"`}},
	} {
		a, err := oneAnswer(t, c.peer, "text/event-stream", c.body)
		if mustContain(t, err, c.says...); a.Whole != 0 {
			t.Errorf("%s: %+v", name, a)
		}
	}
}
