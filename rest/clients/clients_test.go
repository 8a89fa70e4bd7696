package clients

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"inkling/contexts"
	"inkling/contexts/syntax"
	"inkling/infer"
	"inkling/rest"
	"inkling/rest/internal/script"
)

// clientTime bounds one client's run.
const clientTime = time.Minute

// letters counts a token for every four bytes.
type letters struct{}

func (letters) CountTokens(text string) int { return (len(text) + 3) / 4 }

// server starts the doors over a generator, and returns its URL.
func server(t *testing.T, gen infer.Generator) string {
	t.Helper()
	pool := syntax.NewPool(syntax.Config{})
	t.Cleanup(pool.Close)
	h, err := rest.New(rest.Config{
		Generator: gen, Syntax: pool,
		Builder: &contexts.Builder{Counter: letters{}, ContextTokens: 2048, MaxTokens: 64, Syntax: pool},
		Model:   func() infer.Model { return infer.Model{Name: "scripted", ContextTokens: 2048, MaxTokens: 64} },
	})
	if err != nil {
		t.Fatal(err)
	}
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	return srv.URL
}

// speaker continues "zero", and completes anything else with an expression.
func speaker() *script.Generator {
	return &script.Generator{Say: func(req infer.Request, _ int) []infer.Piece {
		if strings.HasSuffix(req.Prompt.Prefix, "zero") {
			return script.Words(" one two three")
		}
		return script.Words("a + 1\n")
	}}
}

// run runs a client with one more variable in its environment, and decodes the JSON that it prints.
func run[T any](t *testing.T, stdin io.Reader, environment string, name string, args ...string) T {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), clientTime)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &stdout, &stderr
	cmd.Env = append(os.Environ(), environment)
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s: %v\n%s", args, err, stderr.String())
	}
	var v T
	if err := json.Unmarshal(stdout.Bytes(), &v); err != nil {
		t.Fatalf("%s: %v\n%s", args, err, stdout.String())
	}
	return v
}

// runPython runs a script of the python folder, with the installed packages where Python looks for them.
func runPython[T any](t *testing.T, stdin io.Reader, file string, args ...string) T {
	t.Helper()
	return run[T](t, stdin, "PYTHONPATH="+pythonFolder(t), "python3", append([]string{filepath.Join("python", file)}, args...)...)
}

// runNode runs a script of the node folder beside the installed packages, where Node looks for them.
func runNode[T any](t *testing.T, file string, args ...string) T {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("node", file))
	if err != nil {
		t.Fatal(err)
	}
	placed := filepath.Join(nodeFolder(t), file)
	if err := os.WriteFile(placed, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return run[T](t, nil, "NO_COLOR=1", "node", append([]string{placed}, args...)...)
}

// openAIResult is what both OpenAI scripts print.
type openAIResult struct {
	Texts            []string
	Tokens           []string
	LogProb          float64 // of the first token
	Offset           int     // of the second, in characters
	CompletionTokens int
	FinishReason     string
	Streamed, Finish string
	StreamedTokens   int
	Models           []string
	Error            struct {
		Status            int
		Param, Code, Type string
	}
}

func checkOpenAI(t *testing.T, got openAIResult) {
	t.Helper()
	want := openAIResult{Texts: []string{" one two", " one two"}, Tokens: []string{" one", " two"}, LogProb: script.WordLogProb, Offset: 4, CompletionTokens: 4, FinishReason: "length",
		Streamed: " one two", Finish: "length", StreamedTokens: 2, Models: []string{"scripted"}}
	want.Error.Status, want.Error.Param, want.Error.Code, want.Error.Type = 422, "n", "out_of_range", "invalid_request_error"
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
}

func TestOpenAISDKForPython(t *testing.T) {
	checkOpenAI(t, runPython[openAIResult](t, nil, "openai_client.py", server(t, speaker())))
}

func TestOpenAISDKForNode(t *testing.T) {
	checkOpenAI(t, runNode[openAIResult](t, "openai.mjs", server(t, speaker())))
}

func TestContinuesAdapters(t *testing.T) {
	got := runNode[struct {
		Fim, Whole, Streamed string
		Chunks               int
		Models               []string
	}](t, "continue.mjs", server(t, speaker()))
	if got.Fim != "a + 1" || got.Chunks < 3 || got.Whole != " one two" || got.Streamed != " one two" || !reflect.DeepEqual(got.Models, []string{"scripted"}) {
		t.Errorf("%+v", got)
	}
}

func TestOllamasPythonClient(t *testing.T) {
	got := runPython[struct {
		Whole, Reason, Middle string
		Count, Pieces         int
		Done                  bool
		Models, Capabilities  []string
		Error                 struct {
			Status  int
			Message string
		}
	}](t, nil, "ollama_client.py", server(t, speaker()))
	if got.Whole != " one two" || got.Reason != "length" || got.Count != 2 || got.Middle != "a + 1" || got.Pieces < 3 || !got.Done {
		t.Errorf("%+v", got)
	}
	if !reflect.DeepEqual(got.Models, []string{"scripted"}) || !reflect.DeepEqual(got.Capabilities, []string{"completion", "insert"}) {
		t.Errorf("%+v", got)
	}
	if got.Error.Status != 422 || !strings.Contains(got.Error.Message, "options.temperature: 50") {
		t.Errorf("%+v", got.Error)
	}
}

func TestOpenAPIDocumentIsValid(t *testing.T) {
	resp, err := http.Get(server(t, speaker()) + "/openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if problems := runPython[[]string](t, resp.Body, "validate.py"); len(problems) != 0 {
		t.Errorf("%v", problems)
	}
}
