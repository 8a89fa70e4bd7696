package replay

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// sent are the bodies of the first key, "a", in the document that desks of tests are opened on.
var sent = map[string]string{
	"completion": `{"prompt": "x = 1\ny = a", "n_predict": 24, "stop": ["\n"], "stream": true, "cache_prompt": true,
		"temperature": 0, "samplers": ["top_k"], "top_k": 1}`,
	"infill": `{"input_prefix": "x = 1\n", "prompt": "y = a", "input_suffix": "\nz = 3\n", "n_predict": 24, "stop": ["\n"], "stream": true,
		"cache_prompt": true, "temperature": 0, "samplers": ["top_k"], "top_k": 1}`,
	"openai": `{"model": "m", "prompt": "x = 1\ny = a", "max_tokens": 24, "stop": ["\n"], "stream": true, "temperature": 0}`,
	"tabby":  `{"language": "python", "segments": {"prefix": "x = 1\ny = a", "suffix": "\nz = 3\n", "filepath": "pkg/a.py"}}`,
}

func TestAnAdapterSendsItsServersFormAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		s, desk := k.answers(t, k.whole...)
		if _, err := press1(t, t.Context(), desk); err != nil {
			t.Fatal(err)
		}
		got := s.requests()[0]
		if got.method != http.MethodPost || got.path != k.path {
			t.Errorf("%s %s, want POST %s", got.method, got.path, k.path)
		}
		var want map[string]any
		if err := json.Unmarshal([]byte(sent[k.name]), &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(got.body, want) {
			t.Errorf("got  %v\nwant %v", got.body, want)
		}
		got.header.Del("Content-Length")
		header := http.Header{"Content-Type": {"application/json"}, "User-Agent": {"Go-http-client/1.1"}, "Accept-Encoding": {"gzip"}}
		if !reflect.DeepEqual(got.header, header) {
			t.Errorf("headers %v, want %v", got.header, header)
		}
	})
}

func TestBytesSentAreThoseOfTheBody(t *testing.T) {
	each(t, func(t *testing.T, k kind) {
		length := ""
		s := serve(t, func(_ *fakeServer, _ int, w http.ResponseWriter, r *http.Request) {
			length = r.Header.Get("Content-Length")
			k.sends(w, k.whole...)
		})
		a, err := s.sit(t, k.peer(s.URL)).Press(t.Context(), keyAt(0, "a"))
		body, _ := json.Marshal(s.requests()[0].body) // the same fields, written by the same encoder
		if err != nil || a.BytesSent != len(body) {
			t.Errorf("%d bytes, want %d (Content-Length %s), %v", a.BytesSent, len(body), length, err)
		}
	})
}

func TestAnAnswerIsReadWithItsTimesAndTokens(t *testing.T) {
	const step = 10 * time.Millisecond
	want := map[string]Answer{
		"completion": {Text: "bcde", First: step, Whole: 3 * step, Computed: 3, Reused: 90, Decoded: 4},
		"infill":     {Text: "bcde", First: step, Whole: 3 * step, Computed: 3, Reused: 90, Decoded: 4},
		"openai":     {Text: "bcde", First: step, Whole: 4 * step, Decoded: 3}, // a token a message, where nothing else is told
		"tabby":      {Text: "bcde", First: step, Whole: step},
	}
	each(t, func(t *testing.T, k kind) {
		_, desk := k.answers(t, k.whole...)
		if a, err := press1(t, t.Context(), desk); err != nil || a != want[k.name] {
			t.Errorf("%+v, %v, want %+v", a, err, want[k.name])
		}
	})
}

func TestAFileOfNoLanguageIsPlainTextForTabby(t *testing.T) {
	body := tabby{}.body(&Trace{Path: "NOTES"}, &mirror{}).(map[string]any)
	if body["language"] != "plaintext" {
		t.Errorf("%v", body)
	}
}

// The start of what is sent moves by blocks, so that the server's cache of prompts holds while a line is typed.
func TestThePromptsStartStaysWhileTyping(t *testing.T) {
	text := strings.Repeat("é = 1\n", 1000)
	for _, d := range []dialect{llama{}, llama{infill: true}, openAI{}} {
		starts := map[string]bool{}
		for n := range 500 {
			m := mirror{text: []byte(text), cursor: 5000 + n}
			if m.text[m.cursor]&0xC0 == 0x80 {
				continue // within a character
			}
			body := d.body(&Trace{}, &m).(map[string]any)
			prefix, _ := body["input_prefix"].(string)
			prompt := prefix + body["prompt"].(string)
			starts[prompt[:20]] = true
			if !strings.HasSuffix(text[:m.cursor], prompt) || len(prompt) > peerWindow || len(prompt) < peerWindow/2-len("é") {
				t.Fatalf("%s: %d bytes before byte %d", d.path(), len(prompt), m.cursor)
			}
		}
		if len(starts) > 2 {
			t.Errorf("%s: the start moved %d times within 500 bytes", d.path(), len(starts)-1)
		}
	}
}
