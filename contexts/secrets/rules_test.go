package secrets

import (
	"math/rand/v2"
	"regexp/syntax"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zricethezav/gitleaks/v8/detect"
)

func original(t testing.TB) *detect.Detector {
	d, err := detect.NewDetectorDefaultConfig()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// example writes a text that an expression matches.
func example(random *rand.Rand, e *syntax.Regexp, out *strings.Builder) {
	repeat := func(least, most int) {
		if most < 0 {
			most = least + 20
		}
		for range least + random.IntN(most-least+1) {
			example(random, e.Sub[0], out)
		}
	}
	switch e.Op {
	case syntax.OpLiteral:
		for _, r := range e.Rune {
			out.WriteRune(r)
		}
	case syntax.OpCharClass:
		at := 2 * random.IntN(len(e.Rune)/2)
		least := max(e.Rune[at], ' ')
		out.WriteRune(least + rune(random.IntN(int(max(min(e.Rune[at+1], '~')-least, 0))+1)))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		out.WriteByte('.')
	case syntax.OpCapture:
		example(random, e.Sub[0], out)
	case syntax.OpConcat:
		for _, sub := range e.Sub {
			example(random, sub, out)
		}
	case syntax.OpAlternate:
		example(random, e.Sub[random.IntN(len(e.Sub))], out)
	case syntax.OpStar:
		repeat(0, -1)
	case syntax.OpPlus:
		repeat(1, -1)
	case syntax.OpQuest:
		repeat(0, 1)
	case syntax.OpRepeat:
		repeat(e.Min, e.Max)
	}
}

// examples writes a text in which a rule's matches stand one after the other, close enough to touch at times.
func examples(t *testing.T, random *rand.Rand, expression string) string {
	parsed, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for range 4 {
		text.WriteString([]string{"", " ", "\n", "my_", "public_key.", "\tx = y(", "-.-"}[random.IntN(7)])
		example(random, parsed, &text)
	}
	return text.String()
}

func TestEveryRuleFindsWhatItFoundWithItsBeginning(t *testing.T) {
	old, r := original(t), scanner(t).rules
	random := rand.New(rand.NewPCG(1, 2))
	changed, finding := 0, 0
	for id, rule := range old.Config.Rules {
		if _, shorter := withoutBeginning(rule); !shorter {
			continue
		}
		changed++
		found := false
		for range 3 {
			text := examples(t, random, rule.Regex.String())
			var want []string
			for _, f := range old.DetectString(text) {
				want = append(want, f.Secret)
			}
			got := r.find(text)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(got, want) {
				t.Errorf("%s: in %q were %q, and are %q", id, text, want, got)
			}
			found = found || len(want) > 0
		}
		if found {
			finding++
		}
	}
	if changed < 90 || finding < changed*9/10 {
		t.Errorf("%d rules begin so, and %d of them found something: the test does not test much", changed, finding)
	}
	t.Logf("%d rules begin so, and %d of them found something", changed, finding)
}

// dense is a line of all words that rules look for.
func dense(d *detect.Detector, between string) string {
	var words []string
	for _, rule := range d.Config.Rules {
		words = append(words, rule.Keywords...)
	}
	slices.Sort(words)
	return strings.Repeat(strings.Join(words, between)+between, 2)[:longestChunk-1]
}

func TestALineOfTheRulesWordsCostsAFractionOfTheRules(t *testing.T) {
	const least = 5 // times cheaper; they are twenty, and the machine is shared
	old, s := original(t), scanner(t)
	text := dense(old, "_")
	start := time.Now()
	old.DetectString(text)
	before, after := time.Since(start), time.Hour
	for range 3 {
		start := time.Now()
		s.detect(text)
		after = min(after, time.Since(start))
	}
	t.Logf("%v, were %v", after, before)
	if after*least > before {
		t.Errorf("%v, and the rules as they are take %v", after, before)
	}
}

// BenchmarkKeyInALineOfTheRulesWords masks a window of 4 kB that is one line of them, at each key.
func BenchmarkKeyInALineOfTheRulesWords(b *testing.B) {
	s, n := scanner(b), 0
	for name, between := range map[string]string{"names": "_", "calls": ".", "words": " "} {
		b.Run(name, func(b *testing.B) {
			text := []byte(dense(s.rules.all, between))
			for b.Loop() {
				n++
				text[n%len(text)] = byte('a' + n/len(text)%26)
				s.Mask(string(text))
			}
		})
	}
}
