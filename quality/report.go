package quality

import (
	"fmt"
	"io"
)

// WriteScores writes a Markdown table with a row for each name.
func WriteScores(w io.Writer, heading string, names []string, scores []Score) error {
	_, err := fmt.Fprintf(w, "| %s | shown | right of shown | exact | edit similarity | right of all places | characters saved a place | ms |\n|---|---|---|---|---|---|---|---|\n", heading)
	for i, s := range scores {
		if err == nil {
			_, err = fmt.Fprintf(w, "| %s | %d of %d | %.1f %% | %.1f %% | %.2f | %.1f %% | %.1f | %.0f |\n",
				names[i], s.Shown, s.Places, 100*s.Precision, 100*s.Exact, s.Similarity, 100*s.Useful, s.Saved, s.Ms)
		}
	}
	return err
}

// WriteCurve writes a Markdown table of gates.
func WriteCurve(w io.Writer, curve []Threshold) error {
	_, err := fmt.Fprint(w, "| tokens waited for | least probability | shown | right of shown | right of all places |\n|---|---|---|---|---|\n")
	for _, t := range curve {
		stretch := fmt.Sprint(t.Tokens)
		if t.Tokens == 0 {
			stretch = "all"
		}
		if err == nil {
			_, err = fmt.Fprintf(w, "| %s | %.2f | %d | %.1f %% | %.1f %% |\n", stretch, t.Probability, t.Score.Shown, 100*t.Score.Precision, 100*t.Score.Useful)
		}
	}
	return err
}
