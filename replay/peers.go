package replay

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// TokenVariable is the variable of the environment that holds the bearer token for a server that is no Inkling. The
// program reads it; errors name it.
const TokenVariable = "INKLING_PEER_TOKEN" // #nosec G101 -- its name, not a token

// Limits of how a peer is named.
const (
	maxModelBytes = 256   // more than any server's name of a model
	maxTokenBytes = 4_096 // half of what servers take as headers, commonly
)

// tokenBytes are those of a bearer token besides letters and digits: RFC 6750, section 2.1.
const tokenBytes = "-._~+/="

// defaultModel is what a server is asked for that serves one model, whatever it is called.
const defaultModel = "default"

// Tokens are the keys that peers are asked with. They stand in no report and no error.
type Tokens struct {
	Inkling string // an API key for Inkling's servers; may be empty
	Peer    string // a bearer token for the one other server; may be empty
}

// Peers makes peers of what a command line names them by: KIND=URL, or openai=URL#MODEL. An error names what is wrong.
// A token for a server that is no Inkling is for one: a second server is refused rather than told it.
func Peers(named []string, tokens Tokens) ([]Peer, error) {
	if err := checkToken(tokens.Peer); err != nil {
		return nil, fmt.Errorf("%s: %w", TokenVariable, err)
	}
	var peers []Peer
	servers := map[string]bool{}
	for _, name := range named {
		peer, base, err := newPeer(name, tokens)
		if err != nil {
			return nil, fmt.Errorf("peer: %w", err)
		}
		if _, other := peer.(*HTTPPeer); other {
			servers[base.Scheme+"://"+base.Host] = true
		}
		peers = append(peers, peer)
	}
	if tokens.Peer != "" && len(servers) > 1 {
		return nil, fmt.Errorf("%s: would be told to %d servers, at most 1: drive them one after the other", TokenVariable, len(servers))
	}
	return peers, nil
}

func newPeer(name string, tokens Tokens) (Peer, *url.URL, error) {
	kind, address, ok := strings.Cut(name, "=")
	if !ok {
		return nil, nil, fmt.Errorf("%q has not the form KIND=URL", name)
	}
	address, model, named := strings.Cut(address, "#")
	var peer *HTTPPeer
	switch kind {
	case "inkling":
	case "llama":
		peer = LlamaCompletion(address, "llama.cpp /completion")
	case "infill":
		peer = LlamaInfill(address, "llama.cpp /infill")
	case "openai":
		label := "openai " + model
		if !named {
			label, model = "openai", defaultModel
		}
		if err := checkModel(model); err != nil {
			return nil, nil, fmt.Errorf("openai: model: %w", err)
		}
		peer, named = OpenAI(address, label, model), false
	case "tabby":
		peer = Tabby(address, "tabby")
	default:
		return nil, nil, fmt.Errorf("%q is none of inkling, llama, infill, openai, tabby", kind)
	}
	if named {
		return nil, nil, fmt.Errorf("%s: takes no model, and is given %q", kind, model)
	}
	base, err := parseBase(address, peer == nil)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: URL: %w", kind, err)
	}
	if peer == nil {
		return &Inkling{URL: address, Label: kind, Token: tokens.Inkling}, base, nil
	}
	peer.Token = tokens.Peer
	return peer, base, nil
}

// parseBase checks an address. What could be a secret in it is not in the error.
func parseBase(address string, session bool) (*url.URL, error) {
	schemes := []string{"http", "https"}
	if session {
		schemes = []string{"ws", "wss", "http", "https"}
	}
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%d bytes that are no address", len(address))
	case u.User != nil:
		return nil, fmt.Errorf("%s: no user's name or password is taken; a token belongs in %s", u.Host, TokenVariable)
	case u.Host == "" || !slices.Contains(schemes, u.Scheme):
		return nil, fmt.Errorf("%q is no address of %s", u.Scheme+"://"+u.Host+u.Path, strings.Join(schemes, ", "))
	case !session && (u.RawQuery != "" || u.ForceQuery):
		return nil, fmt.Errorf("%s: a query of %d bytes, at most 0", u.Host, len(u.RawQuery))
	}
	return u, nil
}

func checkModel(model string) error {
	switch {
	case model == "":
		return fmt.Errorf("0 bytes, 1 to %d", maxModelBytes)
	case len(model) > maxModelBytes:
		return fmt.Errorf("%d bytes, at most %d", len(model), maxModelBytes)
	case !utf8.ValidString(model) || strings.ContainsFunc(model, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fmt.Errorf("%q is not printable text", model)
	}
	return nil
}

// checkToken says what is wrong with a token without saying the token.
func checkToken(token string) error {
	if len(token) > maxTokenBytes {
		return fmt.Errorf("%d bytes, at most %d", len(token), maxTokenBytes)
	}
	for i, c := range []byte(token) {
		letter := 'a' <= c|0x20 && c|0x20 <= 'z'
		if digit := '0' <= c && c <= '9'; !letter && !digit && !strings.Contains(tokenBytes, string(rune(c))) {
			return fmt.Errorf("byte %d is none of A-Z, a-z, 0-9 and %s", i+1, tokenBytes)
		}
	}
	return nil
}
