// A server of documents, as simple as it can be: what the client's messages make of plain strings, by the rules of
// docs/protocol.md. It throws where a client breaks them.
import assert from "node:assert/strict"
import type { Change, Position } from "../../src/core/wire"

interface Open { version: number; text: string }

export class NaiveServer {
  readonly documents = new Map<string, Open>()
  readonly highest = new Map<string, number>()

  notification(method: string, params: { textDocument: { uri: string; version: number; text: string }; contentChanges: Change[] }): void {
    const { uri, version, text } = params.textDocument
    const open = this.documents.get(uri)
    switch (method) {
      case "textDocument/didOpen":
        this.rises(uri, version)
        this.documents.set(uri, { version, text })
        break
      case "textDocument/didChange":
        assert.ok(open, `didChange of ${uri}, which is not open`)
        this.rises(uri, version)
        open.version = version
        for (const change of params.contentChanges) open.text = splice(open.text, change)
        break
      case "textDocument/didClose":
        assert.ok(open, `didClose of ${uri}, which is not open`)
        this.documents.delete(uri)
    }
  }

  private rises(uri: string, version: number): void {
    assert.ok(version > (this.highest.get(uri) ?? 0), `the version of ${uri} does not rise: ${version}`)
    this.highest.set(uri, version)
  }
}

// splice applies one change to a text.
export function splice(text: string, { range, text: inserted }: Change): string {
  if (!range) return inserted
  const start = offsetOf(text, range.start), end = offsetOf(text, range.end)
  assert.ok(start <= end, "a range's end is before its start")
  return text.slice(0, start) + inserted + text.slice(end)
}

// offsetOf returns the UTF-16 offset of a position; past a line's end is its end.
export function offsetOf(text: string, { line, character }: Position): number {
  let at = 0
  for (let i = 0; i < line; i++) {
    const end = /\r\n|\n|\r/g
    end.lastIndex = at
    const found = end.exec(text)
    assert.ok(found, `line ${line} is past the document's end`)
    at = end.lastIndex
  }
  const rest = /[\r\n]/.exec(text.slice(at))
  return Math.min(at + character, rest ? at + rest.index : text.length)
}
