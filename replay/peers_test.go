package replay

import (
	"strings"
	"testing"
)

func TestPeersAreMadeOfTheirNames(t *testing.T) {
	for named, want := range map[string]struct{ name, base, path, model string }{
		"llama=http://127.0.0.1:8080/":                          {"llama.cpp /completion", "http://127.0.0.1:8080", "/completion", ""},
		"infill=http://127.0.0.1:8080":                          {"llama.cpp /infill", "http://127.0.0.1:8080", "/infill", ""},
		"tabby=https://tabby.example/behind":                    {"tabby", "https://tabby.example/behind", "/v1/completions", ""},
		"openai=http://127.0.0.1:8000":                          {"openai", "http://127.0.0.1:8000", "/v1/completions", "default"},
		"openai=http://127.0.0.1:8000/#Qwen/Qwen2.5-Coder-0.5B": {"openai Qwen/Qwen2.5-Coder-0.5B", "http://127.0.0.1:8000", "/v1/completions", "Qwen/Qwen2.5-Coder-0.5B"},
		"openai=http://[::1]:11434#qwen2.5-coder:0.5b":          {"openai qwen2.5-coder:0.5b", "http://[::1]:11434", "/v1/completions", "qwen2.5-coder:0.5b"},
		"openai=http://h#a#b=c?d":                               {"openai a#b=c?d", "http://h", "/v1/completions", "a#b=c?d"},
	} {
		peers, err := Peers([]string{named}, Tokens{Inkling: "ik_a", Peer: "tok-1"})
		if err != nil || len(peers) != 1 {
			t.Errorf("%s: %v", named, err)
			continue
		}
		p := peers[0].(*HTTPPeer)
		if p.Name() != want.name || p.Base != want.base || p.dialect.path() != want.path || p.Token != "tok-1" {
			t.Errorf("%s: %q at %q, %q, token %q", named, p.Name(), p.Base, p.dialect.path(), p.Token)
		}
		if o, ok := p.dialect.(openAI); ok && (o.model != want.model || o.body(nil, &mirror{}).(map[string]any)["model"] != want.model) {
			t.Errorf("%s: model %q, want %q", named, o.model, want.model)
		}
	}
	peers, err := Peers([]string{"inkling=ws://127.0.0.1:8000/api/v1/stream?a=b", "llama=http://127.0.0.1:1"}, Tokens{Inkling: "ik_a", Peer: "tok-1"})
	if err != nil || len(peers) != 2 {
		t.Fatal(err)
	}
	if p := peers[0].(*Inkling); p.Token != "ik_a" || p.URL != "ws://127.0.0.1:8000/api/v1/stream?a=b" || p.Name() != "inkling" {
		t.Errorf("%+v", p)
	}
}

func TestPeersThatAreNoneAreNamedWithFieldValueAndLimit(t *testing.T) {
	for named, says := range map[string][]string{
		"":                                      {"peer:", "KIND=URL"},
		"http://127.0.0.1:8080":                 {"peer:", `"http://127.0.0.1:8080"`, "KIND=URL"},
		"vllm=http://h":                         {"peer:", `"vllm"`, "inkling, llama, infill, openai, tabby"},
		"openai=":                               {"peer: openai: URL:", "http, https"},
		"openai=h:8000":                         {"peer: openai: URL:", `"h://"`, "http, https"},
		"openai=ftp://h/a":                      {"peer: openai: URL:", `"ftp://h/a"`, "http, https"},
		"openai=http:///v1":                     {"peer: openai: URL:", `"http:///v1"`, "http, https"},
		"llama=ws://h":                          {"peer: llama: URL:", `"ws://h"`, "http, https"},
		"inkling=ftp://h":                       {"peer: inkling: URL:", `"ftp://h"`, "ws, wss, http, https"},
		"tabby=http://h/%zz":                    {"peer: tabby: URL:", "12 bytes"},
		"tabby=http://h?":                       {"peer: tabby: URL:", "h: a query of 0 bytes, at most 0"},
		"openai=http://h#":                      {"peer: openai: model:", "0 bytes, 1 to 256"},
		"openai=http://h#a\nb":                  {"peer: openai: model:", `"a\nb"`, "printable"},
		"openai=http://h#a\xff":                 {"peer: openai: model:", `"a\xff"`, "printable"},
		"openai=http://h#" + repeated("m", 257): {"peer: openai: model:", "257 bytes, at most 256"},
		"tabby=http://h#m":                      {"peer: tabby:", "no model", `"m"`},
		"llama=http://h#":                       {"peer: llama:", "no model", `""`},
		"inkling=ws://h#m":                      {"peer: inkling:", "no model", `"m"`},
	} {
		_, err := Peers([]string{"llama=http://127.0.0.1:1", named}, Tokens{})
		mustContain(t, err, says...)
	}
	if _, err := Peers([]string{"openai=http://h#" + repeated("m", maxModelBytes)}, Tokens{Peer: repeated("t", maxTokenBytes)}); err != nil {
		t.Errorf("at the limits: %v", err)
	}
}

func TestWhatMayBeASecretInAnAddressIsNotRepeated(t *testing.T) {
	for _, named := range []string{"openai=http://me:hunter2@h", "openai=http://hunter2@h#m", "inkling=ws://me:hunter2@h", "tabby=http://h?key=hunter2",
		"openai=http://me:hunter2@h/%zz", "openai=ftp://h?key=hunter2"} {
		_, err := Peers([]string{named}, Tokens{})
		if mustContain(t, err, "URL"); err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", named, err)
		}
	}
	_, err := Peers([]string{"openai=http://me:hunter2@h"}, Tokens{})
	mustContain(t, err, TokenVariable)
}

func TestATokenThatIsNoneIsNamedAndNotRepeated(t *testing.T) {
	for token, says := range map[string]string{
		repeated("t", maxTokenBytes+1): "4097 bytes, at most 4096",
		"sesame open":                  "byte 7 is none of",
		"sesame\n":                     "byte 7 is none of",
		"sésame":                       "byte 2 is none of",
		"[sesame]":                     "byte 1 is none of",
		"sesame@":                      "byte 7 is none of",
	} {
		_, err := Peers([]string{"openai=http://h"}, Tokens{Peer: token})
		if mustContain(t, err, "INKLING_PEER_TOKEN: ", says); err != nil && (strings.Contains(err.Error(), "same") || strings.Contains(err.Error(), "ttt")) {
			t.Errorf("the token is in %v", err)
		}
	}
	if _, err := Peers([]string{"openai=http://h"}, Tokens{Peer: "azAZ09-._~+/=="}); err != nil {
		t.Error(err)
	}
}

func TestATokenIsForOneServer(t *testing.T) {
	two := []string{"openai=http://a:1#m", "tabby=http://a:2"}
	_, err := Peers(two, Tokens{Peer: "tok-1"})
	mustContain(t, err, "INKLING_PEER_TOKEN", "2 servers, at most 1")
	if err != nil && strings.Contains(err.Error(), "tok-1") {
		t.Error(err)
	}
	if _, err := Peers(two, Tokens{}); err != nil {
		t.Errorf("without a token: %v", err)
	}
	one := []string{"inkling=ws://b/api/v1/stream", "openai=http://a:1#m", "openai=http://a:1#n", "llama=http://a:1"}
	if _, err := Peers(one, Tokens{Peer: "tok-1"}); err != nil {
		t.Errorf("one server, beside Inkling: %v", err)
	}
}

func repeated(s string, n int) string { return strings.Repeat(s, n) }
