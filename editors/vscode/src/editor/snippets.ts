// Tells whether a snippet is being filled in. The stable API does not say so; it is seen from what the editor does: text is
// inserted at once, and a part of it is selected by no key and no mouse. It ends where the selection is empty without
// typing, as at a snippet's last stop, or leaves the text that was inserted.
import * as vscode from "vscode"
import { endOf } from "../core/typed"
import type { Change, Position } from "../core/wire"

export class Snippets implements vscode.Disposable {
  private inserted: { document: vscode.TextDocument; start: Position; end: Position } | null = null
  private filling = false
  private edits = 0 // since the last selection change
  private readonly disposable = vscode.window.onDidChangeTextEditorSelection((event) => this.selected(event))

  running(document: vscode.TextDocument): boolean { return this.filling && this.inserted?.document === document }

  // edited hears of an edit; ours says that it inserts a suggestion of ours.
  edited(document: vscode.TextDocument, changes: readonly Change[], ours: boolean): void {
    this.edits++
    const change = changes[0]
    if (this.filling && this.inserted?.document === document) {
      for (const { range, text } of changes) this.grow(range?.start, range?.end, text)
      return
    }
    this.inserted = !ours && changes.length === 1 && change?.range && change.text.length > 1
      ? { document, start: change.range.start, end: endOf(change.range.start, change.text) } : null
  }

  dispose(): void { this.disposable.dispose() }

  // grow moves the end of what was inserted with an edit before it.
  private grow(start: Position | undefined, end: Position | undefined, text: string): void {
    const { inserted } = this
    if (!inserted || !start || !end || before(inserted.end, end)) return
    const after = endOf(start, text), last = inserted.end
    inserted.end = last.line === end.line
      ? { line: after.line, character: after.character + last.character - end.character }
      : { line: last.line + after.line - end.line, character: last.character }
  }

  private selected({ textEditor, selections, kind }: vscode.TextEditorSelectionChangeEvent): void {
    const typed = this.edits > 0 && kind === vscode.TextEditorSelectionChangeKind.Keyboard
    this.edits = 0
    const { inserted } = this
    if (!inserted || inserted.document !== textEditor.document) return
    const inside = selections.every(({ start, end }) => !before(start, inserted.start) && !before(inserted.end, end))
    const moved = kind === undefined || kind === vscode.TextEditorSelectionChangeKind.Command
    if (!inside) this.filling = false
    else if (moved) this.filling = selections.some((selection) => !selection.isEmpty) || selections.length > 1
    else if (!typed && kind === vscode.TextEditorSelectionChangeKind.Mouse) this.filling = false
    if (!this.filling && (moved || !inside)) this.inserted = null
  }
}

function before(a: Position, b: Position): boolean { return a.line < b.line || (a.line === b.line && a.character < b.character) }
