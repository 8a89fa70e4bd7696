// Stands in for the module "vscode": as much of the editor as src/editor/documents.ts needs, and the tests' hand on it.
import { offsetOf, splice } from "./naive"

interface Disposable { dispose(): void }

class Event<T> {
  private readonly listeners = new Set<(value: T) => void>()
  readonly on = (listener: (value: T) => void): Disposable => {
    this.listeners.add(listener)
    return { dispose: () => this.listeners.delete(listener) }
  }
  fire(value: T): void { for (const listener of this.listeners) listener(value) }
}

export class Position { constructor(readonly line: number, readonly character: number) {} }
export class Range { constructor(readonly start: Position, readonly end: Position) {} }
export enum EndOfLine { LF = 1, CRLF = 2 }

// Document is a document of the editor, which counts how often its text was looked at.
export class Document {
  looks = 0
  eol = EndOfLine.LF
  readonly languageId = "python"
  readonly uri: { scheme: string; path: string; toString(): string }
  constructor(path: string, private text: string) { this.uri = { scheme: "file", path, toString: () => `file://${path}` } }

  getText(range?: Range): string {
    this.looks++
    return range ? this.text.slice(this.offsetAt(range.start), this.offsetAt(range.end)) : this.text
  }

  offsetAt(position: Position): number {
    this.looks++
    return offsetOf(this.text, position)
  }

  positionAt(offset: number): Position {
    const before = this.text.slice(0, offset).split(/\r\n|\n|\r/)
    return new Position(before.length - 1, before.at(-1)!.length)
  }

  get lineCount(): number { return this.text.split(/\r\n|\n|\r/).length }

  lineAt(line: number) {
    const { length } = this.text.split(/\r\n|\n|\r/)[line]!
    return { range: new Range(new Position(line, 0), new Position(line, length)) }
  }

  // edit makes changes one after the other, and tells the extension of all of them together.
  edit(...contentChanges: { range: Range; text: string }[]): void {
    for (const change of contentChanges) this.text = splice(this.text, change)
    events.change.fire({ document: this, contentChanges, reason: undefined })
  }

  // replace puts a text in the place of a part of a line.
  replace(line: number, from: number, to: number, text: string): void {
    this.edit({ range: new Range(new Position(line, from), new Position(line, to)), text })
  }

  // end gives the document line ends of another kind, of which the editor tells as of a text that is another one.
  end(eol: EndOfLine): void {
    const range = new Range(new Position(0, 0), this.lineAt(this.lineCount - 1).range.end)
    this.eol = eol
    this.edit({ range, text: this.text.replace(/\r\n|\n/g, eol === EndOfLine.CRLF ? "\r\n" : "\n") })
  }
}

const events = { change: new Event<object>(), close: new Event<Document>(), open: new Event<Document>(), visible: new Event<unknown>(), active: new Event<unknown>() }

export const window = {
  visibleTextEditors: [] as { document: Document }[],
  activeTextEditor: undefined as { document: Document } | undefined,
  onDidChangeVisibleTextEditors: events.visible.on,
  onDidChangeActiveTextEditor: events.active.on,
}

export const workspace = {
  textDocuments: [] as Document[],
  getConfiguration: () => ({ get: <T>(_name: string, otherwise: T) => otherwise }),
  onDidChangeTextDocument: events.change.on,
  onDidCloseTextDocument: events.close.on,
  onDidOpenTextDocument: events.open.on,
}

// show opens a document in an editor, in place of the one before.
export function show(path: string, text: string): Document {
  const document = new Document(path, text)
  window.activeTextEditor = { document }
  window.visibleTextEditors = [window.activeTextEditor]
  events.visible.fire(undefined)
  return document
}
