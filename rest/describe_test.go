package rest

import (
	"encoding/json"
	"strings"
	"testing"

	"inkling/rest/internal/script"
)

// requestAt makes the body of a completion request of a text with the cursor at "‸".
func requestAt(t *testing.T, language, text, encoding string) string {
	t.Helper()
	before, after, ok := strings.Cut(text, "‸")
	if !ok {
		t.Fatal("no cursor")
	}
	previous, next := strings.Split(before, "\n"), strings.Split(after, "\n")
	last := len(previous) - 1
	column := map[string]int{"utf-8": len(previous[last]), "utf-16": len([]rune(previous[last])), "utf-32": len([]rune(previous[last]))}[encoding]
	body, err := json.Marshal(CompletionRequest{Context: CompletionContext{
		Language: language, Position: CompletionPosition{Line: last, Column: column}, PositionEncoding: encoding,
		PreviousLines: previous[:last], CurrentLine: previous[last] + next[0], NextLines: next[1:],
	}})
	if err != nil {
		t.Fatal(err)
	}
	return string(body)
}

func TestASuggestionIsDescribedByWhereItStands(t *testing.T) {
	tests := []struct {
		language, text, model, encoding string
		kind, description               string
		cursor                          float64
	}{
		{"python", "def fibonacci(n):\n    return ‸\n", "fibonacci(n-1) + fibonacci(n-2)\n", "utf-16", "single-line", "return expression of fibonacci", 31},
		{"python", "class P:\n    def __init__(self, x):\n        ‸\n", "self.x = x\n        self.y = 0\n\nP(1)", "utf-16", "multi-line", "body of __init__", 29},
		{"python", "if ready:\n    ‸\n", "go()\n    stop()\n", "utf-16", "multi-line", "block", 15},
		{"python", "import os\n# é ‸\n", "😀 é\n", "utf-8", "single-line", "comment", 7},
		{"python", "import os\n# é ‸\n", "😀 é\n", "utf-16", "single-line", "comment", 4},
		{"python", "import os\n# é ‸\n", "😀 é\n", "utf-32", "single-line", "comment", 3},
		{"javascript", "const add = (a, b) => {\n  ‸\n};\n", "return a + b;\n}\n", "utf-16", "single-line", "body of add", 13},
		{"javascript", "function f(xs) {\n  return xs.map(‸);\n}\n", "(x) => {\n    return x;\n  });\n}", "utf-16", "multi-line", "arguments of xs.map", 26},
		{"javascript", "import { a } from \"‸\";\n", "./a.js\";", "utf-16", "single-line", "import", 6},
		{"typescript", "function f(user: User) {\n  if (‸) {\n    return 1;\n  }\n}\n", "user.name === \"\") {", "utf-16", "single-line", "condition of f", 16},
		{"typescript", "class Store {\n  private users: ‸;\n}\n", "User[] = [];\n", "utf-16", "single-line", "type of Store", 11},
		{"java", "class A {\n    int size() {\n        return ‸\n    }\n}\n", "size;\n    }", "utf-16", "single-line", "return expression of size", 5},
		{"java", "class A {\n    private int size;\n\n    ‸\n}\n", "int size() { return size; }\n", "utf-16", "single-line", "member of A", 27},
		{"go", "package a\n\nfunc Hello(name string) string {\n\t‸\n}\n", "if name == \"\" {\n\t\treturn \"\"\n\t}\n\treturn name\n}", "utf-16", "multi-line", "body of Hello", 43},
		{"go", "package a\n\nfunc f(a []int) {\n\tfor _, x := range ‸ {\n\t\tuse(x)\n\t}\n}\n", "a {", "utf-16", "single-line", "loop range of f", 1},
	}
	for _, test := range tests {
		srv := serve(t, configWithSyntax(t, script.Saying(test.model)))
		r := post(t, srv.URL+"/api/v1/completion", requestAt(t, test.language, test.text, test.encoding))
		got := at(object(t, r.body), "suggestions", 0)
		if at(got, "type") != test.kind || at(got, "description") != test.description || at(got, "cursorOffset") != test.cursor {
			t.Errorf("%s %q: %d %s", test.language, test.text, r.status, r.body)
		}
	}
}
