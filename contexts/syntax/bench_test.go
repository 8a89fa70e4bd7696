package syntax

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"testing"
)

// largeBytes is the size of the files that the benchmarks edit.
const largeBytes = 200 << 10

// units are pieces of common code; %d makes the names of each copy its own.
var units = map[string]string{
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
	"typescript": `
export interface Entry%[1]d { key: string; value?: number }

export class Account%[1]d extends Base implements Owned {
  private readonly entries: Entry%[1]d[] = [];

  constructor(public owner: string, private balance = 0) {
    super();
  }

  deposit(amount: number, ...notes: string[]): number {
    const total = this.balance + amount;
    for (const [i, note] of notes.entries()) {
      if (note.startsWith("x%[1]d")) {
        console.log(` + "`note ${i}: ${note}`" + `);
      }
    }
    this.entries.push({ key: this.owner, value: total });
    return total;
  }
}

export const makeAccount%[1]d = async (name: string): Promise<Account%[1]d> => {
  const text = await readFile(name, "utf8");
  return new Account%[1]d(text.trim());
};
`,
	"java": `
class Account%[1]d extends Base implements Owned {
    private final String owner;
    private double balance;

    Account%[1]d(String owner, double balance) {
        this.owner = owner;
        this.balance = balance;
    }

    @Override
    public double deposit(final double amount, String... notes) throws IOException {
        double total = balance + amount;
        for (String note : notes) {
            if (note.startsWith("x%[1]d")) {
                System.out.println("note " + note);
            }
        }
        List<String> sorted = entries.stream().filter(e -> e.size() > 3).map(e -> e.name()).toList();
        balance = total;
        return total;
    }
}
`,
}

func init() { units["javascript"] = stripTypes }

const stripTypes = `
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
`

// large returns a file of some largeBytes, and a place inside a method in its middle where a name may be typed.
func large(language string) (text string, offset int) { return largeOf(language, largeBytes) }

func largeOf(language string, size int) (text string, offset int) {
	var b strings.Builder
	if language == "go" {
		b.WriteString("package accounts\n\nimport (\n\t\"fmt\"\n\t\"os\"\n\t\"strings\"\n)\n")
	}
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, units[language], i)
	}
	text = b.String()
	return text, len(text)/2 + strings.Index(text[len(text)/2:], "total") // an identifier inside a method
}

// BenchmarkKeystroke types and takes back a character in a 200 kB file: the edit, the parse of what it touched, and
// the analysis of the place.
func BenchmarkKeystroke(b *testing.B) {
	for language := range units {
		b.Run(language, func(b *testing.B) {
			text, at := large(language)
			more := text[:at] + "x" + text[at:]
			pool := NewPool(patient)
			defer pool.Close()
			tree := pool.Open(language)
			defer tree.Close()
			tree.Analyze(text, at)
			b.ReportAllocs()
			for b.Loop() {
				tree.Edit(text, at, at, "x")
				tree.Analyze(more, at+1)
				tree.Edit(more, at, at+1, "")
				tree.Analyze(text, at)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(2*b.N), "µs/keystroke")
		})
	}
}

// BenchmarkFullParse parses a 200 kB file from the start.
func BenchmarkFullParse(b *testing.B) {
	for language := range units {
		b.Run(language, func(b *testing.B) {
			text, _ := large(language)
			pool := NewPool(patient)
			defer pool.Close()
			tree := pool.Open(language)
			defer tree.Close()
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				tree.Reset()
				tree.mu.Lock()
				tree.parse(text)
				tree.mu.Unlock()
			}
		})
	}
}

// BenchmarkOutline lists the symbols of a 200 kB file that is parsed.
func BenchmarkOutline(b *testing.B) {
	for language := range units {
		b.Run(language, func(b *testing.B) {
			text, _ := large(language)
			pool := NewPool(patient)
			defer pool.Close()
			tree := pool.Open(language)
			defer tree.Close()
			for b.Loop() {
				tree.listed = false
				tree.Outline(text)
			}
		})
	}
}

// BenchmarkDocumentsThatCloseAgain opens 1,000 documents that hold at least 10 MB of trees together, closes them, and tells what
// the process is left with. Memory of the C library is told by the process's own size.
func BenchmarkDocumentsThatCloseAgain(b *testing.B) {
	unit := fmt.Sprintf(units["python"], 1)
	const documents, treeBytes = 1000, 10 << 20
	var held, left int64
	before := residentBytes(b)
	for b.Loop() {
		pool := NewPool(patient)
		var trees []*Tree
		for range documents {
			tree := pool.Open("python")
			tree.Analyze(unit, len(unit)/2)
			trees = append(trees, tree)
		}
		if held = pool.Stats().Bytes; held < treeBytes {
			b.Fatalf("%d bytes are less than %d", held, treeBytes)
		}
		for _, tree := range trees {
			tree.Close()
		}
		left = pool.Stats().Bytes
		pool.Close()
	}
	if n := OpenNatives(); left != 0 || n != (Natives{}) {
		b.Fatalf("left: %d bytes, %+v", left, n)
	}
	b.ReportMetric(float64(held)/(1<<20), "MB-open")
	b.ReportMetric(float64(left)/(1<<20), "MB-closed")
	b.ReportMetric(float64(residentBytes(b)-before)/(1<<20), "MB-process-grew")
}

// residentBytes returns how much memory the process holds, 0 where the system does not tell it so.
func residentBytes(b *testing.B) int64 {
	debug.FreeOSMemory() // what the Go heap no longer uses
	data, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	var size, resident int64
	if _, err := fmt.Sscan(string(data), &size, &resident); err != nil {
		b.Fatal(err)
	}
	return resident * int64(os.Getpagesize())
}
