package replay

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"inkling/stream/pipetest"
)

// What peers of each kind say, in their own form, to a key after which "bcde" follows. Sources: llama.cpp's
// tools/server/README.md and server-task.cpp, OpenAI's reference of completions, Tabby's OpenAPI description.
const (
	llamaPiece = `data: {"index":0,"content":"bc","tokens":[17],"stop":false,"id_slot":0,"tokens_predicted":1,"tokens_evaluated":93}` + "\n\n"
	llamaMore  = `data: {"index":0,"content":"de","tokens":[18,19],"stop":false,"id_slot":0,"tokens_predicted":3,"tokens_evaluated":93}` + "\n\n"
	llamaLast  = `data: {"index":0,"content":"","tokens":[],"id_slot":0,"stop":true,"model":"m.gguf","tokens_predicted":4,"tokens_evaluated":93,` +
		`"generation_settings":{"n_predict":24},"prompt":"a","has_new_line":false,"truncated":false,"stop_type":"word","stopping_word":"\n","tokens_cached":96,` +
		`"timings":{"cache_n":90,"prompt_n":3,"prompt_ms":12.5,"prompt_per_token_ms":4.2,"prompt_per_second":240,"predicted_n":4,"predicted_ms":40,` +
		`"predicted_per_token_ms":10,"predicted_per_second":100}}` + "\n\n"
	llamaError = `{"error":{"code":404,"message":"File Not Found","type":"not_found_error"}}`

	openAIPiece = `data: {"id":"cmpl-7","object":"text_completion","created":1700000000,"model":"m",` +
		`"choices":[{"text":"bc","index":0,"logprobs":null,"finish_reason":null}]}` + "\n\n"
	openAIMore = `data: {"id":"cmpl-7","object":"text_completion","created":1700000000,"model":"m",` +
		`"choices":[{"text":"de","index":0,"logprobs":null,"finish_reason":null}]}` + "\n\n"
	openAIFinish = `data: {"id":"cmpl-7","object":"text_completion","created":1700000000,"model":"m",` +
		`"choices":[{"text":"","index":0,"logprobs":null,"finish_reason":"stop"}]}` + "\n\n"
	openAIUsage = `data: {"id":"cmpl-7","object":"text_completion","created":1700000000,"model":"m","choices":[],` +
		`"usage":{"prompt_tokens":93,"completion_tokens":4,"total_tokens":97,"prompt_tokens_details":{"cached_tokens":90}}}` + "\n\n"
	openAIDone  = "data: [DONE]\n\n"
	openAIError = `{"error":{"code":"model_not_found","message":"The model <x> does not exist.","param":null,"type":"invalid_request_error"}}`

	tabbyWhole = `{"id":"cmpl-5d1b1c3e-5d3c-4d4f-9a7c-0c5f7f6a2b11","choices":[{"index":0,"text":"bcde"}]}`
	tabbyError = "empty prompt from completion request"
)

// kind is one adapter with what its server says.
type kind struct {
	name    string
	peer    func(base string) *HTTPPeer
	path    string
	streams bool
	whole   []string // the answer "bcde", in pieces
	empty   string   // an answer without text
	fails   string   // the body of an error
}

var kinds = []kind{
	{"completion", func(base string) *HTTPPeer { return LlamaCompletion(base, "peer") }, "/completion", true,
		[]string{llamaPiece, llamaMore, llamaLast}, llamaLast, llamaError},
	{"infill", func(base string) *HTTPPeer { return LlamaInfill(base, "peer") }, "/infill", true,
		[]string{llamaPiece, llamaMore, llamaLast}, llamaLast, llamaError},
	{"openai", func(base string) *HTTPPeer { return OpenAI(base, "peer", "m") }, "/v1/completions", true,
		[]string{openAIPiece, openAIMore, openAIFinish, openAIDone}, openAIFinish + openAIDone, openAIError},
	{"tabby", func(base string) *HTTPPeer { return Tabby(base, "peer") }, "/v1/completions", false,
		[]string{tabbyWhole}, `{"id":"cmpl-1","choices":[{"index":0,"text":""}]}`, tabbyError},
}

// each tests every adapter in a bubble of its own.
func each(t *testing.T, test func(t *testing.T, k kind)) {
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { test(t, k) }) })
	}
}

// fakeServer is a peer's server in memory, on the bubble's clock.
type fakeServer struct {
	*httptest.Server
	listener *pipetest.Listener
	mu       sync.Mutex
	asked    []asked // guarded by mu
}

// asked is one request as it came.
type asked struct {
	method, path string
	header       http.Header
	body         map[string]any
	at           time.Time
	left         time.Time // when the client had closed the connection, where the handler waited for that
}

// serve starts a server that answers its nth request, from 1.
func serve(t *testing.T, answer func(s *fakeServer, n int, w http.ResponseWriter, r *http.Request)) *fakeServer {
	t.Helper()
	s := &fakeServer{listener: pipetest.New()}
	s.Server = &httptest.Server{Listener: &closedOnce{Listener: s.listener}, Config: &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a := asked{method: r.Method, path: r.URL.RequestURI(), header: r.Header.Clone(), at: time.Now()}
		data, err := io.ReadAll(r.Body)
		if err == nil {
			err = json.Unmarshal(data, &a.body)
		}
		if err != nil {
			t.Errorf("body %q: %v", data, err)
		}
		s.mu.Lock()
		s.asked = append(s.asked, a)
		n := len(s.asked)
		s.mu.Unlock()
		answer(s, n, w, r)
	})}}
	s.Start()
	t.Cleanup(s.Close)
	return s
}

// closedOnce is a listener that may be closed again: httptest does.
type closedOnce struct {
	*pipetest.Listener
	once sync.Once
}

// Close implements net.Listener.
func (l *closedOnce) Close() (err error) {
	l.once.Do(func() { err = l.Listener.Close() })
	return err
}

// untilLeft waits for the client of the nth request to close its connection.
func (s *fakeServer) untilLeft(n int, r *http.Request) {
	<-r.Context().Done()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked[n-1].left = time.Now()
}

// requests returns those that came until now.
func (s *fakeServer) requests() []asked {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.asked)
}

// reach leads a peer to the server in memory.
func (s *fakeServer) reach(t *testing.T, p *HTTPPeer) *HTTPPeer {
	t.Helper()
	transport := p.client.Transport.(*http.Transport)
	transport.DialContext = s.listener.Dial
	t.Cleanup(transport.CloseIdleConnections) // before the server is closed, which waits for them
	return p
}

// sit opens an editor at a peer on that server, on a document of three lines of which the second is to be filled.
func (s *fakeServer) sit(t *testing.T, p *HTTPPeer) Desk {
	t.Helper()
	desk, err := s.reach(t, p).Sit(t.Context(), &Trace{Path: "pkg/a.py", Language: "python", Text: "x = 1\ny = \nz = 3\n"})
	if err != nil {
		t.Fatal(err)
	}
	return desk
}

// keyAt types a character into the second line of that document.
func keyAt(n int, text string) Key { return Key{At: len("x = 1\ny = ") + n, Insert: text} }

// sends writes pieces of an answer, each after 10 ms.
func (k kind) sends(w http.ResponseWriter, pieces ...string) {
	kind := "application/json"
	if k.streams {
		kind = "text/event-stream"
	}
	w.Header().Set("Content-Type", kind)
	for _, piece := range pieces {
		time.Sleep(10 * time.Millisecond)
		_, _ = io.WriteString(w, piece) // a client that left is what some tests are about
		_ = http.NewResponseController(w).Flush()
	}
}

// answers starts a server that gives every request the same pieces, and opens an editor at it.
func (k kind) answers(t *testing.T, pieces ...string) (*fakeServer, Desk) {
	t.Helper()
	s := serve(t, func(_ *fakeServer, _ int, w http.ResponseWriter, _ *http.Request) { k.sends(w, pieces...) })
	return s, s.sit(t, k.peer(s.URL))
}

// press1 types the first key, "a".
func press1(t *testing.T, ctx context.Context, desk Desk) (Answer, error) {
	t.Helper()
	a, err := desk.Press(ctx, keyAt(0, "a"))
	if a.BytesSent < len("{}") {
		t.Errorf("%d bytes sent", a.BytesSent)
	}
	a.BytesSent = 0
	return a, err
}

func mustContain(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if err == nil || !strings.Contains(err.Error(), part) {
			t.Errorf("the error %v does not say %q", err, part)
		}
	}
}
