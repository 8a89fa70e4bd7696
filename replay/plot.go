package replay

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"math"
	"slices"
)

// Shape of the plot, in pixels, and of its logarithmic time axis, in milliseconds.
const (
	plotWidth, plotHeight           = 720, 420
	plotLeft, plotRight             = 60, 20
	plotTop, plotBottom             = 40, 50
	plotFastest, plotSlowest        = 0.1, 10_000.0
	plotColours                     = "#2563eb #dc2626 #059669 #d97706 #7c3aed #0891b2"
	plotInk, plotGrid, plotBackdrop = "#374151", "#e5e7eb", "#ffffff"
)

// WriteSVG plots, for each report, which share of the keys had their first ghost character (solid) and their whole
// suggestion (dashed) within a time.
func WriteSVG(w io.Writer, reports []*Report) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" font-family="sans-serif" font-size="12" fill="%s">`+"\n",
		plotWidth, plotHeight, plotInk)
	fmt.Fprintf(out, `<rect width="100%%" height="100%%" fill="%s"/>`+"\n", plotBackdrop)
	fmt.Fprintf(out, `<text x="%d" y="20" font-size="14">Key to ghost text: first character (solid), whole suggestion (dashed)</text>`+"\n", plotLeft)
	grid(out)
	for i, r := range reports {
		colour := colourOf(i)
		curve(out, r.first, colour, "")
		curve(out, r.whole, colour, ` stroke-dasharray="5 4"`)
		fmt.Fprintf(out, `<text x="%d" y="%d" fill="%s">%s, %d typists, %s</text>`+"\n",
			plotLeft+10, plotTop+18+16*i, colour, html.EscapeString(r.Peer), r.Typists, loop(r))
	}
	fmt.Fprintln(out, `</svg>`)
	return out.Flush()
}

func grid(out io.Writer) {
	for t := plotFastest; t <= plotSlowest*1.01; t *= 10 {
		x := plotX(t)
		fmt.Fprintf(out, `<line x1="%.1f" x2="%.1f" y1="%d" y2="%d" stroke="%s"/>`, x, x, plotTop, plotHeight-plotBottom, plotGrid)
		fmt.Fprintf(out, `<text x="%.1f" y="%d" text-anchor="middle">%g ms</text>`+"\n", x, plotHeight-plotBottom+18, math.Round(t*10)/10)
	}
	for share := 0.0; share <= 1.001; share += 0.25 {
		y := plotY(share)
		fmt.Fprintf(out, `<line x1="%d" x2="%d" y1="%.1f" y2="%.1f" stroke="%s"/>`, plotLeft, plotWidth-plotRight, y, y, plotGrid)
		fmt.Fprintf(out, `<text x="%d" y="%.1f" text-anchor="end">%.0f %%</text>`+"\n", plotLeft-6, y+4, 100*share)
	}
}

func curve(out io.Writer, values []float64, colour, style string) {
	if len(values) == 0 {
		return
	}
	sorted := slices.Sorted(slices.Values(values))
	fmt.Fprintf(out, `<polyline fill="none" stroke="%s" stroke-width="2"%s points="`, colour, style)
	step := max(len(sorted)/400, 1)
	for i := 0; i < len(sorted); i += step {
		fmt.Fprintf(out, "%.1f,%.1f ", plotX(sorted[i]), plotY(float64(i+1)/float64(len(sorted))))
	}
	fmt.Fprintf(out, "%.1f,%.1f\"/>\n", plotX(sorted[len(sorted)-1]), plotY(1))
}

func plotX(t float64) float64 {
	t = min(max(t, plotFastest), plotSlowest)
	share := math.Log(t/plotFastest) / math.Log(plotSlowest/plotFastest)
	return plotLeft + share*(plotWidth-plotLeft-plotRight)
}

func plotY(share float64) float64 {
	return plotHeight - plotBottom - share*(plotHeight-plotTop-plotBottom)
}

func colourOf(i int) string {
	const each = len("#2563eb ")
	n := (len(plotColours) + 1) / each
	at := i % n * each
	return plotColours[at : at+each-1]
}
