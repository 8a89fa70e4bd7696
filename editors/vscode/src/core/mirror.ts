// A mirror keeps documents at the server equal to the editor's.
//
//   - A document is open at the server where it was wanted and the connection is ready; after each ready, and where the
//     server asks for it, it is opened again with the text that it has then.
//   - Versions rise by one with every message and go on rising when a document is opened again, so that an answer's
//     version names one text for the extension's whole life.
//   - At most maxDocuments are open; the one that was used least recently is closed for another one.
//   - No message is over the server's frameBytes, at which it would end the session: a document whose text does not fit into
//     one is not open at the server until it does.
import { fits } from "./frame"
import type { Change, Limits } from "./wire"

// TextDocument is what a mirror needs of an editor's document.
export interface TextDocument {
  readonly uri: string
  readonly languageId: string
  text(): string
}

// Send passes a notification to the server.
export type Send = (method: string, params: unknown) => void

interface Entry {
  document: TextDocument
  version: number
  open: boolean // at the server
  large: boolean // not open there, since its text fits into no message
}

export class Mirror {
  private entries = new Map<string, Entry>() // in the order of last use
  private versions = new Map<string, number>() // of documents that were open before
  private ready = false
  private maxDocuments = 256
  private frameBytes = 4 << 20

  constructor(private readonly send: Send) {}

  // begin opens everything at a server that has just become ready.
  begin(limits: Pick<Limits, "documents" | "frameBytes">): void {
    this.ready = true
    this.maxDocuments = limits.documents
    this.frameBytes = limits.frameBytes
    for (const entry of this.entries.values()) entry.open = false
    this.trim(null)
    for (const entry of this.entries.values()) this.sendOpen(entry)
  }

  // lost says that the connection has gone, and with it the server's documents.
  lost(): void {
    this.ready = false
    for (const entry of this.entries.values()) entry.open = false
  }

  has(uri: string): boolean { return this.entries.has(uri) }

  // isLarge reports whether a document is left out because its text fits into no message.
  isLarge(uri: string): boolean { return this.entries.get(uri)?.large ?? false }

  // uris lists the documents, the most recently used last.
  uris(): string[] { return [...this.entries.keys()] }

  // versionOf returns the version of a document at the server; 0 where the server does not have it.
  versionOf(uri: string): number {
    const entry = this.entries.get(uri)
    return entry?.open ? entry.version : 0
  }

  // open begins to mirror a document. One that is mirrored already is only moved to the front.
  open(document: TextDocument): void {
    const known = this.entries.get(document.uri)
    if (known) {
      this.entries.delete(document.uri)
      this.entries.set(document.uri, known)
      if (known.document.languageId === document.languageId) return
      known.document = document
      this.sendOpen(known)
      return
    }
    const entry = { document, version: this.versions.get(document.uri) ?? 0, open: false, large: false }
    this.entries.set(document.uri, entry)
    this.trim(document.uri)
    this.sendOpen(entry)
  }

  // change sends an edit, whose changes apply one after the other; where they are over the limit, the text that they made.
  change(uri: string, changes: readonly Change[]): void {
    const entry = this.entries.get(uri)
    if (!entry || changes.length === 0) return
    if (entry.large) {
      if (changes.some(deletes)) this.sendOpen(entry) // others make the text no smaller
      return
    }
    if (!entry.open) return
    const params = { textDocument: { uri, version: entry.version + 1 }, contentChanges: changes }
    if (!this.sendNext(entry, "textDocument/didChange", params, [uri, ...changes.map(({ text }) => text)])) this.sendOpen(entry)
  }

  // again opens a document again, whole: the server asked for it, or its line ends changed.
  again(uri: string): void {
    const entry = this.entries.get(uri)
    if (entry) this.sendOpen(entry)
  }

  close(uri: string): void {
    const entry = this.entries.get(uri)
    if (!entry) return
    this.entries.delete(uri)
    this.versions.set(uri, entry.version)
    this.sendClose(entry)
  }

  // sendOpen opens a document, or opens it again. One that is too large is closed.
  private sendOpen(entry: Entry): void {
    if (!this.ready) return
    const { uri, languageId } = entry.document, text = entry.document.text()
    const params = { textDocument: { uri, languageId, version: entry.version + 1, text } }
    entry.large = !this.sendNext(entry, "textDocument/didOpen", params, [uri, languageId, text])
    if (entry.large) this.sendClose(entry)
    else entry.open = true
  }

  // sendNext sends what makes a document's next version, and reports whether it fitted. texts are those that are in it.
  private sendNext(entry: Entry, method: string, params: object, texts: readonly string[]): boolean {
    if (!fits({ method, params }, texts, this.frameBytes)) return false
    entry.version++
    this.send(method, params)
    return true
  }

  private sendClose(entry: Entry): void {
    if (entry.open) this.send("textDocument/didClose", { textDocument: { uri: entry.document.uri } })
    entry.open = false
  }

  // trim closes the documents that were used least recently, but never the one that is just opened.
  private trim(keep: string | null): void {
    for (const uri of [...this.entries.keys()]) {
      if (this.entries.size <= this.maxDocuments) return
      if (uri !== keep) this.close(uri)
    }
  }
}

function deletes({ range }: Change): boolean {
  return !range || range.start.line !== range.end.line || range.start.character !== range.end.character
}
