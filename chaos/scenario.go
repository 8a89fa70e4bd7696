package chaos

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
)

// Scenario is one kind of trouble.
type Scenario struct {
	Name  string
	About string // what is done, and what must hold
	Short bool   // part of the short run
	// Run makes the trouble and checks. An error is a failure; one that wraps [ErrSkip] says why it cannot run here.
	Run func(*T) error
}

// all are the scenarios, each added by its own file.
var all []Scenario

// register adds a scenario. It is called when the program starts.
func register(s Scenario) bool {
	all = append(all, s)
	return true
}

// Scenarios returns those whose name matches a regular expression, and with short those of the short run alone, by
// name.
func Scenarios(match string, short bool) ([]Scenario, error) {
	re, err := regexp.Compile(match)
	if err != nil {
		return nil, fmt.Errorf("chaos: run: %w", err)
	}
	var chosen []Scenario
	for _, s := range all {
		if re.MatchString(s.Name) && (s.Short || !short) {
			chosen = append(chosen, s)
		}
	}
	if len(chosen) == 0 {
		return nil, fmt.Errorf("chaos: run: no scenario matches %q", match)
	}
	slices.SortFunc(chosen, func(a, b Scenario) int { return cmp.Compare(a.Name, b.Name) })
	return chosen, nil
}
