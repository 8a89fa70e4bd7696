package quality

import "strings"

// Outcome is what one variant said at one spot.
type Outcome struct {
	Text       string  // what was shown; "" is nothing
	LogProb    float64 // of it
	Ms         float64
	Right      bool    // what really followed begins with it
	Exact      bool    // it is the rest of the line, or of the lines that it has
	Similarity float64 // edit similarity to as many lines of what really followed, 0 to 1
	Pieces     []Piece // raw text, for curves
}

// Piece is raw text with the logarithm of its probability.
type Piece struct {
	Text    string
	LogProb float64
}

// judge compares a text with what really followed. Blanks at line ends do not count.
func judge(text, truth string) (right, exact bool, similarity float64) {
	text, truth = trimEnds(text), trimEnds(truth)
	if strings.TrimSpace(text) == "" {
		return false, false, 0
	}
	same := firstLines(truth, strings.Count(text, "\n")+1)
	return strings.HasPrefix(truth, text), text == same, edit(text, same)
}

func trimEnds(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " \t")
	}
	return strings.Join(lines, "\n")
}

func firstLines(text string, n int) string {
	lines := strings.SplitN(text, "\n", n+1)
	return strings.Join(lines[:min(n, len(lines))], "\n")
}

// edit is one minus Levenshtein's distance over the longer length, in characters.
func edit(a, b string) float64 {
	x, y := []rune(a), []rune(b)
	if len(x) == 0 && len(y) == 0 {
		return 1
	}
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i, r := range x {
		corner := row[0]
		row[0] = i + 1
		for j, s := range y {
			cost := corner
			if r != s {
				cost = 1 + min(corner, row[j], row[j+1])
			}
			corner, row[j+1] = row[j+1], cost
		}
	}
	return 1 - float64(row[len(y)])/float64(max(len(x), len(y)))
}

// Score sums outcomes up. Shares are of the suggestions shown, but Shown itself, which is of all places.
type Score struct {
	Places     int
	Shown      int
	Precision  float64 // right
	Exact      float64
	Similarity float64
	Useful     float64 // right ones of all places
	Saved      float64 // characters of right ones, mean over all places
	Ms         float64 // mean, to the whole suggestion
}

// Sum makes a score of outcomes.
func Sum(outcomes []Outcome) Score {
	s := Score{Places: len(outcomes)}
	if len(outcomes) == 0 {
		return s
	}
	right, saved := 0, 0
	for _, o := range outcomes {
		s.Ms += o.Ms / float64(len(outcomes))
		if o.Text == "" {
			continue
		}
		s.Shown++
		s.Similarity += o.Similarity
		if o.Exact {
			s.Exact++
		}
		if o.Right {
			right++
			saved += len([]rune(o.Text))
		}
	}
	if s.Shown > 0 {
		n := float64(s.Shown)
		s.Precision, s.Exact, s.Similarity = float64(right)/n, s.Exact/n, s.Similarity/n
	}
	s.Useful = float64(right) / float64(len(outcomes))
	s.Saved = float64(saved) / float64(len(outcomes))
	return s
}
