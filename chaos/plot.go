package chaos

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"time"
)

// Shape of a plot, in pixels: one panel below the other.
const (
	plotWidth, panelHeight = 760, 110
	plotLeft, plotRight    = 70, 20
	panelGap               = 34
)

// panel is one figure over time.
type panel struct {
	name   string
	colour string
	of     func(Sample) float64
}

var panels = []panel{
	{"memory resident, MB", "#2563eb", func(s Sample) float64 { return s.Resident }},
	{"of it KV of prompts, kept for the next, MB", "#9333ea", func(s Sample) float64 { return s.KV }},
	{"heap in use, MB", "#0891b2", func(s Sample) float64 { return s.Heap }},
	{"of it the cache of answers, MB", "#4b5563", func(s Sample) float64 { return s.Cache }},
	{"goroutines", "#7c3aed", func(s Sample) float64 { return s.Goroutines }},
	{"descriptors", "#059669", func(s Sample) float64 { return s.FDs }},
	{"sessions", "#d97706", func(s Sample) float64 { return s.Sessions }},
	{"rows busy", "#dc2626", func(s Sample) float64 { return s.RowsBusy }},
}

// WriteText writes what came of a soak.
func (r *SoakReport) WriteText(w io.Writer) error {
	verdict := "flat: nothing is higher after than before"
	if r.Verdict != nil {
		verdict = "FAILED: " + r.Verdict.Error()
	}
	_, err := fmt.Fprintf(w, "before  %v\nafter   %v\n%d sessions came and went, %d keys, %v\n%d documents compared, %d diverged\ntook %v\n%s\n",
		r.Before, r.After, r.Sessions, r.Keys, r.Outcomes, r.Checks, r.Diverged, r.Took.Round(time.Second), verdict)
	return err
}

// WriteSVG plots the samples, with the levels before and after at their ends.
func (r *SoakReport) WriteSVG(w io.Writer) error {
	all := append(append([]Sample{r.Before}, r.Samples...), r.After)
	out := bufio.NewWriter(w)
	height := len(panels)*(panelHeight+panelGap) + 40
	fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" fill="#374151">`+"\n", plotWidth, height)
	fmt.Fprintf(out, `<rect width="100%%" height="100%%" fill="#ffffff"/>`+"\n")
	last := all[len(all)-1].At
	for i, p := range panels {
		top := 24 + i*(panelHeight+panelGap)
		highest := 1.0
		for _, s := range all {
			highest = max(highest, p.of(s))
		}
		fmt.Fprintf(out, `<text x="%d" y="%d">%s (before %.0f, highest %.0f, after %.0f)</text>`+"\n", plotLeft, top-6, html.EscapeString(p.name),
			p.of(r.Before), highest, p.of(r.After))
		for _, share := range []float64{0, 0.5, 1} {
			y := float64(top+panelHeight) - share*panelHeight
			fmt.Fprintf(out, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="#e5e7eb"/><text x="%d" y="%.1f" text-anchor="end">%.0f</text>`+"\n",
				plotLeft, plotWidth-plotRight, y, y, plotLeft-6, y+4, share*highest)
		}
		fmt.Fprintf(out, `<polyline fill="none" stroke="%s" stroke-width="1.5" points="`, p.colour)
		for _, s := range all {
			x := plotLeft + float64(plotWidth-plotLeft-plotRight)*s.At.Seconds()/last.Seconds()
			fmt.Fprintf(out, "%.1f,%.1f ", x, float64(top+panelHeight)-p.of(s)/highest*panelHeight)
		}
		fmt.Fprintln(out, `"/>`)
	}
	for minute := 0; time.Duration(minute)*time.Minute <= last; minute += max(int(last.Minutes())/8, 1) {
		x := plotLeft + float64(plotWidth-plotLeft-plotRight)*float64(minute*60)/last.Seconds()
		fmt.Fprintf(out, `<text x="%.1f" y="%d" text-anchor="middle">%d min</text>`+"\n", x, height-14, minute)
	}
	fmt.Fprintln(out, `</svg>`)
	return out.Flush()
}
