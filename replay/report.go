package replay

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"text/tabwriter"
	"time"
)

// Quantiles of a set of times, in milliseconds. N is how many there were.
type Quantiles struct {
	N   int     `json:"n"`
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
}

// Report sums up a run. Times are in milliseconds from the key.
type Report struct {
	Peer    string  `json:"peer"`
	Typists int     `json:"typists"`
	Open    bool    `json:"openLoop"`
	Accept  bool    `json:"accept"`
	Seconds float64 `json:"seconds"`

	Keys       int `json:"keys"`       // pressed
	Shown      int `json:"shown"`      // answers with text that was not carried over
	Right      int `json:"right"`      // of these, right
	Along      int `json:"along"`      // answers carried over from the key before
	Overloaded int `json:"overloaded"` // keys for which the peer declined
	Accepted   int `json:"accepted"`   // suggestions taken

	Precision      float64 `json:"precision"`       // Right of Shown
	KeystrokesSave float64 `json:"keystrokesSaved"` // share of the keys that typing all of it would have taken
	UsefulASecond  float64 `json:"usefulPerSecond"` // right and whole suggestions, a second

	First      Quantiles `json:"first"`      // to the first ghost character, all keys that had one
	Whole      Quantiles `json:"whole"`      // to the whole suggestion, all keys that had one
	FreshFirst Quantiles `json:"freshFirst"` // without the carried over
	FreshWhole Quantiles `json:"freshWhole"`

	ComputedPerKey Quantiles `json:"computedPerKey"` // prompt tokens, of whole answers that were not carried over
	DecodedPerKey  float64   `json:"decodedPerKey"`  // tokens, mean over all keys
	WastedTokens   int       `json:"wastedTokens"`   // of answers that nobody saw the end of, as far as they were streamed
	BytesPerKey    float64   `json:"bytesPerKey"`    // sent, mean

	first, whole []float64 // for the plot
	presses      []press
}

func newReport(peer string, o Options, presses []press, took time.Duration) *Report {
	r := &Report{Peer: peer, Typists: max(o.Typists, 1), Open: o.Open, Accept: o.Accept, Seconds: took.Seconds(), Keys: len(presses), presses: presses}
	var first, whole, freshFirst, freshWhole, computed []float64
	var bytes, decoded, useful, saved int
	for _, p := range presses {
		a := p.answer
		bytes += a.BytesSent
		decoded += a.Decoded
		if a.Overloaded {
			r.Overloaded++
		}
		if a.Whole == 0 {
			r.WastedTokens += a.Decoded
		} else if !a.Along {
			computed = append(computed, float64(a.Computed))
		}
		if a.First > 0 {
			first = append(first, ms(a.First))
		}
		if a.Whole > 0 && a.Text != "" {
			whole = append(whole, ms(a.Whole))
		}
		if p.accepted {
			r.Accepted++
			saved += len([]rune(a.Text)) - 1
		}
		if p.right() && a.Whole > 0 {
			useful++
		}
		if a.Text == "" {
			continue
		}
		if a.Along {
			r.Along++
			continue
		}
		r.Shown++
		if p.right() {
			r.Right++
		}
		freshFirst = append(freshFirst, ms(a.First))
		if a.Whole > 0 {
			freshWhole = append(freshWhole, ms(a.Whole))
		}
	}
	r.Precision = ratio(r.Right, r.Shown)
	r.KeystrokesSave = ratio(saved, len(presses)+saved)
	r.UsefulASecond = float64(useful) / took.Seconds()
	r.First, r.Whole = quantiles(first), quantiles(whole)
	r.FreshFirst, r.FreshWhole = quantiles(freshFirst), quantiles(freshWhole)
	r.ComputedPerKey = quantiles(computed)
	r.DecodedPerKey, r.BytesPerKey = ratio(decoded, len(presses)), ratio(bytes, len(presses))
	r.first, r.whole = first, whole
	return r
}

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

func ratio(a, b int) float64 {
	if b == 0 {
		return 0
	}
	return float64(a) / float64(b)
}

// quantiles uses the nearest rank: the smallest value that at least the share q of all values does not exceed.
func quantiles(values []float64) Quantiles {
	if len(values) == 0 {
		return Quantiles{}
	}
	slices.Sort(values)
	at := func(q float64) float64 {
		return values[max(int(math.Ceil(q*float64(len(values))))-1, 0)]
	}
	return Quantiles{N: len(values), P50: at(0.50), P95: at(0.95), P99: at(0.99)}
}

// WriteJSON writes reports as one JSON array.
func WriteJSON(w io.Writer, reports []*Report) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	return encoder.Encode(reports)
}

// WriteText writes reports side by side, a column each.
func WriteText(w io.Writer, reports []*Report) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(name string, value func(*Report) string) {
		fmt.Fprint(table, name)
		for _, r := range reports {
			fmt.Fprint(table, "\t", value(r))
		}
		fmt.Fprintln(table)
	}
	row("", func(r *Report) string { return r.Peer })
	row("typists, loop", func(r *Report) string { return fmt.Sprintf("%d, %s", r.Typists, loop(r)) })
	row("keys", func(r *Report) string { return fmt.Sprintf("%d in %.1f s", r.Keys, r.Seconds) })
	row("shown, right", func(r *Report) string {
		return fmt.Sprintf("%d, %d (%.0f %%)", r.Shown, r.Right, 100*r.Precision)
	})
	row("typed along", func(r *Report) string { return fmt.Sprint(r.Along) })
	row("keystrokes saved", func(r *Report) string { return fmt.Sprintf("%.1f %%", 100*r.KeystrokesSave) })
	row("useful a second", func(r *Report) string { return fmt.Sprintf("%.2f", r.UsefulASecond) })
	row("declined", func(r *Report) string { return fmt.Sprint(r.Overloaded) })
	for _, times := range []struct {
		name string
		of   func(*Report) Quantiles
	}{
		{"first character", func(r *Report) Quantiles { return r.First }},
		{"whole suggestion", func(r *Report) Quantiles { return r.Whole }},
		{"fresh: first character", func(r *Report) Quantiles { return r.FreshFirst }},
		{"fresh: whole suggestion", func(r *Report) Quantiles { return r.FreshWhole }},
	} {
		row(times.name+" (p50, p95, p99 ms)", func(r *Report) string { return times.of(r).String() })
	}
	row("prompt tokens computed a whole answer (p50, p95, p99)", func(r *Report) string { return r.ComputedPerKey.String() })
	if len(reports) > 1 {
		first := reports[0]
		row("ratio to the first column: first character (p50, p95)", func(r *Report) string { return ratios(r.First, first.First) })
		row("ratio: whole suggestion (p50, p95)", func(r *Report) string { return ratios(r.Whole, first.Whole) })
		row("ratio: fresh, first character (p50, p95)", func(r *Report) string { return ratios(r.FreshFirst, first.FreshFirst) })
		row("ratio: fresh, whole suggestion (p50, p95)", func(r *Report) string { return ratios(r.FreshWhole, first.FreshWhole) })
	}
	if len(reports) > 1 && reports[0].UsefulASecond > 0 {
		first := reports[0]
		row("ratio: useful a second", func(r *Report) string { return fmt.Sprintf("%.2f", r.UsefulASecond/first.UsefulASecond) })
	}
	row("tokens decoded a key", func(r *Report) string { return fmt.Sprintf("%.1f", r.DecodedPerKey) })
	row("wasted tokens", func(r *Report) string { return fmt.Sprint(r.WastedTokens) })
	row("bytes sent a key", func(r *Report) string { return fmt.Sprintf("%.0f", r.BytesPerKey) })
	return table.Flush()
}

// ratios are those of two quantiles to a base.
func ratios(q, base Quantiles) string {
	if base.P50 == 0 || base.P95 == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f, %.2f", q.P50/base.P50, q.P95/base.P95)
}

// String gives the three figures, and the number of values.
func (q Quantiles) String() string {
	return fmt.Sprintf("%.1f, %.1f, %.1f (n %d)", q.P50, q.P95, q.P99, q.N)
}

func loop(r *Report) string {
	if r.Open {
		return "open"
	}
	return "closed"
}
