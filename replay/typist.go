package replay

import (
	"math"
	"math/rand/v2"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// How a person types, from studies of keystroke logs: a median of some 140 ms within a burst, a long tail, and pauses
// for thought at the start of a line.
const (
	burstMedian   = 140 * time.Millisecond
	burstSpread   = 0.35 // sigma of the log-normal
	thinkMedian   = 1200 * time.Millisecond
	thinkSpread   = 0.6
	thinkChance   = 0.35 // before the first character of a line
	longestPause  = 8 * time.Second
	typoChance    = 0.015 // per letter; each is noticed at once and taken back
	movePause     = 2 * time.Second
	minAcceptable = 3 // bytes: shorter suggestions are typed rather than accepted
)

// Key is one press: it replaces Delete bytes before the cursor by Insert.
type Key struct {
	At     int           // byte offset in the document at which Delete bytes go and Insert comes
	Delete int           // bytes
	Insert string        // an auto-indented line break is one key
	Pause  time.Duration // since the last key, as a person would
	Typo   bool          // the text is wrong until the next key: no suggestion can be right
}

// Cursor is the byte offset after the key.
func (k Key) Cursor() int { return k.At + len(k.Insert) }

// typist fills the holes of one trace. Its next key depends on seed and place alone.
type typist struct {
	trace  *Trace
	hole   int // index of the hole being filled
	typed  int // bytes of it that stand
	typo   string
	filled []bool
}

func newTypist(t *Trace) *typist { return &typist{trace: t, filled: make([]bool, len(t.Holes))} }

// start is where the current hole begins in the document as it stands now.
func (ty *typist) start() int {
	hole := ty.trace.Holes[ty.hole]
	at := hole.Start
	for i, other := range ty.trace.Holes {
		if other.Start < hole.Start && !ty.filled[i] {
			at -= len(other.Text)
		}
	}
	return at
}

// rest is the text that should follow the cursor.
func (ty *typist) rest() string {
	hole := ty.trace.Holes[ty.hole]
	return hole.Text[ty.typed:] + hole.After
}

// next returns the next key, and false when all holes are filled.
func (ty *typist) next() (Key, bool) {
	moved := false
	for ty.hole < len(ty.trace.Holes) && ty.typed == len(ty.trace.Holes[ty.hole].Text) {
		ty.filled[ty.hole] = true
		ty.hole++
		ty.typed = 0
		moved = true
	}
	if ty.hole == len(ty.trace.Holes) {
		return Key{}, false
	}
	rng := rand.New(rand.NewPCG(ty.trace.seed^uint64(ty.hole)<<32, uint64(ty.typed)))
	at := ty.start() + ty.typed
	if ty.typo != "" {
		wrong := ty.typo
		ty.typo = ""
		insert := unit(ty.rest())
		ty.typed += len(insert)
		return Key{At: at, Delete: len(wrong), Insert: insert, Pause: pause(rng, 2*burstMedian, burstSpread)}, true
	}
	insert := unit(ty.trace.Holes[ty.hole].Text[ty.typed:])
	key := Key{At: at, Insert: insert, Pause: ty.pauseBefore(rng, moved)}
	if r, _ := utf8.DecodeRuneInString(insert); unicode.IsLetter(r) && rng.Float64() < typoChance {
		ty.typo = string(rune('a' + rng.IntN(26)))
		if ty.typo != insert {
			key.Insert, key.Typo = ty.typo, true
			return key, true
		}
		ty.typo = ""
	}
	ty.typed += len(insert)
	return key, true
}

// accept takes over a suggestion, which must be the beginning of what belongs there, as far as the hole goes.
func (ty *typist) accept(text string) Key {
	text = text[:min(len(text), len(ty.trace.Holes[ty.hole].Text)-ty.typed)]
	key := Key{At: ty.start() + ty.typed, Insert: text, Pause: 2 * burstMedian}
	ty.typed += len(text)
	return key
}

// acceptable says whether a careful typist would take a suggestion: it is right, inside the hole, and saves keys.
func (ty *typist) acceptable(text string) bool {
	return len(text) >= minAcceptable && strings.HasPrefix(ty.trace.Holes[ty.hole].Text[ty.typed:], text)
}

func (ty *typist) pauseBefore(rng *rand.Rand, moved bool) time.Duration {
	if moved {
		return movePause
	}
	text := ty.trace.Holes[ty.hole].Text
	atLineStart := ty.typed == 0 || strings.TrimSpace(text[strings.LastIndexByte(text[:ty.typed], '\n')+1:ty.typed]) == ""
	if atLineStart && rng.Float64() < thinkChance {
		return pause(rng, thinkMedian, thinkSpread)
	}
	return pause(rng, burstMedian, burstSpread)
}

func pause(rng *rand.Rand, median time.Duration, spread float64) time.Duration {
	return min(time.Duration(float64(median)*math.Exp(spread*rng.NormFloat64())), longestPause)
}

// unit is what one key types at the start of text: a character, or a line break with the indentation after it.
func unit(text string) string {
	if text == "" {
		return ""
	}
	if text[0] != '\n' {
		_, size := utf8.DecodeRuneInString(text)
		return text[:size]
	}
	end := 1
	for end < len(text) && (text[end] == ' ' || text[end] == '\t') {
		end++
	}
	return text[:end]
}
