package contexts

import (
	"inkling/contexts/finishing"
	"inkling/contexts/languages"
	"inkling/contexts/syntax"
)

// language returns the plugin of a document.
func (d *Document) language() *languages.Language { return languages.For(d.Language, d.URI) }

// Allowance is what of the processor's time the answers about documents that share it may take together.
type Allowance = syntax.Allowance

// NewAllowance returns that of one client.
func NewAllowance() *Allowance { return syntax.NewShared() }

// Share lets a document that nothing was asked about yet take of an allowance besides its own. While that has nothing left, the document
// is plain text.
func (d *Document) Share(a *Allowance) { d.allowance = a }

// tree returns the syntax tree of a document, nil where nothing keeps one.
func (b *Builder) tree(d *Document) *syntax.Tree {
	if d.observer == nil && b.Syntax != nil {
		d.Observe(b.open(d))
	}
	tree, _ := d.observer.(*syntax.Tree)
	return tree
}

// open makes the tree of a document: of one that is like another, from that one's.
func (b *Builder) open(d *Document) *syntax.Tree {
	if v := d.of; v != nil {
		if tree := b.tree(v.document); tree != nil {
			return tree.With(v.text, v.edit.Start, v.edit.OldEnd, v.edit.Text)
		}
	}
	tree := b.Syntax.OpenLanguage(d.language())
	tree.Share(d.allowance)
	return tree
}

// analyze tells what is known about a place; without a tree, nothing.
func (b *Builder) analyze(d *Document, offset int) syntax.Analysis {
	if tree := b.tree(d); tree != nil {
		return tree.AnalyzePlace(d.text, offset)
	}
	return syntax.Analysis{Region: syntax.InCode}
}

// Describe says by syntax what a suggestion at a place is, such as "return expression of fibonacci".
func (b *Builder) Describe(p Place) string {
	a := b.analyze(p.Document, p.Offset)
	return a.Describe()
}

// finishing reads the place for the finishers.
func (b *Builder) finishing(p Place, a syntax.Analysis) *finishing.Place {
	return finishing.Read(finishing.Config{
		Facts:     p.Document.language().Facts,
		Before:    p.Document.text[:p.Offset],
		After:     p.Document.text[p.Offset:],
		InText:    a.Region == syntax.InComment || a.Region == syntax.InString && a.Role != syntax.RoleInterpolation,
		EmptyBody: a.EmptyBody,
		Gated:     p.Automatic,
		OneLine:   p.OneLine,
		Off:       b.rulesOff(p),
	})
}

// rulesOff are the finishing rules that do not apply to a place. What nobody asked for by hand stays on one line: over 400
// places, automatic suggestions of one line were right in 69 of 100, those that may go on in 59; see docs/quality.md.
func (b *Builder) rulesOff(p Place) finishing.Rules {
	if p.Automatic && !b.BlocksUnasked {
		return b.Off | finishing.Blocks
	}
	return b.Off
}
