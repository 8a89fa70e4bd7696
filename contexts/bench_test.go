package contexts

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"inkling/infer/gguf"
	"inkling/infer/tokenizer"
)

// largeBytes is the size of the files that the benchmarks edit.
const largeBytes = 200_000

// benchUnits are pieces of common code of which the files are made; %[1]d makes the names of each copy its own.
var benchUnits = map[string]string{
	"python": `
class Account%[1]d(Base):
    """Keeps a balance."""
    limit = %[1]d

    def __init__(self, owner: str, balance: float = 0.0):
        self.owner = owner
        self.balance = balance
        self.entries = [(key, value) for key, value in owner.items() if value > 3]

    @property
    def empty(self) -> bool:
        return self.balance <= 0 and not self.entries

    def deposit(self, amount, *notes, **extra):
        # every deposit is noted
        total = self.balance + amount
        for number, note in enumerate(notes):
            if note.startswith("x%[1]d"):
                log(f"note {number}: {note!r}", extra.get("level", "info"))
        self.balance = total
        return total


def make_account%[1]d(name, balance=None):
    with open(name) as handle:
        text = handle.read()
    return Account%[1]d(text.strip(), balance or 0)

`,
	"javascript": `
export class Account%[1]d extends Base {
  #entries = [];

  constructor(owner, balance = 0) {
    super();
    this.owner = owner;
  }

  deposit(amount, ...notes) {
    const total = this.balance + amount;
    for (const [i, note] of notes.entries()) {
      if (note.startsWith("x%[1]d")) {
        console.log("note", i, note);
      }
    }
    this.#entries.push({ key: this.owner, value: total });
    return total;
  }
}

export const makeAccount%[1]d = async (name) => {
  const text = await readFile(name, "utf8");
  return new Account%[1]d(text.trim());
};
`,
	"go": `
// Account%[1]d keeps a balance.
type Account%[1]d struct {
	owner   string
	balance float64
	entries map[string]int
}

// Deposit%[1]d notes every deposit.
func (a *Account%[1]d) Deposit%[1]d(amount float64, notes ...string) (float64, error) {
	total := a.balance + amount
	for i, note := range notes {
		if strings.HasPrefix(note, "x%[1]d") {
			fmt.Printf("note %%d: %%q\n", i, note)
		}
	}
	if total < 0 {
		return 0, fmt.Errorf("account %%s: below zero: %%f", a.owner, total)
	}
	a.balance = total
	return total, nil
}

func makeAccount%[1]d(name string) *Account%[1]d {
	data, err := os.ReadFile(name)
	if err != nil {
		return nil
	}
	return &Account%[1]d{owner: string(data), entries: map[string]int{"a": 1}}
}
`,
}

// tops are the beginnings of the files.
var tops = map[string]string{
	"python":     "import os\nfrom bank.accounts import Base, log\n",
	"javascript": "import { readFile } from \"node:fs/promises\";\nimport { Base } from \"./base.js\";\n",
	"go":         "package accounts\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"strings\"\n)\n",
}

// largeFile returns a file, and a place inside a method in its middle where a name may be typed.
func largeFile(language string) (text string, offset int) {
	var b strings.Builder
	b.WriteString(tops[language])
	for i := 0; b.Len() < largeBytes; i++ {
		fmt.Fprintf(&b, benchUnits[language], i)
	}
	text = b.String()
	return text, len(text)/2 + strings.Index(text[len(text)/2:], "total")
}

// defaultTokenizer is that of the model which make setup fetches.
func defaultTokenizer(t testing.TB) *tokenizer.Tokenizer {
	t.Helper()
	home := os.Getenv("INKLING_HOME")
	if home == "" {
		user, err := os.UserHomeDir()
		if err != nil {
			t.Fatal(err)
		}
		home = filepath.Join(user, ".local", "share", "inkling")
	}
	path := filepath.Join(home, "models", "SmolLM2-135M-Instruct.Q4_1.gguf")
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("the default model is missing: run make setup (%v)", err)
	}
	dir, err := gguf.Import(t.Context(), path, gguf.Options{CacheDir: filepath.Join(home, "cache")})
	if err != nil {
		t.Fatal(err)
	}
	tok, err := tokenizer.Load(filepath.Join(dir, "tokenizer.json"))
	if err != nil {
		t.Fatal(err)
	}
	return tok
}

// BenchmarkEditToPrompt types into the middle of a 200 kB file, and makes the request for each character, counted by the
// default model's tokenizer: from the edit as it comes over the wire to the finished prompt.
func BenchmarkEditToPrompt(b *testing.B) {
	counter := defaultTokenizer(b)
	for _, name := range []string{"python", "javascript", "go", "go, whole texts"} {
		b.Run(name, func(b *testing.B) {
			language, whole := strings.CutSuffix(name, ", whole texts")
			builder := newBuilder(b)
			builder.Counter = counter
			text, at := largeFile(language)
			blank := text[strings.LastIndexByte(text[:at], '\n'):at] // a line of its own
			text = text[:at] + blank + text[at:]
			d := open(b, "file:///large", language, text)
			request(b, builder, Place{Document: d, Offset: at})
			took := make([]time.Duration, 0, 1<<12)
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				start := time.Now()
				cursor := typeOne(b, d, typed[language], at, i, whole)
				request(b, builder, Place{Document: d, Offset: cursor})
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			report := func(of int, unit string) { b.ReportMetric(float64(took[of].Microseconds())/1000, unit) }
			report(len(took)/2, "p50-ms")
			report(len(took)*99/100, "p99-ms")
		})
	}
}

// typed are lines that are typed into the files, so that most keystrokes leave code that is not whole.
var typed = map[string]string{
	"python":     "notes = [self.entries.get(key, 'none') for key in extra.items()]",
	"javascript": "const notes = this.entries.map((entry) => `${entry.key}: ${total}`);",
	"go":         "notes = append(notes, fmt.Sprintf(\"%d: %s\", i, a.entries[note]))",
}

// typeOne types the i-th character of a line before a place, or takes the line back where it is whole, and returns where
// the cursor is. Where whole is set, the text is sent whole, as clients do that know no ranges.
func typeOne(b *testing.B, d *Document, line string, at, i int, whole bool) int {
	column := i % (len(line) + 1)
	from := d.Position(at+column, UTF16)
	change := Change{Range: &Range{from, from}}
	if column < len(line) {
		change.Text = line[column : column+1]
		at += column + 1
	} else {
		change.Range.Start = d.Position(at, UTF16)
	}
	if whole {
		edit, err := d.resolve(change, UTF16)
		if err != nil {
			b.Fatal(err)
		}
		change = Change{Text: d.text[:edit.Start] + edit.Text + d.text[edit.OldEnd:]}
	}
	if err := d.Apply(d.Version()+1, []Change{change}, UTF16); err != nil {
		b.Fatal(err)
	}
	return at
}

// BenchmarkRequestsBesideLargeFiles asks beside eight other files of 1 MB that nobody has looked at, and tells what the first request
// takes, and how many it needs until all are understood.
func BenchmarkRequestsBesideLargeFiles(b *testing.B) {
	for b.Loop() {
		builder := newBuilder(b)
		place := Place{Document: open(b, "file:///a.py", "python", "from shapes import entry_1\nx = ")}
		place.Offset = len(place.Document.Text())
		for n := range maxOthers {
			place.Others = append(place.Others, open(b, fmt.Sprintf("file:///%d.py", n), "python", longFile(1<<20)))
		}
		var first, all time.Duration
		requests := 0
		for builder.Syntax.Stats().FullParses < maxOthers+1 && requests < 100 {
			start := time.Now()
			request(b, builder, place)
			all += time.Since(start)
			if requests++; requests == 1 {
				first = all
			}
		}
		b.ReportMetric(float64(first.Milliseconds()), "ms/first")
		b.ReportMetric(float64(all.Milliseconds()), "ms/all")
		b.ReportMetric(float64(requests), "requests")
		b.ReportMetric(float64(builder.Syntax.Stats().TimedOut), "timed-out")
		for _, d := range place.Others {
			d.Close()
		}
	}
}
