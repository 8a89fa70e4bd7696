// Keeps the mirror in step with the editor: what is in an editor and wanted is open at the server.
import * as vscode from "vscode"
import type { Mirror } from "../core/mirror"
import type { Change } from "../core/wire"
import { unwanted } from "./wanted"

// Listener hears of edits after the server was told.
export type Listener = (document: vscode.TextDocument, changes: readonly Change[], reason: vscode.TextDocumentChangeReason | undefined) => void

// pasted is how many characters an edit has to insert for a mirrored document to be looked at for its size: keys are not to
// wait for it. What grows past the limit by smaller edits is the server's to refuse.
const pasted = 1024

export class Documents implements vscode.Disposable {
  private readonly disposables: vscode.Disposable[] = []
  private reasons = new Map<string, string>() // by URI: why a document that is in an editor is not mirrored
  private lineEnds = new Map<string, vscode.EndOfLine>()
  documentBytes = 2 << 20

  // onTurn hears of an edit that changed whether, or why, the server is not to have a document.
  constructor(private readonly mirror: Mirror, private readonly onEdit: Listener, private readonly onTurn: (document: vscode.TextDocument) => void) {
    this.disposables.push(
      vscode.workspace.onDidChangeTextDocument((event) => this.edited(event)),
      vscode.workspace.onDidCloseTextDocument((document) => this.closed(document)),
      vscode.workspace.onDidOpenTextDocument(() => this.look()), // also comes where a document's language changes
      vscode.window.onDidChangeVisibleTextEditors(() => this.look()),
      vscode.window.onDidChangeActiveTextEditor(() => this.look()),
    )
  }

  // look opens what is in an editor and wanted, and closes what is wanted no more. The active editor's comes last, as the
  // one that was used most recently.
  look(): void {
    const active = vscode.window.activeTextEditor
    const editors = vscode.window.visibleTextEditors.filter((editor) => editor !== active)
    for (const editor of active ? [...editors, active] : editors) this.consider(editor.document)
  }

  // lookAgain looks at everything that is mirrored, after settings changed.
  lookAgain(): void {
    for (const document of vscode.workspace.textDocuments) if (this.mirror.has(document.uri.toString())) this.consider(document)
    this.look()
  }

  // why returns why the server is not to have a document; "" where it is.
  why(document: vscode.TextDocument): string {
    const uri = document.uri.toString()
    if (this.mirror.isLarge(uri)) return "too large for one message to the server"
    return this.mirror.has(uri) ? "" : this.reasons.get(uri) ?? "not in an editor"
  }

  dispose(): void { for (const one of this.disposables) one.dispose() }

  private consider(document: vscode.TextDocument): void {
    if (this.leaves(document)) return
    const uri = document.uri.toString()
    this.reasons.delete(uri)
    this.lineEnds.set(uri, document.eol)
    this.mirror.open({ uri, languageId: document.languageId, text: () => document.getText() })
  }

  // leaves closes a document that gets no suggestions, and reports whether it is one.
  private leaves(document: vscode.TextDocument): boolean {
    const uri = document.uri.toString(), why = unwanted(document, this.documentBytes)
    if (!why) return false
    this.reasons.set(uri, why)
    this.mirror.close(uri)
    return true
  }

  private edited(event: vscode.TextDocumentChangeEvent): void {
    const before = this.why(event.document)
    this.changed(event)
    if (this.why(event.document) !== before) this.onTurn(event.document)
  }

  private changed(event: vscode.TextDocumentChangeEvent): void {
    const { document } = event, uri = document.uri.toString()
    if (!this.mirror.has(uri)) {
      // A file that was too large, or binary, may be neither any more.
      if (this.reasons.get(uri)?.startsWith("too large") || this.reasons.get(uri) === "binary") this.consider(document)
      return
    }
    if (mayUnfit(event.contentChanges) && this.leaves(document)) return
    const changes = event.contentChanges.map(({ range, text }) => ({ range: { start: plain(range.start), end: plain(range.end) }, text }))
    if (this.lineEnds.get(uri) !== document.eol) {
      this.lineEnds.set(uri, document.eol)
      this.mirror.again(uri)
    } else if (changes.length > 0) this.mirror.change(uri, changes)
    if (changes.length > 0) this.onEdit(document, changes, event.reason)
  }

  private closed(document: vscode.TextDocument): void {
    const uri = document.uri.toString()
    this.reasons.delete(uri)
    this.lineEnds.delete(uri)
    this.mirror.close(uri)
  }
}

function plain(position: vscode.Position) { return { line: position.line, character: position.character } }

// mayUnfit reports whether an edit may make a document too large, or binary.
function mayUnfit(changes: readonly vscode.TextDocumentContentChangeEvent[]): boolean {
  let inserted = 0
  for (const { text } of changes) inserted += text.length
  return inserted > pasted || changes.some(({ text }) => text.includes("\0"))
}
