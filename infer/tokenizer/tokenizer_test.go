package tokenizer_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"inkling/fuzztest"
	"inkling/infer/gguf"
	"inkling/infer/tokenizer"
)

// golden is a string with the ids that Hugging Face's tokenizers give it.
type golden struct {
	Text string  `json:"text"`
	IDs  []int32 `json:"ids"`
}

func readGolden(t testing.TB, name string) (all []golden) {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var g golden
		if err := json.Unmarshal(lines.Bytes(), &g); err != nil {
			t.Fatal(err)
		}
		all = append(all, g)
	}
	if err := lines.Err(); err != nil || len(all) != 2000 {
		t.Fatalf("%d strings, %v", len(all), err)
	}
	return all
}

// defaultTokenizer is that of the model which make setup fetches.
func defaultTokenizer(t testing.TB) *tokenizer.Tokenizer {
	t.Helper()
	home := os.Getenv("INKLING_HOME")
	if home == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			t.Fatal(err)
		}
		home = filepath.Join(user, ".local", "share", "inkling")
	}
	path := filepath.Join(home, "models", "SmolLM2-135M-Instruct.Q4_1.gguf")
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("the default model is missing: run make setup (%v)", err)
	}
	dir, err := gguf.Import(t.Context(), path, gguf.Options{CacheDir: filepath.Join(home, "cache")})
	if err != nil {
		t.Fatal(err)
	}
	return load(t, filepath.Join(dir, "tokenizer.json"))
}

func load(t testing.TB, path string) *tokenizer.Tokenizer {
	t.Helper()
	tok, err := tokenizer.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

func small(t testing.TB) *tokenizer.Tokenizer {
	return load(t, filepath.Join("testdata", "qwen2-small.json"))
}

func TestEncodesAsHuggingFaceDoes(t *testing.T) {
	for name, tok := range map[string]*tokenizer.Tokenizer{"default": defaultTokenizer(t), "qwen2-small": small(t)} {
		wrong := 0
		for _, g := range readGolden(t, name+".golden.gz") {
			if ids := tok.Encode(g.Text); !slices.Equal(ids, g.IDs) {
				if wrong++; wrong < 5 {
					t.Errorf("%s: %q\n got %v\nwant %v", name, g.Text, ids, g.IDs)
				}
			}
			if n := tok.CountTokens(g.Text); n != len(g.IDs) {
				t.Errorf("%s: %q counts %d, has %d", name, g.Text, n, len(g.IDs))
			}
		}
		if wrong > 0 {
			t.Errorf("%s: %d of 2000 strings are encoded otherwise", name, wrong)
		}
	}
}

func TestHealingFindsWhatAgreesWithAPrefix(t *testing.T) {
	tok := small(t)
	for _, prefix := range []string{"r", "ret", "    ", "zqx", "\n", "é"} {
		var want []int32
		for id := range int32(tok.Size()) {
			b := string(tok.Bytes(id))
			if b != "" && (strings.HasPrefix(b, prefix) || strings.HasPrefix(prefix, b)) {
				want = append(want, id)
			}
		}
		got := slices.Sorted(slices.Values(tok.Healing([]byte(prefix))))
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %v, want %v", prefix, got, want)
		}
	}
}

func TestSpecialTokensInATextArePlainText(t *testing.T) {
	tok := small(t)
	id, ok := tok.Special("<|fim_middle|>")
	if !ok {
		t.Fatal("the vocabulary has no <|fim_middle|>")
	}
	if ids := tok.Encode("a<|fim_middle|>b"); slices.Contains(ids, id) {
		t.Errorf("the text became the special token: %v", ids)
	}
	if tok.Bytes(id) != nil {
		t.Error("a special token has bytes")
	}
}

// Qwen2.5-Coder's tokenizer.json lists the markers of fill-in-the-middle as added tokens that are not special.
func TestMarkersThatAreNotCalledSpecialAreFoundAndNeverHealed(t *testing.T) {
	tok, err := tokenizer.Parse([]byte(`{"pre_tokenizer":{"type":"ByteLevel","use_regex":true},"model":{"type":"BPE","vocab":{"<":0,"a":1,"Ġ":2},"merges":[]},
		"added_tokens":[{"id":3,"content":"<|fim_prefix|>","special":false},{"id":4,"content":"  ","special":false},{"id":5,"content":"<|end|>","special":true}]}`))
	if err != nil {
		t.Fatal(err)
	}
	for content, want := range map[string]int32{"<|fim_prefix|>": 3, "<|end|>": 5} {
		if id, ok := tok.Special(content); !ok || id != want {
			t.Errorf("%s: %d, %v", content, id, ok)
		}
	}
	if ids := tok.Healing([]byte("<")); !slices.Equal(ids, []int32{0}) {
		t.Errorf("after < may follow %v", ids)
	}
	if ids := tok.Healing([]byte(" ")); !slices.Contains(ids, 4) {
		t.Errorf("blanks that are one token are not offered: %v", ids)
	}
	if ids := tok.Encode("<|fim_prefix|>"); slices.Contains(ids, 3) {
		t.Errorf("the text became the marker: %v", ids)
	}
}

func TestWhatIsNotKnownIsRefusedByName(t *testing.T) {
	for text, want := range map[string]error{
		`{"model":{"type":"Unigram"}}`:                                                      tokenizer.ErrUnsupported,
		`{"model":{"type":"BPE"},"pre_tokenizer":{"type":"Metaspace"}}`:                     tokenizer.ErrUnsupported,
		`{"model":{"type":"BPE"},"pre_tokenizer":{"type":"Split","pattern":{"Regex":"."}}}`: tokenizer.ErrUnsupported,
		`{"model":{"type":"BPE","vocab":{"a":-1}},"pre_tokenizer":{"type":"ByteLevel"}}`:    tokenizer.ErrFormat,
		`{"model":{"type":"BPE","merges":["ab"]},"pre_tokenizer":{"type":"ByteLevel"}}`:     tokenizer.ErrFormat,
		`not json`: tokenizer.ErrFormat,
	} {
		if _, err := tokenizer.Parse([]byte(text)); !errors.Is(err, want) {
			t.Errorf("%s: %v is not %v", text, err, want)
		}
	}
}

func FuzzUpdateIsAFreshEncoding(f *testing.F) {
	for _, seed := range [][2]string{{"a b", "a  b"}, {"x\n  y", "x\n\n y"}, {"it's 5 o'clock", "it' 5"}, {"a  5", "a  b"}, {"  5x", "  xx"}, {"don'", "don'll"}} {
		f.Add(seed[0], seed[1], 3)
	}
	toks := []*tokenizer.Tokenizer{small(f), defaultTokenizer(f)}
	f.Fuzz(func(t *testing.T, before, after string, at int) {
		defer fuzztest.Within(time.Minute)()
		// The second text goes into the first, as an edit would.
		at = max(at, 0) % (len(before) + 1)
		for _, text := range []string{after, before[:at] + after + before[at:], before[:at] + after} {
			for _, tok := range toks {
				got, want := tok.Update(tok.Update(nil, before), text), tok.Update(nil, text)
				if !slices.Equal(got.IDs, want.IDs) || !slices.Equal(got.Ends, want.Ends) {
					t.Fatalf("%q to %q: got %v, want %v", before, text, got.IDs, want.IDs)
				}
				if !slices.Equal(want.IDs, tok.Encode(text)) {
					t.Fatalf("%q: Update gives %v, Encode %v", text, want.IDs, tok.Encode(text))
				}
				if tok == toks[0] && string(tok.Decode(want.IDs)) != want.Text { // the default vocabulary lacks some bytes
					t.Fatalf("%q decodes to %q", want.Text, tok.Decode(want.IDs))
				}
			}
		}
	})
}

// window is some 4 kB of code.
func window(b *testing.B) string {
	source, err := os.ReadFile("load.go")
	if err != nil {
		b.Fatal(err)
	}
	return string(source[:4096])
}

func BenchmarkEncodeWindow(b *testing.B) {
	tok, text := defaultTokenizer(b), window(b)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		tok.Encode(text)
	}
}

func BenchmarkUpdateOneCharacter(b *testing.B) {
	tok, text := defaultTokenizer(b), window(b)
	before := tok.Update(nil, text[:len(text)-1])
	for b.Loop() {
		tok.Update(before, text)
	}
}
