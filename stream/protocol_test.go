package stream

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"inkling/infer"
	"inkling/stream/internal/scripted"
)

// protocolCase is a case of docs/protocol.md.
type protocolCase struct {
	name, title string
	lines       []string
}

// readCases returns the cases by name, and their names in the order of the page.
func readCases(t *testing.T) (map[string]protocolCase, []string) {
	t.Helper()
	page, err := os.Open("../docs/protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	defer page.Close()
	cases, names := map[string]protocolCase{}, []string(nil)
	var current *protocolCase
	lines := bufio.NewScanner(page)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Text()
		switch head, isCase := strings.CutPrefix(line, "```session "); {
		case isCase:
			name, title, _ := strings.Cut(head, ": ")
			current = &protocolCase{name: name, title: title}
		case line == "```" && current != nil:
			cases[current.name] = *current
			names = append(names, current.name)
			current = nil
		case current != nil:
			current.lines = append(current.lines, line)
		}
	}
	if lines.Err() != nil || len(names) < 20 {
		t.Fatalf("docs/protocol.md has %d cases, error %v", len(names), lines.Err())
	}
	return cases, names
}

// script returns the lines of a case with those of the cases before it put in.
func script(t *testing.T, cases map[string]protocolCase, name string) []string {
	t.Helper()
	one, ok := cases[name]
	if !ok {
		t.Fatalf("there is no case %q", name)
	}
	var lines []string
	for _, line := range one.lines {
		if before, ok := strings.CutPrefix(line, "after "); ok {
			lines = append(lines, script(t, cases, before)...)
		} else {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestProtocolCases(t *testing.T) {
	cases, names := readCases(t)
	for _, name := range names {
		t.Run(name, func(t *testing.T) {
			lines := script(t, cases, name)
			p := &player{t: t, model: &scripted.Model{}}
			p.begin(lines)
			for _, line := range lines {
				p.play(line)
			}
			p.finish()
		})
	}
}

// player plays the lines of a case against a real server.
type player struct {
	t      *testing.T
	model  *scripted.Model
	run    *scripted.Run // the last that was seen
	door   *door
	client *rawClient
	closed bool
}

// begin starts the server with the settings that stand among the lines, and connects.
func (p *player) begin(lines []string) {
	cfg := Config{Version: "test"}
	for _, line := range lines {
		var name string
		var value string
		if n, _ := fmt.Sscanf(line, "server %s %s", &name, &value); n != 2 {
			continue
		}
		if name == "quota" {
			cfg.Quota = func(context.Context, infer.Caller) Quota {
				return Quota{Limit: 1000, Remaining: 990, Reset: 36 * time.Second}
			}
			continue
		}
		if name == "auth" {
			cfg.Auth = keys{"ada's key": {User: "ada", Tier: "premium"}}
			continue
		}
		number, err := strconv.Atoi(value)
		if err != nil {
			p.t.Fatalf("%s: %v", line, err)
		}
		reflect.ValueOf(&cfg.Limits).Elem().FieldByName(name).SetInt(int64(number))
	}
	p.door = serve(p.t, cfg, p.model)
	p.client = p.door.dial(nil)
}

// finish leaves in good order, and expects nothing that the case does not say.
func (p *player) finish() {
	if !p.closed {
		p.client.send(`{"jsonrpc":"2.0","method":"exit"}`)
		p.client.expectClose(1000)
	}
}

var modelSays = regexp.MustCompile(`^(?:(\d+) )?says ("(?:[^"\\]|\\.)*") ([0-9.]+)$`)

// play plays one line.
func (p *player) play(line string) {
	p.t.Helper()
	what, rest, _ := strings.Cut(line, " ")
	switch {
	case line == "", what == "server":
	case line == "--> binary":
		p.client.sendBinary([]byte{1})
	case what == "-->":
		rest = strings.TrimPrefix(rest, "raw ")
		p.client.send(rest)
	case strings.HasPrefix(line, "<-- close "):
		code, err := strconv.Atoi(strings.TrimPrefix(line, "<-- close "))
		if err != nil {
			p.t.Fatalf("%s: %v", line, err)
		}
		p.client.expectClose(code)
		p.closed = true
	case what == "<--":
		p.expect(rest)
	case what == "model":
		p.playModel(rest)
	default:
		p.t.Fatalf("no such line: %s", line)
	}
}

// playModel moves the scripted model on.
func (p *player) playModel(line string) {
	p.t.Helper()
	words := strings.Fields(line)
	switch said := modelSays.FindStringSubmatch(line); {
	case said != nil:
		suggestion, _ := strconv.Atoi(said[1]) // "" is 0
		text := unquote(p.t, said[2])
		probability, err := strconv.ParseFloat(said[3], 64)
		if err != nil || !p.run.Say(suggestion, text, math.Log(probability)) {
			p.t.Fatalf("model %s: the run has ended, error %v", line, err)
		}
	case words[0] == "sees":
		p.run = p.model.Next(waiting(p.t))
		if p.run == nil {
			p.t.Fatalf("model %s: nothing was asked", line)
		}
		before, after, _ := strings.Cut(strings.TrimPrefix(line, "sees "), `" "`)
		prompt := p.run.Request.Prompt
		if got := []string{prompt.Prefix, prompt.Suffix}; !reflect.DeepEqual(got, []string{unquote(p.t, before+`"`), unquote(p.t, `"`+after)}) {
			p.t.Fatalf("model %s: saw %q", line, got)
		}
	case words[len(words)-1] == "ends":
		suggestion, _ := strconv.Atoi(words[0]) // "ends" is 0
		usage := &infer.Usage{PromptTokens: 10, ReusedTokens: 8, ComputedTokens: 2, CompletionTokens: 2, QueueMs: 1, PrefillMs: 2, FirstTokenMs: 3}
		if !p.run.End(suggestion, infer.StopEnd, usage) {
			p.t.Fatalf("model %s: the run has ended", line)
		}
	case words[0] == "is" && words[1] != "stopped":
		if want := map[string]infer.Priority{"invoked": infer.PriorityInvoked, "automatic": infer.PriorityAutomatic}; p.run.Request.Priority != want[words[1]] {
			p.t.Fatalf("model %s: it has priority %d", line, p.run.Request.Priority)
		}
	case words[0] == "fails":
		failure := map[string]error{"runtime": infer.ErrRuntime, "loading": infer.ErrLoading,
			"overloaded": &infer.RetryError{Err: infer.ErrOverloaded, After: 250 * time.Millisecond},
			"quota":      &infer.RetryError{Err: infer.ErrQuota, After: time.Minute}}[words[1]]
		if failure == nil || !p.run.Fail(failure) {
			p.t.Fatalf("model %s: the run has ended", line)
		}
	case line == "is stopped":
		select {
		case <-p.run.Ended():
		case <-waiting(p.t).Done():
			p.t.Fatal("the generation still runs")
		}
		if !errors.Is(p.run.Err(), errCanceled) {
			p.t.Fatalf("the generation ended with %v", p.run.Err())
		}
	default:
		p.t.Fatalf("no such line: model %s", line)
	}
}

func unquote(t *testing.T, quoted string) string {
	t.Helper()
	text, err := strconv.Unquote(quoted)
	if err != nil {
		t.Fatalf("%s: %v", quoted, err)
	}
	return text
}

// expect compares the next message with a pattern.
func (p *player) expect(pattern string) {
	p.t.Helper()
	var want, got any
	if err := json.Unmarshal([]byte(pattern), &want); err != nil {
		p.t.Fatalf("%s: %v", pattern, err)
	}
	message := p.client.read()
	if err := json.Unmarshal([]byte(message), &got); err != nil {
		p.t.Fatalf("%s: %v", message, err)
	}
	if where := differ(want, got, ""); where != "" {
		p.t.Fatalf("%s\nwant %s\n got %s", where, pattern, message)
	}
}

// differ returns where a value differs from a pattern; "" where it does not.
func differ(want, got any, path string) string {
	if want == "…" {
		return ""
	}
	switch w := want.(type) {
	case map[string]any:
		g, ok := got.(map[string]any)
		if !ok {
			return path + ": is no object"
		}
		_, more := w["…"]
		for name, value := range w {
			if name == "…" {
				continue
			}
			if _, ok := g[name]; !ok {
				return path + "." + name + ": is missing"
			}
			if where := differ(value, g[name], path+"."+name); where != "" {
				return where
			}
		}
		for name := range g {
			if _, ok := w[name]; !ok && !more {
				return path + "." + name + ": is not expected"
			}
		}
	case []any:
		g, ok := got.([]any)
		if !ok || len(g) != len(w) {
			return fmt.Sprintf("%s: has not %d elements", path, len(w))
		}
		for i := range w {
			if where := differ(w[i], g[i], fmt.Sprintf("%s[%d]", path, i)); where != "" {
				return where
			}
		}
	case float64:
		if g, ok := got.(float64); !ok || math.Abs(g-w) > 1e-9 {
			return fmt.Sprintf("%s: is %v", path, got)
		}
	default:
		if !reflect.DeepEqual(want, got) {
			return fmt.Sprintf("%s: is %v", path, got)
		}
	}
	return ""
}

func TestADifferenceFromTheProtocolIsSeen(t *testing.T) {
	for _, c := range []struct{ want, got string }{
		{`{"a": 1}`, `{"a": 2}`}, {`{"a": 1}`, `{}`}, {`{"a": 1}`, `{"a": 1, "b": 2}`}, {`[1]`, `[1, 2]`},
		{`{"a": {"…": "…", "b": 1}}`, `{"a": {"c": 1}}`}, {`"x"`, `null`}, {`null`, `0`}, {`[1]`, `{}`}, {`{}`, `[]`},
	} {
		var want, got any
		if json.Unmarshal([]byte(c.want), &want) != nil || json.Unmarshal([]byte(c.got), &got) != nil {
			t.Fatal("the table is no JSON")
		}
		if differ(want, got, "") == "" {
			t.Errorf("%s is taken for %s", c.got, c.want)
		}
	}
}
