package secrets

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/zricethezav/gitleaks/v8/config"
	"github.com/zricethezav/gitleaks/v8/detect"
)

// rules are gitleaks' in two detectors, so that a text costs little whatever words it is made of.
//
// A hundred of the rules look for a name, a sign and a value, and begin with up to 50 characters of any name before theirs. That
// beginning may be empty, so it decides neither whether there is a match nor which value is in it, and a text made of the words that
// rules look for costs twenty times as much with it. It goes; but not where a rule looks at the whole match, as
// generic-api-key does for its exceptions. Such a rule stays as it is, and is tried where its match without the beginning is found.
type rules struct {
	all   *detect.Detector
	plain *detect.Detector // without those that stayed as they are
	tails []*regexp.Regexp // of these
}

func newRules() (*rules, error) {
	all, err := detect.NewDetectorDefaultConfig()
	if err != nil {
		return nil, err
	}
	r := &rules{all: all}
	less := all.Config
	less.Rules = maps.Clone(all.Config.Rules)
	for id, rule := range all.Config.Rules {
		expression, shorter := withoutBeginning(rule)
		if !shorter {
			continue
		}
		tail, err := regexp.Compile(expression)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", id, err)
		}
		if needsMatch(rule) {
			r.tails = append(r.tails, tail)
			delete(less.Rules, id)
			continue
		}
		rule.Regex = tail
		all.Config.Rules[id], less.Rules[id] = rule, rule
	}
	r.plain = detect.NewDetector(less)
	return r, nil
}

// needsMatch reports whether a rule looks at the whole match: it is the credential, or decides about exceptions.
func needsMatch(r config.Rule) bool {
	exception := func(a *config.Allowlist) bool { return a.RegexTarget == "match" }
	return r.Regex.NumSubexp() == 0 || slices.ContainsFunc(r.Allowlists, exception)
}

// withoutBeginning returns a rule's expression without the characters of a name that may stand before its own; false where it does not
// begin so.
func withoutBeginning(r config.Rule) (string, bool) {
	const any = `[\w.-]{0,50}?`
	if r.Regex == nil {
		return "", false
	}
	expression := r.Regex.String()
	for before, after := range map[string]string{"(?i)" + any: "(?i)", any + "(?i:" + any: "(?i:"} {
		if rest, ok := strings.CutPrefix(expression, before); ok {
			return after + rest, true
		}
	}
	return "", false
}

// find returns the credentials of a text.
func (r *rules) find(text string) []string {
	detector := r.plain
	if slices.ContainsFunc(r.tails, func(tail *regexp.Regexp) bool { return tail.MatchString(text) }) {
		detector = r.all
	}
	var found []string
	for _, finding := range detector.DetectString(text) {
		if finding.Secret != "" {
			found = append(found, finding.Secret)
		}
	}
	return found
}
