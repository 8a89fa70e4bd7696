package contexts

import (
	"context"
	"errors"

	"inkling/contexts/secrets"
	"inkling/contexts/syntax"
)

// UsualLanguages are those that [Warm] is worth calling with at a server's start, the most common first.
var UsualLanguages = []string{"python", "javascript", "typescript", "typescriptreact", "java", "go", "rust", "c", "cpp", "csharp"}

// Warm makes ready what the first request of a process would wait for: the rules of credentials, and the grammars of
// languages. It blocks for some 0.1 s and 20 to 250 ms a language, and ends before the next one by ctx.
func Warm(ctx context.Context, languages ...string) error {
	_, err := secrets.Shared()
	return errors.Join(err, syntax.Warm(ctx, languages...))
}
