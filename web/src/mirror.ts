// A mirror keeps one document at the server equal to the editor's. Versions rise by one with every message, and go on
// rising when the document is opened again, so that an answer's version names one text for the page's whole life.
import type { ChangeSet, Text } from "@codemirror/state"
import type { Connection } from "./connection"
import type { Change, Position } from "./wire"

export class Mirror {
  version = 0
  private open = false

  constructor(private connection: Connection, readonly uri: string, public languageId: string) {}

  // openWith sends the whole text, also where the server has the document already.
  openWith(doc: Text, lineEnd: string): void {
    this.version++
    this.open = this.connection.isReady
    if (!this.open) return
    this.connection.notify("textDocument/didOpen", {
      textDocument: { uri: this.uri, languageId: this.languageId, version: this.version, text: doc.sliceString(0, doc.length, lineEnd) },
    })
  }

  // change sends an edit of before, soon.
  change(before: Text, changes: ChangeSet, lineEnd: string): void {
    const version = ++this.version
    if (!this.open) return
    this.connection.soon(() => this.connection.notify("textDocument/didChange", {
      textDocument: { uri: this.uri, version },
      contentChanges: changesOf(before, changes, lineEnd),
    }))
  }

  close(): void {
    if (this.open) this.connection.notify("textDocument/didClose", { textDocument: { uri: this.uri } })
    this.open = false
  }

  // lost says that the connection has gone, and with it the server's document.
  lost(): void { this.open = false }
}

// changesOf returns a change set as the changes of one message, which apply one after the other: from the last place to
// the first, so that none moves another.
export function changesOf(before: Text, changes: ChangeSet, lineEnd: string): Change[] {
  const list: Change[] = []
  changes.iterChanges((from, to, _fromAfter, _toAfter, inserted) => {
    list.push({
      range: { start: positionOf(before, from), end: positionOf(before, to) },
      text: inserted.sliceString(0, inserted.length, lineEnd),
    })
  })
  return list.reverse()
}

// positionOf returns the line and UTF-16 character of an offset.
export function positionOf(doc: Text, offset: number): Position {
  const line = doc.lineAt(offset)
  return { line: line.number - 1, character: offset - line.from }
}
