package conformance

import (
	"fmt"
	"maps"
	"strings"
	"testing"
)

// numbers are how many cases each group of the Autobahn test suite has. 9.9 and 9.10 are in its list and not in what it plays.
var numbers = map[string]int{
	"1.1": 8, "1.2": 8,
	"2":   11,
	"3":   7,
	"4.1": 5, "4.2": 5,
	"5":   20,
	"6.1": 3, "6.2": 4, "6.3": 2, "6.4": 4, "6.5": 5, "6.6": 11, "6.7": 4, "6.8": 2, "6.9": 4, "6.10": 3, "6.11": 5, "6.12": 8, "6.13": 5,
	"6.14": 10, "6.15": 1, "6.16": 3, "6.17": 5, "6.18": 5, "6.19": 5, "6.20": 7, "6.21": 8, "6.22": 34, "6.23": 7,
	"7.1": 6, "7.3": 6, "7.5": 1, "7.7": 13, "7.9": 9, "7.13": 2,
	"9.1": 6, "9.2": 6, "9.3": 9, "9.4": 9, "9.5": 6, "9.6": 6, "9.7": 6, "9.8": 6,
	"10.1": 1,
}

func TestEveryNumberIsPlayed(t *testing.T) {
	played := map[string]bool{}
	for _, group := range []map[string]func(*peer){sizes(), pings(), reservedBits(), reservedOpcodes(), fragmented(), encoding(), closing(),
		largeMessages(), autoFragmentation()} {
		for name := range maps.Keys(group) {
			if number, more, _ := strings.Cut(name, " "); more == "" {
				played[number] = true
			} else if _, ok := group[number]; !ok {
				t.Errorf("%q is more of a number that is not there", name)
			}
		}
	}
	all := 0
	for group, n := range numbers {
		for i := range n {
			if number := fmt.Sprintf("%s.%d", group, i+1); !played[number] {
				t.Errorf("%s is not played", number)
			}
		}
		all += n
	}
	if all != 301 || len(played) != all {
		t.Errorf("%d numbers are played, of %d; Autobahn has 301 without compression", len(played), all)
	}
}
